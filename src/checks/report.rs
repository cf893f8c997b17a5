//! What was looked at and how it went.

use serde_json::Value;

use super::text::Text;
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
    /// What was found, in a sentence or two.
    pub message: Text,
    /// What to do, for a person who does not program; empty when there is nothing to do.
    pub fix: Text,
}

impl Check {
    fn new(id: &str, status: Status, message: Text, fix: Text) -> Self {
        Self {
            id: id.to_owned(),
            status,
            message,
            fix,
        }
    }

    pub(super) fn pass(id: &str, message: Text) -> Self {
        Self::new(id, Status::Pass, message, Text::default())
    }

    pub(super) fn warn(id: &str, message: Text, fix: Text) -> Self {
        Self::new(id, Status::Warn, message, fix)
    }

    pub(super) fn fail(id: &str, message: Text, fix: Text) -> Self {
        Self::new(id, Status::Fail, message, fix)
    }

    pub(super) fn unverified(id: &str, message: Text, fix: Text) -> Self {
        Self::new(id, Status::Unverified, message, fix)
    }
}

/// What applies to a hire that does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Default {
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
#[derive(Clone, Debug, std::default::Default, PartialEq)]
pub struct Report {
    /// Every check.
    pub checks: Vec<Check>,
    /// Every default.
    pub defaults: Vec<Default>,
    /// The exact body that would be sent for the sample.
    pub preview: Option<Value>,
    /// How many calls to Lucca could begin when the checks did.
    pub calls_left: u32,
    /// Why Lucca was not asked everything, if it was not.
    pub gap: Option<Gap>,
}

/// Why Lucca was not, or could not be, asked for something: it may be told by asking again, and
/// until then nobody knows. What nothing tells before a creation is no gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Whether no check failed and none is missing for want of an answer.
    pub fn ready(&self) -> bool {
        self.gap.is_none() && self.checks.iter().all(|check| check.status != Status::Fail)
    }

    pub(super) fn add(&mut self, checks: impl IntoIterator<Item = Check>) {
        self.checks.extend(checks);
    }
}
