//! Reseals the spool with the newest key.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use rusqlite::{Connection, params};

use super::place;
use crate::db::{DbError, Keyring, Writer, unmark_older_keys};

/// Events that are resealed in one transaction.
pub(super) const GROUP: usize = 200;

/// Reseals with the newest key what older keys have sealed, so that the older ones can be removed
/// from the settings after a start. What cannot be opened stays as it is, and still needs its
/// key.
pub(super) async fn seal_anew(writer: &Writer, keys: &Arc<Keyring>) -> Result<(), DbError> {
    let (mut after, mut unreadable) = (0, 0);
    loop {
        let ring = Arc::clone(keys);
        let group = writer
            .write(move |conn| seal_group(conn, &ring, after))
            .await?;
        unreadable += group.unreadable;
        match group.last {
            Some(last) => after = last,
            None => break,
        }
    }
    if unreadable > 0 {
        tracing::error!(unreadable, "events in the spool cannot be opened");
        return Ok(());
    }
    let ring = Arc::clone(keys);
    writer
        .write(move |conn| unmark_older_keys(conn, &ring))
        .await
}

struct Group {
    last: Option<i64>,
    unreadable: u64,
}

fn seal_group(conn: &Connection, keys: &Keyring, after: i64) -> Result<Group, DbError> {
    let mut find = conn.prepare_cached(
        "SELECT seq, tenant, delivery, body FROM event \
         WHERE seq > ?1 AND body IS NOT NULL AND substr(body, 1, 9) <> ?2 ORDER BY seq LIMIT ?3",
    )?;
    let limit = i64::try_from(GROUP).unwrap_or(i64::MAX);
    let mut group = Group {
        last: None,
        unreadable: 0,
    };
    let mut old: Vec<(i64, String, Vec<u8>, Vec<u8>)> = Vec::new();
    let mut rows = find.query(params![after, keys.prefix(), limit])?;
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        group.last = Some(seq);
        match (row.get(1), row.get(2), row.get(3)) {
            (Ok(tenant), Ok(delivery), Ok(sealed)) => old.push((seq, tenant, delivery, sealed)),
            _ => group.unreadable += 1,
        }
    }
    let mut replace = conn.prepare_cached("UPDATE event SET body = ?2 WHERE seq = ?1")?;
    for (seq, tenant, delivery, sealed) in old {
        let record = HEXLOWER.encode(&delivery);
        let place = place(&tenant, &record);
        let anew = keys
            .open(&place, &sealed)
            .and_then(|body| keys.seal(&place, &body));
        match anew {
            Ok(sealed) => {
                replace.execute(params![seq, sealed])?;
            }
            Err(_) => group.unreadable += 1,
        }
    }
    Ok(group)
}
