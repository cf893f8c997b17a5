//! Section `lucca`.

use std::time::Duration;

use super::keys::Keys;
use crate::domain::lucca_url::{HostRules, LuccaUrlError};

/// Most calls a minute Lucca allows per domain (its documented rate limit).
const LUCCA_LIMIT: u32 = 50;
/// Lucca gives up on a call after this time, and the employee may or may not exist then.
const LUCCA_TIMEOUT: Duration = Duration::from_secs(5);
const LUCCA_WINDOW: Duration = Duration::from_secs(60);

/// How Lucca is called.
#[derive(Clone, Debug)]
pub struct Lucca {
    /// Calls per window and Lucca domain, 1 to 50.
    pub requests_per_window: u32,
    /// Length of the window.
    pub window: Duration,
    /// How long to wait for an answer.
    pub request_timeout: Duration,
    /// Time from a call of unknown outcome to the first look for the person.
    pub settle_delay: Duration,
    /// Least time from when the call may still have been at work to the last look.
    pub verify_gap: Duration,
    hosts: HostRules,
}

impl Lucca {
    pub(super) fn read(keys: &mut Keys) -> Self {
        let allowed = keys.strings("lucca.allowed_hosts");
        let mut hosts =
            HostRules::new(allowed.iter().map(String::as_str), []).unwrap_or_else(|_| {
                let expected = "domain names, without scheme, port or *";
                keys.problem("lucca.allowed_hosts", expected);
                HostRules::default()
            });
        for entry in keys.strings("lucca.allow_insecure_hosts") {
            if hosts.exempt(&entry).is_err() {
                keys.problem("lucca.allow_insecure_hosts", "entries HOST or HOST:PORT");
            }
        }
        Self {
            requests_per_window: keys.number("lucca.requests_per_window", 1, LUCCA_LIMIT),
            window: keys.duration("lucca.window"),
            request_timeout: keys.duration("lucca.request_timeout"),
            settle_delay: keys.duration("lucca.settle_delay"),
            verify_gap: keys.duration("lucca.verify_gap"),
            hosts,
        }
    }

    /// Lets this `HOST:PORT` pass as well, as `lucca.allow_insecure_hosts` does.
    ///
    /// # Errors
    /// It is no host.
    pub fn allow_insecure(&mut self, host: &str) -> Result<(), LuccaUrlError> {
        self.hosts.exempt(host)
    }

    /// Where API keys may be sent: `lucca.allowed_hosts` and `lucca.allow_insecure_hosts`.
    pub fn hosts(&self) -> &HostRules {
        &self.hosts
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.settle_delay <= LUCCA_TIMEOUT {
            warnings.push(
                "lucca.settle_delay is not above 5s: Lucca may still be creating the person".into(),
            );
        }
        if self.window < LUCCA_WINDOW {
            warnings.push("lucca.window is below 60s: Lucca counts calls per minute".into());
        }
        if self.hosts.has_exempt() {
            warnings
                .push("lucca.allow_insecure_hosts is set: API keys may be sent unencrypted".into());
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        config,
        domain::lucca_url::{LuccaUrl, Trust},
    };

    #[test]
    fn the_domains_that_lucca_documents_are_allowed_and_no_others() {
        let settings = config::load(None, std::iter::empty()).unwrap();
        let check = |host: &str| {
            let url = LuccaUrl::parse(&format!("https://{host}")).unwrap();
            settings.lucca.hosts().check(&url).ok()
        };
        for host in [
            "acme.ilucca.net",
            "acme.ilucca-test.net",
            "acme.ilucca-demo.net",
            "acme.ilucca.ch",
            "acme.ilucca-test.ch",
            "acme.ilucca-demo.ch",
            "acme-try.sandbox.eu1.luccasoftware.com",
            "acme-try.sandbox.eu2.luccasoftware.com",
            "acme-try.sandbox.ch1.luccasoftware.com",
        ] {
            assert_eq!(check(host), Some(Trust::Checked), "{host}");
        }
        for host in [
            "luccasoftware.com",
            "accounts.world.luccasoftware.com",
            "lucca.fr",
        ] {
            assert_eq!(check(host), None, "{host}");
        }
    }
}
