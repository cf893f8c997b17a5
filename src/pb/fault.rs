//! What is wrong with a field of a message: a code with arguments, for which the catalogue has
//! the sentence.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        dates::{DateError, START_DATE_YEARS},
        email::{EmailAddress, EmailError},
        field::ValueError,
        ids::{ExternalId, IdError, SystemName, TenantId},
        language::Language,
        lucca_id::NotAnId,
        lucca_url::{HostRefusal, LuccaUrlError},
        text::{NotACountry, TextError},
    },
    text::{self, Sentence},
};

/// What is wrong with a field. Says nothing of the value itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::VariantNames)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the catalogue says what each means")]
pub enum Fault {
    Missing,
    MissingOr { other: String },
    MissingAttempts { numbers: String },
    Empty,
    TooShort { min: usize },
    TooLong { max: usize },
    TooMany { max: usize },
    OutOfRange { min: i64, max: i64 },
    NotZeroNorInRange { min: i64, max: i64 },
    WaitTooLong { max: u64 },
    Negative,
    NotPositive,
    NotDefined,
    NotOneOf { values: String },
    NotEmptyNorOneOf { values: String },
    NotUnique,
    ControlCharacter,
    SpacesOrControlCharacters,
    NotVisibleAscii { max: usize },
    NotAWord { max: usize },
    NotUnreserved,

    NotATenantId { max: usize },
    NotASystem { max: usize },
    NotAnExternalId { max: usize },
    NotAUuid,
    SeveralAddresses,
    BadCharacterInAddress,
    NotAnAddress,
    NotADate,
    TooFarAway { years: i64 },
    NotATime,
    BeforeStart,
    NotADataCode,
    NotACountry,
    OtherKind,
    NoFields,
    NotAFieldOfHires,
    UserNotSeen,

    NotAWebAddress,
    UserInAddress,
    PathInAddress,
    NotAsciiAddress,
    DotAfterHost,
    NumberForHost,
    BadPort,
    NotHttps,
    IpAddress,
    PortInAddress,
    PunycodeInAddress,
    NotLucca,
    NotACallbackAddress,

    NotATimeZone,
    KeyCannotBeRemoved,
    NotAFieldOfTenants,
    NotALabel { max: usize },
    LabelOfTwoIds,
    NoSecret,
    NoStoredSecret,
    NotAWebhookSecret,
    NotASecretId { max: usize },
    ExpiresTooLate,
    NoProof,
    ProofsExcludeEachOther,
    NotAHeader,
    HeaderOfTransport,
    NotSnakeCase,
    NotADottedPath,
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

impl From<TextError> for Fault {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Empty => Self::Empty,
            TextError::TooLong { max } => Self::TooLong { max },
            TextError::ControlCharacter => Self::ControlCharacter,
        }
    }
}

impl From<ValueError> for Fault {
    fn from(error: ValueError) -> Self {
        match error {
            ValueError::Text(error) => error.into(),
            ValueError::Email(error) => error.into(),
            ValueError::Date(error) => error.into(),
            ValueError::Country(NotACountry) => Self::NotACountry,
            ValueError::OtherKind => Self::OtherKind,
        }
    }
}

impl From<EmailError> for Fault {
    fn from(error: EmailError) -> Self {
        match error {
            EmailError::Empty => Self::Empty,
            EmailError::TooLong => Self::TooLong {
                max: EmailAddress::MAX_CHARS,
            },
            EmailError::TooMany => Self::SeveralAddresses,
            EmailError::BadCharacter => Self::BadCharacterInAddress,
            EmailError::Malformed => Self::NotAnAddress,
        }
    }
}

impl From<DateError> for Fault {
    fn from(error: DateError) -> Self {
        match error {
            DateError::Missing => Self::Empty,
            DateError::Unreadable => Self::NotADate,
            DateError::OutOfBounds => Self::TooFarAway {
                years: START_DATE_YEARS,
            },
        }
    }
}

impl From<IdError> for Fault {
    fn from(error: IdError) -> Self {
        match error {
            IdError::Tenant => Self::NotATenantId {
                max: TenantId::MAX_CHARS,
            },
            IdError::System => Self::NotASystem {
                max: SystemName::MAX_CHARS,
            },
            IdError::External => Self::NotAnExternalId {
                max: ExternalId::MAX_CHARS,
            },
            IdError::Account => Self::NotAWebAddress,
            IdError::Onboarding => Self::NotAUuid,
        }
    }
}

impl From<NotAnId> for Fault {
    fn from(_: NotAnId) -> Self {
        Self::NotPositive
    }
}

impl From<LuccaUrlError> for Fault {
    fn from(error: LuccaUrlError) -> Self {
        match error {
            LuccaUrlError::NotAnAddress => Self::NotAWebAddress,
            LuccaUrlError::UserInfo => Self::UserInAddress,
            LuccaUrlError::Rest => Self::PathInAddress,
            LuccaUrlError::NotAscii => Self::NotAsciiAddress,
            LuccaUrlError::TrailingDot => Self::DotAfterHost,
            LuccaUrlError::Number => Self::NumberForHost,
            LuccaUrlError::Port => Self::BadPort,
        }
    }
}

impl From<HostRefusal> for Fault {
    fn from(refusal: HostRefusal) -> Self {
        match refusal {
            HostRefusal::NotHttps => Self::NotHttps,
            HostRefusal::IpLiteral => Self::IpAddress,
            HostRefusal::Port => Self::PortInAddress,
            HostRefusal::Punycode => Self::PunycodeInAddress,
            HostRefusal::NotLucca => Self::NotLucca,
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantNames as _;

    use super::*;
    use crate::text::completeness;

    #[test]
    fn both_catalogues_have_a_sentence_for_every_fault() {
        completeness::holds::<Fault>(Fault::VARIANTS.iter().copied(), &[]);
    }

    #[test]
    fn the_limit_of_a_length_is_told() {
        let fault = Fault::from(IdError::External);
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
