//! What goes back to the caller.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::Value;

/// One answer, before it is put on the wire.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: Option<&'static str>,
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: Bytes,
    /// The id of the user this call created.
    pub(super) created: Option<u64>,
    /// Whether the call was carried out rather than refused or faked.
    pub(super) executed: bool,
}

impl Answer {
    /// A status with no body.
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            content_type: None,
            headers: Vec::new(),
            body: Bytes::new(),
            created: None,
            executed: false,
        }
    }

    /// A status with a body of the given type.
    pub(super) fn text(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            content_type: Some(content_type),
            body: body.into(),
            ..Self::empty(status)
        }
    }

    /// The 200 of a call that was carried out.
    pub(super) fn done(body: &Value) -> Self {
        Self {
            executed: true,
            ..Self::text(200, JSON, body.to_string())
        }
    }

    /// The same answer with one more header.
    pub(super) fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer as HTTP.
    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if let Some(content_type) = self.content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// The content type of nearly everything.
pub(super) const JSON: &str = "application/json; charset=utf-8";
