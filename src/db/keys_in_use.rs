//! Which encryption keys the records of a database need.
//!
//! Every process marks the key that it seals with before it seals anything. So a key that was removed
//! from the settings too early is missed at the start, and not when the first record cannot be
//! opened. A rotation removes the marks of the older keys once everything is sealed anew.

use super::{
    IndexKeyError,
    seal::{KeyId, Keyring, key_id},
};

/// The prefix of the keys in `meta` that mark an encryption key as needed.
pub const KEY_IN_USE: &str = "key_in_use:";

/// The mark of an encryption key.
pub fn mark_of(id: KeyId) -> String {
    format!("{KEY_IN_USE}{id}")
}

/// The key that a mark names.
pub fn marked(mark: &str) -> Option<KeyId> {
    KeyId::parse(mark.strip_prefix(KEY_IN_USE)?)
}

/// Checks that every marked key is in the ring, and returns the marks that are missing. In a
/// database without marks, the key that sealed its index key is needed.
///
/// # Errors
/// A key that is needed is not in the ring.
pub fn missing_marks(
    marks: &[String],
    index_key: Option<&[u8]>,
    keyring: &Keyring,
) -> Result<Vec<String>, IndexKeyError> {
    let mut needed: Vec<KeyId> = marks.iter().filter_map(|mark| marked(mark)).collect();
    if needed.is_empty() {
        needed.extend(index_key.and_then(|sealed| key_id(sealed).ok()));
    }
    if let Some(unknown) = needed.iter().find(|id| !keyring.has(**id)) {
        return Err(IndexKeyError::WrongKey(*unknown));
    }
    needed.push(keyring.newest());
    let mut missing: Vec<String> = needed.into_iter().map(mark_of).collect();
    missing.retain(|mark| !marks.contains(mark));
    missing.dedup();
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

    use super::*;
    use crate::db::SealContext;

    fn ring(bytes: &[u8]) -> Keyring {
        let keys: Vec<String> = bytes.iter().map(|b| BASE64.encode([*b; 32])).collect();
        Keyring::from_base64(keys.iter().map(String::as_str)).unwrap()
    }

    fn mark(byte: u8) -> String {
        mark_of(ring(&[byte]).newest())
    }

    #[test]
    fn a_mark_names_its_key() {
        assert_eq!(marked(&mark(1)), Some(ring(&[1]).newest()));
        for bad in [
            "key_in_use:",
            "key_in_use:zz",
            "other:0011223344556677",
            "key_in_use:é234567890123456",
        ] {
            assert_eq!(marked(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_that_records_need_is_missed_at_the_start() {
        let marks = [mark(1), mark(2)];
        assert_eq!(
            missing_marks(&marks, None, &ring(&[3, 2, 1])).unwrap(),
            [mark(3)]
        );
        let error = missing_marks(&marks, None, &ring(&[3, 1])).unwrap_err();
        assert!(matches!(error, IndexKeyError::WrongKey(id) if id == ring(&[2]).newest()));
    }

    #[test]
    fn a_database_without_marks_needs_the_key_of_its_index_key() {
        let place = SealContext {
            tenant: "",
            record: "",
            column: "",
        };
        let sealed = ring(&[1]).seal(&place, b"key").unwrap();
        let missing = missing_marks(&[], Some(&sealed), &ring(&[2, 1])).unwrap();
        assert_eq!(missing, [mark(1), mark(2)]);
        let missing = missing_marks(&[], Some(&sealed), &ring(&[1])).unwrap();
        assert_eq!(missing, [mark(1)]);
        assert!(missing_marks(&[], Some(&sealed), &ring(&[2])).is_err());
        assert_eq!(missing_marks(&[], None, &ring(&[2])).unwrap(), [mark(2)]);
    }
}
