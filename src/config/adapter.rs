//! Section `adapter`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use http::Uri;
use secrecy::SecretString;

use super::{
    Network,
    keys::{Keys, number, section},
    listener::is_this_machine,
    store::sqlite_path,
};
use crate::net::tls::ClientFiles;

const MIB: u32 = 1_024 * 1_024;

section! {
    /// The webhook adapter.
    Adapter {
        /// Address of the webhooks.
        pub listen: SocketAddr = Keys::address,
        /// Address of health, readiness and metrics.
        pub http_listen: SocketAddr = Keys::address,
        /// The gRPC service that hires are handed to, `http` or `https`.
        pub onboarding_endpoint: Uri = endpoint,
        /// Over `https`: the CA to trust there, and the certificate to show.
        pub onboarding_tls: ClientFiles = client_files,
        /// The token to show there, if the service wants one.
        pub token: Option<SecretString> = Keys::secret,
        /// The file that events wait in.
        pub spool: PathBuf = spool,
        /// Keys that seal the spool: 32 bytes in base64 each, newest first. May be empty; see
        /// [`super::Settings::check_adapter`].
        pub encryption_keys: Vec<SecretString> = Keys::encryption_keys,
        /// The command that prints them instead; empty for none.
        pub encryption_keys_command: Vec<String> = Keys::command,
        /// Most events that may wait.
        pub spool_max_events: u32 = number(1..=10_000_000),
        /// Most events of one tenant that may wait.
        pub spool_tenant_max_events: u32 = number(1..=10_000_000),
        /// Most MiB of bodies that one tenant's waiting events may have, and as much its others.
        pub spool_tenant_max_mib: u32 = number(1..=1_000_000),
        /// Largest webhook body in bytes.
        pub body_limit: u32 = number(1_024..=16 * MIB),
        /// Most connections at the same time.
        pub max_connections: u32 = number(1..=1_000_000),
        /// How long the head of a request may take to arrive.
        pub header_timeout: Duration = Keys::duration,
        /// How long the body of a request may take to arrive.
        pub body_timeout: Duration = Keys::duration,
        /// Largest head of a request in bytes.
        pub max_header_bytes: u32 = number(8_192..=MIB),
        /// Age at which a connection is closed, plus or minus a tenth.
        pub max_connection_age: Duration = Keys::duration,
        /// How much may be sent.
        pub limits: WebhookLimits = |keys, _| WebhookLimits::read(keys, "adapter"),
    }
}

section! {
    /// How much senders of webhooks may send. A minute's worth may come at once.
    WebhookLimits {
        /// Authentic events of one tenant a minute.
        pub events_per_minute: u32 = number(1..=1_000_000),
        /// Requests of one address a minute, whatever they are.
        pub requests_per_minute: u32 = number(1..=1_000_000),
        /// Requests of one address a minute that fail to prove where they come from.
        pub failures_per_minute: u32 = number(1..=1_000_000),
        /// The proxies whose `X-Forwarded-For` counts.
        pub trusted_proxies: Vec<Network> = networks,
    }
}

impl Adapter {
    pub(super) fn sends_in_the_clear(&self) -> bool {
        let endpoint = &self.onboarding_endpoint;
        endpoint.scheme_str() == Some("http")
            && !is_this_machine(endpoint.host().unwrap_or_default())
    }
}

fn endpoint(keys: &mut Keys, key: &str) -> Option<Uri> {
    let expected = "http:// or https:// with a host and perhaps a port, nothing after it";
    keys.text(key, expected, parse_endpoint)
}

fn client_files(keys: &mut Keys, _: &str) -> Option<ClientFiles> {
    let ca = keys.path("adapter.ca_file");
    let identity = keys.identity("adapter.cert_file", "adapter.key_file");
    Some(ClientFiles {
        ca: ca?,
        identity: identity?,
    })
}

fn spool(keys: &mut Keys, key: &str) -> Option<PathBuf> {
    keys.text(key, "sqlite://PATH (a file, without options)", sqlite_path)
}

fn networks(keys: &mut Keys, key: &str) -> Option<Vec<Network>> {
    let expected = "a list of IP addresses, or of networks such as 10.0.0.0/8";
    keys.list(key, expected, |value| value.as_str()?.parse().ok())
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
