//! Finding a field in a body.

use super::{json::Node, mapping::Mapping};
use crate::domain::{
    characters,
    event_field::{CONTAINERS, EventField, fold, has, has_name},
};

/// What was found for a field.
#[derive(Clone, PartialEq)]
pub(super) enum Found<'a> {
    /// Not there.
    Absent,
    /// There, but null or blank.
    Blank,
    /// One value, or several that are not equal.
    Values(Vec<&'a Node>),
}

/// A body, ready to be searched for fields.
pub(super) struct Lookup<'a> {
    body: &'a Node,
    mapping: &'a Mapping,
    /// The root's entries, keys folded.
    root: Vec<(String, &'a Node)>,
    /// The entries inside `data`, keys folded.
    data: Vec<(String, &'a Node)>,
}

impl<'a> Lookup<'a> {
    /// `None` if the body, or the member that should hold the hire, is not an object.
    pub(super) fn of(body: &'a Node, mapping: &'a Mapping) -> Option<Self> {
        let root = entries(body)?;
        let mut data = Vec::new();
        for (key, node) in &root {
            if CONTAINERS.contains(&key.as_str()) && !is_blank(node) {
                data.extend(entries(node)?);
            }
        }
        Some(Self {
            body,
            mapping,
            root,
            data,
        })
    }

    /// The field's value: by the path of the tenant's mapping if it has one, otherwise by the
    /// field's names.
    pub(super) fn field(&self, field: EventField) -> Found<'a> {
        if let Some(path) = self.mapping.path(field) {
            return at_path(self.body, path);
        }
        let Some(names) = field.names() else {
            return Found::Absent;
        };
        let inside: &[_] = if field.is_at_root() { &[] } else { &self.data };
        let found = self.find(inside, |key| has_name(&names, key));
        if !matches!(found, Found::Absent | Found::Blank) {
            return found;
        }
        match self.find(inside, |key| has(names.fallbacks, key)) {
            Found::Absent => found,
            by_fallback => by_fallback,
        }
    }

    /// Whether the field was found by one of its fallbacks.
    pub(super) fn is_by_fallback(&self, field: EventField) -> bool {
        let Some(names) = field.names() else {
            return false;
        };
        let exact = self.find(&self.data, |key| has_name(&names, key));
        self.mapping.path(field).is_none() && !matches!(exact, Found::Values(_))
    }

    /// The value of the wanted keys at the root and among the entries `inside`.
    fn find(&self, inside: &[(String, &'a Node)], wanted: impl Fn(&str) -> bool) -> Found<'a> {
        let entries = self.root.iter().chain(inside);
        let wanted = entries.filter(|(key, _)| wanted(key));
        one_of(wanted.map(|(_, node)| *node))
    }
}

fn at_path<'a>(body: &'a Node, path: &[String]) -> Found<'a> {
    let Some((name, rest)) = path.split_first() else {
        return one_of([body]);
    };
    let next = match body {
        Node::Object(entries) => {
            let exact = entries.iter().find(|(key, _)| key == name);
            let folded = fold(name);
            match exact {
                Some((_, node)) => return at_path(node, rest),
                None => {
                    let spelled = entries.iter().filter(|(key, _)| fold(key) == folded);
                    one_of(spelled.map(|(_, node)| node))
                }
            }
        }
        Node::List(list) => {
            let element = name.parse().ok().and_then(|index: usize| list.get(index));
            element.map_or(Found::Absent, |node| Found::Values(vec![node]))
        }
        _ => Found::Absent,
    };
    match next {
        Found::Values(nodes) => match nodes.as_slice() {
            [node] => at_path(node, rest),
            _ => Found::Values(nodes),
        },
        none => none,
    }
}

fn one_of<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Found<'a> {
    let mut found = Found::Absent;
    for node in nodes {
        match &mut found {
            Found::Absent if is_blank(node) => found = Found::Blank,
            _ if is_blank(node) => {}
            Found::Absent | Found::Blank => found = Found::Values(vec![node]),
            Found::Values(values) if values.iter().any(|value| same(value, node)) => {}
            Found::Values(values) => values.push(node),
        }
    }
    found
}

fn same(one: &Node, other: &Node) -> bool {
    match (one, other) {
        (Node::Text(one), Node::Text(other)) => one.trim() == other.trim(),
        // Numbers that are not held exactly cannot be compared.
        (Node::Inexact, Node::Inexact) => false,
        (one, other) => one == other,
    }
}

fn is_blank(node: &Node) -> bool {
    match node {
        Node::Null => true,
        Node::Text(text) => characters::is_blank(text),
        _ => false,
    }
}

fn entries(node: &Node) -> Option<Vec<(String, &Node)>> {
    let Node::Object(entries) = node else {
        return None;
    };
    let folded = entries.iter().map(|(key, node)| (fold(key), node));
    Some(folded.collect())
}

#[cfg(test)]
mod tests {
    use super::{super::json, *};
    use crate::domain::field::Field;

    const LAST_NAME: EventField = EventField::Hire(Field::FamilyName);

    /// The found text, `None` if absent, an error if there are several.
    fn find(body: &str, field: EventField, pairs: &[(&str, &str)]) -> Result<Option<String>, ()> {
        let body = json::parse(body.as_bytes()).ok().unwrap();
        let mapping = Mapping::parse(pairs.iter().copied()).unwrap();
        let lookup = Lookup::of(&body, &mapping).unwrap();
        match lookup.field(field) {
            Found::Absent | Found::Blank => Ok(None),
            Found::Values(nodes) => match nodes.as_slice() {
                [Node::Text(text)] => Ok(Some(text.clone())),
                [_] => Ok(Some("not a text".to_owned())),
                _ => Err(()),
            },
        }
    }

    #[test]
    fn fields_are_found_in_data_and_at_the_root() {
        for body in [
            r#"{"data":{"lastName":"D"}}"#,
            r#"{"Data":{"Last_Name":"D"}}"#,
            r#"{"lastName":"D"}"#,
            r#"{"NOM":"D","data":{"prenom":"x"}}"#,
            r#"{"données":{"nom de famille":"D"}}"#,
            r#"{"lastName":null,"data":{"lastName":" ","nom":"D"}}"#,
            r#"{"lastName":"D","data":{"nom":"D "}}"#,
            r#"{"data":null,"lastName":"D"}"#,
        ] {
            assert_eq!(
                find(body, LAST_NAME, &[]),
                Ok(Some("D".to_owned())),
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_there_without_a_value_is_told_from_what_is_not_there() {
        for (body, pairs, blank) in [
            (r#"{"data":{"lastName":null}}"#, &[][..], true),
            (r#"{"nom":" "}"#, &[], true),
            (r#"{"data":{}}"#, &[], false),
            (r#"{"a":{"b":null}}"#, &[("last_name", "a.b")], true),
            (r#"{"a":null}"#, &[("last_name", "a.b")], false),
            (r#"{"a":{}}"#, &[("last_name", "a.b")], false),
        ] {
            let read = json::parse(body.as_bytes()).ok().unwrap();
            let mapping = Mapping::parse(pairs.iter().copied()).unwrap();
            let lookup = Lookup::of(&read, &mapping).unwrap();
            let found = lookup.field(LAST_NAME);
            assert_eq!(found == Found::Blank, blank, "{body}");
            assert_eq!(found == Found::Absent, !blank, "{body}");
        }
    }

    #[test]
    fn all_values_of_contradicting_spellings_are_found() {
        for body in [
            r#"{"data":{"lastName":"D","nom":"E"}}"#,
            r#"{"lastName":"D","data":{"lastName":"E"}}"#,
            r#"{"lastName":"D","nom":1}"#,
            r#"{"lastName":1.5,"nom":1.5}"#,
        ] {
            assert_eq!(find(body, LAST_NAME, &[]), Err(()), "{body}");
        }
    }

    #[test]
    fn a_general_word_counts_only_when_no_exact_one_is_there() {
        let both = r#"{"email":"a@b.fr","personalEmail":"c@d.fr"}"#;
        assert_eq!(
            find(both, EventField::Hire(Field::PersonalEmail), &[]),
            Ok(Some("c@d.fr".to_owned()))
        );
        let one = r#"{"email":"a@b.fr","personalEmail":""}"#;
        assert_eq!(
            find(one, EventField::Hire(Field::PersonalEmail), &[]),
            Ok(Some("a@b.fr".to_owned()))
        );
    }

    #[test]
    fn an_id_or_type_inside_data_is_not_the_events() {
        let body = r#"{"data":{"id":"x","type":"CDI"}}"#;
        assert_eq!(find(body, EventField::Id, &[]), Ok(None));
        assert_eq!(find(body, EventField::Type, &[]), Ok(None));
    }

    #[test]
    fn a_mapping_overrides_the_names() {
        let body = r#"{"lastName":"no","Hire":{"Person_Name":[{"last":"D"}]}}"#;
        for path in ["hire.personName.0.last", "Hire.Person_Name.0.last"] {
            let found = find(body, LAST_NAME, &[("last_name", path)]);
            assert_eq!(found, Ok(Some("D".to_owned())), "{path}");
        }
        for path in [
            "hire.other",
            "hire.personName.1.last",
            "lastName.x",
            "hire.personName.x",
        ] {
            assert_eq!(
                find(body, LAST_NAME, &[("last_name", path)]),
                Ok(None),
                "{path}"
            );
        }
        let twice = r#"{"a_b":"x","aB":"y"}"#;
        assert_eq!(find(twice, LAST_NAME, &[("last_name", "a-b")]), Err(()));
        assert_eq!(
            find(twice, LAST_NAME, &[("last_name", "aB")]),
            Ok(Some("y".to_owned()))
        );
    }

    #[test]
    fn what_holds_no_fields_is_no_event() {
        let mapping = Mapping::default();
        for body in [
            "[]",
            "3",
            "null",
            "\"x\"",
            r#"{"data":[]}"#,
            r#"{"data":"x"}"#,
        ] {
            let body = json::parse(body.as_bytes()).ok().unwrap();
            assert!(Lookup::of(&body, &mapping).is_none());
        }
    }
}
