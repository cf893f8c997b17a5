//! One person Lucca knows.

use std::time::Instant;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use serde_json::{Map, Value};

/// One person Lucca knows, as stored (family names in the case they were written).
#[derive(Debug, Clone, Serialize)]
pub struct User {
    /// Lucca's id.
    pub id: u64,
    /// Whether a call created it, rather than the seed or the control interface.
    pub created_by_call: bool,
    /// Whether a work contract was made with it (`?contract=true`).
    pub with_contract: bool,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// What is stored, by Lucca's member names: `lastName`, `dtContractStart`, `e_…`.
    #[serde(flatten)]
    pub members: Map<String, Value>,
    /// Reads do not show it before this moment.
    #[serde(skip)]
    pub(super) visible_from: Instant,
}

impl User {
    /// A stored text; empty if there is none.
    #[must_use]
    pub fn text(&self, member: &str) -> &str {
        self.members
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A stored id or number.
    #[must_use]
    pub fn number(&self, member: &str) -> Option<u64> {
        self.members.get(member).and_then(Value::as_u64)
    }

    /// The day of a stored date-time such as `dtContractStart`.
    #[must_use]
    pub fn day(&self, member: &str) -> Option<Date> {
        self.text(member).get(..10)?.parse().ok()
    }

    /// Given name, then family name, as Lucca's `name` has it.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.text("firstName"), self.text("lastName"))
    }

    /// Whether the contract ended before `today`.
    #[must_use]
    pub fn is_former(&self, today: Date) -> bool {
        self.day("dtContractEnd").is_some_and(|end| end < today)
    }

    /// Whether the contract starts after `today`.
    #[must_use]
    pub fn is_future(&self, today: Date) -> bool {
        self.day("dtContractStart")
            .is_some_and(|start| start > today)
    }
}
