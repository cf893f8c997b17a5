//! The gRPC server: rooms wired together, and the stack that every call passes.

mod serving;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::middleware::{from_fn, from_fn_with_state};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    api::{
        Authentication,
        adapter::Adapters,
        guard::{Guard, guard},
        media::only_grpc,
        onboarding::Onboardings,
        operations::Operations,
        places::Places,
        refresh::Refresher,
        status::Statuses,
        tenants::Tenants,
    },
    checks::Checks,
    clock::{SharedClock, SystemClock},
    config::{SEND_WINDOW, Settings, StoreUrl},
    db::{KeyError, Keyring},
    directory::DirectoryCache,
    domain::onboarding::Timing,
    engine::{Engine, Retention, WaitingGauge},
    lucca::{ClientError, Gate, GateRules, HttpRules, LuccaClient, SystemLookup},
    pb::{
        DESCRIPTORS,
        v1::{
            adapter_service_server::AdapterServiceServer,
            onboarding_service_server::OnboardingServiceServer,
            operations_service_server::OperationsServiceServer,
            tenant_service_server::TenantServiceServer,
        },
    },
    shutdown::Shutdown,
    store::{
        BudgetStore, Store, StoreError,
        postgres::{PostgresError, PostgresStore},
        sqlite::{SqliteError, SqliteStore},
    },
    telemetry::Metrics,
    tls::{ClientFiles, ServerTls, TlsError},
    transport::Transport,
};

/// How long connecting to Lucca may take; with it a body is let out before its last
/// moment or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

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
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
}

/// A service that listens, but does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: axum::Router,
    authentication: Authentication,
    transport: Transport,
    tls: Option<Arc<ServerTls>>,
    reload_interval: Duration,
    engine: Arc<Engine>,
    retention: Retention,
    census: WaitingGauge,
    health: HealthReporter,
    metrics: Metrics,
}

/// Names of the services that callers may ask the health of.
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
        let tls = serving::tls(settings)?;
        let messages = serving::messages(settings);
        let (request, answer) = (
            messages.largest,
            serving::size(settings.server.max_response_bytes),
        );
        let transport = serving::transport(settings, tls.clone(), &metrics, Arc::clone(&clock));
        let gate = Arc::new(Gate::new(
            Arc::clone(&store) as Arc<dyn BudgetStore>,
            Arc::clone(&clock),
            GateRules {
                limit: settings.lucca.requests_per_window,
                window: settings.lucca.window,
                longest: settings.lucca.request_timeout,
            },
        ));
        let rules = HttpRules {
            hosts: settings.lucca.hosts().clone(),
            lookup: Arc::new(SystemLookup),
            request_timeout: settings.lucca.request_timeout,
            connect_timeout: CONNECT_TIMEOUT.min(settings.lucca.request_timeout),
        };
        let client = Arc::new(LuccaClient::new(
            Arc::clone(&gate),
            &rules,
            metrics.clone(),
        )?);
        let directories = Arc::new(DirectoryCache::new(Arc::clone(&client), Arc::clone(&clock)));
        let timing = Arc::new(timing(settings));
        let engine = Arc::new(Engine::new(
            Arc::clone(&store),
            Arc::clone(&client),
            Arc::clone(&directories),
            Arc::clone(&clock),
            Arc::clone(&timing),
            metrics.clone(),
        ));
        let retention = Retention::new(
            Arc::clone(&store),
            Arc::clone(&clock),
            settings.store.retention_days,
        );
        let census = WaitingGauge::new(Arc::clone(&store), Arc::clone(&clock), metrics.clone());
        let checks_clock = Arc::clone(&clock);
        let adapters_clock = Arc::clone(&clock);
        let statuses = Statuses::new(store, gate, clock, Arc::clone(&timing));
        let (health, health_service) = tonic_health::server::health_reporter();
        for service in SERVICES {
            health
                .set_service_status(service, ServingStatus::NotServing)
                .await;
        }
        let checks = Checks::new(
            Arc::clone(statuses.store()),
            Arc::clone(&client),
            Arc::clone(&directories),
            checks_clock,
            settings.lucca.hosts().clone(),
        );
        let refresher = Refresher::new(
            statuses.clone(),
            Arc::clone(&client),
            Arc::clone(&directories),
        );
        let onboardings =
            OnboardingServiceServer::new(Onboardings::new(statuses.clone(), checks, refresher))
                .max_decoding_message_size(request)
                .max_encoding_message_size(answer);
        let tenants = Tenants::new(
            statuses.clone(),
            Arc::clone(&client),
            Arc::clone(&directories),
            settings.lucca.hosts().clone(),
        );
        let tenants = TenantServiceServer::new(tenants)
            .max_decoding_message_size(messages.largest_tenant)
            .max_encoding_message_size(answer);
        let adapters = Adapters::new(Arc::clone(statuses.store()), adapters_clock);
        let adapters = AdapterServiceServer::new(adapters)
            .max_decoding_message_size(request)
            .max_encoding_message_size(answer);
        let operations =
            OperationsServiceServer::new(Operations::new(statuses, Arc::clone(&client)))
                .max_decoding_message_size(request)
                .max_encoding_message_size(answer);
        let mut routes = Routes::new(onboardings)
            .add_service(operations)
            .add_service(tenants)
            .add_service(adapters)
            .add_service(health_service);
        for reflection in [reflection_v1(), reflection_v1alpha()]
            .into_iter()
            .flatten()
        {
            routes = reflection(routes);
        }
        let authentication = Authentication::new(&settings.auth);
        let guarded = Guard::new(
            authentication.clone(),
            Places::new(serving::places(settings)),
            messages,
            metrics.clone(),
        );
        let router = routes
            .into_axum_router()
            .layer(from_fn_with_state(guarded, guard))
            .layer(from_fn(only_grpc));
        let listen = settings.server.grpc_listen;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| StartError::Listen(listen, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| StartError::Listen(listen, error))?;
        Ok(Self {
            listener,
            address,
            router,
            authentication,
            transport,
            tls,
            reload_interval: settings.tls.reload_interval,
            engine,
            retention,
            census,
            health,
            metrics,
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

    /// What it counts.
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// Answers until told to stop. Then it claims nothing more, lets running calls and
    /// what is under way end, and returns; the caller sets the hard limit.
    pub async fn run(self, stop: CancellationToken) {
        serving::keep_fresh(self.tls.as_ref(), self.reload_interval, &stop);
        let engine = tokio::spawn(Arc::clone(&self.engine).run(stop.clone()));
        let retention = tokio::spawn(self.retention.run(stop.clone()));
        let census = tokio::spawn(self.census.run(stop.clone()));
        for service in SERVICES {
            self.health
                .set_service_status(service, ServingStatus::Serving)
                .await;
        }
        let health = self.health.clone();
        // Callers hear that the service stops before connections are told to go.
        let closing = CancellationToken::new();
        let told = async {
            stop.cancelled().await;
            for service in SERVICES {
                health
                    .set_service_status(service, ServingStatus::NotServing)
                    .await;
            }
            closing.cancel();
        };
        let serving = self
            .transport
            .serve(self.listener, self.router, closing.clone());
        tokio::join!(serving, told);
        // A worker that failed has logged why.
        let _ = tokio::join!(engine, retention, census);
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

type AddService = Box<dyn FnOnce(Routes) -> Routes>;

fn reflection_v1() -> Option<AddService> {
    let service = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        // So that tools can show the details of errors.
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .inspect_err(|error| tracing::error!(%error, "no reflection"))
        .ok()?;
    Some(Box::new(|routes| routes.add_service(service)))
}

fn reflection_v1alpha() -> Option<AddService> {
    let service = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        // So that tools can show the details of errors.
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
        .build_v1alpha()
        .inspect_err(|error| tracing::error!(%error, "no reflection"))
        .ok()?;
    Some(Box::new(|routes| routes.add_service(service)))
}

/// Opens the store that the settings name.
///
/// # Errors
/// See [`StartError`].
pub async fn open_store(
    settings: &Settings,
    clock: &SharedClock,
) -> Result<Arc<dyn Store>, StartError> {
    use secrecy::ExposeSecret as _;
    let keys = settings.store.encryption_keys.iter();
    let keyring = Keyring::from_base64(keys.map(|key| key.expose_secret()))?;
    match &settings.store.url {
        StoreUrl::Sqlite(path) => Ok(Arc::new(
            SqliteStore::open(path, keyring, Arc::clone(clock)).await?,
        )),
        StoreUrl::Postgres(url) => Ok(Arc::new(
            PostgresStore::open(
                url.expose_secret(),
                ClientFiles {
                    ca: settings.store.ca_file.clone(),
                    identity: None,
                },
                keyring,
                Arc::clone(clock),
            )
            .await?,
        )),
    }
}

fn timing(settings: &Settings) -> Timing {
    Timing {
        send_window: SEND_WINDOW,
        request_timeout: settings.lucca.request_timeout,
        settle_delay: settings.lucca.settle_delay,
        verify_gap: settings.lucca.verify_gap,
        lease: settings.engine.lease,
        retry_schedule: settings.engine.retry_schedule.clone(),
    }
}
