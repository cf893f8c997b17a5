//! Lucca's REST API, and the budget that every call to it needs.
//!
//! No call can go around the budget: a request is only sent with a [`gate::Permit`],
//! which only the gate gives. Reads are lenient, for the public record of the answers
//! is incomplete and renditions differ.

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
pub use create::{CreateOutcome, CreateReport};
pub use gate::{Gate, GateRules, Permit, Priority};
pub use http::{LuccaClient, ReadError};
pub use legal::LegalUnit;
pub use names::{Lookup, SystemLookup, is_public};
pub use organization::{Department, Establishment, Role};
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
    /// The tenant's.
    pub fn of(tenant: &Tenant) -> Self {
        Self {
            account: tenant.account.clone(),
            url: tenant.lucca_url.clone(),
            key: tenant.api_key.value.clone(),
            requests_per_window: tenant.requests_per_window,
        }
    }
}
