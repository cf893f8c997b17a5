//! Section `lucca`.

use std::time::Duration;

use toml::Value;

use super::keys::{Keys, number, section};
use crate::domain::{lucca_url::HostRules, text::ValueError};

/// Most calls a minute that Lucca allows per domain (its documented rate limit).
const LUCCA_LIMIT: u32 = 50;
/// Lucca gives up on a call after this time, and the employee may or may not exist then.
const LUCCA_TIMEOUT: Duration = Duration::from_secs(5);
const LUCCA_WINDOW: Duration = Duration::from_secs(60);

section! {
    /// How Lucca is called.
    Lucca {
        /// Calls per window and Lucca domain, 1 to 50.
        pub requests_per_window: u32 = number(1..=LUCCA_LIMIT),
        /// Length of the window.
        pub window: Duration = Keys::duration,
        /// How long to wait for an answer.
        pub request_timeout: Duration = Keys::duration,
        /// Time from a call of unknown outcome to the first look for the person.
        pub settle_delay: Duration = Keys::duration,
        /// Least time from when the call may still have been at work to the last look.
        pub verify_gap: Duration = Keys::duration,
        hosts: HostRules = host_rules,
    }
}

fn host_rules(keys: &mut Keys, _: &str) -> Option<HostRules> {
    let expected = "a list of domain names, without scheme, port or *";
    let allowed = keys.value("lucca.allowed_hosts", expected, |value| {
        let names: Option<Vec<&str>> = value.as_array()?.iter().map(Value::as_str).collect();
        HostRules::new(names?, []).ok()
    });
    let is_readable = allowed.is_some();
    let mut hosts = allowed.unwrap_or_default();
    let expected = "a list of HOST or HOST:PORT";
    let exempted = keys.list("lucca.allow_insecure_hosts", expected, |entry| {
        hosts.exempt(entry.as_str()?).ok()
    });
    (is_readable && exempted.is_some()).then_some(hosts)
}

impl Lucca {
    /// Adds a `HOST:PORT` to `lucca.allow_insecure_hosts`.
    ///
    /// # Errors
    /// It is not a host.
    pub fn allow_insecure(&mut self, host: &str) -> Result<(), ValueError> {
        self.hosts.exempt(host)
    }

    /// Where API keys may be sent: `lucca.allowed_hosts` and `lucca.allow_insecure_hosts`.
    pub fn hosts(&self) -> &HostRules {
        &self.hosts
    }

    /// What is most likely a mistake, and whether it applies.
    pub(super) fn warnings(&self) -> [(bool, &'static str); 3] {
        let settles_early = self.settle_delay <= LUCCA_TIMEOUT;
        let has_short_window = self.window < LUCCA_WINDOW;
        [
            (
                settles_early,
                "lucca.settle_delay is not above 5s: Lucca may still be creating the person",
            ),
            (
                has_short_window,
                "lucca.window is below 60s: Lucca counts calls per minute",
            ),
            (
                self.hosts.has_exempt(),
                "lucca.allow_insecure_hosts is set: API keys may be sent unencrypted",
            ),
        ]
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
