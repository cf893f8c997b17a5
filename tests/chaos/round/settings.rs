//! How the programs of a round are set up.

use std::{net::SocketAddr, path::Path, time::Duration};

use super::super::{
    load,
    oracle::WINDOW,
    plan::{LEASE, Plan},
    ports,
};

pub(super) fn service_settings(
    store: &str,
    plan: &Plan,
    address: SocketAddr,
    luccas: &[SocketAddr],
) -> Vec<(&'static str, String)> {
    let millis = |span: Duration| format!("{}ms", span.as_millis());
    let mut schedule = vec!["300ms", "600ms", "1s"];
    schedule.resize(200, "2s");
    vec![
        ("server.grpc_listen", address.to_string()),
        ("server.http_listen", ports::free().to_string()),
        ("auth.tokens", load::tokens()),
        ("store.url", store.to_owned()),
        ("store.encryption_keys", keys()),
        ("lucca.requests_per_window", plan.limit.to_string()),
        ("lucca.window", millis(WINDOW)),
        ("lucca.request_timeout", "2s".to_owned()),
        ("lucca.settle_delay", "1s".to_owned()),
        ("lucca.verify_gap", "1s".to_owned()),
        (
            "lucca.allow_insecure_hosts",
            format!(
                "{:?}",
                luccas.iter().map(SocketAddr::to_string).collect::<Vec<_>>()
            ),
        ),
        ("engine.lease", millis(LEASE)),
        ("engine.retry_schedule", format!("{schedule:?}")),
    ]
}

pub(super) fn adapter_settings(
    directory: &Path,
    webhooks: SocketAddr,
    service: SocketAddr,
) -> Vec<(&'static str, String)> {
    vec![
        ("adapter.listen", webhooks.to_string()),
        ("adapter.http_listen", ports::free().to_string()),
        ("adapter.onboarding_endpoint", format!("http://{service}")),
        ("adapter.token", load::ADAPTER.to_owned()),
        ("adapter.spool", file(directory, "spool.db")),
        ("adapter.encryption_keys", keys()),
    ]
}

pub(super) fn file(directory: &Path, name: &str) -> String {
    format!("sqlite://{}", directory.join(name).display())
}

/// A key that guards nothing but made-up people.
fn keys() -> String {
    format!("[{:?}]", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
}
