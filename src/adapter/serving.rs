//! How webhooks are listened for: settings as the limits of the room `transport`.

use std::{sync::Arc, time::Duration};

use crate::{
    config::Settings,
    net::{
        Http1, Limits, Protocol, Transport, room_for,
        tls::{HTTP1, ServerFiles, ServerTls, TlsError},
    },
    telemetry::Metrics,
};

/// Most header fields that are read: more than `head::check` lets pass, whose answer tells
/// what is wrong.
const MOST_HEADERS: usize = 200;

/// What the listener of webhooks takes.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Its certificate, if it speaks TLS.
    pub tls: Option<ServerFiles>,
    /// How often the certificate's files are looked at.
    pub reload_interval: Duration,
    /// For a TLS handshake.
    pub handshake_timeout: Duration,
    /// Most connections.
    pub max_connections: u32,
    /// For the head of a request, and for a connection to idle.
    pub header_timeout: Duration,
    /// For what is under way on a connection of that age.
    pub age_grace: Duration,
    /// Largest head of a request.
    pub max_header_bytes: u32,
    /// Age at which a connection is closed.
    pub max_connection_age: Duration,
}

impl Serving {
    /// As settings say. A sender is told by what its tenant demands, not by certificates.
    pub fn from_settings(settings: &Settings) -> Self {
        let adapter = &settings.adapter;
        let files = settings.tls.files.clone();
        Self {
            tls: files.map(|files| ServerFiles {
                client_ca: None,
                require_client_certificate: false,
                ..files
            }),
            reload_interval: settings.tls.reload_interval,
            handshake_timeout: settings.tls.handshake_timeout,
            max_connections: adapter.max_connections,
            header_timeout: adapter.header_timeout,
            age_grace: adapter.body_timeout + adapter.header_timeout,
            max_header_bytes: adapter.max_header_bytes,
            max_connection_age: adapter.max_connection_age,
        }
    }

    pub(super) fn load_tls(&self) -> Result<Option<Arc<ServerTls>>, TlsError> {
        let tls = self.tls.clone();
        let tls = tls.map(|files| ServerTls::load(files, HTTP1)).transpose()?;
        Ok(tls.map(Arc::new))
    }

    /// The listener's limits, TLS and observer.
    pub(super) fn transport(
        &self,
        tls: Option<Arc<ServerTls>>,
        metrics: &Metrics,
        dice: super::Dice,
    ) -> Transport {
        Transport {
            limits: Limits {
                max_connections: room_for(size(self.max_connections)),
                handshake_timeout: self.handshake_timeout,
                first_bytes_timeout: self.header_timeout,
                max_age: self.max_connection_age,
                age_grace: self.age_grace,
            },
            protocol: Protocol::Http1(Http1 {
                header_timeout: self.header_timeout,
                max_header_bytes: size(self.max_header_bytes),
                max_headers: MOST_HEADERS,
            }),
            tls,
            observer: metrics.listener("webhooks"),
            chance: dice,
        }
    }
}

/// A number of the settings.
pub(super) fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
