//! A blind index finds sealed values by equality. Its key is kept sealed in the database.

use std::fmt;

use aws_lc_rs::{hmac, rand};
use rusqlite::Connection;
use secrecy::zeroize::Zeroizing;

use super::{
    DbError,
    keys_in_use::{KEY_IN_USE, mark_of, marked, missing_marks},
    seal::{KeyId, Keyring, SealContext, SealError, key_id},
};

/// The table that keeps a store's own sealed values; the first migration of every schema.
pub const META_SCHEMA: &str =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID";

/// The key in `meta` under which a store keeps its sealed index key.
pub const INDEX_KEY: &str = "blind_index_key";
const CONTEXT: SealContext<'static> = SealContext {
    tenant: "",
    record: "meta",
    column: INDEX_KEY,
};

/// Finds sealed values by equality: a keyed hash (HMAC-SHA256, 16 bytes) of a folded value.
///
/// Without the key nobody can try out values. Purposes are kept apart: the same value gives other
/// bytes for another purpose.
#[derive(Clone)]
pub struct BlindIndex(hmac::Key);

impl BlindIndex {
    /// An index with this key.
    pub fn new(key: [u8; 32]) -> Self {
        let key = Zeroizing::new(key);
        Self(hmac::Key::new(hmac::HMAC_SHA256, &*key))
    }

    /// The value to store and to look for. Fold `value` first (case, accents) so that equals match.
    pub fn of(&self, purpose: &str, value: &str) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&(purpose.len() as u64).to_be_bytes());
        context.update(purpose.as_bytes());
        context.update(value.as_bytes());
        let mut short = [0; 16];
        for (to, from) in short.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        short
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex([REDACTED])")
    }
}

/// Why the index key of a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexKeyError {
    /// The configured keys are not those of this database.
    #[error(
        "store.encryption_keys does not contain the key this database was sealed with (key id {0}): \
         put that key back into the list, or start with another database"
    )]
    WrongKey(KeyId),
    /// The kept value is not what was sealed.
    #[error("the index key kept in the database cannot be opened ({0}): restore the last backup")]
    Unreadable(SealError),
    /// No key could be made or sealed.
    #[error("the system gave no random numbers to make an index key of")]
    NotMade,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A key and a value of `meta`.
pub type MetaRow = (String, Vec<u8>);

/// Opens the sealed index key in the rows of `meta`, or makes one.
///
/// Returns the index, and the rows to insert or replace: marks of keys (see `missing_marks`), and
/// the sealed index key if it is new or sealed anew with the newest encryption key. Reading and
/// storing belong in one transaction that no other process runs at the same time.
///
/// # Errors
/// See [`IndexKeyError`].
pub fn open_index_key(
    meta: &[MetaRow],
    keyring: &Keyring,
) -> Result<(BlindIndex, Vec<MetaRow>), IndexKeyError> {
    let keys = meta.iter().map(|(key, _)| key);
    let marks: Vec<String> = keys.filter(|key| marked(key).is_some()).cloned().collect();
    let kept = meta.iter().find(|(key, _)| key == INDEX_KEY);
    let kept = kept.map(|(_, sealed)| sealed.as_slice());
    let missing = missing_marks(&marks, kept, keyring)?.into_iter();
    let mut writes: Vec<MetaRow> = missing.map(|mark| (mark, Vec::new())).collect();
    let mut key = Zeroizing::new([0; 32]);
    if let Some(sealed) = kept {
        let plain = keyring.open(&CONTEXT, sealed).map_err(|e| match e {
            SealError::UnknownKey(id) => IndexKeyError::WrongKey(id),
            other => IndexKeyError::Unreadable(other),
        })?;
        let plain = Zeroizing::new(plain);
        *key = <[u8; 32]>::try_from(plain.as_slice())
            .map_err(|_| IndexKeyError::Unreadable(SealError::Malformed))?;
    } else {
        #[expect(clippy::disallowed_methods, reason = "a key must be unpredictable")]
        rand::fill(&mut *key).map_err(|_| IndexKeyError::NotMade)?;
    }
    if kept.and_then(|sealed| key_id(sealed).ok()) != Some(keyring.newest()) {
        let sealed = keyring.seal(&CONTEXT, &*key);
        let sealed = sealed.map_err(|_| IndexKeyError::NotMade)?;
        writes.push((INDEX_KEY.to_owned(), sealed));
    }
    Ok((BlindIndex::new(*key), writes))
}

/// Opens or makes the index key in the `meta` table of an SQLite database, in a write.
///
/// # Errors
/// See [`IndexKeyError`].
pub fn load_or_create_index_key(
    conn: &Connection,
    keyring: &Keyring,
) -> Result<BlindIndex, IndexKeyError> {
    let (index, writes) = open_index_key(&meta(conn)?, keyring)?;
    for row in writes {
        conn.execute(
            "INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)",
            row,
        )
        .map_err(DbError::from)?;
    }
    Ok(index)
}

fn meta(conn: &Connection) -> Result<Vec<MetaRow>, DbError> {
    let mut statement = conn.prepare("SELECT key, value FROM meta")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Removes the marks of all keys but the newest, once no record needs the older ones.
///
/// # Errors
/// The database failed.
pub fn unmark_older_keys(conn: &Connection, keyring: &Keyring) -> Result<(), DbError> {
    conn.prepare_cached("DELETE FROM meta WHERE key LIKE ?1 || '%' AND key <> ?2")?
        .execute([KEY_IN_USE, &mark_of(keyring.newest())])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

    use super::*;

    fn ring(bytes: &[u8]) -> Keyring {
        let keys: Vec<String> = bytes.iter().map(|b| BASE64.encode([*b; 32])).collect();
        Keyring::from_base64(keys.iter().map(String::as_str)).unwrap()
    }

    fn database() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(META_SCHEMA).unwrap();
        conn
    }

    #[test]
    fn key_purpose_and_value_all_count() {
        let index = BlindIndex::new([1; 32]);
        let email = index.of("email", "a@example.com");
        assert_eq!(email, BlindIndex::new([1; 32]).of("email", "a@example.com"));
        assert_ne!(email, BlindIndex::new([2; 32]).of("email", "a@example.com"));
        assert_ne!(email, index.of("login", "a@example.com"));
        assert_ne!(email, index.of("email", "b@example.com"));
        assert_ne!(email, index.of("emaila", "@example.com"));
    }

    #[test]
    fn the_index_key_is_made_once_and_kept_sealed() {
        let conn = database();
        let first = load_or_create_index_key(&conn, &ring(&[1])).unwrap();
        let second = load_or_create_index_key(&conn, &ring(&[1])).unwrap();
        assert_eq!(first.of("p", "v"), second.of("p", "v"));
        let other = load_or_create_index_key(&database(), &ring(&[1])).unwrap();
        assert_ne!(first.of("p", "v"), other.of("p", "v"));
    }

    #[test]
    fn the_index_survives_the_retirement_of_an_encryption_key() {
        let conn = database();
        let before = load_or_create_index_key(&conn, &ring(&[1])).unwrap();
        load_or_create_index_key(&conn, &ring(&[2, 1])).unwrap();
        unmark_older_keys(&conn, &ring(&[2, 1])).unwrap();
        let after = load_or_create_index_key(&conn, &ring(&[2])).unwrap();
        assert_eq!(before.of("p", "v"), after.of("p", "v"));
    }

    #[test]
    fn a_key_is_missed_until_its_records_are_sealed_anew() {
        let conn = database();
        load_or_create_index_key(&conn, &ring(&[1])).unwrap();
        load_or_create_index_key(&conn, &ring(&[2, 1])).unwrap();
        assert!(load_or_create_index_key(&conn, &ring(&[2])).is_err());
        unmark_older_keys(&conn, &ring(&[2, 1])).unwrap();
        assert!(load_or_create_index_key(&conn, &ring(&[2])).is_ok());
    }

    #[test]
    fn a_wrong_encryption_key_is_named_at_start() {
        let conn = database();
        load_or_create_index_key(&conn, &ring(&[1])).unwrap();
        let error = load_or_create_index_key(&conn, &ring(&[2])).unwrap_err();
        let expected = format!(
            "store.encryption_keys does not contain the key this database was sealed with (key id {})",
            ring(&[1]).newest()
        );
        assert!(error.to_string().starts_with(&expected), "{error}");
    }

    #[test]
    fn a_changed_index_key_is_refused_not_replaced() {
        let conn = database();
        load_or_create_index_key(&conn, &ring(&[1])).unwrap();
        conn.execute("UPDATE meta SET value = CAST(value || 'x' AS BLOB)", [])
            .unwrap();
        let error = load_or_create_index_key(&conn, &ring(&[1])).unwrap_err();
        assert!(
            matches!(error, IndexKeyError::Unreadable(SealError::Tampered)),
            "{error}"
        );
    }
}
