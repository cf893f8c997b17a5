//! What a sender is told.

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

/// Seconds after which a sender may try again what cannot be taken now.
const RETRY_AFTER_SECONDS: u64 = 10;

/// Why a webhook is not taken.
///
/// Tells the sender no more than it must know: a tenant that does not exist and a proof that
/// fails look the same. The reasons in lower case are for our counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NotFound,
    MethodNotAllowed,
    HeadersTooLarge,
    /// The body is packed.
    Encoded,
    TooLarge,
    Timeout,
    Interrupted,
    Unauthenticated(&'static str),
    NotJson,
    /// The sender has to slow down.
    TooMany {
        reason: &'static str,
        seconds: u64,
    },
    /// Trying again later will help.
    Unavailable(&'static str),
}

impl Refusal {
    /// Too many requests of a kind; the next is welcome after `wait`.
    pub(super) fn too_many(reason: &'static str, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let seconds = seconds.max(1);
        Self::TooMany { reason, seconds }
    }

    /// Why, in one word, as counters show it.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::HeadersTooLarge => "headers_too_large",
            Self::Encoded => "encoded",
            Self::TooLarge => "too_large",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::NotJson => "not_json",
            Self::Unauthenticated(reason)
            | Self::TooMany { reason, .. }
            | Self::Unavailable(reason) => reason,
        }
    }

    fn retry_after(self) -> Option<u64> {
        match self {
            Self::TooMany { seconds, .. } => Some(seconds),
            Self::Unavailable(_) => Some(RETRY_AFTER_SECONDS),
            _ => None,
        }
    }

    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "Webhooks are sent to /webhooks/{tenant}.",
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "Webhooks are sent with POST.",
            ),
            Self::HeadersTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "HEADERS_TOO_LARGE",
                "The headers are too large.",
            ),
            Self::Encoded => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "ENCODED",
                "The body must not be compressed.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "TOO_LARGE",
                "The body is too large.",
            ),
            Self::Timeout => (
                StatusCode::REQUEST_TIMEOUT,
                "TIMEOUT",
                "The body did not arrive in time.",
            ),
            Self::Interrupted => (
                StatusCode::BAD_REQUEST,
                "INTERRUPTED",
                "The body did not arrive whole.",
            ),
            Self::Unauthenticated(_) => (
                StatusCode::UNAUTHORIZED,
                "UNAUTHENTICATED",
                "The tenant is not known, or the request does not prove where it comes from.",
            ),
            Self::NotJson => (StatusCode::BAD_REQUEST, "NOT_JSON", "The body is not JSON."),
            Self::TooMany { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "TOO_MANY_REQUESTS",
                "Too many requests; send it again later.",
            ),
            Self::Unavailable(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "Nothing can be taken now; send it again later.",
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let body = json!({"error": {"code": code, "message": message}});
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self == Self::Encoded {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
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
