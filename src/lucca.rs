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
mod users;

pub use crate::domain::extension::{ExtensionDefinition, ListEntry};
use crate::domain::{ids::Account, lucca_url::LuccaUrl, secret::SecretText, tenant::Tenant};

pub use body::creation_body;
pub use create::CreateOutcome;
pub use gate::{CallPermit, Gate, GateRules, Priority};
pub use http::{LuccaClient, ReadError};
pub use legal::LegalUnit;
pub use names::{Lookup, SystemLookup, is_public};
pub use organization::LuccaUnit;
pub use origin::{ClientError, HttpRules};
pub use users::{User, user_url};

/// How to reach a customer's Lucca.
#[derive(Clone, Debug)]
pub struct Access {
    /// The Lucca domain.
    pub account: Account,
    /// Where it is.
    pub url: LuccaUrl,
    /// The API key.
    pub key: SecretText,
    /// Calls per window, if the customer has its own number.
    pub requests_per_window: Option<u32>,
}

impl Access {
    /// The access of a tenant.
    pub fn of(tenant: &Tenant) -> Self {
        Self {
            account: tenant.account.clone(),
            url: tenant.lucca_url.clone(),
            key: tenant.api_key.value.clone(),
            requests_per_window: tenant.requests_per_window,
        }
    }
}
