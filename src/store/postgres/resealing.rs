//! Sealing records anew.

use deadpool_postgres::GenericClient;

use super::session::Session;
use crate::{
    db::{KEY_IN_USE, mark_of, marked},
    store::{
        StoreError,
        resealing::{Old, Place, Resealed, STEP, all},
    },
};

const SIGN: char = '$';

pub(super) async fn count(on: &Session<'_, impl GenericClient>) -> Result<u64, StoreError> {
    let prefix = on.records.keyring().prefix();
    let mut sum = 0;
    for statements in all(SIGN) {
        let row = on.the_row(&statements.count, &[&&prefix[..]]).await?;
        let count: i64 = row.try_get(0)?;
        sum += u64::try_from(count).map_err(|_| StoreError::Malformed)?;
    }
    Ok(sum)
}

/// Every value is replaced by a statement of its own and only if it is still there, so that
/// nobody waits for a rotation and nothing that others write is lost.
pub(super) async fn seal_anew(
    on: &Session<'_, impl GenericClient>,
    from: &Place,
) -> Result<Resealed, StoreError> {
    let Some(statements) = from.statements(SIGN) else {
        return Ok(Resealed::default());
    };
    let prefix = on.records.keyring().prefix();
    let rows = on
        .rows(&statements.find, &[&from.after(), &&prefix[..], &STEP])
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push(Old {
            key: row.try_get(0)?,
            tenant: row.try_get(1)?,
            record: row.try_get(2)?,
            attempt: row.try_get(3)?,
            sealed: row.try_get(4)?,
        });
    }
    let mut done = Resealed {
        next: Some(from.next(&found)),
        ..Resealed::default()
    };
    for old in &found {
        match from.seal(on.records, old) {
            Ok(sealed) => {
                let replaced = on
                    .run(&statements.replace, &[&old.key, &sealed, &old.sealed])
                    .await?;
                done.sealed += u64::from(replaced > 0);
            }
            Err(_) => done.unreadable += 1,
        }
    }
    Ok(done)
}

pub(super) async fn retire(
    on: &Session<'_, impl GenericClient>,
) -> Result<Vec<String>, StoreError> {
    let newest = on.records.keyring().newest();
    if count(on).await? == 0 {
        on.run(
            "DELETE FROM meta WHERE starts_with(key, $1) AND key <> $2",
            &[&KEY_IN_USE, &mark_of(newest)],
        )
        .await?;
    }
    let rows = on
        .rows(
            "SELECT key FROM meta WHERE starts_with(key, $1)",
            &[&KEY_IN_USE],
        )
        .await?;
    let mut needed = Vec::new();
    for row in &rows {
        needed.extend(marked(row.try_get(0)?).filter(|id| *id != newest));
    }
    Ok(needed.iter().map(ToString::to_string).collect())
}
