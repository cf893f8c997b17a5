//! Section `adapter`.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use http::Uri;
use secrecy::SecretString;

use super::{Network, keys::Keys, store::sqlite_path};
use crate::tls::ClientFiles;

/// The webhook adapter.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// Address of the webhooks.
    pub listen: SocketAddr,
    /// Address of health, readiness and metrics.
    pub http_listen: SocketAddr,
    /// The gRPC service hires are handed to, `http` or `https`.
    pub onboarding_endpoint: Uri,
    /// Whom to trust there over `https`, and what to show.
    pub onboarding_tls: ClientFiles,
    /// The token to show there, if it wants one.
    pub token: Option<SecretString>,
    /// The file events wait in.
    pub spool: PathBuf,
    /// Keys that seal the spool: 32 bytes in base64 each, newest first. May be empty; see
    /// [`super::Settings::check_adapter`].
    pub encryption_keys: Vec<SecretString>,
    /// Most events that may wait.
    pub spool_max_events: u32,
    /// Largest webhook body in bytes.
    pub body_limit: u32,
    /// Most connections at the same time.
    pub max_connections: u32,
    /// How long the head of a request may take to arrive.
    pub header_timeout: Duration,
    /// How long the body of a request may take to arrive.
    pub body_timeout: Duration,
    /// Largest head of a request in bytes.
    pub max_header_bytes: u32,
    /// After how long a connection is closed, give or take a tenth.
    pub max_connection_age: Duration,
    /// How much may be sent.
    pub limits: WebhookLimits,
}

/// How much senders of webhooks may send. Of each as many at once as in a minute.
#[derive(Clone, Debug)]
pub struct WebhookLimits {
    /// Authentic events of one tenant a minute.
    pub events_per_minute: u32,
    /// Requests of one address a minute, whatever they are.
    pub requests_per_minute: u32,
    /// Requests of one address a minute that fail to prove where they come from.
    pub failures_per_minute: u32,
    /// The proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<Network>,
}

impl WebhookLimits {
    fn read(keys: &mut Keys) -> Self {
        let mut number = |key| keys.number(key, 1, 1_000_000);
        Self {
            events_per_minute: number("adapter.events_per_minute"),
            requests_per_minute: number("adapter.requests_per_minute"),
            failures_per_minute: number("adapter.failures_per_minute"),
            trusted_proxies: keys.list(
                "adapter.trusted_proxies",
                "a list of IP addresses, or of networks such as 10.0.0.0/8",
                |value| value.as_str()?.parse().ok(),
            ),
        }
    }
}

impl Adapter {
    pub(super) fn warnings(&self) -> Vec<String> {
        let host = self.onboarding_endpoint.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_local = host == "localhost" || bare.parse().is_ok_and(|it: IpAddr| it.is_loopback());
        let is_clear = self.onboarding_endpoint.scheme_str() == Some("http");
        let warning = "adapter.onboarding_endpoint is http:// on another machine: the token and personal data can be read on the way";
        (is_clear && !is_local)
            .then(|| warning.to_owned())
            .into_iter()
            .collect()
    }

    pub(super) fn read(keys: &mut Keys) -> Self {
        let spool = keys.parsed(
            "adapter.spool",
            "sqlite://PATH (a file, without options)",
            PathBuf::new(),
            sqlite_path,
        );
        Self {
            listen: keys.address("adapter.listen"),
            http_listen: keys.address("adapter.http_listen"),
            onboarding_endpoint: keys.parsed(
                "adapter.onboarding_endpoint",
                "http:// or https:// with a host and perhaps a port, nothing after it",
                Uri::default(),
                parse_endpoint,
            ),
            onboarding_tls: ClientFiles {
                ca: keys.path("adapter.ca_file"),
                identity: identity(keys),
            },
            token: keys.secret("adapter.token"),
            spool,
            encryption_keys: keys.encryption_keys("adapter.encryption_keys"),
            spool_max_events: keys.number("adapter.spool_max_events", 1, 10_000_000),
            body_limit: keys.number("adapter.body_limit", 1_024, 16 * 1_024 * 1_024),
            max_connections: keys.number("adapter.max_connections", 1, 1_000_000),
            header_timeout: keys.duration("adapter.header_timeout"),
            body_timeout: keys.duration("adapter.body_timeout"),
            max_header_bytes: keys.number("adapter.max_header_bytes", 8_192, 1_024 * 1_024),
            max_connection_age: keys.duration("adapter.max_connection_age"),
            limits: WebhookLimits::read(keys),
        }
    }
}

/// The certificate to show, and its key.
fn identity(keys: &mut Keys) -> Option<(PathBuf, PathBuf)> {
    let (cert, key) = (
        keys.path("adapter.cert_file"),
        keys.path("adapter.key_file"),
    );
    if cert.is_some() != key.is_some() {
        let expected = "adapter.cert_file and adapter.key_file together, or neither";
        keys.problem("adapter.cert_file", expected);
    }
    cert.zip(key)
}

fn parse_endpoint(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let fine = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|host| !host.is_empty())
        && !uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        && uri.path_and_query().is_none_or(|path| path == "/");
    fine.then_some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_scheme_a_host_and_perhaps_a_port() {
        for text in [
            "http://127.0.0.1:50051",
            "https://onboarding.internal",
            "http://[::1]:1/",
        ] {
            assert!(parse_endpoint(text).is_some(), "{text}");
        }
        for text in [
            "",
            "127.0.0.1:50051",
            "grpc://h:1",
            "http://",
            "http://h/x",
            "http://u:p@h",
        ] {
            assert!(parse_endpoint(text).is_none(), "{text}");
        }
    }
}
