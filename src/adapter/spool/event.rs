//! Events on their way through the spool.

use jiff::Timestamp;

use crate::domain::ids::{ExternalId, TenantId};

/// An authentic event that has just arrived.
pub(in crate::adapter) struct Arrival<'a> {
    pub(in crate::adapter) tenant: &'a TenantId,
    /// The application and the candidate that it names.
    pub(in crate::adapter) application: Option<&'a ExternalId>,
    pub(in crate::adapter) candidate: Option<&'a ExternalId>,
    /// The delivery's signed id, else the event's own.
    pub(in crate::adapter) id: Option<&'a str>,
    /// Whether the event says when its statement was made.
    pub(in crate::adapter) is_dated: bool,
    pub(in crate::adapter) body: &'a [u8],
    pub(in crate::adapter) received: Timestamp,
}

/// Whether an event is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapter) enum Stored {
    New,
    /// A repetition of an event that was stored before.
    Duplicate,
}

/// An event whose turn it is.
pub(in crate::adapter) struct Waiting {
    pub(in crate::adapter) seq: i64,
    pub(in crate::adapter) tenant: String,
    pub(in crate::adapter) event_id: String,
    pub(in crate::adapter) received: Timestamp,
    pub(in crate::adapter) attempts: u32,
    /// An event with another body came before under the same id.
    pub(in crate::adapter) id_is_reused: bool,
    pub(super) delivery: Vec<u8>,
    pub(super) sealed: Vec<u8>,
}

/// How an event ended. The word is its state in the spool and a label of the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(in crate::adapter) enum End {
    /// There is nothing more to do.
    Done,
    /// As `Done`; the person has been anonymised, so the bodies of all that is said of the person
    /// are deleted too, and later ones are not kept after their end.
    #[strum(serialize = "done")]
    Erased,
    /// It was reported; the body is kept for a while.
    Reported(&'static str),
    /// Its tenant has been deleted, so the bodies of all its events are deleted too.
    Dropped(&'static str),
    /// It should have been reported, but the service refuses the report.
    Unreported(&'static str),
}
