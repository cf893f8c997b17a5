//! The texts of a hire: trimmed, in Unicode NFC, otherwise as typed.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::stored::stored_as_text;

/// Why a text or a number is not a value of the domain. Says nothing of the value itself.
///
/// The catalogue has the sentences for people, by the code; `Display` is for whoever reads a
/// settings file or a stored value.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::VariantNames, thiserror::Error,
)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the sentences say it")]
pub enum ValueError {
    // Texts.
    #[error("must not be empty")]
    Empty,
    #[error("must have at most {max} characters")]
    TooLong { max: usize },
    #[error("must not contain control characters")]
    ControlCharacter,
    #[error("must be a country's two-letter code of ISO 3166-1, such as FR")]
    NotACountry,
    #[error("must be a value of another kind")]
    OtherKind,

    // E-mail addresses.
    #[error("must be one address, not several")]
    SeveralAddresses,
    #[error("must not contain spaces, `<`, `>`, `,`, `;` or control characters")]
    BadCharacterInAddress,
    #[error("must have the form name@domain.tld")]
    NotAnAddress,

    // Dates.
    #[error("must be a day of the calendar in the form YYYY-MM-DD")]
    NotADate,
    #[error("must be a day of the years {min} to {max}")]
    YearOutOfRange { min: i16, max: i16 },
    #[error("must not be more than {years} years from today")]
    TooFarAway { years: i64 },

    // Ids.
    #[error("must be 1 to {max} lower-case letters, digits and hyphens, and start with a letter")]
    NotATenantId { max: usize },
    #[error("must be 1 to {max} lower-case letters, digits and `-`, `_`, `.`")]
    NotASystem { max: usize },
    #[error("must be 1 to {max} printable characters")]
    NotAnExternalId { max: usize },
    #[error("must be a UUID with hyphens")]
    NotAUuid,

    // The address of a Lucca.
    #[error("must be a web address such as https://example.ilucca.net")]
    NotAWebAddress,
    #[error("must not hold a user or a password")]
    UserInAddress,
    #[error("must end after the host: no path, query or fragment")]
    PathInAddress,
    #[error("must be written in plain ASCII letters")]
    NotAsciiAddress,
    #[error("must not end its host with a dot")]
    DotAfterHost,
    #[error("must have a host name, not a number that stands for an IP address")]
    NumberForHost,
    #[error("must have a port from 1 to 65535, or none")]
    BadPort,

    // Ids of Lucca.
    #[error("must be 1 or greater")]
    NotPositive,
}

/// A text of unknown origin as it may be shown on a terminal, in a log or on a page: one line, no
/// control characters, none that change the direction of what follows, and no more than `most`
/// characters.
#[must_use]
pub fn clean(text: &str, most: usize) -> String {
    let shown = text.chars().filter(|c| !turns_text(*c));
    let shown = shown.map(|c| if breaks_line(c) { ' ' } else { c });
    let mut cleaned: String = shown.take(most).collect();
    cleaned.truncate(cleaned.trim_end().len());
    cleaned
}

/// Whether a character acts on a terminal or begins another line.
fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character changes the direction of text (Unicode UAX 9, explicit formatting).
fn turns_text(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Trims, normalises to NFC and checks a text. Real names come in every script and form,
/// so nothing else is refused.
fn parse_text(text: &str, max: usize) -> Result<String, ValueError> {
    let text: String = text.trim().nfc().collect();
    if text.is_empty() {
        Err(ValueError::Empty)
    } else if text.chars().any(char::is_control) {
        Err(ValueError::ControlCharacter)
    } else if text.chars().count() > max {
        Err(ValueError::TooLong { max })
    } else {
        Ok(text)
    }
}

/// The name or code of a unit, or the name of a manager: 1 to 255 characters.
///
/// # Errors
/// Empty, too long, or with control characters.
pub fn label(text: &str) -> Result<String, ValueError> {
    parse_text(text, 255)
}

/// A type for a text that a function checks and normalises.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        text_type!(
            $(#[$doc])*
            #[doc = concat!("\n\n1 to ", $max, " characters.")]
            $name, |text| parse_text(text, $max)
        );
    };
    ($(#[$doc:meta])* $name:ident, $parse:expr) => {
        $(#[$doc])*
        ///
        /// Personal data: `Debug` does not show it.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads a text, trimmed.
            ///
            /// # Errors
            /// The text has another form than the type documents.
            pub fn parse(text: &str) -> Result<Self, ValueError> {
                let parse: fn(&str) -> Result<String, ValueError> = $parse;
                parse(text).map(Self)
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

        stored_as_text!($name, |text| text.0);
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

text_type!(
    /// A nationality: the country's code of two capital letters, ISO 3166-1 alpha-2.
    Nationality, parse_country
);

/// The assigned codes of ISO 3166-1 alpha-2.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN \
    BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ \
    DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL \
    GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM \
    JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME \
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP \
    NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD \
    SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO \
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Reads a code in any case.
fn parse_country(text: &str) -> Result<String, ValueError> {
    let code = text.trim().to_ascii_uppercase();
    let is_assigned = COUNTRIES.split(' ').any(|country| country == code);
    is_assigned.then_some(code).ok_or(ValueError::NotACountry)
}

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
            Err(ValueError::TooLong { max: 255 })
        );
        assert!(EmployeeNumber::parse(&"1".repeat(50)).is_ok());
        assert_eq!(
            EmployeeNumber::parse(&"1".repeat(51)),
            Err(ValueError::TooLong { max: 50 })
        );
        assert_eq!(
            Phone::parse(&"1".repeat(51)),
            Err(ValueError::TooLong { max: 50 })
        );
    }

    #[test]
    fn empty_texts_and_control_characters_are_refused() {
        for text in ["", "   ", "\u{202F}\t"] {
            assert_eq!(JobTitle::parse(text), Err(ValueError::Empty));
        }
        for text in ["a\0b", "a\nb", "a\tb", "a\u{85}b", "a\u{7F}"] {
            assert_eq!(JobTitle::parse(text), Err(ValueError::ControlCharacter));
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

    #[test]
    fn a_nationality_is_an_assigned_country_code_in_any_case() {
        for (text, code) in [("FR", "FR"), (" be ", "BE"), ("cI", "CI")] {
            assert_eq!(Nationality::parse(text).unwrap().as_str(), code);
        }
        for text in [
            "",
            " ",
            "F",
            "FRA",
            "XX",
            "UK",
            "Fr ance",
            "FR CH",
            "française",
            "ＦＲ",
        ] {
            assert_eq!(
                Nationality::parse(text),
                Err(ValueError::NotACountry),
                "{text}"
            );
        }
        assert_eq!(COUNTRIES.split(' ').count(), 249);
        let error = ValueError::NotACountry.to_string();
        assert!(error.contains("ISO 3166-1"), "{error}");
    }
}
