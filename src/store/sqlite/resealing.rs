//! Sealing records anew.

use rusqlite::{Connection, params};

use super::super::{
    StoreError,
    records::Records,
    resealing::{Old, Place, Resealed, STEP, all},
};
use crate::db;

const SIGN: char = '?';

pub(super) fn count(conn: &Connection, records: &Records) -> Result<u64, StoreError> {
    let mut sum = 0;
    for statements in all(SIGN) {
        let count: i64 = conn
            .prepare_cached(&statements.count)?
            .query_row([records.keyring().prefix()], |row| row.get(0))?;
        sum += u64::try_from(count).map_err(|_| StoreError::Malformed)?;
    }
    Ok(sum)
}

pub(super) fn find(
    conn: &Connection,
    records: &Records,
    from: &Place,
) -> Result<Vec<Old>, StoreError> {
    let Some(statements) = from.statements(SIGN) else {
        return Ok(Vec::new());
    };
    let mut statement = conn.prepare_cached(&statements.find)?;
    let found = statement.query_map(
        params![from.after(), records.keyring().prefix(), STEP],
        |row| {
            Ok(Old {
                key: row.get(0)?,
                tenant: row.get(1)?,
                record: row.get(2)?,
                attempt: row.get(3)?,
                sealed: row.get(4)?,
            })
        },
    )?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn replace(
    conn: &Connection,
    records: &Records,
    from: &Place,
    found: Vec<Old>,
) -> Result<Resealed, StoreError> {
    let Some(statements) = from.statements(SIGN) else {
        return Ok(Resealed::default());
    };
    let mut done = Resealed {
        next: Some(from.next(&found)),
        ..Resealed::default()
    };
    let mut statement = conn.prepare_cached(&statements.replace)?;
    for old in &found {
        match from.seal(records, old) {
            Ok(sealed) => {
                let replaced = statement.execute(params![old.key, sealed, old.sealed])?;
                done.sealed += u64::from(replaced > 0);
            }
            Err(_) => done.unreadable += 1,
        }
    }
    Ok(done)
}

/// Nobody else seals in this file, and this process seals with the newest key: what a
/// reader found stays true.
pub(super) fn retire(
    conn: &Connection,
    records: &Records,
    left: u64,
) -> Result<Vec<String>, StoreError> {
    let keyring = records.keyring();
    if left == 0 {
        db::unmark_older_keys(conn, keyring)?;
    }
    let marks = db::marks(conn)?;
    let needed = marks.iter().filter_map(|mark| db::marked(mark));
    Ok(needed
        .filter(|id| *id != keyring.newest())
        .map(|id| id.to_string())
        .collect())
}
