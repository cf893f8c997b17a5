//! The secrets a sender and we share. None is ever shown by `Debug`.

use std::fmt;

use aws_lc_rs::{
    constant_time,
    digest::{self, Digest},
    hmac,
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jiff::Timestamp;

/// Standard base64, with or without its padding.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a secret cannot be used. Says nothing of the secret itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing there.
    #[error("the secret is empty")]
    Empty,
    /// Not `whsec_` and base64.
    #[error("the secret must be `whsec_` followed by base64")]
    NotStandardWebhooks,
}

/// A secret that signs bodies with HMAC-SHA256.
#[derive(Clone)]
pub struct SigningSecret {
    key: hmac::Key,
    expires: Option<Timestamp>,
}

impl SigningSecret {
    /// A secret of Standard Webhooks: `whsec_` and the base64 of the key. How long a key
    /// must be is judged where it is configured.
    ///
    /// # Errors
    /// Another form, or an empty key.
    pub fn standard_webhooks(text: &str, expires: Option<Timestamp>) -> Result<Self, SecretError> {
        let key = text
            .trim()
            .strip_prefix("whsec_")
            .and_then(|encoded| BASE64.decode(encoded).ok())
            .ok_or(SecretError::NotStandardWebhooks)?;
        Self::of_bytes(&key, expires)
    }

    /// A secret whose characters are the key.
    ///
    /// # Errors
    /// [`SecretError::Empty`].
    pub fn plain(text: &str, expires: Option<Timestamp>) -> Result<Self, SecretError> {
        Self::of_bytes(text.as_bytes(), expires)
    }

    fn of_bytes(key: &[u8], expires: Option<Timestamp>) -> Result<Self, SecretError> {
        if key.is_empty() {
            return Err(SecretError::Empty);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        Ok(Self { key, expires })
    }

    /// Whether it is still accepted.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        is_live(self.expires, now)
    }

    /// Its signature of these bytes, one part after the other.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> Signature {
        let mut context = hmac::Context::with_key(&self.key);
        for part in parts {
            context.update(part);
        }
        Signature(context.sign())
    }
}

/// A signature as it should be.
pub(super) struct Signature(hmac::Tag);

impl Signature {
    /// Whether it is the one that was sent; in a time that does not depend on where they
    /// differ.
    pub(super) fn is(&self, sent: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(self.0.as_ref(), sent).is_ok()
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// A secret that is sent along as it is; only its digest is kept.
#[derive(Clone)]
pub struct Token {
    digest: Digest,
    expires: Option<Timestamp>,
}

impl Token {
    /// A token of these characters.
    ///
    /// # Errors
    /// [`SecretError::Empty`].
    pub fn new(value: &str, expires: Option<Timestamp>) -> Result<Self, SecretError> {
        if value.is_empty() {
            return Err(SecretError::Empty);
        }
        let digest = sha256(value.as_bytes());
        Ok(Self { digest, expires })
    }

    /// Whether it is still accepted.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        is_live(self.expires, now)
    }

    /// Whether it is this text; takes as long for a near miss as for a far one, whatever the
    /// length of the secret.
    pub(super) fn is(&self, sent: &[u8]) -> bool {
        let sent = sha256(sent);
        constant_time::verify_slices_are_equal(self.digest.as_ref(), sent.as_ref()).is_ok()
    }
}

fn sha256(bytes: &[u8]) -> Digest {
    digest::digest(&digest::SHA256, bytes)
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

fn is_live(expires: Option<Timestamp>, now: Timestamp) -> bool {
    expires.is_none_or(|expires| now < expires)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_dies_at_its_expiry_and_not_before() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let token = Token::new("t", Some(at(100))).unwrap();
        assert!(token.is_live(at(99)));
        assert!(!token.is_live(at(100)));
        assert!(
            Token::new("t", None)
                .unwrap()
                .is_live(at(i64::from(u32::MAX)))
        );
    }

    #[test]
    fn empty_and_malformed_secrets_are_refused() {
        assert_eq!(
            SigningSecret::standard_webhooks("whsec_", None).unwrap_err(),
            SecretError::Empty
        );
        for text in ["", "secret", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_é"] {
            assert_eq!(
                SigningSecret::standard_webhooks(text, None).unwrap_err(),
                SecretError::NotStandardWebhooks
            );
        }
        assert_eq!(
            SigningSecret::plain("", None).unwrap_err(),
            SecretError::Empty
        );
        assert_eq!(Token::new("", None).unwrap_err(), SecretError::Empty);
    }

    #[test]
    fn debug_does_not_show_secrets() {
        let token = Token::new("canary", None).unwrap();
        let secret = SigningSecret::plain("canary", None).unwrap();
        assert_eq!(format!("{token:?} {secret:?}"), "Token(…) SigningSecret(…)");
    }
}
