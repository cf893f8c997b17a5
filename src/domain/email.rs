//! E-mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    characters::{is_lost, without_invisible},
    stored::stored_as_text,
    text::ValueError,
};

/// One e-mail address: trimmed, without what cannot be seen, its domain in lower case, its local
/// part as typed.
///
/// Never contains a comma: Lucca's filters take a comma for the start of the next value.
/// Personal data: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The number of characters allowed.
    pub const MAX_CHARS: usize = 255;

    /// Reads an address of the form `name@domain.tld`, also out of a link such as
    /// `mailto:name@domain.tld?subject=…` or out of angle brackets.
    ///
    /// # Errors
    /// Empty, too long, several addresses, a display name or another form.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = without_invisible(text);
        let address = Self::stored(without_link(text.trim()))?;
        let bad = |c: char| is_lost(c) || ":()[]{}\"\\".contains(c);
        if address.0.contains(bad) {
            return Err(ValueError::BadCharacterInAddress);
        }
        Ok(address)
    }

    /// Reads an address as it is stored: earlier versions refused less.
    fn stored(text: &str) -> Result<Self, ValueError> {
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

    /// The address as it is compared, see [`fold_email`].
    #[must_use]
    pub fn folded(&self) -> String {
        fold_email(&self.0)
    }
}

/// An address as it is compared: in lower case, the domain in its ASCII form, so that
/// `bücher.example` and `xn--bcher-kva.example` are one.
#[must_use]
pub fn fold_email(address: &str) -> String {
    let folded = without_invisible(address).trim().to_lowercase();
    let folded: String = folded.nfc().collect();
    match folded.rsplit_once('@') {
        Some((local, domain)) => match url::Host::parse(domain) {
            Ok(url::Host::Domain(ascii)) => format!("{local}@{ascii}"),
            _ => folded,
        },
        None => folded,
    }
}

/// The address in a link such as `mailto:zoe@example.com?subject=…`, or in angle brackets.
fn without_link(text: &str) -> &str {
    const SCHEME: &str = "mailto:";
    let inner = text.strip_prefix('<').and_then(|it| it.strip_suffix('>'));
    let text = inner.unwrap_or(text).trim();
    match text.split_at_checked(SCHEME.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => {
            rest.split('?').next().unwrap_or(rest)
        }
        _ => text,
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

stored_as_text!(EmailAddress, |address| address.0, stored);

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
            ("a\u{FFFD}@b.fr", ValueError::BadCharacterInAddress),
            ("tel:a@b.fr", ValueError::BadCharacterInAddress),
            ("[a](b@c.fr)", ValueError::BadCharacterInAddress),
            ("{{email}}@b.fr", ValueError::BadCharacterInAddress),
            ("mailto:", ValueError::Empty),
            ("\u{200B}", ValueError::Empty),
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
    fn what_cannot_be_seen_is_no_part_of_an_address() {
        for text in [
            "\u{200B}zoe@example.com",
            "zoe@example.com\u{200B}",
            "zoe\u{200D}@exa\u{00AD}mple.com\u{FEFF}",
            "\u{202A}zoe@example.com\u{202C}",
            " \u{2060}zoe@example.com\u{00A0}",
        ] {
            let read = EmailAddress::parse(text).unwrap();
            assert_eq!(read.as_str(), "zoe@example.com", "{text:?}");
        }
    }

    #[test]
    fn the_address_in_a_link_is_read() {
        for text in [
            "mailto:zoe@example.com",
            "MailTo: zoe@example.com",
            "mailto:zoe@example.com?subject=Bienvenue",
            "<zoe@example.com>",
            "<mailto:zoe@example.com>",
        ] {
            let read = EmailAddress::parse(text).unwrap();
            assert_eq!(read.as_str(), "zoe@example.com", "{text}");
        }
    }

    #[test]
    fn addresses_are_compared_in_one_form() {
        for (one, other) in [
            ("ines@bücher.example", "ines@xn--bcher-kva.example"),
            ("ines@BÜCHER.example", "Ines@XN--BCHER-KVA.example"),
            ("a@sub.exämple.fr", "a@sub.xn--exmple-cua.fr"),
            ("É.a@b.fr", "é.a@b.fr"),
            ("e\u{301}@b.fr", "\u{e9}@b.fr"),
        ] {
            assert_eq!(fold_email(one), fold_email(other), "{one} / {other}");
        }
        for (one, other) in [("a@b.fr", "a@c.fr"), ("a@büro.fr", "a@buro.fr")] {
            assert_ne!(fold_email(one), fold_email(other), "{one} / {other}");
        }
        for text in ["a", "a@", "@", "a@1.2.3.4", "a@b..c", "a@b_c.fr"] {
            assert_eq!(fold_email(text), text);
        }
    }

    #[test]
    fn what_earlier_versions_stored_is_read_as_it_is() {
        for text in ["mailto:a@b.fr", "\u{200B}a@b.fr"] {
            let stored = serde_json::to_string(text).unwrap();
            let read: EmailAddress = serde_json::from_str(&stored).unwrap();
            assert_eq!(read.as_str(), text);
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
