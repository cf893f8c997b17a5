//! One call as it arrived.

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};
use serde_json::Value;

use super::{fold::fold, keys, query::Query};

/// One call as it arrived, read completely.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    /// What follows the `?`, undecoded.
    pub(super) raw_query: String,
    pub(super) query: Query,
    /// The key presented, if one was.
    pub(super) key: Option<String>,
    pub(super) body: Bytes,
}

impl Request {
    pub(super) fn new(method: Method, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Self {
        let raw_query = uri.query().unwrap_or_default().to_owned();
        Self {
            method,
            path: uri.path().to_owned(),
            query: Query::parse(&raw_query),
            raw_query,
            key: headers
                .get(header::AUTHORIZATION)
                .and_then(|value| value.to_str().ok())
                .and_then(keys::presented)
                .map(str::to_owned),
            body,
        }
    }

    /// The parts of the path between slashes.
    pub(super) fn segments(&self) -> Vec<&str> {
        self.path
            .split('/')
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// The body as JSON, if it is.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The folded login in the body or, for reads, in the filter.
    pub(super) fn folded_login(&self) -> Option<String> {
        let body = self.json();
        let written = body.as_ref().and_then(|body| text_member(body, "login"));
        written.or_else(|| self.query.get("login")).map(fold)
    }
}

/// A text member of a JSON object, its name matched in any case.
pub(super) fn text_member<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object
        .as_object()?
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .and_then(|(_, value)| value.as_str())
}
