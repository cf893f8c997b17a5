//! What is wrong with a field of a message: a code with arguments, for which the catalogue has
//! the sentence.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{language::Language, lucca_url::HostRefusal, text::ValueError},
    text::{self, Sentence},
};

/// What is wrong with a field. Says nothing of the value itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::VariantNames)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the catalogue says what each means")]
pub enum Fault {
    Missing,
    MissingOr {
        other: String,
    },
    MissingAttempts {
        numbers: String,
    },
    TooShort {
        min: usize,
    },
    TooMany {
        max: usize,
    },
    TooLarge {
        max: usize,
    },
    OutOfRange {
        min: i64,
        max: i64,
    },
    NotZeroNorInRange {
        min: i64,
        max: i64,
    },
    WaitTooLong {
        max: u64,
    },
    Negative,
    NotDefined,
    NotOneOf {
        values: String,
    },
    NotEmptyNorOneOf {
        values: String,
    },
    NotUnique,
    SpacesOrControlCharacters,
    NotVisibleAscii {
        max: usize,
    },
    NotAWord {
        max: usize,
    },
    NotUnreserved,

    NotATime,
    NobodysId,
    BeforeStart,
    NotBeforeStart,
    CodesAlike,
    NotADataCode,
    NotFinite,
    NoFields,
    NotAFieldOfHires,
    UserNotSeen,

    NotACallbackAddress,

    NotATimeZone,
    KeyCannotBeRemoved,
    NotAFieldOfTenants,
    NotALabel {
        max: usize,
    },
    LabelOfTwoIds,
    NoSecret,
    NoStoredSecret,
    NotAWebhookSecret,
    NotASecretId {
        max: usize,
    },
    ExpiresTooLate,
    NoProof,
    ProofsExcludeEachOther,
    NotAHeader,
    HeaderOfTransport,
    NotAFieldOfEvents {
        values: String,
    },
    NotADottedPath,

    #[serde(untagged)]
    Value(ValueError),
    #[serde(untagged)]
    Host(HostRefusal),
}

impl Fault {
    /// What the field must be.
    pub fn said(&self, language: Language) -> String {
        text::say(language, self)
    }

    /// Not one of these values, separated by commas.
    pub fn not_one_of(values: &str) -> Self {
        Self::NotOneOf {
            values: values.to_owned(),
        }
    }

    /// Missing, and so is the other field that could stand in.
    pub fn missing_or(other: &str) -> Self {
        Self::MissingOr {
            other: other.to_owned(),
        }
    }
}

impl Sentence for Fault {
    const GROUP: &'static str = "fault";
}

impl From<ValueError> for Fault {
    fn from(error: ValueError) -> Self {
        Self::Value(error)
    }
}

impl From<HostRefusal> for Fault {
    fn from(refusal: HostRefusal) -> Self {
        Self::Host(refusal)
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantNames as _;

    use super::*;
    use crate::text::completeness;

    #[test]
    fn both_catalogues_have_a_sentence_for_every_fault() {
        let codes = [Fault::VARIANTS, ValueError::VARIANTS, HostRefusal::VARIANTS];
        let codes = codes.iter().copied().flatten().copied();
        completeness::holds::<Fault>(codes, &["VALUE", "HOST"]);
    }

    #[test]
    fn the_limit_of_a_length_is_told() {
        let fault = Fault::from(ValueError::NotAnExternalId { max: 256 });
        assert_eq!(
            fault.said(Language::French),
            "doit compter de 1 à 256 caractères imprimables"
        );
        assert_eq!(
            fault.said(Language::English),
            "must be 1 to 256 printable characters"
        );
    }
}
