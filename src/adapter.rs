//! Webhook in, spool, gRPC out. Thin: the service decides what a hire becomes.
//!
//! An authentic event is committed to the spool before its sender gets an answer. It is then
//! handed over, in order for each hire, until the service has it or refuses it.

mod address;
mod answer;
mod body;
mod bucket;
mod deliveries;
mod forward;
mod hand_over;
mod headers;
mod limits;
mod listener;
mod message;
mod parsing;
mod readiness;
mod retry;
mod service;
mod settings_cache;
mod spool;
mod tenant_settings;
mod timing;
mod webhook;

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use secrecy::ExposeSecret as _;
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

pub use service::EndpointError;
pub use spool::SpoolOpenError;

use crate::{
    clock::{SharedClock, SystemClock},
    config::Settings,
    db::{KeyError, Keyring},
    net::{ListenError, Transport, listen, size, tls::TlsError},
    telemetry::{self, Metrics},
};
use deliveries::DeliveryLog;
use forward::Forwarder;
use hand_over::HandOver;
use limits::Limiter;
use readiness::{Readiness, check_settings, check_spool};
use service::Service;
use settings_cache::SettingsCache;
use spool::{Capacity, Spool};
use timing::Timing;
use webhook::Webhooks;

const MIB: u64 = 1024 * 1024;

/// Why an adapter cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The keys of the spool cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The spool cannot be opened.
    #[error(transparent)]
    Spool(#[from] SpoolOpenError),
    /// The service cannot be called.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The certificate cannot be used.
    #[error("tls: {0}")]
    Tls(#[from] TlsError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// An adapter that listens and has opened its spool, but does not serve yet.
pub struct Adapter {
    webhooks: Webhooks,
    forwarder: Forwarder,
    listener: TcpListener,
    transport: Transport,
    reload_interval: Duration,
    address: SocketAddr,
    /// Serves health, readiness and metrics.
    http: TcpListener,
}

impl Adapter {
    /// Opens the spool and listens, as the sections `adapter` and `tls` of the settings say.
    /// The service need not run yet.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn bind(settings: &Settings, metrics: Metrics) -> Result<Self, StartError> {
        let clock = Arc::new(SystemClock::new());
        Self::bind_with(settings, metrics, clock, Timing::default()).await
    }

    async fn bind_with(
        settings: &Settings,
        metrics: Metrics,
        clock: SharedClock,
        timing: Timing,
    ) -> Result<Self, StartError> {
        let transport = listener::transport(settings, &metrics, Arc::clone(&clock))?;
        let reload_interval = settings.tls.reload_interval;
        let patience = settings.server.release_wait();
        let settings = &settings.adapter;
        let keys = settings.encryption_keys.iter();
        let keys = Keyring::from_base64(keys.map(|key| key.expose_secret()))?;
        let service = Service::new(settings, timing)?;
        let capacity = Capacity {
            events: settings.spool_max_events,
            tenant_events: settings.spool_tenant_max_events,
            tenant_bytes: u64::from(settings.spool_tenant_max_mib) * MIB,
        };
        let spool = Spool::open(&settings.spool, keys, capacity, patience).await?;
        let cache = SettingsCache::new(service.clone(), timing);
        let stored = Arc::new(Notify::new());
        let (listener, address) = listen(settings.listen).await?;
        let (http, _) = listen(settings.http_listen).await?;
        let body_limit = size(settings.body_limit);
        Ok(Self {
            webhooks: Webhooks {
                settings: cache.clone(),
                spool: spool.clone(),
                stored: Arc::clone(&stored),
                readiness: Readiness::new(),
                metrics: metrics.clone(),
                clock: Arc::clone(&clock),
                deliveries: DeliveryLog::default(),
                body_limit,
                body_timeout: settings.body_timeout,
                limiter: Limiter::new(&settings.limits, body_limit),
                proxies: settings.limits.trusted_proxies.as_slice().into(),
            },
            forwarder: Forwarder {
                hand_over: HandOver {
                    service,
                    settings: cache,
                    spool: spool.clone(),
                    metrics: metrics.clone(),
                },
                spool,
                stored,
                metrics,
                clock,
                timing,
            },
            listener,
            transport,
            reload_interval,
            address,
            http,
        })
    }

    /// The address that webhooks are sent to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// True while the spool accepts events and webhooks can be verified: settings are known, or
    /// the service answers.
    #[must_use]
    pub fn ready(&self) -> watch::Receiver<bool> {
        self.webhooks.readiness.watch()
    }

    /// Serves until `shutdown`. Then requests and hand-overs under way have some seconds to end;
    /// events in the spool wait for the next start.
    pub async fn run_until(self, shutdown: CancellationToken) {
        let (webhooks, timing) = (self.webhooks, self.forwarder.timing);
        // The tasks also stop when this future is dropped.
        let stop = shutdown.child_token();
        let _stop_all = stop.clone().drop_guard();
        if let Some(tls) = self.transport.tls.clone() {
            tokio::spawn(tls.keep_fresh(self.reload_interval, stop.clone()));
        }
        let telemetry = telemetry::serve(
            self.http,
            webhooks.metrics.clone(),
            webhooks.readiness.watch(),
            stop.clone(),
        );
        let service = self.forwarder.hand_over.service.clone();
        let deliveries = webhooks.deliveries.clone();
        let deliveries = deliveries.tell(service, timing.deliveries_pace, stop.clone());
        let tasks = [
            tokio::spawn(deliveries),
            tokio::spawn(self.forwarder.run(stop.clone())),
            tokio::spawn(check_spool(webhooks.clone(), timing, stop.clone())),
            tokio::spawn(check_settings(webhooks.clone(), timing, stop.clone())),
            tokio::spawn(telemetry),
        ];
        let serving = self
            .transport
            .serve(self.listener, webhooks.router(), stop.clone());
        unless_late(serving, &stop, timing.grace).await;
        stop.cancel();
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the adapter failed");
            }
        }
    }
}

/// A connection that never ends must not keep the process from ending.
async fn unless_late(serving: impl Future<Output = ()>, stop: &CancellationToken, grace: Duration) {
    tokio::select! {
        () = serving => {}
        () = async { stop.cancelled().await; sleep(grace).await } => {
            tracing::warn!("connections were still open at the end");
        }
    }
}

#[cfg(test)]
mod tests;
