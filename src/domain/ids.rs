//! What names things: tenants, hires, accounts, onboardings. None is personal data.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    characters::{clean, has_template},
    lucca_url::LuccaUrl,
    stored::stored_as_text,
    text::ValueError,
};

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $max:literal, $error:ident, $form:expr $(, $read:ident)?) => {
        id_type!($(#[$doc])* $name $(, $read)?);

        impl $name {
            /// The number of characters allowed.
            pub const MAX_CHARS: usize = $max;

            /// Reads an id of 1 to [`Self::MAX_CHARS`] characters.
            ///
            /// # Errors
            /// The text has another form than the type documents.
            pub fn parse(text: &str) -> Result<Self, ValueError> {
                let form: fn(&str) -> Option<&str> = $form;
                let max = Self::MAX_CHARS;
                form(text)
                    .filter(|id| (1..=max).contains(&id.chars().count()))
                    .map(|id| Self(id.to_owned()))
                    .ok_or(ValueError::$error { max })
            }
        }
    };
    ($(#[$doc:meta])* $name:ident $(, $read:ident)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        stored_as_text!($name, |id| id.0 $(, $read)?);
    };
}

id_type!(
    /// One customer: lower-case letters, digits and `-`, a letter first, 1 to 63 characters.
    TenantId, 63, NotATenantId, |text| {
        let letter_first = text.starts_with(|c: char| c.is_ascii_lowercase());
        (letter_first && is_plain(text, "-")).then_some(text)
    }
);
id_type!(
    /// The system a hire comes from, such as `werecruit`: lower-case ASCII letters, digits,
    /// `-`, `_` and `.`, 1 to 64 characters.
    SystemName, 64, NotASystem, |text| is_plain(text, "-_.").then_some(text)
);
id_type!(
    /// A hire's id in the system it comes from: 1 to 256 printable characters, without spaces
    /// around them, compared exactly.
    ExternalId, 256, NotAnExternalId, |text| {
        let printable = |c: char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
        let text = text.trim();
        text.chars().all(printable).then_some(text)
    },
    stored
);
id_type!(
    /// The Lucca domain a tenant points to: `host` or `host:port`, normalised, so that two
    /// spellings of one address are one account.
    Account
);

/// Whether a text has only lower-case ASCII letters, digits and these characters.
fn is_plain(text: &str, others: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || others.contains(c);
    text.chars().all(is_plain)
}

impl ExternalId {
    /// What stands for an id that was erased.
    #[must_use]
    pub const fn erased() -> Self {
        Self(String::new())
    }

    /// Whether the id was erased.
    #[must_use]
    pub const fn is_erased(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a stored id, which may have been erased.
    fn stored(text: &str) -> Result<Self, ValueError> {
        match text {
            "" => Ok(Self::erased()),
            text => Self::parse(text),
        }
    }

    /// Whether a text is what programs write for want of an id: `null`, `0`, a UUID of zeros.
    #[must_use]
    pub fn is_nobodys(text: &str) -> bool {
        const WORDS: [&str; 9] = [
            "null",
            "undefined",
            "none",
            "nil",
            "nan",
            "n/a",
            "-",
            "-1",
            "[object object]",
        ];
        let text = clean(text).to_lowercase();
        let digits = text.trim_matches(['{', '}', '(', ')', '"', '\'']);
        let is_all = |wanted: char| digits.chars().all(|it| it == wanted || "-.".contains(it));
        let is_longest_uuid = is_all('f') && digits.len() >= 32;
        text.is_empty()
            || WORDS.contains(&text.as_str())
            || is_all('0')
            || is_longest_uuid
            || has_template(&text)
    }
}

impl Account {
    /// The account behind an address: its host, and its port unless it is the scheme's own
    /// or that of https.
    pub fn of(url: &LuccaUrl) -> Self {
        Self(match url.named_port() {
            Some(port) if port != 443 => format!("{}:{port}", url.host()),
            _ => url.host(),
        })
    }

    /// The name under which the calls of all keys are counted that the account has not accepted.
    #[must_use]
    pub fn of_unproven_keys(&self) -> Self {
        Self(format!("unproven keys of {}", self.0))
    }

    /// Reads `host` or `host:port`, as [`Account::as_str`] gives it.
    ///
    /// # Errors
    /// [`ValueError::NotAWebAddress`] if it is anything else or not normalised.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let url =
            LuccaUrl::parse(&format!("https://{text}")).map_err(|_| ValueError::NotAWebAddress)?;
        let account = Self::of(&url);
        (account.0 == text)
            .then_some(account)
            .ok_or(ValueError::NotAWebAddress)
    }

    /// Whether it is hosted in Switzerland, where there is no DPAE. Lucca's Swiss hosts end in `.ch` or lie in a
    /// `ch…` region (`documentation/get-started/environments`).
    #[must_use]
    pub fn is_swiss(&self) -> bool {
        let host = self.0.split(':').next().unwrap_or(&self.0);
        host.ends_with(".ch") || host.split('.').any(|label| label == "ch1")
    }
}

/// An onboarding: a version 7 UUID, so that ids sort by the time they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(transparent)]
pub struct OnboardingId(Uuid);

impl OnboardingId {
    /// The onboarding of this UUID; clock and randomness that make it are the caller's.
    #[must_use]
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Reads the form with hyphens, either case.
    ///
    /// # Errors
    /// [`ValueError::NotAUuid`].
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        // The other forms `uuid` reads would give one onboarding several names.
        if text.len() != uuid::fmt::Hyphenated::LENGTH {
            return Err(ValueError::NotAUuid);
        }
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| ValueError::NotAUuid)
    }

    /// The UUID.
    #[must_use]
    pub fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for OnboardingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenant_ids_are_short_and_plain() {
        let longest = "a".repeat(63);
        for text in ["a", "demo", "acme-2", "a-", longest.as_str()] {
            assert!(TenantId::parse(text).is_ok(), "{text}");
        }
        let too_long = "a".repeat(64);
        for text in [
            "",
            "2a",
            "-a",
            "Demo",
            "a_b",
            "a.b",
            "é",
            " a",
            too_long.as_str(),
        ] {
            assert_eq!(
                TenantId::parse(text),
                Err(ValueError::NotATenantId { max: 63 }),
                "{text}"
            );
        }
    }

    #[test]
    fn system_names_are_short_and_plain() {
        for text in ["werecruit", "ats.v2_x-1", "1"] {
            assert!(SystemName::parse(text).is_ok(), "{text}");
        }
        let too_long = "a".repeat(65);
        for text in ["", "WeRecruit", "a b", "a/b", too_long.as_str()] {
            assert_eq!(
                SystemName::parse(text),
                Err(ValueError::NotASystem { max: 64 }),
                "{text}"
            );
        }
    }

    #[test]
    fn external_ids_are_trimmed_and_printable() {
        assert_eq!(ExternalId::parse(" a-1\n").unwrap().as_str(), "a-1");
        assert!(ExternalId::parse(&"é".repeat(256)).is_ok());
        for text in ["", " ", "a\nb", "a\0", &"é".repeat(257)] {
            assert_eq!(
                ExternalId::parse(text),
                Err(ValueError::NotAnExternalId { max: 256 })
            );
        }
    }

    #[test]
    fn what_is_written_for_want_of_an_id_is_nobodys() {
        for text in [
            "",
            " ",
            "0",
            "000",
            "0.0",
            "-1",
            "null",
            "NULL",
            "undefined",
            "None",
            "nil",
            "NaN",
            "N/A",
            "-",
            "\u{200B}",
            "[object Object]",
            "00000000-0000-0000-0000-000000000000",
            "{00000000-0000-0000-0000-000000000000}",
            "00000000000000000000000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "{{application.id}}",
        ] {
            assert!(ExternalId::is_nobodys(text), "{text}");
        }
        for text in [
            "a-1",
            "7",
            "10",
            "0012",
            "f",
            "ffff",
            "nullable",
            "c-0",
            "00000000-0000-0000-0000-000000000001",
        ] {
            assert!(!ExternalId::is_nobodys(text), "{text}");
        }
    }

    #[test]
    fn spellings_of_one_lucca_address_are_one_account() {
        for (address, account) in [
            ("https://acme.ilucca.net", "acme.ilucca.net"),
            ("https://ACME.ilucca.NET:443/", "acme.ilucca.net"),
            ("https://acme.ilucca.net:8443", "acme.ilucca.net:8443"),
            ("http://acme.ilucca.net:443", "acme.ilucca.net"),
            ("http://127.0.0.1:8081", "127.0.0.1:8081"),
            ("http://[::1]:8081", "[::1]:8081"),
        ] {
            let found = Account::of(&LuccaUrl::parse(address).unwrap());
            assert_eq!(found.as_str(), account, "{address}");
            assert_eq!(Account::parse(found.as_str()), Ok(found));
        }
    }

    #[test]
    fn what_is_no_account_is_refused() {
        for text in ["", "Acme.ilucca.net", "a/b", "user@host", "host:443", "a b"] {
            assert_eq!(
                Account::parse(text),
                Err(ValueError::NotAWebAddress),
                "{text}"
            );
        }
    }

    #[test]
    fn onboarding_ids_read_back_and_have_one_form() {
        let text = "01890a5d-ac96-774b-bcce-b302099a8057";
        let id = OnboardingId::parse(text).unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(OnboardingId::new(id.as_uuid()), id);
        for text in ["", "x", "01890a5dac96774bbcceb302099a8057"] {
            assert_eq!(OnboardingId::parse(text), Err(ValueError::NotAUuid));
        }
    }

    #[test]
    fn stored_ids_are_checked_when_read() {
        let tenant: TenantId = serde_json::from_str("\"demo\"").unwrap();
        assert_eq!(serde_json::to_string(&tenant).unwrap(), "\"demo\"");
        assert!(serde_json::from_str::<TenantId>("\"Demo\"").is_err());
    }
}
