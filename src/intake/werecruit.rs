//! Reads the `werecruit` event format.
//!
//! The format is ours: nothing public says in which form We Recruit sends events. What is
//! public of its JSON spells the same field in several ways, so names are matched
//! tolerantly and values strictly.

mod reader;

use super::{
    event::HireEvent,
    json::{self, JsonError},
    lookup::Lookup,
    mapping::Mapping,
};
use crate::domain::dates::DateContext;

/// The source system of hires in this format.
pub const SYSTEM: &str = "werecruit";

/// Why a body is not an event. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not JSON; sending it again would not help.
    #[error("the body is not JSON")]
    NotJson,
    /// Nested beyond reason.
    #[error("the body is nested more than {} deep", json::MAX_DEPTH)]
    TooDeep,
    /// JSON in which an object has a key twice.
    #[error("the body has a key twice in one object")]
    DuplicateKey,
    /// JSON with a number or a text that nothing can hold.
    #[error("the body has a number or a text that cannot be held")]
    Unholdable,
    /// JSON, but not an object, or one whose `data` is no object.
    #[error("the body is not an object with an object in `data`")]
    NotAnObject,
}

impl ParseError {
    /// Whether the body is at least JSON, so that it is kept and reported rather than
    /// refused.
    #[must_use]
    pub fn is_json(self) -> bool {
        matches!(
            self,
            Self::DuplicateKey | Self::Unholdable | Self::NotAnObject
        )
    }
}

/// Reads an event.
///
/// A field that is there but cannot be read is left absent and named in the event.
///
/// # Errors
/// [`ParseError`], if there is no event at all.
pub fn parse(
    body: &[u8],
    mapping: &Mapping,
    dates: &DateContext<'_>,
) -> Result<HireEvent, ParseError> {
    let body = json::parse(body).map_err(|error| match error {
        JsonError::NotJson => ParseError::NotJson,
        JsonError::TooDeep => ParseError::TooDeep,
        JsonError::DuplicateKey => ParseError::DuplicateKey,
        JsonError::Unholdable => ParseError::Unholdable,
    })?;
    let lookup = Lookup::of(&body, mapping).ok_or(ParseError::NotAnObject)?;
    Ok(reader::read(lookup, dates))
}

#[cfg(test)]
mod tests;
