//! What was looked at and how it went.

use serde_json::Value;

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
    /// What was found, in one sentence.
    pub message: String,
    /// What to do; empty when there is nothing to do.
    pub fix: String,
}

impl Check {
    fn new(id: &str, status: Status, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            status,
            message: message.into(),
            fix: fix.into(),
        }
    }

    pub(super) fn pass(id: &str, message: impl Into<String>) -> Self {
        Self::new(id, Status::Pass, message, "")
    }

    pub(super) fn warn(id: &str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(id, Status::Warn, message, fix)
    }

    pub(super) fn fail(id: &str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(id, Status::Fail, message, fix)
    }

    pub(super) fn unverified(id: &str, message: impl Into<String>, fix: impl Into<String>) -> Self {
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
}

impl Report {
    /// Whether no check failed.
    pub fn ready(&self) -> bool {
        self.checks.iter().all(|check| check.status != Status::Fail)
    }

    pub(super) fn add(&mut self, check: Check) {
        self.checks.push(check);
    }
}
