//! An event's way through the spool.

use jiff::Timestamp;

use crate::domain::ids::{ExternalId, TenantId};

/// An authentic event that has just arrived.
pub(in crate::adapter) struct Arrival<'a> {
    pub(in crate::adapter) tenant: &'a TenantId,
    /// The hire it is about.
    pub(in crate::adapter) source: Option<&'a ExternalId>,
    /// The delivery's signed id, else the event's own.
    pub(in crate::adapter) id: Option<&'a str>,
    /// Whether it says when its statement was made.
    pub(in crate::adapter) is_dated: bool,
    pub(in crate::adapter) body: &'a [u8],
    pub(in crate::adapter) received: Timestamp,
}

/// Whether an event is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapter) enum Stored {
    New,
    /// It has been here before.
    Duplicate,
}

/// An event whose turn it is.
pub(in crate::adapter) struct Waiting {
    pub(in crate::adapter) seq: i64,
    pub(in crate::adapter) tenant: String,
    pub(in crate::adapter) lane: Vec<u8>,
    pub(in crate::adapter) event_id: String,
    pub(in crate::adapter) received: Timestamp,
    pub(in crate::adapter) attempts: u32,
    /// Something else came before under the same id.
    pub(in crate::adapter) id_is_reused: bool,
    pub(super) delivery: Vec<u8>,
    pub(super) sealed: Vec<u8>,
}

/// How an event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapter) enum End {
    /// There is nothing more to do or to know.
    Done,
    /// As `Done`, and what is left of the person's other events must go too.
    Erased,
    /// It was reported; the body is kept for a while.
    Reported(&'static str),
    /// It should have been reported, and the service does not take reports.
    Unreported(&'static str),
}
