//! SQL for the rotation of encryption keys.

use async_trait::async_trait;
use rusqlite::params;

use super::{
    super::{
        KeyStore, StoreError,
        resealing::{Cursor, OldValue, Resealed, STEP, counts, older_keys},
    },
    SqliteStore,
    session::Session,
};
use crate::db;

fn count(on: &Session<'_>) -> Result<u64, StoreError> {
    let mut sum = 0;
    for sql in counts() {
        let (count,): (i64,) = on.the_row(&sql, [on.records.keyring().prefix()])?;
        sum += u64::try_from(count).map_err(|_| StoreError::Malformed)?;
    }
    Ok(sum)
}

#[async_trait]
impl KeyStore for SqliteStore {
    fn sealing_key(&self) -> String {
        self.records.keyring().newest().to_string()
    }

    async fn sealed_with_older_keys(&self) -> Result<u64, StoreError> {
        self.read(count).await
    }

    async fn seal_anew(&self, from: Cursor) -> Result<Resealed, StoreError> {
        let (Some(find), Some(replace)) = (from.find(), from.replace()) else {
            return Ok(Resealed::default());
        };
        // A reader finds and seals: only what is replaced holds up other writers.
        let sealed = self.read(move |on| {
            let prefix = on.records.keyring().prefix();
            let rows: Vec<(String, String, String, i64, Vec<u8>)> =
                on.rows(&find, params![from.after(), prefix, STEP])?;
            let found = rows.into_iter();
            let found = found.map(|(key, tenant, record, attempt, sealed)| OldValue {
                key,
                tenant,
                record,
                attempt,
                sealed,
            });
            Ok(from.seal(on.records, found.collect()))
        });
        let (replacements, mut done) = sealed.await?;
        self.write(move |on| {
            for it in replacements {
                let replaced = on.run(&replace, params![it.new, it.key, it.old])?;
                done.sealed += u64::from(replaced > 0);
            }
            Ok(done)
        })
        .await
    }

    /// Nobody else seals in this file, and this process seals with the newest key: what a reader
    /// counted stays true.
    async fn retire_older_keys(&self) -> Result<Vec<String>, StoreError> {
        let left = self.read(count).await?;
        self.write(move |on| {
            let keyring = on.records.keyring();
            if left == 0 {
                db::unmark_older_keys(on.conn, keyring)?;
            }
            let marks = db::marks(on.conn)?;
            Ok(older_keys(marks.iter().map(String::as_str), keyring))
        })
        .await
    }
}
