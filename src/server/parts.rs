//! The parts that the rooms share, and what is built from them.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::{
    api::{
        adapter::Adapters, audit::Audit, onboarding::Onboardings, operations::Operations,
        refresh::Refresher, shared::Shared, tenants::Tenants,
    },
    checks::Checks,
    clock::SharedClock,
    config::{SEND_WINDOW, Settings},
    directory::DirectoryCache,
    domain::{lucca_url::HostRules, onboarding::Timing},
    engine::{Engine, Retention, WaitingGauge},
    lucca::{ClientError, Gate, GateRules, HttpRules, LuccaClient, SystemLookup},
    net::size,
    pb::{
        DESCRIPTORS,
        v1::{
            adapter_service_server::AdapterServiceServer,
            onboarding_service_server::OnboardingServiceServer,
            operations_service_server::OperationsServiceServer,
            tenant_service_server::TenantServiceServer,
        },
    },
    store::{Keep, Store},
    telemetry::Metrics,
};

/// How long connecting to Lucca may take. It is shorter than the send window, so that a body is
/// released before its last moment or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) struct Parts {
    store: Arc<dyn Store>,
    clock: SharedClock,
    metrics: Metrics,
    gate: Arc<Gate>,
    client: Arc<LuccaClient>,
    directories: Arc<DirectoryCache>,
    timing: Arc<Timing>,
    hosts: HostRules,
    stop: CancellationToken,
}

impl Parts {
    pub(super) fn new(
        settings: &Settings,
        store: Arc<dyn Store>,
        clock: SharedClock,
        metrics: Metrics,
        stop: CancellationToken,
    ) -> Result<Self, ClientError> {
        let lucca = &settings.lucca;
        let budget = GateRules {
            limit: lucca.requests_per_window,
            window: lucca.window,
            longest: lucca.request_timeout,
        };
        let http = HttpRules {
            hosts: lucca.hosts().clone(),
            lookup: Arc::new(SystemLookup),
            request_timeout: lucca.request_timeout,
            connect_timeout: CONNECT_TIMEOUT.min(lucca.request_timeout),
        };
        let gate = Arc::new(Gate::new(store.clone(), clock.clone(), budget));
        let client = Arc::new(LuccaClient::new(gate.clone(), &http, metrics.clone())?);
        Ok(Self {
            directories: Arc::new(DirectoryCache::new(client.clone(), clock.clone())),
            timing: Arc::new(timing(settings)),
            hosts: http.hosts,
            stop,
            store,
            clock,
            metrics,
            gate,
            client,
        })
    }

    pub(super) fn engine(&self) -> Engine {
        Engine::new(
            self.store.clone(),
            self.client.clone(),
            self.directories.clone(),
            self.clock.clone(),
            self.timing.clone(),
            self.metrics.clone(),
        )
    }

    pub(super) fn retention(&self, settings: &Settings) -> Retention {
        let days = |days: u32| Duration::from_hours(24 * u64::from(days));
        let of = &settings.store;
        let keep = Keep {
            history: days(of.history_days),
            events: days(of.event_days),
            redelivery: days(of.redelivery_days),
            calls: days(1).max(settings.lucca.window * 2),
        };
        let clock = self.clock.clone();
        Retention::new(self.store.clone(), clock, of.retention_days, keep)
    }

    pub(super) fn census(&self) -> WaitingGauge {
        WaitingGauge {
            store: self.store.clone(),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
        }
    }

    /// The services of the API, with the limits of their messages.
    pub(super) fn routes(&self, settings: &Settings) -> Routes {
        let request = size(settings.server.max_request_bytes);
        let answer = size(settings.server.max_response_bytes);
        let onboardings = OnboardingServiceServer::new(self.onboardings(settings))
            .max_decoding_message_size(request)
            .max_encoding_message_size(answer);
        let operations = Operations::new(self.shared(), self.client.clone());
        let operations = OperationsServiceServer::new(operations)
            .max_decoding_message_size(request)
            .max_encoding_message_size(answer);
        let tenants = TenantServiceServer::new(self.tenants())
            .max_decoding_message_size(size(settings.server.max_tenant_bytes))
            .max_encoding_message_size(answer);
        let adapters = Adapters::new(self.shared());
        let adapters = AdapterServiceServer::new(adapters)
            .max_decoding_message_size(request)
            .max_encoding_message_size(answer);
        let routes = Routes::new(onboardings)
            .add_service(operations)
            .add_service(tenants)
            .add_service(adapters);
        with_reflection(routes)
    }

    /// The history of calls that are refused before they reach a service.
    pub(super) fn audit(&self) -> Audit {
        Audit::new(self.store.clone(), self.clock.clone())
    }

    fn shared(&self) -> Shared {
        Shared::new(
            self.store.clone(),
            self.gate.clone(),
            self.directories.clone(),
            self.clock.clone(),
            self.timing.clone(),
            self.stop.clone(),
        )
    }

    fn onboardings(&self, settings: &Settings) -> Onboardings {
        let checks = Checks {
            store: self.store.clone(),
            client: self.client.clone(),
            directories: self.directories.clone(),
            clock: self.clock.clone(),
            hosts: self.hosts.clone(),
        };
        let shared = self.shared();
        let refresher = Refresher::new(
            shared.clone(),
            self.client.clone(),
            self.directories.clone(),
        );
        let most = u64::from(settings.server.max_onboardings_per_tenant);
        Onboardings::new(shared, checks, refresher, most)
    }

    fn tenants(&self) -> Tenants {
        Tenants::new(
            self.shared(),
            self.client.clone(),
            self.directories.clone(),
            self.hosts.clone(),
        )
    }
}

/// Adds gRPC reflection, v1 and v1alpha.
fn with_reflection(mut routes: Routes) -> Routes {
    let builder = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // So that tools can show the details of errors.
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    match (builder().build_v1(), builder().build_v1alpha()) {
        (Ok(v1), Ok(v1alpha)) => routes = routes.add_service(v1).add_service(v1alpha),
        (Err(error), _) | (_, Err(error)) => tracing::error!(%error, "no reflection"),
    }
    routes
}

fn timing(settings: &Settings) -> Timing {
    let lucca = &settings.lucca;
    Timing {
        send_window: SEND_WINDOW,
        request_timeout: lucca.request_timeout,
        settle_delay: lucca.settle_delay,
        verify_gap: lucca.verify_gap,
        lease: settings.engine.lease,
        retry_schedule: settings.engine.retry_schedule.clone(),
    }
}
