//! SQL for the rotation of encryption keys.

use async_trait::async_trait;

use super::{
    PostgresStore, connect,
    session::{Session, TRIES, may_pass, transaction},
};
use crate::{
    db::{KEY_IN_USE, mark_of},
    store::{
        KeyStore, StoreError,
        resealing::{Cursor, OldValue, Resealed, STEP, counts, older_keys},
    },
};

/// Takes the marks of older keys away if no record needs them; the ids of those still needed.
async fn retire(on: &Session<'_>) -> Result<Vec<String>, StoreError> {
    let keyring = on.records.keyring();
    let mut left = 0;
    for sql in counts() {
        let row = on.the_row(&sql, &[&&keyring.prefix()[..]]).await?;
        left += row.try_get::<_, i64>(0)?;
    }
    if left == 0 {
        on.run(
            "DELETE FROM meta WHERE starts_with(key, $1) AND key <> $2",
            &[&KEY_IN_USE, &mark_of(keyring.newest())],
        )
        .await?;
    }
    let marks = "SELECT key FROM meta WHERE starts_with(key, $1)";
    let rows = on.rows(marks, &[&KEY_IN_USE]).await?;
    let marks = rows.iter().map(|row| row.try_get(0));
    let marks = marks.collect::<Result<Vec<&str>, _>>()?;
    Ok(older_keys(marks, keyring))
}

#[async_trait]
impl KeyStore for PostgresStore {
    fn sealing_key(&self) -> String {
        self.records.keyring().newest().to_string()
    }

    async fn sealed_with_older_keys(&self) -> Result<u64, StoreError> {
        let prefix = self.records.keyring().prefix();
        let mut sum = 0;
        for sql in counts() {
            let row = self.the_row(&sql, &[&&prefix[..]]).await?;
            sum += u64::try_from(row.try_get::<_, i64>(0)?).map_err(|_| StoreError::Malformed)?;
        }
        Ok(sum)
    }

    /// A statement of its own replaces each value, and only if it is still there: nobody waits for
    /// a rotation, and nothing that others write is lost.
    async fn seal_anew(&self, from: Cursor) -> Result<Resealed, StoreError> {
        let (Some(find), Some(replace)) = (from.find(), from.replace()) else {
            return Ok(Resealed::default());
        };
        let prefix = self.records.keyring().prefix();
        let rows = self
            .rows(&find, &[&from.after(), &&prefix[..], &STEP])
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            found.push(OldValue {
                key: row.try_get(0)?,
                tenant: row.try_get(1)?,
                record: row.try_get(2)?,
                attempt: row.try_get(3)?,
                sealed: row.try_get(4)?,
            });
        }
        let (replacements, mut done) = from.seal(&self.records, found);
        for it in replacements {
            let replaced = format!("{replace} RETURNING 1");
            let replaced = self.rows(&replaced, &[&it.new, &it.key, &it.old]).await?;
            done.sealed += u64::from(!replaced.is_empty());
        }
        Ok(done)
    }

    async fn retire_older_keys(&self) -> Result<Vec<String>, StoreError> {
        transaction!(self, |session| retire(&session))
    }
}
