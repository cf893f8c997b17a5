//! The settings of the listener for webhooks.

use std::sync::Arc;

use crate::{
    clock::SharedClock,
    config::Settings,
    net::{
        Http1, Limits, Protocol, Transport, room_for, size,
        tls::{HTTP1, ServerFiles, ServerTls, TlsError},
    },
    telemetry::Metrics,
};

/// Most header fields that are read. It is more than `headers::check` accepts, so that the sender
/// learns from that answer what is wrong.
const MOST_HEADERS: usize = 200;

/// The listener's limits, TLS and observer.
pub(super) fn transport(
    settings: &Settings,
    metrics: &Metrics,
    clock: SharedClock,
) -> Result<Transport, TlsError> {
    let adapter = &settings.adapter;
    // A sender proves who it is as its tenant demands, not by a certificate.
    let files = settings.tls.files.clone().map(|files| ServerFiles {
        client_ca: None,
        require_client_certificate: false,
        ..files
    });
    Ok(Transport {
        limits: Limits {
            max_connections: room_for(size(adapter.max_connections)),
            handshake_timeout: settings.tls.handshake_timeout,
            first_bytes_timeout: adapter.header_timeout,
            max_age: adapter.max_connection_age,
            age_grace: adapter.body_timeout + adapter.header_timeout,
        },
        protocol: Protocol::Http1(Http1 {
            header_timeout: adapter.header_timeout,
            max_header_bytes: size(adapter.max_header_bytes),
            max_headers: MOST_HEADERS,
        }),
        tls: ServerTls::load_optional(files, HTTP1)?,
        observer: metrics.listener("webhooks"),
        chance: Arc::new(move || clock.chance()),
    })
}
