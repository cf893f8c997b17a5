//! The answers that senders get.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{ACCEPT_ENCODING, RETRY_AFTER},
};
use serde_json::json;
use strum::EnumMessage as _;

use crate::domain::delivery;

/// Seconds after which a sender may try again when nothing can be accepted now.
const RETRY_AFTER_SECONDS: u64 = 10;

/// Why a webhook is not accepted.
///
/// Tells the sender no more than it must know: a tenant that does not exist and a failed proof
/// look the same. The word of a variant is the code of the answer and, in lower case, the reason
/// in our counters; `reason` is for the counters alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumMessage, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Refusal {
    #[strum(message = "Webhooks are sent to /webhooks/{tenant}.")]
    NotFound,
    #[strum(message = "Webhooks are sent with POST.")]
    MethodNotAllowed,
    #[strum(message = "The headers are too large.")]
    HeadersTooLarge,
    #[strum(message = "The body must be sent as it is, without a content or transfer encoding.")]
    Encoded,
    #[strum(message = "The body is too large.")]
    TooLarge,
    #[strum(message = "The body did not arrive in time.")]
    Timeout,
    #[strum(message = "The body did not arrive whole.")]
    Interrupted,
    #[strum(
        message = "The tenant is not known, or the request does not prove where it comes from."
    )]
    Unauthenticated { reason: &'static str },
    #[strum(message = "The body is not JSON.")]
    NotJson,
    #[strum(message = "Too many requests; send it again later.")]
    TooManyRequests { reason: &'static str, seconds: u64 },
    /// Trying again later will help.
    #[strum(message = "Nothing can be accepted now; send it again later.")]
    Unavailable { reason: &'static str },
}

impl Refusal {
    /// Too many requests of one kind; the next is accepted after `wait`.
    pub(super) fn too_many(reason: &'static str, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let seconds = seconds.max(1);
        Self::TooManyRequests { reason, seconds }
    }

    pub(super) fn unavailable(reason: &'static str) -> Self {
        Self::Unavailable { reason }
    }

    /// The reason in our counters.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Unauthenticated { reason }
            | Self::TooManyRequests { reason, .. }
            | Self::Unavailable { reason } => reason,
            other => other.into(),
        }
    }

    /// What the tenant's people are told of it; nothing if it says nothing about the webhook
    /// itself, as when an address has failed too often.
    pub(super) fn as_delivery(self) -> Option<delivery::Refusal> {
        use delivery::Refusal as Told;
        Some(match self {
            Self::NotFound | Self::MethodNotAllowed => return None,
            Self::HeadersTooLarge | Self::TooLarge => Told::TooLarge,
            Self::Encoded => Told::Encoded,
            Self::Timeout | Self::Interrupted => Told::Incomplete,
            Self::Unauthenticated { reason } => match reason {
                "unknown_tenant" => return None,
                "missing" => Told::ProofMissing,
                "stale" => Told::Timestamp,
                "nothing_configured" | "no_live_secret" => Told::NoSecret,
                _ => Told::Signature,
            },
            Self::NotJson => Told::NotJson,
            Self::TooManyRequests { reason, .. } => match reason {
                "failures" | "strangers" => return None,
                _ => Told::TooMany,
            },
            Self::Unavailable { reason: "disabled" } => Told::Disabled,
            Self::Unavailable { .. } => Told::Unavailable,
        })
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Interrupted | Self::NotJson => StatusCode::BAD_REQUEST,
            Self::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = <&str>::from(self).to_uppercase();
        let body = json!({"error": {"code": code, "message": self.get_message()}});
        let mut response = (self.status(), Json(body)).into_response();
        let mut add = |header, value| response.headers_mut().insert(header, value);
        match self {
            Self::TooManyRequests { seconds, .. } => add(RETRY_AFTER, seconds.into()),
            Self::Unavailable { .. } => add(RETRY_AFTER, RETRY_AFTER_SECONDS.into()),
            Self::Encoded => add(ACCEPT_ENCODING, HeaderValue::from_static("identity")),
            _ => None,
        };
        response
    }
}

/// The answer to an event that is safely stored.
pub(super) fn accepted(status: StatusCode) -> Response {
    if status == StatusCode::NO_CONTENT {
        status.into_response()
    } else {
        (status, Json(json!({"accepted": true}))).into_response()
    }
}
