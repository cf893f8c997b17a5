//! Sealing records anew: where sealed values are kept, and the statements that find and
//! replace them. The same for every store but for the sign before a parameter's number.

use super::records::Records;
use crate::db::SealError;

/// How many records are looked at in one step: what a step writes must not hold up others.
pub const STEP: i64 = 100;

/// A column of sealed values.
struct Column {
    table: &'static str,
    column: &'static str,
    /// What the values are sealed as.
    name: &'static str,
    /// The attempt that a value belongs to, if it belongs to one.
    attempt: Option<&'static str>,
}

const COLUMNS: [Column; 4] = [
    Column {
        table: "tenants",
        column: "document",
        name: "tenant",
        attempt: None,
    },
    Column {
        table: "onboardings",
        column: "document",
        name: "onboarding",
        attempt: None,
    },
    Column {
        table: "attempts",
        column: "intent",
        name: "intent",
        attempt: Some("number"),
    },
    Column {
        table: "evidence",
        column: "evidence",
        name: "evidence",
        attempt: Some("attempt"),
    },
];

/// Where a rotation stands. The default is the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    column: usize,
    after: String,
}

/// What a step of a rotation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// How many records it sealed anew.
    pub sealed: u64,
    /// How many it could not open.
    pub unreadable: u64,
    /// Where the next step begins; `None`: this was the last.
    pub next: Option<Place>,
}

/// The statements for a column.
pub(super) struct Statements {
    /// How many values are not sealed with the newest key. Its prefix is the parameter.
    pub count: String,
    /// Key, tenant, record, attempt and value of some of them: after a key, by the prefix,
    /// as many as a limit.
    pub find: String,
    /// Replaces, under a key, with a value, another value if it is still there.
    pub replace: String,
}

/// A value that another key has sealed.
pub(super) struct Old {
    pub key: String,
    pub tenant: String,
    pub record: String,
    pub attempt: i64,
    pub sealed: Vec<u8>,
}

/// The statements of every column; `sign` is what stands before a parameter's number.
pub(super) fn all(sign: char) -> impl Iterator<Item = Statements> {
    (0..COLUMNS.len()).filter_map(move |column| statements(column, sign))
}

impl Place {
    /// The statements that go on from here; `None` at the end.
    pub(super) fn statements(&self, sign: char) -> Option<Statements> {
        statements(self.column, sign)
    }

    /// The key after which to go on.
    pub(super) fn after(&self) -> &str {
        &self.after
    }

    /// Where to go on after these values.
    pub(super) fn next(&self, found: &[Old]) -> Self {
        match found.last() {
            Some(last) => Self {
                after: last.key.clone(),
                ..self.clone()
            },
            // The first column's keys are texts, all others' are numbers from 1.
            None => Self {
                column: self.column + 1,
                after: "0".to_owned(),
            },
        }
    }

    /// The value, sealed anew.
    pub(super) fn seal(&self, records: &Records, old: &Old) -> Result<Vec<u8>, SealError> {
        let column = COLUMNS.get(self.column).ok_or(SealError::Failed)?;
        let record = match column.attempt {
            None => old.record.clone(),
            Some(_) => format!("{}/{}", old.record, old.attempt),
        };
        records.seal_anew(&old.tenant, &record, column.name, &old.sealed)
    }
}

fn statements(column: usize, sign: char) -> Option<Statements> {
    let Column {
        table,
        column,
        attempt,
        ..
    } = COLUMNS.get(column)?;
    let attempt = attempt.map_or_else(|| "0".to_owned(), |it| format!("it.{it}"));
    // The key that tenants have is a text; the others are numbered.
    let (key, given, source) = if *table == "tenants" {
        let source = "it.id, it.id";
        ("id", format!("CAST({sign}1 AS TEXT)"), source.to_owned())
    } else {
        let given = format!("CAST(CAST({sign}1 AS TEXT) AS BIGINT)");
        ("seq", given, "owner.tenant, owner.id".to_owned())
    };
    let join = match *table {
        "tenants" => "",
        "onboardings" => "JOIN onboardings AS owner ON owner.seq = it.seq",
        _ => "JOIN onboardings AS owner ON owner.seq = it.onboarding",
    };
    Some(Statements {
        count: format!("SELECT count(*) FROM {table} WHERE substr({column}, 1, 9) <> {sign}1"),
        find: format!(
            "SELECT CAST(it.{key} AS TEXT), {source}, CAST({attempt} AS BIGINT), it.{column}
             FROM {table} AS it {join}
             WHERE it.{key} > {given} AND substr(it.{column}, 1, 9) <> {sign}2
             ORDER BY it.{key} LIMIT {sign}3"
        ),
        replace: format!(
            "UPDATE {table} SET {column} = {sign}2 WHERE {key} = {given} AND {column} = {sign}3"
        ),
    })
}
