//! The HTTP clients: one pair for hosts that are allowed, and one for hosts that the settings
//! exempt from checks. They share no connection, so that no host is trusted because another
//! one is.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, ClientBuilder, redirect};

use super::names::{Lookup, PublicOnly};
use crate::domain::lucca_url::{HostRefusal, HostRules, LuccaUrl, Trust};

/// Which hosts the client may call, and its timeouts.
#[derive(Clone)]
pub struct HttpRules {
    /// Where API keys may be sent.
    pub hosts: HostRules,
    /// Resolves their names.
    pub lookup: Arc<dyn Lookup>,
    /// The timeout of a call, connecting included.
    pub request_timeout: Duration,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be made: {0}")]
pub struct ClientError(#[from] reqwest::Error);

/// A pair of clients for each level of trust.
pub(super) struct Origins {
    hosts: HostRules,
    checked: Pair,
    exempt: Pair,
}

/// For reads, and for creations.
pub(super) struct Pair {
    pub reads: Client,
    pub writes: Client,
}

impl Origins {
    pub(super) fn new(rules: &HttpRules) -> Result<Self, ClientError> {
        Self::with(rules, PublicOnly::new(Arc::clone(&rules.lookup)))
    }

    pub(super) fn with(rules: &HttpRules, names: PublicOnly) -> Result<Self, ClientError> {
        Ok(Self {
            hosts: rules.hosts.clone(),
            checked: Pair::new(|| {
                builder(rules)
                    .https_only(true)
                    .dns_resolver(Arc::new(names.clone()))
            })?,
            exempt: Pair::new(|| builder(rules))?,
        })
    }

    /// The clients for an address, which is checked at every call: the settings may have
    /// changed since it was stored.
    pub(super) fn clients(&self, url: &LuccaUrl) -> Result<&Pair, HostRefusal> {
        Ok(match self.hosts.check(url)? {
            Trust::Checked => &self.checked,
            Trust::Exempt => &self.exempt,
        })
    }
}

impl Pair {
    /// A creation opens a new connection: the server may close an idle one just when it is
    /// used.
    fn new(builder: impl Fn() -> ClientBuilder) -> Result<Self, ClientError> {
        Ok(Self {
            reads: builder().pool_max_idle_per_host(1).build()?,
            writes: builder().pool_max_idle_per_host(0).build()?,
        })
    }
}

/// Follows no redirect (it would send the key along), uses no proxy from the environment and
/// never repeats a request by itself.
fn builder(rules: &HttpRules) -> ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .connect_timeout(rules.connect_timeout)
        .timeout(rules.request_timeout)
        .user_agent(concat!("lucca-onboarding/", env!("CARGO_PKG_VERSION")))
}
