//! JSON that means one thing only: no key twice, bounded depth.

use std::{cell::Cell, fmt};

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// How many arrays and objects may lie inside each other.
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

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JsonError {
    /// Not JSON.
    NotJson,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// A key that occurs twice in an object; readers differ on which one counts.
    DuplicateKey,
    /// JSON with a number beyond all bounds, or a text that is half a character.
    Unholdable,
}

/// Reads a body, with or without a byte order mark.
pub(super) fn parse(body: &[u8]) -> Result<Node, JsonError> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let fault = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let seed = Seed {
        depth: MAX_DEPTH,
        fault: &fault,
    };
    let node = seed.deserialize(&mut deserializer);
    match node.and_then(|node| deserializer.end().map(|()| node)) {
        // A duplicate key does not stop the reading: what follows may be no JSON at all.
        Ok(node) => fault.get().map_or(Ok(node), Err),
        Err(_) => Err(match fault.get() {
            Some(JsonError::TooDeep) => JsonError::TooDeep,
            _ if is_json(body) => JsonError::Unholdable,
            _ => JsonError::NotJson,
        }),
    }
}

/// Whether a body has the form of JSON, whatever its numbers and texts stand for.
fn is_json(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok() && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    depth: usize,
    fault: &'a Cell<Option<JsonError>>,
}

impl Seed<'_> {
    fn deeper<E: serde::de::Error>(mut self) -> Result<Self, E> {
        let Some(depth) = self.depth.checked_sub(1) else {
            self.fault.set(Some(JsonError::TooDeep));
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

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
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
                self.fault.set(Some(JsonError::DuplicateKey));
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

    fn fault(body: &str) -> Option<JsonError> {
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
        assert_eq!(fault("\u{FEFF}\u{FEFF}{}"), Some(JsonError::NotJson));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for body in [
            "", " ", "{", "{}{}", "{}x", "hello", "{'a':1}", "[1,]", "NaN", "<a/>",
        ] {
            assert_eq!(fault(body), Some(JsonError::NotJson), "{body}");
        }
        for body in [b"{\"a\":\"\xFF\"}".as_slice(), b"{\"a\":1e999,\"\xFF\":1}"] {
            assert!(parse(body).err() == Some(JsonError::NotJson));
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
            assert_eq!(fault(body), Some(JsonError::Unholdable), "{body}");
        }
        assert_eq!(fault(r#"{"a":1e999"#), Some(JsonError::NotJson));
        assert_eq!(fault(r#"{"a":123456789012345678901234567890}"#), None);
        let deep = format!("[1e999,{}]", nested(100_000));
        assert_eq!(fault(&deep), Some(JsonError::Unholdable));
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(fault(&nested(MAX_DEPTH)), None);
        assert_eq!(fault(&nested(MAX_DEPTH + 1)), Some(JsonError::TooDeep));
        assert_eq!(fault(&nested(100_000)), Some(JsonError::TooDeep));
    }

    #[test]
    fn a_key_twice_in_one_object_is_refused() {
        assert_eq!(fault(r#"{"a":1,"a":1}"#), Some(JsonError::DuplicateKey));
        assert_eq!(
            fault(r#"{"a":{"b":1,"b":2}}"#),
            Some(JsonError::DuplicateKey)
        );
        assert_eq!(
            fault(r#"{"a":1,"\u0061":1}"#),
            Some(JsonError::DuplicateKey)
        );
        assert_eq!(fault(r#"{"a":{"b":1},"b":{"b":1}}"#), None);
        assert_eq!(fault(r#"{"a":1,"a":"#), Some(JsonError::NotJson));
    }
}
