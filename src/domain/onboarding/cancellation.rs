//! Why an onboarding ends without an employee.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

/// Who wanted no employee, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Who.
    pub by: CancelledBy,
    /// When that came in.
    pub time: Timestamp,
    /// When the source said so, if it told.
    pub said: Option<Timestamp>,
}

/// Who wanted no employee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CancelledBy {
    /// The source has withdrawn the hire.
    Source,
    /// An operator has cancelled it, or an administrator has deleted its tenant.
    Operator,
    /// The person is to be forgotten.
    Erasure,
    /// Nobody decided about it until its retention time was over.
    Expiry,
}

impl Cancellation {
    /// By somebody who is here now.
    pub fn new(by: CancelledBy, now: Timestamp) -> Self {
        Self {
            by,
            time: now,
            said: None,
        }
    }

    /// By the source, which said so then.
    pub fn by_source(said: Option<Timestamp>, now: Timestamp) -> Self {
        Self {
            said,
            ..Self::new(CancelledBy::Source, now)
        }
    }
}
