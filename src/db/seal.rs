//! Sealing with keys that rotate.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac, rand,
};
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::zeroize::Zeroizing;

const VERSION: u8 = 1;
const KEY_LEN: usize = 32;
const KEY_ID_LEN: usize = 8;
const PREFIX_LEN: usize = 1 + KEY_ID_LEN;
const HEADER_LEN: usize = PREFIX_LEN + NONCE_LEN;

/// Names a key without telling anything about it: 8 bytes, shown as 16 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId([u8; KEY_ID_LEN]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl KeyId {
    /// Reads what was shown.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; KEY_ID_LEN];
        if text.len() != 2 * KEY_ID_LEN || !text.is_ascii() {
            return None;
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// Why a list of keys was refused. Positions count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no key.
    #[error("at least one key is required (make one with `openssl rand -base64 32`)")]
    Empty,
    /// A key is not base64.
    #[error("key {0} is not base64")]
    NotBase64(usize),
    /// A key has the wrong size.
    #[error("key {0} must be 32 bytes before base64 (make one with `openssl rand -base64 32`)")]
    WrongLength(usize),
    /// A key appears twice.
    #[error("key {0} is a repetition")]
    Repeated(usize),
}

/// Why something could not be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It was sealed with a key that is not in the ring.
    #[error("sealed with a key that is not configured (key id {0})")]
    UnknownKey(KeyId),
    /// The bytes, or the place they were found in, are not those that were sealed.
    #[error("sealed data was changed or moved")]
    Tampered,
    /// The bytes have never been sealed by this program, or by a newer one.
    #[error("not sealed data")]
    Malformed,
    /// The system gave no random numbers, or the data is too long.
    #[error("sealing failed")]
    Failed,
}

/// Where a sealed value belongs; it cannot be opened anywhere else.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Tenant id; empty for what belongs to no tenant.
    pub tenant: &'a str,
    /// Id of the record.
    pub record: &'a str,
    /// Name of the column.
    pub column: &'a str,
}

impl Place<'_> {
    /// Lengths come first so that no two places read the same.
    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        for part in [self.tenant, self.record, self.column] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// Keys that seal (the newest) and open (any of them).
///
/// A sealed value is: version byte, 8 bytes of key id, 12 random bytes of nonce, then AES-256-GCM-SIV
/// ciphertext and tag. That mode survives a repeated nonce, so random nonces need no counting.
pub struct Keyring {
    newest: Entry,
    older: Vec<Entry>,
}

struct Entry {
    id: KeyId,
    key: LessSafeKey,
}

impl Keyring {
    /// Reads keys of 32 bytes in base64 (standard alphabet, padding optional), newest first.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_base64<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, KeyError> {
        let mut entries: Vec<Entry> = Vec::new();
        for (index, text) in keys.into_iter().enumerate() {
            let position = index + 1;
            let key = decode_key(text.trim(), position)?;
            let entry = Entry::new(&key).ok_or(KeyError::WrongLength(position))?;
            if entries.iter().any(|e| e.id == entry.id) {
                return Err(KeyError::Repeated(position));
            }
            entries.push(entry);
        }
        if entries.is_empty() {
            return Err(KeyError::Empty);
        }
        let newest = entries.remove(0);
        Ok(Self {
            newest,
            older: entries,
        })
    }

    /// The key that seals.
    pub fn newest(&self) -> KeyId {
        self.newest.id
    }

    /// Whether it can open what this key has sealed.
    pub fn has(&self, id: KeyId) -> bool {
        self.newest.id == id || self.older.iter().any(|entry| entry.id == id)
    }

    /// What everything begins with that the newest key has sealed.
    pub fn prefix(&self) -> [u8; PREFIX_LEN] {
        let mut prefix = [VERSION; PREFIX_LEN];
        for (to, from) in prefix.iter_mut().skip(1).zip(self.newest.id.0) {
            *to = from;
        }
        prefix
    }

    /// Seals `plain` for `place` with the newest key.
    ///
    /// # Errors
    /// [`SealError::Failed`].
    pub fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        #[expect(clippy::disallowed_methods, reason = "a nonce must be unpredictable")]
        rand::fill(&mut nonce).map_err(|_| SealError::Failed)?;
        // Room for the tag too: growing would leave a copy of the plain text behind.
        let room = plain.len() + AES_256_GCM_SIV.tag_len();
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        body.extend_from_slice(plain);
        let (aad, nonce_used) = (
            Aad::from(place.to_bytes()),
            Nonce::assume_unique_for_key(nonce),
        );
        self.newest
            .key
            .seal_in_place_append_tag(nonce_used, aad, &mut *body)
            .map_err(|_| SealError::Failed)?;
        let mut sealed = Vec::with_capacity(HEADER_LEN + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.newest.id.0);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens what was sealed for the same `place`.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let id = key_id(sealed)?;
        let nonce = sealed
            .get(1 + KEY_ID_LEN..HEADER_LEN)
            .ok_or(SealError::Malformed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Malformed)?;
        let entry = std::iter::once(&self.newest)
            .chain(&self.older)
            .find(|entry| entry.id == id)
            .ok_or(SealError::UnknownKey(id))?;
        let mut body = sealed
            .get(HEADER_LEN..)
            .ok_or(SealError::Malformed)?
            .to_vec();
        let length = entry
            .key
            .open_in_place(nonce, Aad::from(place.to_bytes()), &mut body)
            .map_err(|_| SealError::Tampered)?
            .len();
        body.truncate(length);
        Ok(body)
    }
}

/// The key that `sealed` needs.
pub(super) fn key_id(sealed: &[u8]) -> Result<KeyId, SealError> {
    match sealed.split_first() {
        Some((&VERSION, rest)) => rest
            .first_chunk()
            .map(|id| KeyId(*id))
            .ok_or(SealError::Malformed),
        _ => Err(SealError::Malformed),
    }
}

impl Entry {
    fn new(key: &[u8]) -> Option<Self> {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"key id");
        let id = KeyId(*tag.as_ref().first_chunk()?);
        let key = UnboundKey::new(&AES_256_GCM_SIV, key).ok()?;
        Some(Self {
            id,
            key: LessSafeKey::new(key),
        })
    }
}

fn decode_key(text: &str, position: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let key = GeneralPurpose::new(&STANDARD, config)
        .decode(text)
        .map(Zeroizing::new)
        .map_err(|_| KeyError::NotBase64(position))?;
    if key.len() == KEY_LEN {
        Ok(key)
    } else {
        Err(KeyError::WrongLength(position))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let older: Vec<KeyId> = self.older.iter().map(|entry| entry.id).collect();
        f.debug_struct("Keyring")
            .field("newest", &self.newest.id)
            .field("older", &older)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
