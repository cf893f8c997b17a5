//! Where an API key may be sent.

use serde::{Deserialize, Serialize};

use super::{Host, LuccaUrl, ValueError, is_label};

/// The hosts of a service's settings.
#[derive(Clone, Debug, Default)]
pub struct HostRules {
    /// Domains over https: each itself and all below it.
    allowed: Vec<String>,
    exempt: Vec<Exempt>,
}

/// A host that is trusted as it stands: over http as well, and wherever its name leads.
#[derive(Clone, Debug)]
struct Exempt {
    host: Host,
    /// `None`: every port.
    port: Option<u16>,
}

/// How far an address that may be used is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Only where its name leads to public addresses.
    Checked,
    /// Wherever it leads: the settings name this very host.
    Exempt,
}

/// Why no API key may be sent to an address.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::VariantNames, thiserror::Error,
)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum HostRefusal {
    /// The key would cross the network readable.
    #[error("must begin with https://")]
    NotHttps,
    /// Addresses say nothing about who answers.
    #[error("must have a host name, not an IP address")]
    IpAddress,
    /// Lucca answers on the port of https.
    #[error("must not name a port")]
    PortInAddress,
    /// `xn--`: letters beyond ASCII, that may look like others.
    #[error("must not hold an internationalised name (xn--)")]
    PunycodeInAddress,
    /// Not one of the allowed domains.
    #[error("must be an address of Lucca, or one that the service's settings allow")]
    NotLucca,
}

impl HostRules {
    /// Domains over https, and hosts, as `HOST` or `HOST:PORT`, that are exempt.
    ///
    /// # Errors
    /// The first entry that is none.
    pub fn new<'a>(
        allowed: impl IntoIterator<Item = &'a str>,
        exempt: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, &'a str> {
        let mut rules = Self::default();
        for entry in allowed {
            let domain = entry.trim().to_ascii_lowercase();
            if !domain.contains('.') || !domain.split('.').all(is_label) {
                return Err(entry);
            }
            rules.allowed.push(domain);
        }
        for entry in exempt {
            rules.exempt(entry).map_err(|_| entry)?;
        }
        Ok(rules)
    }

    /// Exempts one more host, with its port or with all of them.
    ///
    /// # Errors
    /// It is no host.
    pub fn exempt(&mut self, entry: &str) -> Result<(), ValueError> {
        let entry = entry.trim();
        let url = LuccaUrl::parse(&format!("http://{entry}"))?;
        if entry.ends_with('/') {
            return Err(ValueError::PathInAddress);
        }
        let after_host = entry.rsplit(']').next().unwrap_or_default();
        let port = after_host.contains(':').then(|| url.port());
        self.exempt.push(Exempt {
            host: url.host,
            port,
        });
        Ok(())
    }

    /// Whether any host is exempt.
    #[must_use]
    pub fn has_exempt(&self) -> bool {
        !self.exempt.is_empty()
    }

    /// Whether an API key may be sent to this address.
    ///
    /// # Errors
    /// [`HostRefusal`].
    pub fn check(&self, url: &LuccaUrl) -> Result<Trust, HostRefusal> {
        let is_exempt = self.exempt.iter().any(|entry| {
            entry.host == url.host && entry.port.is_none_or(|port| port == url.port())
        });
        if is_exempt {
            return Ok(Trust::Exempt);
        }
        if !url.is_https {
            return Err(HostRefusal::NotHttps);
        }
        let Host::Name(name) = &url.host else {
            return Err(HostRefusal::IpAddress);
        };
        if url.port.is_some() {
            return Err(HostRefusal::PortInAddress);
        }
        let below = self.allowed.iter().find_map(|domain| {
            let rest = name.strip_suffix(domain.as_str())?;
            (rest.is_empty() || rest.ends_with('.')).then_some(rest)
        });
        match below {
            None => Err(HostRefusal::NotLucca),
            Some(labels) if labels.split('.').any(|label| label.starts_with("xn--")) => {
                Err(HostRefusal::PunycodeInAddress)
            }
            Some(_) => Ok(Trust::Checked),
        }
    }
}
