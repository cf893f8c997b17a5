use std::time::Duration;

use url::{Host, Url};

use super::keys::Keys;

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
    allowed_hosts: Vec<String>,
    allow_insecure_hosts: Vec<String>,
}

impl Lucca {
    pub(super) fn read(keys: &mut Keys) -> Self {
        let mut hosts = |key: &str, fine: fn(&str) -> bool, expected: &str| {
            let hosts: Vec<String> = keys
                .strings(key)
                .iter()
                .map(|host| host.trim().to_ascii_lowercase())
                .collect();
            if !hosts.iter().all(|host| fine(host)) {
                keys.problem(key, expected);
            }
            hosts
        };
        let allowed_hosts = hosts(
            "lucca.allowed_hosts",
            is_domain,
            "domain names, without scheme, port or *",
        );
        let allow_insecure_hosts = hosts(
            "lucca.allow_insecure_hosts",
            is_host,
            "entries HOST or HOST:PORT",
        );
        Self {
            requests_per_window: keys.number("lucca.requests_per_window", 1, LUCCA_LIMIT),
            window: keys.duration("lucca.window"),
            request_timeout: keys.duration("lucca.request_timeout"),
            settle_delay: keys.duration("lucca.settle_delay"),
            verify_gap: keys.duration("lucca.verify_gap"),
            allowed_hosts,
            allow_insecure_hosts,
        }
    }

    /// Lets plain http to this `HOST:PORT` pass as well, as `lucca.allow_insecure_hosts` does.
    pub fn allow_insecure(&mut self, host: String) {
        self.allow_insecure_hosts.push(host);
    }

    /// Whether an API key may be sent to this address.
    ///
    /// Over https to the allowed domains and everything below them; to the insecure hosts, which
    /// match as a whole and with their port if they name one, over http as well.
    pub fn permits(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().map(|host| host.trim_end_matches('.')) else {
            return false;
        };
        if !matches!(url.scheme(), "http" | "https") {
            return false;
        }
        let port = url.port_or_known_default();
        let insecure = self.allow_insecure_hosts.iter().any(|entry| {
            entry == host || port.is_some_and(|port| *entry == format!("{host}:{port}"))
        });
        let below = |domain: &String| {
            host == domain
                || host
                    .strip_suffix(domain)
                    .is_some_and(|rest| rest.ends_with('.'))
        };
        insecure
            || (url.scheme() == "https"
                && matches!(url.host(), Some(Host::Domain(_)))
                && self.allowed_hosts.iter().any(below))
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
        if !self.allow_insecure_hosts.is_empty() {
            warnings
                .push("lucca.allow_insecure_hosts is set: API keys may be sent unencrypted".into());
        }
        warnings
    }
}

fn is_domain(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// A host, with or without a port, as it stands in a URL.
fn is_host(text: &str) -> bool {
    let parsed = Url::parse(&format!("http://{text}/"));
    !text.contains('*')
        && parsed.is_ok_and(|url| {
            let host = url.host_str().unwrap_or_default();
            let port = url.port().map_or(String::new(), |port| format!(":{port}"));
            format!("{host}{port}") == text.strip_suffix(":80").unwrap_or(text)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lucca(insecure: &[&str]) -> Lucca {
        let toml = format!("[lucca]\nallow_insecure_hosts = {insecure:?}");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.toml");
        std::fs::write(&path, toml).unwrap();
        super::super::load(Some(&path), std::iter::empty())
            .unwrap()
            .lucca
    }

    #[test]
    fn an_api_key_goes_to_lucca_over_https_and_nowhere_else() {
        let lucca = lucca(&[]);
        let cases = [
            ("https://acme.ilucca.net", true),
            ("https://ACME.ilucca.NET./x", true),
            ("https://a.b.ilucca-test.net", true),
            ("https://acme.ilucca.ch", true),
            ("https://ilucca.net", true),
            ("http://acme.ilucca.net", false),
            ("https://evililucca.net", false),
            ("https://acme.ilucca.net.evil.example", false),
            ("https://acme.ilucca.net@evil.example", false),
            ("https://127.0.0.1", false),
            ("ftp://acme.ilucca.net", false),
            ("file:///etc/passwd", false),
        ];
        for (url, expected) in cases {
            assert_eq!(lucca.permits(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn an_insecure_host_matches_as_a_whole() {
        let lucca = lucca(&["127.0.0.1:8090", "sandbox", "[::1]:1"]);
        let cases = [
            ("http://127.0.0.1:8090", true),
            ("https://127.0.0.1:8090", true),
            ("http://127.0.0.1:8091", false),
            ("http://127.0.0.1", false),
            ("http://sandbox:1234", true),
            ("http://[::1]:1/x", true),
            ("http://a.sandbox", false),
        ];
        for (url, expected) in cases {
            assert_eq!(lucca.permits(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn entries_that_could_never_match_are_refused() {
        for text in ["", "http://x", "a/b", "user@host", "a:b", "*", "a b"] {
            assert!(!is_host(text), "{text:?}");
        }
        for text in [
            "",
            "net",
            "*.ilucca.net",
            ".ilucca.net",
            "https://ilucca.net",
            "ilucca.net:443",
        ] {
            assert!(!is_domain(text), "{text:?}");
        }
    }
}
