//! The texts of a hire: trimmed, in Unicode NFC, otherwise as typed.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// Why a text was not accepted. Says nothing of the text itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but spaces.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must not be longer than {max} characters")]
    TooLong {
        /// The number of characters allowed.
        max: usize,
    },
    /// A line feed, a tabulator, a zero byte or the like.
    #[error("must not contain control characters")]
    ControlCharacter,
}

/// Trims, normalises to NFC and checks a text. Real names come in every script and form,
/// so nothing else is refused.
fn parse_text(text: &str, max: usize) -> Result<String, TextError> {
    let text: String = text.trim().nfc().collect();
    if text.is_empty() {
        Err(TextError::Empty)
    } else if text.chars().any(char::is_control) {
        Err(TextError::ControlCharacter)
    } else if text.chars().count() > max {
        Err(TextError::TooLong { max })
    } else {
        Ok(text)
    }
}

/// The name of a unit or of a manager: 1 to 255 characters.
pub(super) fn label(text: &str) -> Result<String, TextError> {
    parse_text(text, 255)
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[doc = concat!("\n\n1 to ", $max, " characters. Personal data: `Debug` does not show it.")]
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The number of characters allowed.
            pub const MAX_CHARS: usize = $max;

            /// Trims the text and brings it to NFC.
            ///
            /// # Errors
            /// Empty, longer than [`Self::MAX_CHARS`], or with control characters.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                parse_text(text, Self::MAX_CHARS).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

text_type!(
    /// A family name.
    FamilyName, 255
);
text_type!(
    /// A given name.
    GivenName, 255
);
text_type!(
    /// A job title.
    JobTitle, 255
);
text_type!(
    /// An employee number (French "matricule").
    EmployeeNumber, 50
);
text_type!(
    /// A login in Lucca.
    Login, 255
);
text_type!(
    /// A phone number, in any notation.
    Phone, 50
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_form_are_kept_as_typed() {
        for name in [
            "O",
            "DOE",
            "d’Aubigné",
            "N'DIAYE",
            "Nguyễn",
            "de Villepin",
            "DE LA TOUR",
            "LE GALL",
            "Lœtitia",
            "Cæsar",
            "Muñoz",
            "Müller",
            "Marie\u{2011}Thérèse",
            "N’Diaye",
            "Dupont-Aignerain de La Rochefoucauld-Montbéliard d’Aubigné",
            "李小龍",
            "الزهراء",
            "X Æ A-12",
            "Robert'); DROP TABLE users;--",
            "Zoé 🎉",
        ] {
            assert_eq!(
                FamilyName::parse(name).map(|name| name.as_str().to_owned()),
                Ok(name.to_owned())
            );
        }
    }

    #[test]
    fn a_name_is_trimmed_and_composed() {
        let name = GivenName::parse("\u{00A0} He\u{0301}le\u{0300}ne \n").unwrap();
        assert_eq!(name.as_str(), "Hélène");
    }

    #[test]
    fn length_counts_characters_after_composition() {
        assert!(GivenName::parse(&"e\u{0301}".repeat(255)).is_ok());
        assert_eq!(
            GivenName::parse(&"é".repeat(256)),
            Err(TextError::TooLong { max: 255 })
        );
        assert!(EmployeeNumber::parse(&"1".repeat(50)).is_ok());
        assert_eq!(
            EmployeeNumber::parse(&"1".repeat(51)),
            Err(TextError::TooLong { max: 50 })
        );
        assert_eq!(
            Phone::parse(&"1".repeat(51)),
            Err(TextError::TooLong { max: 50 })
        );
    }

    #[test]
    fn empty_texts_and_control_characters_are_refused() {
        for text in ["", "   ", "\u{202F}\t"] {
            assert_eq!(JobTitle::parse(text), Err(TextError::Empty));
        }
        for text in ["a\0b", "a\nb", "a\tb", "a\u{85}b", "a\u{7F}"] {
            assert_eq!(JobTitle::parse(text), Err(TextError::ControlCharacter));
        }
    }

    #[test]
    fn debug_and_errors_do_not_show_the_text() {
        assert_eq!(
            format!("{:?}", FamilyName::parse("Dupont").unwrap()),
            "FamilyName(…)"
        );
        let error = FamilyName::parse("Du\0pont").unwrap_err();
        assert!(!error.to_string().contains("pont"));
    }

    #[test]
    fn the_stored_form_is_the_text_and_is_checked_when_read() {
        let login = Login::parse("eloise").unwrap();
        let stored = serde_json::to_string(&login).unwrap();
        assert_eq!(stored, "\"eloise\"");
        assert_eq!(serde_json::from_str::<Login>(&stored).unwrap(), login);
        assert!(serde_json::from_str::<Login>("\"\"").is_err());
    }
}
