//! A collection of v3: filters, order, page, members.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::{
    filter::{Filter, Operand, find, value_at},
    rows::Row,
    schema::{Kind, Schema},
    select::Selection,
};
use crate::sandbox::{query::Query, refusal::Refusal};

/// The query words of the framework, which are not filters.
const RESERVED: [&str; 14] = [
    "_",
    "randomnumber",
    "authtoken",
    "callback",
    "fields",
    "groupby",
    "httpmethod",
    "longtoken",
    "metadata",
    "notify",
    "accept",
    "orderby",
    "paging",
    "template",
];

/// The most rows one page may have.
const MOST: usize = 1000;

/// A member to sort by, and whether downwards.
type Key = (Vec<&'static str>, Kind, bool);

/// What a query asks of a collection.
pub(super) struct Asked {
    selection: Selection,
    filters: Vec<Filter>,
    order: Vec<Key>,
    offset: usize,
    limit: usize,
}

impl Asked {
    /// Reads a query; `flags` are words this collection knows beside its members.
    pub(super) fn parse(
        query: &Query,
        schema: &'static Schema,
        flags: &[&str],
        zone: &TimeZone,
    ) -> Result<Self, Refusal> {
        let is = |words: &[&str], name: &str| words.iter().any(|it| it.eq_ignore_ascii_case(name));
        let filters = query
            .iter()
            .filter(|(name, _)| !is(&RESERVED, name) && !is(flags, name))
            .map(|(name, value)| Filter::parse(name, value, schema, zone))
            .collect::<Result<_, _>>()?;
        let (offset, limit) = page(query.get("paging"))?;
        Ok(Self {
            selection: Selection::parse(query.get("fields"), schema)?,
            filters,
            order: order(query.get("orderby"), schema)?,
            offset,
            limit,
        })
    }

    /// The same with pages of at most this many entries.
    pub(super) fn at_most(mut self, entries: usize) -> Self {
        self.limit = self.limit.min(entries.max(1));
        self
    }

    /// The `data` of the answer.
    pub(super) fn answer<R: Row>(&self, rows: impl Iterator<Item = R>) -> Value {
        let mut rows: Vec<R> = rows
            .filter(|row| self.filters.iter().all(|filter| filter.passes(row)))
            .collect();
        if !self.order.is_empty() {
            rows.sort_by(|one, two| self.compare(one, two));
        }
        let items: Vec<Value> = rows
            .iter()
            .skip(self.offset)
            .take(self.limit)
            .map(|row| self.selection.show(row))
            .collect();
        let mut data = Map::from_iter([("items".to_owned(), Value::Array(items))]);
        if self.selection.count {
            data.insert("count".to_owned(), json!(rows.len()));
        }
        Value::Object(data)
    }

    fn compare(&self, one: &dyn Row, two: &dyn Row) -> Ordering {
        self.order
            .iter()
            .map(|(path, kind, descending)| {
                let of = |row| Operand::of(*kind, &value_at(path, row));
                let (one, two) = (of(one), of(two));
                // Nulls first, as SQL Server sorts.
                let order = one
                    .partial_cmp(&two)
                    .unwrap_or_else(|| (one != Operand::Null).cmp(&(two != Operand::Null)));
                if *descending { order.reverse() } else { order }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

/// Reads `offset,limit`. A single number means the default, as in the framework.
fn page(paging: Option<&str>) -> Result<(usize, usize), Refusal> {
    let Some((offset, limit)) = paging.and_then(|paging| paging.split_once(',')) else {
        return Ok((0, MOST));
    };
    let number = |text: &str| {
        text.trim()
            .parse::<usize>()
            .map_err(|_| Refusal::framework("Query parameter is invalid"))
    };
    let (offset, limit) = (number(offset)?, number(limit)?);
    if !(1..=MOST).contains(&limit) {
        return Err(Refusal::framework(
            "Paging limit should be between 1 and 1000",
        ));
    }
    Ok((offset, limit))
}

/// Reads pairs `member,asc|desc`.
fn order(text: Option<&str>, schema: &'static Schema) -> Result<Vec<Key>, Refusal> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let words: Vec<&str> = text.split(',').collect();
    words
        .chunks(2)
        .map(|pair| match pair {
            [name, direction] => {
                let descending = match direction.to_ascii_lowercase().as_str() {
                    "asc" => false,
                    "desc" => true,
                    _ => return Err(Refusal::framework("Query parameter is invalid")),
                };
                let (path, kind) = find(name, schema)?;
                Ok((path, kind, descending))
            }
            _ => Err(Refusal::framework("Query parameter is invalid")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let read = page(paging).map_err(|refused| refused.message);
            assert_eq!(read, expected.map_err(str::to_owned), "{paging:?}");
        }
    }
}
