//! The `fields` parameter: which members an answer shows.

use serde_json::{Map, Value, json};

use super::{
    rows::Row,
    schema::{Kind, Member, Schema},
};
use crate::sandbox::refusal::Refusal;

/// The members an answer shows.
#[derive(Debug, PartialEq)]
pub(super) struct Selection {
    members: Vec<Selected>,
    /// Whether the total was asked for, with `collection.count`.
    pub(super) count: bool,
}

/// One member, and what is shown of it.
#[derive(Debug, PartialEq)]
struct Selected {
    member: &'static Member,
    inner: Inner,
}

#[derive(Debug, PartialEq)]
enum Inner {
    Plain,
    Row(Vec<Selected>),
    Entries(Vec<String>),
}

/// A name as written, with what follows in brackets or after a dot.
#[derive(Debug, Default)]
struct Written {
    name: String,
    inner: Vec<Written>,
}

impl Selection {
    /// Reads `a,b[c,d],e.f`. Without it a resource shows `id,name,url` only.
    pub(super) fn parse(fields: Option<&str>, schema: &'static Schema) -> Result<Self, Refusal> {
        let mut written = written(fields.unwrap_or_default())
            .ok_or_else(|| Refusal::framework("Query parameter is invalid"))?;
        let total = written.len();
        written.retain(|it| !is_count(it));
        let count = written.len() != total;
        Ok(Self {
            members: resolve(written, schema)?,
            count,
        })
    }

    /// These members too, whatever else is shown.
    pub(super) fn with(mut self, names: &[&str], schema: &'static Schema) -> Self {
        for member in names.iter().filter_map(|name| schema.member(name)) {
            if !self.members.iter().any(|shown| shown.member == member) {
                self.members.push(Selected {
                    member,
                    inner: Inner::Plain,
                });
            }
        }
        self
    }

    /// The resource with the members selected.
    pub(super) fn show(&self, row: &dyn Row) -> Value {
        show(&self.members, row)
    }
}

fn is_count(written: &Written) -> bool {
    written.name.eq_ignore_ascii_case("collection")
        && matches!(&written.inner[..], [one] if one.name.eq_ignore_ascii_case("count"))
}

fn show(selected: &[Selected], row: &dyn Row) -> Value {
    let mut shown = Map::new();
    for Selected { member, inner } in selected {
        let value = match inner {
            Inner::Plain => row.value(member.name),
            Inner::Row(members) => row
                .related(member.name)
                .map_or(Value::Null, |row| show(members, &*row)),
            Inner::Entries(codes) => entries(&row.value(member.name), codes),
        };
        shown.insert(member.name.to_owned(), value);
    }
    Value::Object(shown)
}

/// Some entries of a dictionary; all if none is named.
fn entries(dictionary: &Value, codes: &[String]) -> Value {
    if codes.is_empty() {
        return dictionary.clone();
    }
    codes
        .iter()
        .map(|code| {
            (
                code.clone(),
                dictionary.get(code).cloned().unwrap_or(json!(null)),
            )
        })
        .collect::<Map<_, _>>()
        .into()
}

fn resolve(written: Vec<Written>, schema: &'static Schema) -> Result<Vec<Selected>, Refusal> {
    if written.is_empty() {
        let named = ["id", "name", "url"].iter();
        return Ok(named
            .filter_map(|name| schema.member(name))
            .map(|member| Selected {
                member,
                inner: Inner::Plain,
            })
            .collect());
    }
    written
        .into_iter()
        .map(|Written { name, inner }| {
            let member = schema.member(&name).ok_or_else(|| unknown(&name, schema))?;
            let inner = match member.kind {
                Kind::Related(other) => Inner::Row(resolve(inner, other)?),
                Kind::Dictionary => Inner::Entries(inner.into_iter().map(|it| it.name).collect()),
                _ => Inner::Plain,
            };
            Ok(Selected { member, inner })
        })
        .collect()
}

/// The framework's words for a field or filter that does not exist, misspelling included.
pub(super) fn unknown(name: &str, schema: &Schema) -> Refusal {
    Refusal::framework(format!(
        "Selected property {name} does not exist on objet of type {}",
        schema.name
    ))
}

/// Reads a list of names with brackets and dots; nothing if the brackets do not match.
fn written(text: &str) -> Option<Vec<Written>> {
    let mut rest = text;
    let list = written_list(&mut rest)?;
    rest.is_empty().then_some(list)
}

fn written_list(rest: &mut &str) -> Option<Vec<Written>> {
    let mut list = Vec::new();
    loop {
        let end = rest.find([',', '[', ']']).unwrap_or(rest.len());
        let (path, after) = rest.split_at(end);
        *rest = after;
        let mut inner = Vec::new();
        if let Some(inside) = rest.strip_prefix('[') {
            *rest = inside;
            inner = written_list(rest)?;
            *rest = rest.strip_prefix(']')?;
        }
        if !path.trim().is_empty() {
            let mut names = path.trim().split('.').rev();
            let last = names.next().unwrap_or_default().to_owned();
            let innermost = Written { name: last, inner };
            list.push(names.fold(innermost, |inner, name| Written {
                name: name.to_owned(),
                inner: vec![inner],
            }));
        }
        match rest.strip_prefix(',') {
            Some(next) => *rest = next,
            None => return Some(list),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::schema::USER, *};

    fn names(selected: &[Selected]) -> Vec<String> {
        selected
            .iter()
            .map(|it| match &it.inner {
                Inner::Plain => it.member.name.to_owned(),
                Inner::Row(inner) => format!("{}[{}]", it.member.name, names(inner).join(",")),
                Inner::Entries(codes) => format!("{}[{}]", it.member.name, codes.join(",")),
            })
            .collect()
    }

    #[test]
    fn names_may_be_nested_with_brackets_or_dots() {
        for (fields, expected) in [
            ("", "id,name,url"),
            ("collection.count", "id,name,url"),
            ("ID,lastname", "id,lastName"),
            ("department", "department[id,name,url]"),
            ("department.code,mail", "department[code],mail"),
            ("department[id,code],mail", "department[id,code],mail"),
            (
                "manager[id,department[name]]",
                "manager[id,department[name]]",
            ),
            (
                "extendedData,extendedData.e_a",
                "extendedData[],extendedData[e_a]",
            ),
        ] {
            let selection = Selection::parse(Some(fields), &USER).unwrap();
            assert_eq!(names(&selection.members).join(","), expected, "{fields}");
        }
    }

    #[test]
    fn the_total_is_asked_for_by_a_pseudo_member() {
        let selection = Selection::parse(Some("id,Collection.Count"), &USER).unwrap();
        assert!(selection.count);
        assert!(!Selection::parse(Some("id"), &USER).unwrap().count);
    }

    #[test]
    fn what_does_not_exist_cannot_be_selected() {
        for (fields, message) in [
            (
                "nick",
                "Selected property nick does not exist on objet of type User",
            ),
            (
                "department[nick]",
                "Selected property nick does not exist on objet of type Resource",
            ),
            (
                "collection.sum",
                "Selected property collection does not exist on objet of type User",
            ),
            ("department[id", "Query parameter is invalid"),
            ("id]", "Query parameter is invalid"),
        ] {
            let refused = Selection::parse(Some(fields), &USER).unwrap_err();
            assert_eq!((refused.status, refused.message.as_str()), (400, message));
        }
    }
}
