//! How the gRPC service listens: its settings as the limits of the room `transport`.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    api::{guard::MessageRules, permits::PermitRules},
    clock::SharedClock,
    config::Settings,
    telemetry::Metrics,
    tls::{H2, ServerTls, TlsError},
    transport::{Http2, Limits, Protocol, Transport, room_for},
};

/// What may come of a call's message before it is asked for, in bytes; of all calls of a
/// connection together, too.
const WINDOW: u32 = 256 * 1024;

/// The listener's limits, TLS and observer.
pub(super) fn transport(
    settings: &Settings,
    tls: Option<Arc<ServerTls>>,
    metrics: &Metrics,
    clock: SharedClock,
) -> Transport {
    let server = &settings.server;
    Transport {
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
            max_control_frames: server.max_control_frames,
        }),
        tls,
        observer: metrics.listener("grpc"),
        chance: Arc::new(move || clock.chance()),
    }
}

/// The TLS of the settings, if they name a certificate.
pub(super) fn tls(settings: &Settings) -> Result<Option<Arc<ServerTls>>, TlsError> {
    let files = settings.tls.files.clone();
    let tls = files.map(|files| ServerTls::load(files, H2)).transpose()?;
    Ok(tls.map(Arc::new))
}

/// Follows the files of the certificate until told to stop.
pub(super) fn keep_fresh(tls: Option<&Arc<ServerTls>>, every: Duration, stop: &CancellationToken) {
    if let Some(tls) = tls {
        tokio::spawn(Arc::clone(tls).keep_fresh(every, stop.clone()));
    }
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

/// A number of the settings.
pub(super) fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
