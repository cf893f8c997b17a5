//! The gRPC server: the rooms wired together, and the layers that every call passes.

mod parts;
mod serving;
mod store_health;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::middleware::{from_fn, from_fn_with_state};
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    api::{
        Authentication,
        guard::{Guard, guard},
        media::only_grpc,
    },
    clock::{SharedClock, SystemClock},
    config::{Settings, StoreUrl},
    db::{KeyError, Keyring},
    engine::{Engine, Retention, WaitingGauge},
    lucca::ClientError,
    net::{
        ListenError, Transport, listen, one_host,
        tls::{ClientFiles, TlsError},
    },
    shutdown::Shutdown,
    store::{
        Store, StoreError,
        postgres::{PostgresError, PostgresStore},
        sqlite::{SqliteError, SqliteStore},
    },
    telemetry::Metrics,
};
use parts::Parts;

/// Why the service cannot start; each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The encryption keys cannot be used.
    #[error("store.encryption_keys: {0}")]
    Keys(#[from] KeyError),
    /// The database cannot be used.
    #[error(transparent)]
    Sqlite(#[from] SqliteError),
    /// The database cannot be written to.
    #[error("the database cannot be written to: {0}")]
    Store(#[from] StoreError),
    /// The PostgreSQL database cannot be used.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The HTTP client cannot be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The certificate cannot be used.
    #[error("tls: {0}")]
    Tls(#[from] TlsError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// A service that listens, but does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: axum::Router,
    authentication: Authentication,
    transport: Transport,
    reload_interval: Duration,
    engine: Arc<Engine>,
    retention: Retention,
    census: WaitingGauge,
    store: Arc<dyn Store>,
    health: HealthReporter,
    metrics: Metrics,
    /// Is cancelled once health says that the service stops.
    closing: CancellationToken,
}

/// The services that callers may ask the health of; the empty name is the whole server.
const SERVICES: [&str; 5] = [
    "",
    "hr.onboarding.v1.OnboardingService",
    "hr.onboarding.v1.OperationsService",
    "hr.onboarding.v1.TenantService",
    "hr.onboarding.v1.AdapterService",
];

impl Server {
    /// Opens the store, wires the rooms and listens. Nothing is answered before
    /// [`Server::run`].
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn bind(settings: &Settings) -> Result<Self, StartError> {
        let clock: SharedClock = Arc::new(SystemClock::new());
        let store = open_store(settings, &clock).await?;
        Self::bind_with(settings, store, clock).await
    }

    /// The same with a store and a clock from outside.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn bind_with(
        settings: &Settings,
        store: Arc<dyn Store>,
        clock: SharedClock,
    ) -> Result<Self, StartError> {
        store.ping().await?;
        let metrics = Metrics::new();
        let transport = serving::transport(settings, &metrics, clock.clone())?;
        let closing = CancellationToken::new();
        let parts = Parts::new(
            settings,
            store.clone(),
            clock,
            metrics.clone(),
            closing.clone(),
        )?;
        let authentication = Authentication::new(&settings.auth);
        let guarded = Guard::new(
            authentication.clone(),
            &settings.server,
            parts.audit(),
            closing.clone(),
            metrics.clone(),
        );
        let (health, health_service) = tonic_health::server::health_reporter();
        report(&health, ServingStatus::NotServing).await;
        let router = parts
            .routes(settings)
            .add_service(health_service)
            .into_axum_router()
            .layer(from_fn_with_state(guarded, guard))
            .layer(from_fn(only_grpc))
            .layer(from_fn(one_host));
        let (listener, address) = listen(settings.server.grpc_listen).await?;
        Ok(Self {
            listener,
            address,
            router,
            authentication,
            transport,
            reload_interval: settings.tls.reload_interval,
            engine: Arc::new(parts.engine()),
            retention: parts.retention(settings),
            census: parts.census(),
            store,
            health,
            metrics,
            closing,
        })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Who may call.
    pub fn authentication(&self) -> Authentication {
        self.authentication.clone()
    }

    /// Its metrics.
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// Serves until `stop`. Then it takes up nothing more, lets running calls and work under
    /// way end, and returns; the caller sets the hard limit.
    pub async fn run(self, stop: CancellationToken) {
        if let Some(tls) = self.transport.tls.clone() {
            tokio::spawn(tls.keep_fresh(self.reload_interval, stop.clone()));
        }
        let engine = tokio::spawn(self.engine.run(stop.clone()));
        let retention = tokio::spawn(self.retention.run(stop.clone()));
        let census = tokio::spawn(self.census.run(stop.clone()));
        let store = store_health::watch(self.store, self.metrics, stop.clone());
        let store = tokio::spawn(store);
        report(&self.health, ServingStatus::Serving).await;
        // Health says that the service stops before connections are closed. Streams end, and calls
        // that wait for an outcome are answered, so that only calls that work are waited for.
        let announce = async {
            stop.cancelled().await;
            report(&self.health, ServingStatus::NotServing).await;
            self.closing.cancel();
        };
        let serving = self
            .transport
            .serve(self.listener, self.router, self.closing.clone());
        tokio::join!(serving, announce);
        // A task that failed has logged why.
        let _ = tokio::join!(engine, retention, census, store);
    }

    /// Runs it as one of the tasks of a shutdown.
    pub fn spawn(self, shutdown: &Shutdown) -> tokio::task::JoinHandle<()> {
        let stop = shutdown.token();
        let all = shutdown.clone();
        shutdown.spawn(async move {
            self.run(stop).await;
            all.request();
        })
    }
}

async fn report(health: &HealthReporter, status: ServingStatus) {
    for service in SERVICES {
        health.set_service_status(service, status).await;
    }
}

/// Opens the store that the settings name.
///
/// # Errors
/// See [`StartError`].
pub async fn open_store(
    settings: &Settings,
    clock: &SharedClock,
) -> Result<Arc<dyn Store>, StartError> {
    let keys = settings.store.encryption_keys.iter();
    let keyring = Keyring::from_base64(keys.map(|key| key.expose_secret()))?;
    Ok(match &settings.store.url {
        StoreUrl::Sqlite(path) => {
            let patience = settings.server.release_wait();
            let store = SqliteStore::open_once_free(path, keyring, clock.clone(), patience);
            Arc::new(store.await?)
        }
        StoreUrl::Postgres(url) => {
            let tls = ClientFiles {
                ca: settings.store.ca_file.clone(),
                identity: None,
            };
            let url = url.expose_secret();
            Arc::new(PostgresStore::open(url, tls, keyring, clock.clone()).await?)
        }
    })
}
