//! The client of Lucca's REST API, with its rate limiter.
//!
//! A request is only sent with a [`CallPermit`], which only the [`Gate`] gives out. Answers are
//! read leniently: their documentation is incomplete, and versions of Lucca differ.

mod answer;
mod body;
mod create;
mod employee;
mod extensions;
mod gate;
mod http;
mod legal;
mod names;
mod organization;
mod origin;
mod person;
mod users;

pub use crate::domain::extension::{ExtensionDefinition, ListEntry};
use crate::domain::tenant::Tenant;

pub use body::creation_body;
pub use create::CreateOutcome;
pub use gate::{CallPermit, Gate, GateRules, Priority};
pub use http::{LuccaClient, ReadError, if_listed};
pub use legal::LegalUnit;
pub use names::{Lookup, SystemLookup, is_public};
pub use organization::LuccaUnit;
pub use origin::{ClientError, HttpRules};
pub use person::Person;
pub use users::{People, user_url};

/// Which tenant's Lucca is called, and how urgently.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// Its address, key and budget are used.
    pub tenant: &'a Tenant,
    /// Whether somebody waits for the answer.
    pub priority: Priority,
}

impl<'a> Access<'a> {
    /// For a person who waits.
    pub fn interactive(tenant: &'a Tenant) -> Self {
        let priority = Priority::Interactive;
        Self { tenant, priority }
    }

    /// For work that nobody waits for.
    pub fn background(tenant: &'a Tenant) -> Self {
        let priority = Priority::Background;
        Self { tenant, priority }
    }
}
