//! The results of checks.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Finding;
use crate::domain::{field::Field, finding::Origin, lucca_id::LuccaId};

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing is wrong.
    Pass,
    /// Hires are created, but something should be corrected.
    Warn,
    /// Hires are not created until it is corrected.
    Fail,
    /// It cannot be known yet.
    Unverified,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable id, lower case with underscores.
    pub id: String,
    /// The result.
    pub status: Status,
    /// The finding.
    pub finding: Finding,
}

impl Check {
    pub(super) fn new(id: impl Into<String>, status: Status, finding: Finding) -> Self {
        let id = id.into();
        Self {
            id,
            status,
            finding,
        }
    }

    /// A check whose answer is missing.
    pub(super) fn unknown(id: impl Into<String>, gap: Option<Gap>) -> Self {
        Self::new(id, Status::Unverified, Finding::Unknown { gap })
    }
}

/// The value of a field that a hire does not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultValue {
    /// The field.
    pub field: Field,
    /// The tenant's or Lucca's; `None` when there is none.
    pub source: Option<Origin>,
    /// The id in Lucca.
    pub id: Option<LuccaId>,
    /// Its name in Lucca.
    pub label: String,
}

/// All results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Every check.
    pub checks: Vec<Check>,
    /// Every default.
    pub defaults: Vec<DefaultValue>,
    /// The exact body that would be sent for the sample.
    pub preview: Option<Value>,
    /// How many calls to Lucca were left when the checks began.
    pub calls_left: u32,
    /// Why an answer of Lucca is missing, if one is.
    pub gap: Option<Gap>,
}

/// Why an answer of Lucca is missing that a later check may get. What only a creation can show is
/// no gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// The account's calls were used up.
    Calls,
    /// Lucca asked for fewer calls (429).
    Limit,
    /// The answers took too long.
    Time,
    /// Lucca did not answer, or answered that it could not.
    Silence,
}

impl Report {
    /// Whether no check failed and no answer is missing.
    pub fn ready(&self) -> bool {
        self.gap.is_none() && self.checks.iter().all(|check| check.status != Status::Fail)
    }

    pub(super) fn add(&mut self, checks: impl IntoIterator<Item = Check>) {
        self.checks.extend(checks);
    }
}
