//! Filters: `member=value`, `member=operator,value`.

use std::cmp::Ordering;

use jiff::{civil::DateTime, tz::TimeZone};
use serde_json::Value;

use super::{
    rows::Row,
    schema::{Kind, Schema},
    select::unknown,
};
use crate::sandbox::{clock::read_moment, refusal::Refusal};

/// One condition on a member, possibly of something related.
#[derive(Debug)]
pub(super) struct Filter {
    path: Vec<&'static str>,
    kind: Kind,
    test: Test,
    or_null: bool,
}

#[derive(Debug)]
enum Test {
    Equal(Vec<Operand>),
    NotEqual(Vec<Operand>),
    Like(String),
    Starts(String),
    /// At this least, at this most; the flags say whether the bound itself is within.
    Range(Option<(Operand, bool)>, Option<(Operand, bool)>),
}

/// A value as compared: text without regard to case.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Null,
    Flag(bool),
    Number(u64),
    Moment(DateTime),
    Text(String),
}

impl Operand {
    /// Reads the value of a filter.
    fn read(kind: Kind, text: &str, zone: &TimeZone) -> Option<Self> {
        let is_null = text.eq_ignore_ascii_case("null");
        match kind {
            Kind::Integer(..) if !is_null => text.parse().ok().map(Self::Number),
            Kind::Moment if !is_null => read_moment(text, zone).map(Self::Moment),
            Kind::Flag if !is_null => text.to_ascii_lowercase().parse().ok().map(Self::Flag),
            _ if is_null => Some(Self::Null),
            _ => Some(Self::Text(text.to_lowercase())),
        }
    }

    /// The value of a member, to compare with.
    pub(super) fn of(kind: Kind, value: &Value) -> Self {
        match value {
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => number.as_u64().map_or(Self::Null, Self::Number),
            Value::String(text) if kind == Kind::Moment => {
                text.parse().map_or(Self::Null, Self::Moment)
            }
            Value::String(text) => Self::Text(text.to_lowercase()),
            _ => Self::Null,
        }
    }
}

impl PartialOrd for Operand {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => one.partial_cmp(two),
            (Self::Moment(one), Self::Moment(two)) => one.partial_cmp(two),
            (Self::Text(one), Self::Text(two)) => one.partial_cmp(two),
            (Self::Flag(one), Self::Flag(two)) => one.partial_cmp(two),
            (Self::Null, Self::Null) => Some(Ordering::Equal),
            _ => None,
        }
    }
}

impl Filter {
    /// Reads one pair of the query. The comma separates values and cannot be part of one.
    pub(super) fn parse(
        name: &str,
        value: &str,
        schema: &'static Schema,
        zone: &TimeZone,
    ) -> Result<Self, Refusal> {
        let (path, kind) = find(name, schema)?;
        let invalid = || Refusal::framework("Query parameter is invalid");
        let mut words: Vec<&str> = value.split(',').collect();
        let operator = if words.len() > 1 {
            words[0].to_ascii_lowercase()
        } else {
            String::new()
        };
        let is_range = matches!(
            operator.as_str(),
            "since"
                | "until"
                | "between"
                | "greaterthan"
                | "greaterthanorequal"
                | "lessthan"
                | "lessthanorequal"
        );
        if is_range || matches!(operator.as_str(), "equals" | "notequal" | "like" | "starts") {
            words.remove(0);
        }
        // Third parties write `until,2050-10-15,null` to see everybody.
        let or_null = is_range
            && words
                .last()
                .is_some_and(|it| it.eq_ignore_ascii_case("null"));
        if or_null {
            words.pop();
        }
        let read: Vec<Operand> = if matches!(operator.as_str(), "like" | "starts") {
            Vec::new()
        } else {
            let read = words.iter().map(|it| Operand::read(kind, it, zone));
            read.collect::<Option<_>>().ok_or_else(invalid)?
        };
        let bound = |inclusive| match &read[..] {
            [one] if *one != Operand::Null => Ok(Some((one.clone(), inclusive))),
            _ => Err(invalid()),
        };
        let test = match operator.as_str() {
            "like" => Test::Like(words.join(",").to_lowercase()),
            "starts" => Test::Starts(words.join(",").to_lowercase()),
            "notequal" => Test::NotEqual(read),
            "since" | "greaterthanorequal" => Test::Range(bound(true)?, None),
            "greaterthan" => Test::Range(bound(false)?, None),
            "until" | "lessthanorequal" => Test::Range(None, bound(true)?),
            "lessthan" => Test::Range(None, bound(false)?),
            "between" => match &read[..] {
                [low, high] => Test::Range(Some((low.clone(), true)), Some((high.clone(), true))),
                _ => return Err(invalid()),
            },
            _ => Test::Equal(read),
        };
        Ok(Self {
            path,
            kind,
            test,
            or_null,
        })
    }

    /// Whether the row passes.
    pub(super) fn passes(&self, row: &dyn Row) -> bool {
        let value = Operand::of(self.kind, &value_at(&self.path, row));
        if value == Operand::Null && self.or_null {
            return true;
        }
        match &self.test {
            Test::Equal(wanted) => wanted.contains(&value),
            Test::NotEqual(unwanted) => !unwanted.contains(&value),
            Test::Like(part) => matches!(&value, Operand::Text(text) if text.contains(part)),
            Test::Starts(part) => matches!(&value, Operand::Text(text) if text.starts_with(part)),
            Test::Range(low, high) => {
                let above = low
                    .as_ref()
                    .is_none_or(|(low, inclusive)| value > *low || (*inclusive && value == *low));
                let below = high.as_ref().is_none_or(|(high, inclusive)| {
                    value < *high || (*inclusive && value == *high)
                });
                above && below
            }
        }
    }
}

/// A member by its dotted path.
pub(super) fn find(
    name: &str,
    schema: &'static Schema,
) -> Result<(Vec<&'static str>, Kind), Refusal> {
    let mut schema = schema;
    let mut path = Vec::new();
    let mut kind = Kind::Text;
    for part in name.split('.') {
        let member = schema.member(part).ok_or_else(|| unknown(part, schema))?;
        path.push(member.name);
        kind = member.kind;
        if let Kind::Related(other) = kind {
            schema = other;
        }
    }
    // A related resource is compared by its id.
    if let Kind::Related(_) = kind {
        path.push("id");
        kind = Kind::Integer(1, u64::MAX);
    }
    Ok((path, kind))
}

/// The value at the end of a path.
pub(super) fn value_at(path: &[&str], row: &dyn Row) -> Value {
    match path {
        [] => Value::Null,
        [last] => row.value(last),
        [first, rest @ ..] => row
            .related(first)
            .map_or(Value::Null, |row| value_at(rest, &*row)),
    }
}
