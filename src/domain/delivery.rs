//! Whether webhooks arrive: when one was last accepted, and when and why one was last refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a webhook was refused.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Refusal {
    /// Its signature or token is wrong.
    Signature,
    /// It has no signature or token.
    ProofMissing,
    /// It was signed too long ago, or in the future.
    Timestamp,
    /// No secret is set, or every secret has expired.
    NoSecret,
    /// It is too large.
    TooLarge,
    /// It is compressed.
    Encoded,
    /// It is not JSON.
    NotJson,
    /// It did not arrive whole or in time.
    Incomplete,
    /// Too many came in a short time.
    TooMany,
    /// The tenant is disabled.
    Disabled,
    /// The adapter could not store it.
    Unavailable,
}

/// When webhooks of a tenant last came, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// When one was last accepted.
    pub accepted: Option<Timestamp>,
    /// When one was last refused, and why.
    pub refused: Option<(Timestamp, Refusal)>,
}

impl Deliveries {
    /// Whether the last one was refused.
    #[must_use]
    pub fn last_was_refused(&self) -> Option<(Timestamp, Refusal)> {
        self.refused
            .filter(|(time, _)| self.accepted.is_none_or(|accepted| accepted < *time))
    }
}
