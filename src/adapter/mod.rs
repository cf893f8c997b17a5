//! Webhook in, spool, gRPC out. Thin: what a hire becomes is decided by the service.
//!
//! An authentic event is committed to the spool before its sender is told that it was
//! taken; from then on it is handed over until the service has it or refuses it, in order
//! for each hire.

mod address;
mod answer;
mod body;
mod bucket;
mod forward;
mod hand_over;
mod head;
mod health;
mod limits;
mod message;
mod options;
mod reading;
mod retry;
mod service;
mod serving;
mod settings_cache;
mod spool;
mod tenant_settings;
mod webhook;

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
    time::{interval, sleep},
};
use tokio_util::sync::CancellationToken;

pub use options::{Clock, Dice, Options, Timing};
pub use service::EndpointError;
pub use serving::Serving;
pub use spool::SpoolOpenError;

use crate::{
    net::{
        Transport,
        tls::{ServerTls, TlsError},
    },
    telemetry::{self, Metrics},
};
use forward::Forwarder;
use hand_over::HandOver;
use health::Health;
use limits::Limiter;
use service::Service;
use settings_cache::SettingsCache;
use spool::Spool;
use webhook::Webhooks;

/// Why an adapter cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The spool cannot be opened.
    #[error(transparent)]
    Spool(#[from] SpoolOpenError),
    /// There is no way to the service.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The certificate cannot be used.
    #[error("tls: {0}")]
    Tls(#[from] TlsError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// An adapter that has its addresses and its spool, but serves nobody yet.
pub struct Adapter {
    webhooks: Webhooks,
    forwarder: Forwarder,
    listener: TcpListener,
    transport: Transport,
    tls: Option<Arc<ServerTls>>,
    reload_interval: Duration,
    address: SocketAddr,
    http: Option<(TcpListener, SocketAddr)>,
}

impl Adapter {
    /// Opens the spool and listens. The service need not be there yet.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn bind(options: Options) -> Result<Self, StartError> {
        let timing = options.timing;
        let token = options.token.as_ref();
        let service = Service::new(&options.endpoint, options.endpoint_tls, token, timing)?;
        let serving = options.serving;
        let tls = serving.load_tls()?;
        let transport = serving.transport(tls.clone(), &options.metrics, Arc::clone(&options.dice));
        let capacity = options.spool_max_events;
        let spool = Spool::open(&options.spool, options.keyring, capacity).await?;
        let settings = SettingsCache::new(service.clone(), timing);
        let bell = Arc::new(Notify::new());
        let (listener, address) = listen(options.listen).await?;
        let http = match options.http_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let hand_over = HandOver {
            service,
            settings: settings.clone(),
            spool: spool.clone(),
            metrics: options.metrics.clone(),
        };
        Ok(Self {
            webhooks: Webhooks {
                settings,
                spool: spool.clone(),
                bell: Arc::clone(&bell),
                health: Health::new(),
                metrics: options.metrics.clone(),
                clock: Arc::clone(&options.clock),
                timing,
                body_limit: options.body_limit,
                limiter: Limiter::new(&options.limits, options.body_limit),
                proxies: options.limits.trusted_proxies.into(),
            },
            forwarder: Forwarder {
                hand_over,
                spool,
                bell,
                metrics: options.metrics,
                clock: options.clock,
                dice: options.dice,
                timing,
            },
            listener,
            transport,
            tls,
            reload_interval: serving.reload_interval,
            address,
            http,
        })
    }

    /// Where webhooks are taken.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where health, readiness and metrics are served, if anywhere.
    #[must_use]
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http.as_ref().map(|(_, address)| *address)
    }

    /// True while the spool takes events, and settings to verify webhooks by are known or
    /// the service can be asked for them.
    #[must_use]
    pub fn ready(&self) -> watch::Receiver<bool> {
        self.webhooks.health.watch()
    }

    /// Serves until `shutdown`, then ends what is under way, within the grace of
    /// [`Timing`]. What is in the spool waits for the next start.
    pub async fn run_until(self, shutdown: CancellationToken) {
        let webhooks = self.webhooks;
        // Also when this future is dropped.
        let stop = shutdown.child_token();
        let _stop_all = stop.clone().drop_guard();
        let grace = webhooks.timing.grace;
        let forwarding = tokio::spawn(self.forwarder.run(stop.clone()));
        let housekeeping = tokio::spawn(keep_house(webhooks.clone(), stop.clone()));
        let looking = tokio::spawn(keep_looking(webhooks.clone(), stop.clone()));
        let telemetry = self.http.map(|(listener, _)| {
            let (metrics, ready) = (webhooks.metrics.clone(), webhooks.health.watch());
            tokio::spawn(serve_telemetry(listener, metrics, ready, stop.clone()))
        });
        if let Some(tls) = self.tls {
            tokio::spawn(tls.keep_fresh(self.reload_interval, stop.clone()));
        }
        let serving = self
            .transport
            .serve(self.listener, webhooks.router(), stop.clone());
        unless_late(serving, &stop, grace).await;
        stop.cancel();
        for task in [
            Some(forwarding),
            Some(housekeeping),
            Some(looking),
            telemetry,
        ]
        .into_iter()
        .flatten()
        {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the adapter failed");
            }
        }
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    bound
        .await
        .map_err(|source| StartError::Listen { address, source })
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

async fn serve_telemetry(
    listener: TcpListener,
    metrics: Metrics,
    ready: watch::Receiver<bool>,
    stop: CancellationToken,
) {
    telemetry::serve(listener, metrics, ready, stop).await;
}

/// Finds out whether webhooks can be verified. While any settings are known the service is
/// not asked: it may be away for as long as they are kept.
async fn keep_looking(webhooks: Webhooks, stop: CancellationToken) {
    let mut rounds = interval(webhooks.timing.look);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = rounds.tick() => {}
        }
        let settings = &webhooks.settings;
        let known = settings.knows_any() || settings.can_ask().await;
        webhooks.health.settings(known);
    }
}

/// Looks after the spool, and finds out whether it takes events.
async fn keep_house(webhooks: Webhooks, stop: CancellationToken) {
    let mut rounds = interval(webhooks.timing.housekeeping);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = rounds.tick() => {}
        }
        let now = (webhooks.clock)();
        let longest = webhooks.timing.retry_longest;
        let kept = webhooks.spool.keep_house(now, longest).await;
        webhooks.health.spool(matches!(kept, Ok(true)));
        if let Err(error) = kept {
            tracing::error!(%error, "the spool cannot be looked after");
        }
        if let Ok((waiting, oldest)) = webhooks.spool.backlog().await {
            let age = oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0));
            webhooks.metrics.spool(waiting, age);
        }
    }
}

#[cfg(test)]
mod tests;
