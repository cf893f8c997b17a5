//! E-mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::{stored::stored_as_text, text::ValueError};

/// One e-mail address: trimmed, its domain in lower case, its local part as typed.
///
/// Never contains a comma: Lucca's filters take a comma for the start of the next value.
/// Personal data: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The number of characters allowed.
    pub const MAX_CHARS: usize = 255;

    /// Reads an address of the form `name@domain.tld`.
    ///
    /// # Errors
    /// Empty, too long, several addresses, a display name or another form.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text: String = text.trim().nfc().collect();
        if text.is_empty() {
            return Err(ValueError::Empty);
        }
        if text.matches('@').count() > 1 {
            return Err(ValueError::SeveralAddresses);
        }
        let bad = |c: char| c.is_whitespace() || c.is_control() || "<>,;".contains(c);
        if text.contains(bad) {
            return Err(ValueError::BadCharacterInAddress);
        }
        let (local, domain) = text.split_once('@').ok_or(ValueError::NotAnAddress)?;
        let labels_are_there = domain.contains('.') && domain.split('.').all(|l| !l.is_empty());
        if local.is_empty() || !labels_are_there {
            return Err(ValueError::NotAnAddress);
        }
        let address = format!("{local}@{}", domain.to_lowercase());
        if address.chars().count() > Self::MAX_CHARS {
            return Err(ValueError::TooLong {
                max: Self::MAX_CHARS,
            });
        }
        Ok(Self(address))
    }

    /// The address, as it is sent to Lucca.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in lower case, for comparison only.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

stored_as_text!(EmailAddress, |address| address.0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_lowered_and_the_local_part_kept() {
        let address = EmailAddress::parse("  Eloise.Dupont+Hr@Example.COM\u{00A0}").unwrap();
        assert_eq!(address.as_str(), "Eloise.Dupont+Hr@example.com");
        assert_eq!(address.folded(), "eloise.dupont+hr@example.com");
    }

    #[test]
    fn what_is_not_one_address_is_refused_with_its_reason() {
        for (text, error) in [
            ("", ValueError::Empty),
            ("  ", ValueError::Empty),
            ("a@b.fr,c@d.fr", ValueError::SeveralAddresses),
            ("a@b.fr; c@d.fr", ValueError::SeveralAddresses),
            ("a@b@c.fr", ValueError::SeveralAddresses),
            ("a@b.fr,", ValueError::BadCharacterInAddress),
            ("a b@c.fr", ValueError::BadCharacterInAddress),
            ("A <a@b.fr>", ValueError::BadCharacterInAddress),
            ("a\n@b.fr", ValueError::BadCharacterInAddress),
            ("a\0@b.fr", ValueError::BadCharacterInAddress),
            ("a,b@c.fr", ValueError::BadCharacterInAddress),
            ("a", ValueError::NotAnAddress),
            ("a.fr", ValueError::NotAnAddress),
            ("@b.fr", ValueError::NotAnAddress),
            ("a@", ValueError::NotAnAddress),
            ("a@b", ValueError::NotAnAddress),
            ("a@.fr", ValueError::NotAnAddress),
            ("a@b.", ValueError::NotAnAddress),
            ("a@b..fr", ValueError::NotAnAddress),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn the_limit_is_255_characters() {
        let domain = "@example.fr";
        let fits = format!("{}{domain}", "a".repeat(255 - domain.len()));
        assert!(EmailAddress::parse(&fits).is_ok());
        assert_eq!(
            EmailAddress::parse(&format!("a{fits}")),
            Err(ValueError::TooLong { max: 255 })
        );
    }

    #[test]
    fn unusual_but_real_addresses_pass() {
        for text in ["o'brien@x.ie", "élo@exemple.fr", "a@büro.example", "1@2.io"] {
            assert!(EmailAddress::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn debug_does_not_show_the_address() {
        let address = EmailAddress::parse("a@b.fr").unwrap();
        assert_eq!(format!("{address:?}"), "EmailAddress(…)");
    }

    #[test]
    fn the_stored_form_is_the_text() {
        let address = EmailAddress::parse("A@b.fr").unwrap();
        let stored = serde_json::to_string(&address).unwrap();
        assert_eq!(stored, "\"A@b.fr\"");
        assert_eq!(
            serde_json::from_str::<EmailAddress>(&stored).unwrap(),
            address
        );
    }
}
