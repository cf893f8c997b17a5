//! The query of a call, its names matched in any case.

use url::form_urlencoded;

/// The decoded pairs of a query, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads what follows the `?`.
    pub(super) fn parse(raw: &str) -> Self {
        Self {
            pairs: form_urlencoded::parse(raw.as_bytes())
                .into_owned()
                .collect(),
        }
    }

    /// The first value of `name`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Every pair.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_values_decoded() {
        let query = Query::parse("OrderBy=lastName%2Casc&mail=a%2Bb%40example.com");
        assert_eq!(query.get("orderby"), Some("lastName,asc"));
        assert_eq!(query.get("mail"), Some("a+b@example.com"));
        assert_eq!(query.get("fields"), None);
    }
}
