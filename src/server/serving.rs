//! The settings of the listener for gRPC.

use std::sync::Arc;

use crate::{
    clock::SharedClock,
    config::Settings,
    net::{
        Http2, Limits, Protocol, Transport, room_for, size,
        tls::{H2, ServerTls, TlsError},
    },
    telemetry::Metrics,
};

/// Flow-control window of HTTP/2 in bytes: as much may arrive unread, of one call and of all calls of
/// a connection together.
const WINDOW: u32 = 256 * 1024;

/// The listener's limits, TLS and observer.
pub(super) fn transport(
    settings: &Settings,
    metrics: &Metrics,
    clock: SharedClock,
) -> Result<Transport, TlsError> {
    let server = &settings.server;
    Ok(Transport {
        limits: Limits {
            max_connections: room_for(size(server.max_connections)),
            handshake_timeout: settings.tls.handshake_timeout,
            first_bytes_timeout: server.first_bytes_timeout,
            max_age: server.max_connection_age,
            age_grace: server.connection_age_grace,
        },
        protocol: Protocol::Http2(Http2 {
            max_streams: server.max_streams,
            max_header_bytes: server.max_header_bytes,
            window: WINDOW,
            keepalive_interval: server.keepalive_interval,
            keepalive_timeout: server.keepalive_timeout,
            max_pending_resets: size(server.max_pending_resets),
        }),
        tls: ServerTls::load_optional(settings.tls.files.clone(), H2)?,
        observer: metrics.listener("grpc"),
        chance: Arc::new(move || clock.chance()),
    })
}
