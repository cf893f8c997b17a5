//! Turns errors into gRPC statuses. No other module does.
//!
//! Every status carries an `ErrorInfo` with a stable reason (AIP-193). A status for bad fields
//! lists as many of them as fit (`bounds`). No text holds personal data, a secret, SQL or a
//! sentence from Lucca.

mod bounds;
mod details;

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    domain::{field::Field, language::Language},
    lucca::ReadError,
    pb::Faults,
    store::StoreError,
    text,
};
use details::details;

/// The domain of every reason.
pub const DOMAIN: &str = "onboarding.hr";

/// Why a call fails. The variants' names, in upper snake case, are the reasons that callers
/// see.
#[derive(Debug, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ApiError {
    /// Fields are missing or bad.
    InvalidFields(Faults),
    /// The request id was used for other content.
    RequestIdReused,
    /// The page token was not made by this service, or was made for another list.
    BadPageToken,
    /// There is no tenant with this id.
    TenantNotFound(String),
    /// There is no onboarding with this name.
    OnboardingNotFound(String),
    /// A tenant with this id exists already.
    TenantExists(String),
    /// The employee exists already and the hire differs.
    EmployeeExists {
        /// The onboarding.
        onboarding: String,
        /// The user id in Lucca.
        user: Option<i64>,
        /// What differs.
        fields: Vec<Field>,
    },
    /// Another call changed the same record at the same time.
    Conflict(Conflict),
    /// The tenant is disabled.
    TenantDisabled(String),
    /// There are attempts whose outcome is unknown.
    OpenAttempts(String),
    /// This many hires of the tenant have not ended.
    OpenOnboardings(String, u64),
    /// The onboarding does not wait for a decision.
    NotWaiting(String),
    /// The onboarding has ended.
    Ended(String),
    /// The stored record cannot be read.
    Quarantined(String),
    /// The onboarding has no obstacle that an operator may override.
    NothingToOverride(String),
    /// The question is not who somebody in Lucca is.
    NothingToLink(String),
    /// A link has to be confirmed.
    LinkUnconfirmed {
        /// The onboarding.
        onboarding: String,
        /// What differs between the employee and the hire.
        fields: Vec<Field>,
        /// Another hire has the employee.
        held: bool,
    },
    /// There is no link or adoption to take back.
    NotLinked(String),
    /// Somebody in Lucca has the login that a new employee would get.
    LoginTaken(String),
    /// Another hire has reserved the login that the onboarding would need again.
    LoginReserved(String),
    /// The person has several hires, and the call does not say which one it means.
    PersonHasSeveralHires(String),
    /// Lucca refuses the tenant's key.
    LuccaKeyRefused,
    /// Lucca cannot be read.
    LuccaUnavailable,
    /// The settings do not allow calls to the tenant's Lucca host.
    LuccaNotAllowed,
    /// The account's call budget is used up; how long to wait before the next try.
    LuccaBudgetExhausted(Duration),
    /// The tenant points to another account than the onboarding.
    AccountChanged(String),
    /// The caller has no valid token or certificate.
    Unauthenticated,
    /// The caller may not call this method, or not for this tenant.
    PermissionDenied,
    /// Too many calls at the same time.
    Overloaded,
    /// The stream has lasted as long as streams may.
    StreamTooOld,
    /// The service stops; another replica, or the next start, answers.
    ServiceStopping,
    /// The tenant has this many onboardings, and may have no more.
    QuotaUsedUp(u64),
    /// The message is larger than this many bytes.
    RequestTooLarge(usize),
    /// The message did not arrive in time.
    RequestTooSlow,
    /// The store does not answer.
    StoreUnavailable,
    /// The deadline has passed.
    DeadlineExceeded,
    /// An error in this service.
    Internal,
}

/// What another call has changed at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The onboarding's revision is not the expected one.
    Revision,
    /// The tenant has changed at each of several tries.
    Tenant,
}

impl From<Faults> for ApiError {
    fn from(faults: Faults) -> Self {
        Self::InvalidFields(faults)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            error if error.is_overload() => Self::Overloaded,
            StoreError::Quarantined(record) => Self::Quarantined(record.id),
            StoreError::SeveralHires(person) => Self::PersonHasSeveralHires(person),
            StoreError::Database(error) => {
                tracing::error!(%error, "the store does not answer");
                Self::StoreUnavailable
            }
            error => {
                tracing::error!(%error, "the store's answer is wrong");
                Self::Internal
            }
        }
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::KeyRefused(_) => Self::LuccaKeyRefused,
            ReadError::TooMany(pause) | ReadError::NoBudget(pause) => {
                Self::LuccaBudgetExhausted(pause)
            }
            ReadError::NotAllowed(_) => Self::LuccaNotAllowed,
            ReadError::Store(error) => error.into(),
            _ => Self::LuccaUnavailable,
        }
    }
}

impl ApiError {
    /// The status that callers get. Its message is in English, for developers (AIP-193). Its
    /// details are in the caller's language.
    pub fn status(self, language: Language) -> Status {
        let (code, message) = (self.code(), self.sentence(Language::English));
        Status::with_error_details(code, message, details(self, language))
    }

    /// The stable reason that callers see.
    pub fn reason(&self) -> &'static str {
        self.into()
    }

    fn code(&self) -> Code {
        match self {
            Self::InvalidFields(_) | Self::RequestIdReused | Self::BadPageToken => {
                Code::InvalidArgument
            }
            Self::TenantNotFound(_) | Self::OnboardingNotFound(_) => Code::NotFound,
            Self::TenantExists(_) | Self::EmployeeExists { .. } => Code::AlreadyExists,
            Self::Conflict(_) => Code::Aborted,
            Self::TenantDisabled(_)
            | Self::OpenAttempts(_)
            | Self::OpenOnboardings(..)
            | Self::NotWaiting(_)
            | Self::Ended(_)
            | Self::Quarantined(_)
            | Self::NothingToOverride(_)
            | Self::NothingToLink(_)
            | Self::LinkUnconfirmed { .. }
            | Self::NotLinked(_)
            | Self::LoginTaken(_)
            | Self::LoginReserved(_)
            | Self::PersonHasSeveralHires(_)
            | Self::LuccaKeyRefused
            | Self::LuccaNotAllowed
            | Self::AccountChanged(_) => Code::FailedPrecondition,
            Self::LuccaUnavailable
            | Self::LuccaBudgetExhausted(_)
            | Self::Overloaded
            | Self::StreamTooOld
            | Self::ServiceStopping
            | Self::StoreUnavailable => Code::Unavailable,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::PermissionDenied => Code::PermissionDenied,
            Self::RequestTooLarge(_) | Self::QuotaUsedUp(_) => Code::ResourceExhausted,
            Self::RequestTooSlow | Self::DeadlineExceeded => Code::DeadlineExceeded,
            Self::Internal => Code::Internal,
        }
    }

    /// The sentence for this error, cut to a bounded length.
    fn sentence(&self, language: Language) -> String {
        let id = |code: &str| format!("error-{}", code.replace('_', "-").to_lowercase());
        let id = match self {
            Self::Conflict(Conflict::Revision) => id("CONFLICT_REVISION"),
            Self::Conflict(Conflict::Tenant) => id("CONFLICT_TENANT"),
            _ => id(self.reason()),
        };
        let say = |arguments: &[(&str, &str)]| text::phrase(language, &id, arguments);
        let sentence = match self {
            Self::InvalidFields(faults) => return bounds::clauses(faults, language),
            Self::TenantNotFound(name) | Self::OnboardingNotFound(name) => say(&[("name", name)]),
            Self::EmployeeExists { fields, .. } => say(&[("fields", &nouns(fields, language))]),
            Self::LinkUnconfirmed { fields, held, .. } => {
                let why = match (held, fields.is_empty()) {
                    (true, true) => "held",
                    (true, false) => "both",
                    (false, _) => "differs",
                };
                say(&[("why", why), ("fields", &nouns(fields, language))])
            }
            Self::OpenOnboardings(_, count) => say(&[("count", &count.to_string())]),
            Self::RequestTooLarge(max) => say(&[("max", &max.to_string())]),
            Self::QuotaUsedUp(max) => say(&[("max", &max.to_string())]),
            _ => say(&[]),
        };
        bounds::sentence(sentence)
    }
}

/// The names of fields, for people to read.
fn nouns(fields: &[Field], language: Language) -> String {
    let noun = |field: &Field| text::phrase(language, "noun", &[("field", field.name())]);
    fields.iter().map(noun).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
