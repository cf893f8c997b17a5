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
mod json;
mod legal;
mod names;
mod organization;
mod origin;
mod person;
mod response;
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
pub(crate) use person::fold_email;
pub use users::{People, user_url};

/// Which tenant's Lucca is called, and how urgently.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// Its address, key and budget are used.
    pub tenant: &'a Tenant,
    /// The right of way of the calls.
    pub priority: Priority,
    /// Whether the tenant's key is only tried, and may never be stored.
    pub is_trial: bool,
}

impl<'a> Access<'a> {
    /// Calls with the stored key of a tenant.
    pub fn new(tenant: &'a Tenant, priority: Priority) -> Self {
        Self {
            tenant,
            priority,
            is_trial: false,
        }
    }

    /// Calls that a person waits for.
    pub fn interactive(tenant: &'a Tenant) -> Self {
        Self::new(tenant, Priority::Interactive)
    }

    /// Calls that nobody waits for.
    pub fn background(tenant: &'a Tenant) -> Self {
        Self::new(tenant, Priority::Background)
    }

    /// Tries a key before the tenant is stored.
    pub fn trial(tenant: &'a Tenant) -> Self {
        Self {
            is_trial: true,
            ..Self::interactive(tenant)
        }
    }
}
