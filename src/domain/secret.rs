//! Texts that must not be seen.

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Standard base64; padding is optional.
pub const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key or secret: never printed, and wiped from memory when it is dropped.
///
/// Serialising gives the plain text, because the stores seal whole documents. Nothing else
/// may serialise it.
#[derive(Clone)]
pub struct SecretText(SecretString);

impl SecretText {
    /// Wraps a text.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The text itself, for use at the edge.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The key of a Standard Webhooks secret, `whsec_` and base64; nothing for any other text.
    pub fn standard_webhooks_key(&self) -> Option<Vec<u8>> {
        let encoded = self.expose().strip_prefix("whsec_")?;
        BASE64.decode(encoded).ok().filter(|key| !key.is_empty())
    }

    /// The last four characters, or nothing if the text has fewer than 12: four would then
    /// reveal too much.
    pub fn hint(&self) -> String {
        let text: Vec<char> = self.expose().chars().collect();
        if text.len() < 12 {
            return String::new();
        }
        text[text.len() - 4..].iter().collect()
    }
}

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for SecretText {}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standard_webhooks_secret_has_a_key_and_other_texts_have_none() {
        let key = |text: &str| SecretText::new(text.into()).standard_webhooks_key();
        assert_eq!(key("whsec_b3RoZXI="), Some(b"other".to_vec()));
        assert_eq!(key("whsec_b3RoZXI"), Some(b"other".to_vec()));
        for text in ["", "whsec_", "b3RoZXI=", "whsec_é", "whsec_b3RoZXI=="] {
            assert_eq!(key(text), None, "{text}");
        }
    }

    #[test]
    fn a_secret_shows_four_characters_at_most_and_never_prints() {
        let secret = SecretText::new("0123456789abcdef".into());
        assert_eq!(secret.hint(), "cdef");
        // As `key_hint` and `hint` promise.
        for (text, hint) in [("sandbox-key", ""), ("sandbox-key1", "key1"), ("", "")] {
            assert_eq!(SecretText::new(text.into()).hint(), hint, "{text}");
        }
        assert!(!format!("{secret:?}").contains("cdef"));
    }
}
