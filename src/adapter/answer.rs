//! What a sender is told.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde_json::json;

/// Seconds after which a sender may try again.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("10");

/// Why a webhook is not taken.
///
/// Tells the sender no more than it must know: a tenant that does not exist and a proof that
/// fails look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NotFound,
    MethodNotAllowed,
    TooLarge,
    Timeout,
    Interrupted,
    Unauthenticated,
    NotJson,
    /// Trying again later will help.
    Unavailable,
}

impl Refusal {
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
            Self::Unauthenticated => (
                StatusCode::UNAUTHORIZED,
                "UNAUTHENTICATED",
                "The tenant is not known, or the request does not prove where it comes from.",
            ),
            Self::NotJson => (StatusCode::BAD_REQUEST, "NOT_JSON", "The body is not JSON."),
            Self::Unavailable => (
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
        if self == Self::Unavailable {
            response
                .headers_mut()
                .insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
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
