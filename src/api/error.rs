//! The one place where an error becomes a gRPC status.
//!
//! Every status carries an `ErrorInfo` with a stable reason (AIP-193); bad requests list
//! every bad field that fits (`bounds`). No text holds personal data, a secret, SQL or a
//! sentence of Lucca's.

mod bounds;
mod details;

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    checks::Language, domain::field::Field, lucca::ReadError, pb::Faults, store::StoreError,
};
use details::details;

/// The domain of every reason.
pub const DOMAIN: &str = "onboarding.hr";

/// What can go wrong with a call. The variants' names, in upper snake case, are the reasons
/// that callers see.
#[derive(Debug, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ApiError {
    /// Fields are missing or bad.
    InvalidFields(Faults),
    /// The request id was used for other content.
    RequestIdReused,
    /// The page token is not one of ours, or belongs to another list.
    BadPageToken,
    /// There is no tenant with this id.
    TenantNotFound(String),
    /// There is no onboarding with this name.
    OnboardingNotFound(String),
    /// There is a tenant with this id already.
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
    /// Somebody else changed the same thing.
    Conflict(Conflict),
    /// The tenant is disabled.
    TenantDisabled(String),
    /// Attempts of unknown outcome are in the way.
    OpenAttempts(String),
    /// This many hires of the tenant have not ended.
    OpenOnboardings(String, u64),
    /// The onboarding does not wait for a decision.
    NotWaiting(String),
    /// The onboarding has ended.
    Ended(String),
    /// There is nothing that an operator could override.
    NothingToOverride(String),
    /// Somebody in Lucca has the login that a new employee would get.
    LoginTaken(String),
    /// The statement about a person may be meant for any of several hires.
    PersonHasSeveralHires(String),
    /// Lucca refuses the tenant's key.
    LuccaKeyRefused,
    /// Lucca cannot be read.
    LuccaUnavailable,
    /// The settings do not allow calls to the tenant's Lucca.
    LuccaNotAllowed,
    /// The account's calls to Lucca are used up; when to come back.
    LuccaBudgetExhausted(Duration),
    /// The tenant points to another Lucca than the onboarding's.
    AccountChanged(String),
    /// The caller does not prove who it is.
    Unauthenticated,
    /// The caller may not do this, or not for this tenant.
    PermissionDenied,
    /// Too many calls at the same time.
    Overloaded,
    /// The message is larger than this many bytes.
    RequestTooLarge(usize),
    /// The message did not arrive in time.
    RequestTooSlow,
    /// The store does not answer.
    StoreUnavailable,
    /// The deadline has passed.
    DeadlineExceeded,
    /// A mistake of ours.
    Internal,
}

/// What somebody else has changed meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The onboarding has another revision than expected.
    Revision,
    /// The tenant, again and again.
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
            ReadError::TooMany(pause) => Self::LuccaBudgetExhausted(pause),
            ReadError::NotAllowed(_) => Self::LuccaNotAllowed,
            ReadError::Store(error) => error.into(),
            error => {
                tracing::warn!(%error, "Lucca could not be read for a call");
                Self::LuccaUnavailable
            }
        }
    }
}

impl ApiError {
    /// The status that callers get, in their language.
    pub fn status(self, _language: Language) -> Status {
        let message = bounds::sentence(self.message());
        let code = self.code();
        let details = details(self, &message);
        Status::with_error_details(code, message, details)
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
            | Self::NothingToOverride(_)
            | Self::LoginTaken(_)
            | Self::PersonHasSeveralHires(_)
            | Self::LuccaKeyRefused
            | Self::LuccaNotAllowed
            | Self::AccountChanged(_) => Code::FailedPrecondition,
            Self::LuccaUnavailable
            | Self::LuccaBudgetExhausted(_)
            | Self::Overloaded
            | Self::StoreUnavailable => Code::Unavailable,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::PermissionDenied => Code::PermissionDenied,
            Self::RequestTooLarge(_) => Code::ResourceExhausted,
            Self::RequestTooSlow | Self::DeadlineExceeded => Code::DeadlineExceeded,
            Self::Internal => Code::Internal,
        }
    }

    fn message(&self) -> String {
        let message = match self {
            Self::InvalidFields(faults) => {
                let clauses = faults.iter().map(|(path, what)| format!("{path} {what}"));
                return bounds::clauses(clauses);
            }
            Self::TenantNotFound(name) => return format!("there is no tenant {name}"),
            Self::OnboardingNotFound(name) => return format!("there is no onboarding {name}"),
            Self::EmployeeExists { fields, .. } => {
                let fields: Vec<&str> = fields.iter().map(|field| field.name()).collect();
                return format!(
                    "the employee of this hire exists in Lucca and these fields differ: {}; \
                     change them in Lucca",
                    fields.join(", ")
                );
            }
            Self::OpenOnboardings(_, count) => {
                return format!(
                    "{count} hires of the tenant have not ended: settle them, or set cancel_open"
                );
            }
            Self::RequestTooLarge(limit) => {
                return format!("the message is larger than {limit} bytes");
            }
            Self::RequestIdReused => "this request_id was used for other content: use a new one",
            Self::BadPageToken => "page_token does not belong to this list: start without one",
            Self::TenantExists(_) => "there is a tenant with this id: use UpdateTenant",
            Self::Conflict(Conflict::Revision) => {
                "the onboarding does not have the expected revision"
            }
            Self::Conflict(Conflict::Tenant) => {
                "others change this tenant at the same time: try again"
            }
            Self::TenantDisabled(_) => "the tenant is disabled: enable it with UpdateTenant",
            Self::OpenAttempts(_) => {
                "creation calls of unknown outcome are being verified: try again when they are settled"
            }
            Self::NotWaiting(_) => {
                "the onboarding does not wait for a decision: only one in NEEDS_ATTENTION does"
            }
            Self::PersonHasSeveralHires(_) => {
                "the person has several hires: withdraw the one that is meant by its own id"
            }
            Self::NothingToOverride(_) => {
                "create_anyway overrides questions about people only: do what problem.fix says, or amend the hire"
            }
            Self::LoginTaken(_) => {
                "someone in Lucca has the login of this hire, see problem.candidates: if it is the person hired, use link_existing; if not, amend the login, or free it in Lucca and retry"
            }
            Self::Ended(_) => "the employee exists: delete or end the file in Lucca",
            Self::LuccaKeyRefused => {
                "Lucca refuses the tenant's API key or one of its rights: grant the right in Lucca, or set another key"
            }
            Self::LuccaUnavailable => {
                "Lucca does not answer, or not as Lucca does: try again; if that does not help, check lucca_url"
            }
            Self::LuccaNotAllowed => {
                "the settings do not allow calls to the tenant's lucca_url (lucca.allowed_hosts)"
            }
            Self::LuccaBudgetExhausted(_) => {
                "the calls that Lucca allows this account are used up for the moment: try again"
            }
            Self::AccountChanged(_) => {
                "the employee is in the Lucca that the tenant pointed to before: look there"
            }
            Self::Unauthenticated => {
                "send a valid token as `authorization: Bearer <token>`, or connect with a known certificate"
            }
            Self::PermissionDenied => "this token may not do this, or not for this tenant",
            Self::Overloaded => "too many calls at the same time: try again",
            Self::RequestTooSlow => "the message did not arrive in time; nothing was done",
            Self::StoreUnavailable => "nothing can be stored or read at the moment: try again",
            Self::DeadlineExceeded => {
                "the deadline passed before the answer was ready; what was stored stays stored"
            }
            Self::Internal => "internal error",
        };
        message.to_owned()
    }
}

#[cfg(test)]
mod tests;
