//! A collection of v3: filters, page, members.
//!
//! Of the query language in `legacy/api-generations` it has what clients here send: `fields` with
//! one level of brackets, `paging`, filters for equal values, and `since,`. Everything else is
//! refused as the framework refuses what it does not know.

use jiff::{civil::DateTime, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::members::{Kind, NAMED, Resource, unknown};
use crate::sandbox::{answer::Refusal, clock::read_moment, request::Query};

/// The `data` of a collection: the rows that pass the query's filters, cut to a page of at most
/// `most`. `show` returns a member of a row by its name.
pub(super) fn answer<R>(
    query: &Query,
    resource: &'static Resource,
    most: usize,
    rows: impl Iterator<Item = R>,
    show: impl Fn(&R, &str) -> Value,
) -> Result<Value, Refusal> {
    let known = [&["fields", "paging"], resource.flags].concat();
    let filters: Vec<Filter> = query
        .others(&known)
        .map(|(name, value)| Filter::parse(name, value, resource))
        .collect::<Result<_, _>>()?;
    let fields = Fields::parse(query.get("fields"), resource)?;
    let (offset, limit) = page(query.get("paging"))?;
    let rows: Vec<R> = rows
        .filter(|row| filters.iter().all(|it| it.passes(|name| show(row, name))))
        .collect();
    let page = rows.iter().skip(offset).take(limit.min(most));
    let items: Vec<Value> = page
        .map(|row| fields.show(|name| show(row, name)))
        .collect();
    let mut data = json!({ "items": items });
    if fields.count {
        data["count"] = json!(rows.len());
    }
    Ok(data)
}

/// Reads `offset,limit`. A single number means the default, as in the framework.
fn page(paging: Option<&str>) -> Result<(usize, usize), Refusal> {
    let Some((offset, limit)) = paging.and_then(|paging| paging.split_once(',')) else {
        return Ok((0, super::PAGE));
    };
    let number = |text: &str| text.trim().parse().map_err(|_| Refusal::query());
    let (offset, limit) = (number(offset)?, number(limit)?);
    if !(1..=super::PAGE).contains(&limit) {
        let message = "Paging limit should be between 1 and 1000";
        return Err(Refusal::Framework(message.to_owned()));
    }
    Ok((offset, limit))
}

/// One condition on a member.
struct Filter {
    member: &'static str,
    test: Test,
}

enum Test {
    /// In lower case.
    Text(String),
    Numbers(Vec<u64>),
    Since(DateTime),
}

impl Filter {
    /// Reads one pair of the query. A comma separates values: text is compared with one only.
    fn parse(name: &str, value: &str, resource: &Resource) -> Result<Self, Refusal> {
        let member = resource.selected(name)?;
        let test = match &member.kind {
            Kind::Text(_) if !value.contains(',') => Some(Test::Text(value.to_lowercase())),
            Kind::Number(..) => {
                let numbers = value.split(',').map(|it| it.parse().ok());
                numbers.collect::<Option<_>>().map(Test::Numbers)
            }
            Kind::Modified => value
                .strip_prefix("since,")
                .and_then(|text| read_moment(text, &TimeZone::UTC))
                .map(Test::Since),
            _ => None,
        };
        Ok(Self {
            member: member.name,
            test: test.ok_or_else(Refusal::query)?,
        })
    }

    fn passes(&self, show: impl Fn(&str) -> Value) -> bool {
        let value = show(self.member);
        match &self.test {
            Test::Text(wanted) => value
                .as_str()
                .is_some_and(|it| it.to_lowercase() == *wanted),
            Test::Numbers(wanted) => value.as_u64().is_some_and(|it| wanted.contains(&it)),
            Test::Since(from) => {
                let moment = value.as_str().and_then(|it| it.parse::<DateTime>().ok());
                moment.is_some_and(|it| it >= *from)
            }
        }
    }
}

/// What `fields` asks for.
pub(super) struct Fields {
    /// Members, each with the members wanted of what it refers to.
    members: Vec<(&'static str, Vec<&'static str>)>,
    /// Whether the total is asked for, with `collection.count`.
    count: bool,
}

impl Fields {
    /// Reads `a,b[c,d]`. Without members, `id,name,url` are meant.
    pub(super) fn parse(
        fields: Option<&str>,
        resource: &'static Resource,
    ) -> Result<Self, Refusal> {
        let mut names = split(fields.unwrap_or_default())?;
        let all = names.len();
        names.retain(|(name, _)| !name.eq_ignore_ascii_case("collection.count"));
        let count = names.len() < all;
        if names.is_empty() {
            names = NAMED.map(|name| (name, "")).to_vec();
        }
        let resolve = |(name, inner): (&str, &str)| {
            let member = resource.selected(name)?;
            let inner = match (&member.kind, inner) {
                (Kind::Related(_), "") => NAMED.to_vec(),
                (Kind::Related(known), inner) => find_all(inner, known)?,
                (_, "") => Vec::new(),
                _ => return Err(Refusal::query()),
            };
            Ok((member.name, inner))
        };
        Ok(Self {
            members: names.into_iter().map(resolve).collect::<Result<_, _>>()?,
            count,
        })
    }

    /// The row with these members.
    pub(super) fn show(&self, show: impl Fn(&str) -> Value) -> Value {
        let shown = |(name, inner): &(&'static str, Vec<&str>)| {
            let mut value = show(name);
            if let (false, Some(members)) = (inner.is_empty(), value.as_object_mut()) {
                members.retain(|name, _| inner.contains(&&**name));
            }
            ((*name).to_owned(), value)
        };
        Value::Object(self.members.iter().map(shown).collect::<Map<_, _>>())
    }
}

/// The known names in a list of names.
fn find_all(list: &str, known: &'static [&'static str]) -> Result<Vec<&'static str>, Refusal> {
    let find = |name: &str| {
        let mut known = known.iter();
        let found = known.find(|it| it.eq_ignore_ascii_case(name.trim()));
        found.copied().ok_or_else(|| unknown(name, "Resource"))
    };
    list.split(',').map(find).collect()
}

/// Splits `a,b[c,d]` into names, each with what is in its brackets.
fn split(text: &str) -> Result<Vec<(&str, &str)>, Refusal> {
    let mut names = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find([',', '[', ']']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (inner, after) = match after.strip_prefix('[') {
            Some(after) => after.split_once(']').ok_or_else(Refusal::query)?,
            None => ("", after),
        };
        names.push((name.trim(), inner));
        rest = match after.strip_prefix(',') {
            Some(next) => next,
            None if after.is_empty() => after,
            None => return Err(Refusal::query()),
        };
    }
    names.retain(|(name, _)| !name.is_empty());
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{super::members::USER, *};

    #[test]
    fn a_page_has_between_one_and_a_thousand_rows() {
        for (paging, expected) in [
            (None, Ok((0, 1000))),
            (Some("1"), Ok((0, 1000))),
            (Some("20,10"), Ok((20, 10))),
            (Some("0,1000"), Ok((0, 1000))),
            (
                Some("0,1001"),
                Err("Paging limit should be between 1 and 1000"),
            ),
            (
                Some("0,0"),
                Err("Paging limit should be between 1 and 1000"),
            ),
            (Some("a,b"), Err("Query parameter is invalid")),
        ] {
            let read = page(paging).map_err(|refused| refused.to_string());
            assert_eq!(read, expected.map_err(str::to_owned), "{paging:?}");
        }
    }

    #[test]
    fn members_may_be_selected_of_what_a_member_refers_to() {
        for (fields, expected) in [
            ("", "id,name,url"),
            ("collection.count", "id,name,url"),
            ("ID,lastname", "id,lastName"),
            ("department", "department[id,name,url]"),
            ("department[id,Code],mail", "department[id,code],mail"),
            ("extendedData", "extendedData"),
        ] {
            let read = Fields::parse(Some(fields), &USER).unwrap_or_else(|it| panic!("{it}"));
            let names = read.members.iter().map(|(name, inner)| match &inner[..] {
                [] => (*name).to_owned(),
                inner => format!("{name}[{}]", inner.join(",")),
            });
            assert_eq!(names.collect::<Vec<_>>().join(","), expected, "{fields}");
        }
    }

    #[test]
    fn the_total_is_asked_for_by_a_pseudo_member() {
        let count = |fields| Fields::parse(Some(fields), &USER).is_ok_and(|it| it.count);
        assert!(count("id,Collection.Count"));
        assert!(!count("id"));
    }

    #[test]
    fn what_does_not_exist_cannot_be_selected() {
        let unknown = |name: &str, resource: &str| {
            format!("Selected property {name} does not exist on objet of type {resource}")
        };
        let invalid = "Query parameter is invalid".to_owned();
        for (fields, message) in [
            ("nick", unknown("nick", "User")),
            ("department[nick]", unknown("nick", "Resource")),
            ("department.code", unknown("department.code", "User")),
            ("collection.sum", unknown("collection.sum", "User")),
            ("department[id", invalid.clone()),
            ("login[id]", invalid.clone()),
            ("id]", invalid.clone()),
            ("manager[id,department[name]]", invalid.clone()),
        ] {
            let refused = Fields::parse(Some(fields), &USER).err().unwrap();
            assert_eq!(refused, Refusal::Framework(message), "{fields}");
        }
    }
}
