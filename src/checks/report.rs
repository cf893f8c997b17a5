//! What was looked at and how it went.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Finding;
use crate::domain::{field::Field, finding::Origin, lucca_id::LuccaId};

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In order.
    Pass,
    /// Hires go through, but something should be looked at.
    Warn,
    /// Hires do not go through until it is put right.
    Fail,
    /// Cannot be known yet.
    Unverified,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable id, lower case with underscores.
    pub id: String,
    /// How it went.
    pub status: Status,
    /// What was found.
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

    /// What is not known because nothing, or not this, was answered.
    pub(super) fn unknown(id: impl Into<String>, gap: Option<Gap>) -> Self {
        Self::new(id, Status::Unverified, Finding::Unknown { gap })
    }
}

/// What applies to a hire that does not say.
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

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Every check.
    pub checks: Vec<Check>,
    /// Every default.
    pub defaults: Vec<DefaultValue>,
    /// The exact body that would be sent for the sample.
    pub preview: Option<Value>,
    /// How many calls to Lucca could begin when the checks did.
    pub calls_left: u32,
    /// Why Lucca was not asked everything, if it was not.
    pub gap: Option<Gap>,
}

/// Why an answer of Lucca is missing that asking again may give. A creation alone can show some
/// things: that is no gap.
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
