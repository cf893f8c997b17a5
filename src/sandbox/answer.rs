//! What goes back to the caller: answers, refusals, and answers that break off.

use std::io;

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::connection::Connection;

/// An answer whose body is complete.
pub(super) type Answer = http::Response<Bytes>;

/// The content type of nearly everything.
pub(super) const JSON: &str = "application/json; charset=utf-8";

/// An answer without a body.
pub(super) fn empty(status: u16) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
}

/// An answer with a body of the given type.
pub(super) fn text(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let answer = empty(status).map(|_| body.into());
    with_header(answer, header::CONTENT_TYPE, content_type)
}

/// An answer with a JSON body.
pub(super) fn json(status: u16, body: &Value) -> Answer {
    text(status, JSON, body.to_string())
}

/// The answer with one more header, or without it if the value cannot be a header.
pub(super) fn with_header(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

/// Why a call is refused. Each layer of Lucca writes errors in its own way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// By a v3 resource: `{"Status","Message"}`, as in the old organisation specification.
    #[error("{1}")]
    Product(u16, String),
    /// A 400 by the framework under v3: bare text with a JSON content type.
    #[error("{0}")]
    Framework(String),
    /// By a v4 resource. Its errors are not documented; problem+json is the form of v5.
    #[error("{1}")]
    Modern(u16, &'static str),
    /// The framework's 403 on writes, which has no body.
    #[error("the key may not write")]
    Write,
}

impl Refusal {
    /// A 400 by a v3 resource.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::Product(400, message.into())
    }

    /// The framework's 400 for a query it cannot read.
    pub(super) fn query() -> Self {
        Self::Framework("Query parameter is invalid".to_owned())
    }

    /// The refusal as it goes out.
    pub(super) fn answer(&self) -> Answer {
        match self {
            Self::Product(status, message) => {
                json(*status, &json!({ "Status": status, "Message": message }))
            }
            Self::Framework(message) => text(400, "application/json", message.clone()),
            Self::Modern(status, title) => {
                let kind = "https://tools.ietf.org/html/rfc7231#section-6.5.1";
                let body = json!({ "type": kind, "title": title, "status": status });
                let content_type = "application/problem+json; charset=utf-8";
                text(*status, content_type, body.to_string())
            }
            Self::Write => empty(403),
        }
    }
}

/// How an answer reaches the caller, if it does.
pub(super) enum Delivery {
    Whole(Answer),
    /// Half of the body is sent, then the connection is closed.
    Half(Answer),
    /// The connection is closed without an answer.
    Cut,
}

impl Delivery {
    pub(super) fn whole_or_cut(answer: Answer, cut: bool) -> Self {
        if cut { Self::Cut } else { Self::Whole(answer) }
    }

    /// The status the caller sees, unless the connection is cut before.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Whole(answer) | Self::Half(answer) => Some(answer.status().as_u16()),
            Self::Cut => None,
        }
    }

    /// The response to send. On a cut connection it goes nowhere.
    pub(super) fn into_response(self, connection: &Connection) -> Response {
        match self {
            Self::Whole(answer) => answer.map(Body::from),
            Self::Half(answer) => half(answer),
            Self::Cut => {
                connection.cut();
                Response::default()
            }
        }
    }
}

/// A response that announces the whole body and sends half of it.
fn half(mut answer: Answer) -> Response {
    let length = answer.body().len();
    let announced = HeaderValue::from(length);
    answer
        .headers_mut()
        .insert(header::CONTENT_LENGTH, announced);
    answer.map(|body| {
        let first = stream::iter([Ok(body.slice(..length / 2))]);
        let broken = stream::once(async {
            // Lets the server send the first half before the connection breaks.
            tokio::task::yield_now().await;
            Err(io::Error::from(io::ErrorKind::BrokenPipe))
        });
        Body::from_stream(first.chain(broken))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layer_writes_errors_in_its_own_way() {
        for (refusal, status, content_type, body) in [
            (
                Refusal::bad("no"),
                400,
                JSON,
                r#"{"Message":"no","Status":400}"#,
            ),
            (
                Refusal::Framework("no".to_owned()),
                400,
                "application/json",
                "no",
            ),
            (
                Refusal::Modern(404, "no"),
                404,
                "application/problem+json; charset=utf-8",
                r#""title":"no""#,
            ),
            (Refusal::Write, 403, "", ""),
        ] {
            let answer = refusal.answer();
            assert_eq!(answer.status(), status);
            let found = answer.headers().get("content-type");
            assert_eq!(found.map_or("", |it| it.to_str().unwrap()), content_type);
            let text = String::from_utf8(answer.body().to_vec()).unwrap();
            assert!(text.contains(body), "{text}");
            assert_eq!(text.is_empty(), body.is_empty());
        }
    }
}
