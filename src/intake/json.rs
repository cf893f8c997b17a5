//! JSON with one meaning: no duplicate keys, bounded depth.

use std::{cell::Cell, fmt};

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// How deep arrays and objects may be nested.
pub(super) const MAX_DEPTH: usize = 32;

/// A JSON value. Not `Debug`: it holds personal data.
#[derive(Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Integer(i128),
    /// A number with a fraction, or too large to be exact.
    Inexact,
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The value as text, to be shown to people.
    pub(super) fn shown(&self) -> String {
        let joined = |items: Vec<String>| items.join(", ");
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(yes) => yes.to_string(),
            Self::Integer(number) => number.to_string(),
            // Its digits are not held.
            Self::Inexact => "…".to_owned(),
            Self::Text(text) => text.trim().to_owned(),
            Self::List(list) => format!("[{}]", joined(list.iter().map(Self::shown).collect())),
            Self::Object(entries) => {
                let members = entries.iter();
                let members = members.map(|(key, node)| format!("{key}: {}", node.shown()));
                format!("{{{}}}", joined(members.collect()))
            }
        }
    }
}

/// Why a body is not an event. Says nothing of its content; the words are reasons of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ParseError {
    /// Not JSON; sending it again would not help.
    #[error("the body is not JSON")]
    NotJson,
    /// Nested deeper than `MAX_DEPTH`.
    #[error("the body is nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// A key occurs twice in an object; readers differ on which value counts.
    #[error("the body has a key twice in one object")]
    DuplicateKey,
    /// A number is too large to be held, or a text is not Unicode.
    #[error("the body has a number or a text that cannot be held")]
    UnholdableValue,
    /// JSON, but not an object, or one whose `data` is no object.
    #[error("the body is not an object with an object in `data`")]
    NotAnEvent,
}

impl ParseError {
    /// The word in reports and in the history.
    #[must_use]
    pub fn reason(self) -> &'static str {
        self.into()
    }

    /// Whether the body is at least JSON. Another body is refused, after it has been stored to be
    /// reported.
    #[must_use]
    pub fn is_json(self) -> bool {
        !matches!(self, Self::NotJson | Self::TooDeep)
    }
}

/// Reads a body, with or without a byte order mark.
pub(super) fn parse(body: &[u8]) -> Result<Node, ParseError> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let fault = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let seed = Seed {
        depth: MAX_DEPTH,
        fault: &fault,
    };
    let node = seed.deserialize(&mut deserializer);
    match node.and_then(|node| deserializer.end().map(|()| node)) {
        // A duplicate key does not stop the reading: what follows may not be JSON at all.
        Ok(node) => fault.get().map_or(Ok(node), Err),
        Err(_) => Err(match fault.get() {
            Some(ParseError::TooDeep) => ParseError::TooDeep,
            _ if is_json(body) => ParseError::UnholdableValue,
            _ => ParseError::NotJson,
        }),
    }
}

/// Whether a body is JSON in form, even if its numbers and texts cannot be held.
fn is_json(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok() && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    depth: usize,
    fault: &'a Cell<Option<ParseError>>,
}

impl Seed<'_> {
    fn deeper<E: serde::de::Error>(mut self) -> Result<Self, E> {
        let Some(depth) = self.depth.checked_sub(1) else {
            self.fault.set(Some(ParseError::TooDeep));
            return Err(E::custom("too deep"));
        };
        self.depth = depth;
        Ok(self)
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Inexact)
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(node) = access.next_element_seed(inner)? {
            list.push(node);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let inner = self.deeper()?;
        let mut object = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some(key) = access.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                self.fault.set(Some(ParseError::DuplicateKey));
            }
            let value = access.next_value_seed(inner).map_err(A::Error::custom)?;
            object.push((key, value));
        }
        Ok(Node::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(body: &str) -> Option<ParseError> {
        parse(body.as_bytes()).err()
    }

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let body = r#" {"a":[null,true,-1,18446744073709551615,1.5,"é"]} "#;
        let list = vec![
            Node::Null,
            Node::Bool(true),
            Node::Integer(-1),
            Node::Integer(u64::MAX.into()),
            Node::Inexact,
            Node::Text("é".to_owned()),
        ];
        let expected = Node::Object(vec![("a".to_owned(), Node::List(list))]);
        assert!(parse(body.as_bytes()) == Ok(expected));
    }

    #[test]
    fn a_byte_order_mark_is_tolerated() {
        assert_eq!(fault("\u{FEFF}{}"), None);
        assert_eq!(fault("\u{FEFF}\u{FEFF}{}"), Some(ParseError::NotJson));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for body in [
            "", " ", "{", "{}{}", "{}x", "hello", "{'a':1}", "[1,]", "NaN", "<a/>",
        ] {
            assert_eq!(fault(body), Some(ParseError::NotJson), "{body}");
        }
        for body in [b"{\"a\":\"\xFF\"}".as_slice(), b"{\"a\":1e999,\"\xFF\":1}"] {
            assert!(parse(body).err() == Some(ParseError::NotJson));
        }
    }

    #[test]
    fn json_that_no_value_can_hold_is_told_from_what_is_not_json() {
        let digits = "9".repeat(400);
        for body in [
            r#"{"a":1e999}"#,
            &format!(r#"{{"a":{digits}}}"#),
            r#"{"a":"\ud800"}"#,
        ] {
            assert_eq!(fault(body), Some(ParseError::UnholdableValue), "{body}");
        }
        assert_eq!(fault(r#"{"a":1e999"#), Some(ParseError::NotJson));
        assert_eq!(fault(r#"{"a":123456789012345678901234567890}"#), None);
        let deep = format!("[1e999,{}]", nested(100_000));
        assert_eq!(fault(&deep), Some(ParseError::UnholdableValue));
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(fault(&nested(MAX_DEPTH)), None);
        assert_eq!(fault(&nested(MAX_DEPTH + 1)), Some(ParseError::TooDeep));
        assert_eq!(fault(&nested(100_000)), Some(ParseError::TooDeep));
    }

    #[test]
    fn a_key_twice_in_one_object_is_refused() {
        assert_eq!(fault(r#"{"a":1,"a":1}"#), Some(ParseError::DuplicateKey));
        assert_eq!(
            fault(r#"{"a":{"b":1,"b":2}}"#),
            Some(ParseError::DuplicateKey)
        );
        assert_eq!(
            fault(r#"{"a":1,"\u0061":1}"#),
            Some(ParseError::DuplicateKey)
        );
        assert_eq!(fault(r#"{"a":{"b":1},"b":{"b":1}}"#), None);
        assert_eq!(fault(r#"{"a":1,"a":"#), Some(ParseError::NotJson));
    }
}
