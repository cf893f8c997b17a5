//! The settings of the listener for gRPC, and the limits of its calls.

use std::sync::Arc;

use crate::{
    api::{guard::MessageRules, permits::PermitRules},
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

pub(super) fn permits(settings: &Settings) -> PermitRules {
    PermitRules {
        working: size(settings.server.max_concurrent_requests),
        longest: settings.server.max_latency,
        waiting: size(settings.server.max_waiting_requests),
    }
}

pub(super) fn messages(settings: &Settings) -> MessageRules {
    MessageRules {
        largest: size(settings.server.max_request_bytes),
        largest_tenant: size(settings.server.max_tenant_bytes),
        time: settings.server.body_timeout,
    }
}
