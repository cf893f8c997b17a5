//! Reads the `werecruit` event format.
//!
//! The format is ours: We Recruit does not publish how it sends events. The JSON that it does
//! publish spells the same field in several ways, so names are matched tolerantly and values
//! strictly.

mod fields;

use jiff::Timestamp;

use super::{event::HireEvent, json, lookup::Lookup, mapping::Mapping};
use crate::domain::dates::DateContext;

pub use super::json::ParseError;

/// The source system of hires in this format.
pub const SYSTEM: &str = "werecruit";

/// Reads an event that was received at `received`.
///
/// A field that is there but cannot be read is left absent and named in the event.
///
/// # Errors
/// [`ParseError`], if there is no event at all.
pub fn parse(
    body: &[u8],
    mapping: &Mapping,
    dates: &DateContext<'_>,
    received: Timestamp,
) -> Result<HireEvent, ParseError> {
    let body = json::parse(body)?;
    let lookup = Lookup::of(&body, mapping).ok_or(ParseError::NotAnEvent)?;
    Ok(fields::read(lookup, dates, received))
}

#[cfg(test)]
mod tests;
