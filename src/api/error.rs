//! The one place where what went wrong becomes a gRPC status.
//!
//! Every status carries an `ErrorInfo` with a stable reason (AIP-193); bad requests list
//! every bad field that fits (`bounds`). No text holds personal data, a secret, SQL or words of Lucca.

mod bounds;
mod details;
mod violations;

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{domain::field::Field, lucca::ReadError, store::StoreError};
use details::details;
pub use violations::Violations;

/// The domain of every reason.
pub const DOMAIN: &str = "onboarding.hr";

/// What can go wrong with a call.
#[derive(Debug)]
pub enum ApiError {
    /// Fields are missing or bad.
    Invalid(Violations),
    /// A request id was used for something else.
    RequestReused,
    /// A page token is not one of ours, or belongs to another list.
    BadPageToken,
    /// No such thing.
    NotFound(Resource, String),
    /// The tenant exists already.
    TenantExists(String),
    /// The employee exists already and the hire differs.
    Exists {
        /// The onboarding.
        onboarding: String,
        /// The user id in Lucca.
        user: Option<i64>,
        /// What differs.
        fields: Vec<Field>,
    },
    /// The onboarding has another revision, or the tenant changed meanwhile.
    Conflict(&'static str),
    /// The tenant is disabled.
    TenantDisabled(String),
    /// Attempts of unknown outcome are in the way.
    OpenAttempts(String),
    /// So many hires of the tenant have not ended.
    OpenOnboardings(String, u64),
    /// The onboarding does not wait for a decision.
    NotWaiting(String),
    /// The onboarding has ended.
    Ended(String),
    /// There is nothing that an operator could override.
    NothingToOverride(String),
    /// Somebody in Lucca has the login that a new employee would get.
    LoginTaken(String),
    /// What is said of a person may be about several hires.
    SeveralHires(String),
    /// Lucca refuses the tenant's key.
    KeyRefused,
    /// Lucca cannot be read.
    LuccaUnavailable,
    /// The settings do not allow to call the tenant's Lucca.
    LuccaNotAllowed,
    /// The account's calls to Lucca are used up; when to come back.
    BudgetExhausted(Duration),
    /// The tenant points to another Lucca than the onboarding's.
    AccountChanged(String),
    /// The caller does not prove who it is.
    Unauthenticated,
    /// The caller may not do this, or not here.
    Denied,
    /// Not built yet; the text says what.
    Unimplemented(&'static str),
    /// Too much to do.
    Overloaded,
    /// The message is larger than this many bytes.
    TooLarge(usize),
    /// The message did not arrive in time.
    TooSlow,
    /// The store cannot answer.
    Unavailable,
    /// The deadline has passed.
    DeadlineExceeded,
    /// A mistake of ours.
    Internal,
}

/// What was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A tenant.
    Tenant,
    /// An onboarding.
    Onboarding,
}

impl Resource {
    fn kind(self) -> &'static str {
        match self {
            Self::Tenant => "hr.onboarding.v1/Tenant",
            Self::Onboarding => "hr.onboarding.v1/Onboarding",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Onboarding => "onboarding",
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            error if error.is_overload() => Self::Overloaded,
            StoreError::Database(error) => {
                tracing::error!(%error, "the store does not answer");
                Self::Unavailable
            }
            error => {
                tracing::error!(%error, "the store answers wrongly");
                Self::Internal
            }
        }
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::KeyRefused(_) => Self::KeyRefused,
            ReadError::TooMany(pause) => Self::BudgetExhausted(pause),
            ReadError::NotAllowed(_) => Self::LuccaNotAllowed,
            ReadError::Store(error) => error.into(),
            error => {
                tracing::warn!(%error, "Lucca could not be read for a call");
                Self::LuccaUnavailable
            }
        }
    }
}

impl From<ApiError> for Status {
    fn from(error: ApiError) -> Self {
        let (code, reason, message) = error.summary();
        let message = bounds::sentence(message);
        let details = details(error, reason, &message);
        Self::with_error_details(code, message, details)
    }
}

impl ApiError {
    /// The stable reason that callers see.
    pub fn reason(&self) -> &'static str {
        self.summary().1
    }

    /// Code, reason and sentence: the mapping table.
    fn summary(&self) -> (Code, &'static str, String) {
        let (code, reason, message) = match self {
            Self::Invalid(violations) => {
                let fields = violations.0.iter();
                let fields = fields.map(|it| format!("{} {}", it.field, it.description));
                let message = bounds::clauses(fields);
                return (Code::InvalidArgument, "INVALID_FIELDS", message);
            }
            Self::NotFound(resource, name) => {
                let reason = match resource {
                    Resource::Tenant => "TENANT_NOT_FOUND",
                    Resource::Onboarding => "ONBOARDING_NOT_FOUND",
                };
                return (
                    Code::NotFound,
                    reason,
                    format!("there is no {} {name}", resource.word()),
                );
            }
            Self::Exists { fields, .. } => {
                let fields: Vec<&str> = fields.iter().map(|field| field.name()).collect();
                return (
                    Code::AlreadyExists,
                    "EMPLOYEE_EXISTS",
                    format!(
                        "the employee of this hire exists in Lucca and these fields differ: {}; \
                         change them in Lucca",
                        fields.join(", ")
                    ),
                );
            }
            Self::TooLarge(limit) => {
                return (
                    Code::ResourceExhausted,
                    "REQUEST_TOO_LARGE",
                    format!("the message is larger than the {limit} bytes that are taken"),
                );
            }
            Self::TooSlow => (
                Code::DeadlineExceeded,
                "REQUEST_TOO_SLOW",
                "the message did not arrive in time; nothing was done",
            ),
            Self::RequestReused => (
                Code::InvalidArgument,
                "REQUEST_ID_REUSED",
                "this request_id was used for other content: use a new one",
            ),
            Self::BadPageToken => (
                Code::InvalidArgument,
                "BAD_PAGE_TOKEN",
                "page_token does not belong to this list: start without one",
            ),
            Self::TenantExists(_) => (
                Code::AlreadyExists,
                "TENANT_EXISTS",
                "there is a tenant with this id: use UpdateTenant",
            ),
            Self::Conflict(what) => (Code::Aborted, "CONFLICT", *what),
            Self::TenantDisabled(_) => (
                Code::FailedPrecondition,
                "TENANT_DISABLED",
                "the tenant is disabled: enable it with UpdateTenant",
            ),
            Self::OpenAttempts(_) => (
                Code::FailedPrecondition,
                "OPEN_ATTEMPTS",
                "creation calls of unknown outcome are being verified: try again when they are settled",
            ),
            Self::OpenOnboardings(_, count) => {
                let message = format!(
                    "hires of the tenant have not ended ({count}): settle them, or say cancel_open"
                );
                return (Code::FailedPrecondition, "OPEN_ONBOARDINGS", message);
            }
            Self::NotWaiting(_) => (
                Code::FailedPrecondition,
                "NOT_WAITING",
                "the onboarding does not wait for a decision: only one in NEEDS_ATTENTION does",
            ),
            Self::SeveralHires(_) => (
                Code::FailedPrecondition,
                "PERSON_HAS_SEVERAL_HIRES",
                "the person has several hires: withdraw the one that is meant by its own id",
            ),
            Self::NothingToOverride(_) => (
                Code::FailedPrecondition,
                "NOTHING_TO_OVERRIDE",
                "create_anyway overrides questions about people only: put right what problem.fix says, or amend the hire",
            ),
            Self::LoginTaken(_) => (
                Code::FailedPrecondition,
                "LOGIN_TAKEN",
                "someone in Lucca has the login of this hire, see problem.candidates: if it is the person hired, link_existing; if not, amend the login, or free it in Lucca and retry",
            ),
            Self::Ended(_) => (
                Code::FailedPrecondition,
                "ENDED",
                "the employee exists: delete or end the file in Lucca",
            ),
            Self::KeyRefused => (
                Code::FailedPrecondition,
                "LUCCA_KEY_REFUSED",
                "Lucca refuses the tenant's API key or a right of it: give the key the right in Lucca, or the tenant another key",
            ),
            Self::LuccaUnavailable => (
                Code::Unavailable,
                "LUCCA_UNAVAILABLE",
                "Lucca does not answer now, or not as Lucca does: try again, and if it stays so look at lucca_url",
            ),
            Self::LuccaNotAllowed => (
                Code::FailedPrecondition,
                "LUCCA_NOT_ALLOWED",
                "the settings do not allow to call the tenant's lucca_url (lucca.allowed_hosts)",
            ),
            Self::BudgetExhausted(_) => (
                Code::Unavailable,
                "LUCCA_BUDGET_EXHAUSTED",
                "the calls that Lucca allows this account are used up for the moment: try again",
            ),
            Self::AccountChanged(_) => (
                Code::FailedPrecondition,
                "ACCOUNT_CHANGED",
                "the employee is in the Lucca to which the tenant pointed before: look there",
            ),
            Self::Unauthenticated => (
                Code::Unauthenticated,
                "UNAUTHENTICATED",
                "send a valid token as `authorization: Bearer <token>`, or connect with a certificate that is known",
            ),
            Self::Denied => (
                Code::PermissionDenied,
                "PERMISSION_DENIED",
                "this token may not do this, or not for this tenant",
            ),
            Self::Unimplemented(what) => (Code::Unimplemented, "NOT_IMPLEMENTED", *what),
            Self::Overloaded => (
                Code::Unavailable,
                "OVERLOADED",
                "too many calls at the same time: try again",
            ),
            Self::Unavailable => (
                Code::Unavailable,
                "STORE_UNAVAILABLE",
                "nothing can be stored or read now: try again",
            ),
            Self::DeadlineExceeded => (
                Code::DeadlineExceeded,
                "DEADLINE_EXCEEDED",
                "the deadline passed before the answer was ready; what was stored stays stored",
            ),
            Self::Internal => (Code::Internal, "INTERNAL", "something went wrong inside"),
        };
        (code, reason, message.to_owned())
    }
}

#[cfg(test)]
mod tests;
