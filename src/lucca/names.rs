//! Resolves the names of allowed hosts and refuses addresses that are not public. A connection
//! is made to the very addresses that were checked, so DNS rebinding does not get around the
//! check.

mod public;

use std::{io, net::SocketAddr, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

pub use public::is_public;

/// Resolves names.
#[async_trait::async_trait]
pub trait Lookup: Send + Sync + 'static {
    /// The addresses of a name. A port of 0 stands for the one of the URL.
    ///
    /// # Errors
    /// The name cannot be resolved.
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>>;
}

/// The resolver of the system.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

#[async_trait::async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }
}

/// An allowed name leads to an address that is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its name does not lead to a public address")]
pub(super) struct NotPublic;

/// A resolver that answers only if all addresses are public.
#[derive(Clone)]
pub(super) struct PublicOnly {
    lookup: Arc<dyn Lookup>,
    is_public: fn(std::net::IpAddr) -> bool,
}

impl PublicOnly {
    pub(super) fn new(lookup: Arc<dyn Lookup>) -> Self {
        Self { lookup, is_public }
    }

    /// Replaces the decision which addresses are public.
    #[cfg(test)]
    pub(super) fn judging(mut self, is_public: fn(std::net::IpAddr) -> bool) -> Self {
        self.is_public = is_public;
        self
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { lookup, is_public } = self.clone();
        Box::pin(async move {
            let addresses = lookup.lookup(name.as_str()).await?;
            // One such address among public ones is enough to refuse: an attacker may mix them.
            let bad = addresses.iter().find(|address| !is_public(address.ip()));
            if let Some(bad) = bad {
                tracing::warn!(host = name.as_str(), address = %bad.ip(),
                    "the name of a Lucca leads to an address that is not public; no call is made");
                return Err(NotPublic.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
