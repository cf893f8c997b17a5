//! One call as it arrived.

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};
use url::form_urlencoded;

use super::keys;

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
        let parts = self.path.split('/');
        parts.filter(|part| !part.is_empty()).collect()
    }
}

/// The decoded pairs of a query. Names are matched in any case, as Lucca's framework does.
#[derive(Debug, Clone)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    fn parse(raw: &str) -> Self {
        let pairs = form_urlencoded::parse(raw.as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The first value of `name`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The pairs whose names are none of these.
    pub(super) fn others(&self, names: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let is_known = |key: &str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
        let pairs = self.0.iter().map(|(key, value)| (&**key, &**value));
        pairs.filter(move |(key, _)| !is_known(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_values_decoded() {
        let query = Query::parse("FormerEmployees=true&mail=a%2Bb%40example.com");
        assert_eq!(query.get("formeremployees"), Some("true"));
        assert_eq!(query.get("mail"), Some("a+b@example.com"));
        assert_eq!(query.get("fields"), None);
        let others: Vec<_> = query.others(&["MAIL"]).collect();
        assert_eq!(others, [("FormerEmployees", "true")]);
    }
}
