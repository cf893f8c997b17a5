//! Comparing what was sent with a secret, in a time that does not tell how close it came.

use aws_lc_rs::{constant_time, digest, hmac};

use crate::domain::secret::SecretText;

/// A key for HMAC-SHA256.
pub(super) fn signing_key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}

/// Whether a signature is the one that was sent.
pub(super) fn is_signature(right: &hmac::Tag, sent: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(right.as_ref(), sent).is_ok()
}

/// Whether a secret was sent as it is. Digests are compared, so that the length of the secret
/// does not show either.
pub(super) fn is_secret(secret: &SecretText, sent: &str) -> bool {
    let sha256 = |text: &str| digest::digest(&digest::SHA256, text.as_bytes());
    let (right, sent) = (sha256(secret.expose()), sha256(sent));
    constant_time::verify_slices_are_equal(right.as_ref(), sent.as_ref()).is_ok()
}
