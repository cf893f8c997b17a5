//! Sealing with keys that rotate.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac, rand,
};
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use secrecy::zeroize::Zeroizing;

/// The first byte of what a key of the ring has sealed.
const VERSION: u8 = 1;
/// The first byte of what a data key has sealed.
pub const DATA_VERSION: u8 = 2;
const KEY_LEN: usize = 32;
const KEY_ID_LEN: usize = 8;
const PREFIX_LEN: usize = 1 + KEY_ID_LEN;
const HEADER_LEN: usize = PREFIX_LEN + NONCE_LEN;

/// The id of a key, which reveals nothing of it: 8 bytes, shown as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId([u8; KEY_ID_LEN]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl KeyId {
    /// Reads the hexadecimal form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?;
        bytes.try_into().map(Self).ok()
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
    /// The bytes, or the context, are not those that were sealed.
    #[error("sealed data was changed or moved")]
    Tampered,
    /// The bytes were not sealed by this program, or by a newer version of it.
    #[error("not sealed data")]
    Malformed,
    /// The system gave no random numbers, or the data is too long.
    #[error("sealing failed")]
    Failed,
}

/// What a sealed value is bound to. It cannot be opened with another context.
#[derive(Clone, Copy, Debug)]
pub struct SealContext<'a> {
    /// Tenant id; empty for a value that belongs to no tenant.
    pub tenant: &'a str,
    /// Id of the record.
    pub record: &'a str,
    /// Name of the column.
    pub column: &'a str,
}

impl SealContext<'_> {
    /// Lengths come first, so that no two contexts have the same bytes.
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

/// A random key of one record, which is kept sealed.
///
/// Once it is destroyed, nobody opens what it has sealed, wherever a copy of that is. Values have the
/// form of those of a [`Keyring`], but for the version.
#[derive(Clone)]
pub struct DataKey(Arc<Entry>);

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

    /// The first bytes of every value that the newest key has sealed.
    pub fn prefix(&self) -> [u8; PREFIX_LEN] {
        let mut prefix = [VERSION; PREFIX_LEN];
        for (to, from) in prefix.iter_mut().skip(1).zip(self.newest.id.0) {
            *to = from;
        }
        prefix
    }

    /// Seals `plain` for a context with the newest key.
    ///
    /// # Errors
    /// [`SealError::Failed`].
    pub fn seal(&self, context: &SealContext<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.newest.seal(VERSION, context, plain)
    }

    /// Opens what was sealed for the same context.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn open(&self, context: &SealContext<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let id = key_id(sealed)?;
        let mut entries = std::iter::once(&self.newest).chain(&self.older);
        let entry = entries.find(|entry| entry.id == id);
        entry
            .ok_or(SealError::UnknownKey(id))?
            .open(context, sealed)
    }
}

impl DataKey {
    /// Makes a key at random, and seals it for a context.
    ///
    /// # Errors
    /// [`SealError::Failed`].
    pub fn make(
        keyring: &Keyring,
        context: &SealContext<'_>,
    ) -> Result<(Self, Vec<u8>), SealError> {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        #[expect(clippy::disallowed_methods, reason = "a key must be unpredictable")]
        rand::fill(&mut *key).map_err(|_| SealError::Failed)?;
        Ok((Self::of(&*key)?, keyring.seal(context, &*key)?))
    }

    /// Opens a key that was sealed for the same context.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn unseal(
        keyring: &Keyring,
        context: &SealContext<'_>,
        sealed: &[u8],
    ) -> Result<Self, SealError> {
        Self::of(&Zeroizing::new(keyring.open(context, sealed)?))
    }

    fn of(key: &[u8]) -> Result<Self, SealError> {
        let entry = Entry::new(key).ok_or(SealError::Malformed)?;
        Ok(Self(Arc::new(entry)))
    }

    /// Whether a value was sealed with a key of this kind.
    pub fn has_sealed(sealed: &[u8]) -> bool {
        sealed.first() == Some(&DATA_VERSION)
    }

    /// Seals `plain` for a context.
    ///
    /// # Errors
    /// [`SealError::Failed`].
    pub fn seal(&self, context: &SealContext<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.0.seal(DATA_VERSION, context, plain)
    }

    /// Opens what this key has sealed for the same context.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn open(&self, context: &SealContext<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let id = sealed.get(1..PREFIX_LEN).ok_or(SealError::Malformed)?;
        if !Self::has_sealed(sealed) || id != self.0.id.0 {
            return Err(SealError::Tampered);
        }
        self.0.open(context, sealed)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey([REDACTED])")
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
    /// Seals `plain` as a value of this version.
    fn seal(
        &self,
        version: u8,
        context: &SealContext<'_>,
        plain: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        #[expect(clippy::disallowed_methods, reason = "a nonce must be unpredictable")]
        rand::fill(&mut nonce).map_err(|_| SealError::Failed)?;
        // With room for the tag: growing would leave a copy of the plain text behind.
        let room = plain.len() + AES_256_GCM_SIV.tag_len();
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        body.extend_from_slice(plain);
        let (aad, nonce_used) = (
            Aad::from(context.to_bytes()),
            Nonce::assume_unique_for_key(nonce),
        );
        self.key
            .seal_in_place_append_tag(nonce_used, aad, &mut *body)
            .map_err(|_| SealError::Failed)?;
        let mut sealed = Vec::with_capacity(HEADER_LEN + body.len());
        sealed.push(version);
        sealed.extend_from_slice(&self.id.0);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens what this key has sealed.
    fn open(&self, context: &SealContext<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce = sealed
            .get(PREFIX_LEN..HEADER_LEN)
            .ok_or(SealError::Malformed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Malformed)?;
        let mut body = sealed
            .get(HEADER_LEN..)
            .ok_or(SealError::Malformed)?
            .to_vec();
        let length = self
            .key
            .open_in_place(nonce, Aad::from(context.to_bytes()), &mut body)
            .map_err(|_| SealError::Tampered)?
            .len();
        body.truncate(length);
        Ok(body)
    }

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
