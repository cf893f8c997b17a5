//! A house for a test: everything real, on free ports, with short times.

pub mod certificates;
pub mod clock;
pub mod frames;
pub mod memory;
pub mod programs;
mod requests;
pub mod server;
pub mod webhook;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use lucca_onboarding::{
    adapter::Adapter,
    clock::SharedClock,
    config::{self, Settings, StoreUrl},
    net::{dial, tls::ClientFiles},
    pb::v1::{
        self, State, get_status_request::Key, onboarding_service_client::OnboardingServiceClient,
        operations_service_client::OperationsServiceClient,
        tenant_service_client::TenantServiceClient,
    },
    sandbox::{Control, Fault, Kind, Options as SandboxOptions, Sandbox},
    server::{Server, open_store},
    shutdown::Shutdown,
    telemetry::{self, Metrics},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};

use clock::MovableClock;
pub use requests::{asking, by_source, collaborator, hire, named, source, tenant};

pub const TENANT: &str = "acme";
pub const LUCCA_KEY: &str = "11111111-2222-3333-4444-555555555555";

/// The role "Collaborateur" of the sandbox's company.
pub const ROLE: i64 = 51;

/// A running service.
struct Service {
    shutdown: Shutdown,
    channel: Channel,
    address: SocketAddr,
    metrics: Metrics,
}

/// Everything a test needs.
pub struct House {
    pub settings: Settings,
    /// The clock of the service.
    pub clock: Arc<MovableClock>,
    sandbox: Option<Sandbox>,
    sandbox_options: SandboxOptions,
    service: Option<Service>,
    adapter: Option<(Shutdown, SocketAddr)>,
    pub data: TempDir,
}

impl House {
    /// Sandbox, service and adapter, and a tenant that can create.
    pub async fn start() -> Self {
        let mut house = Self::without_tenant(SandboxOptions::default()).await;
        house
            .create_tenant(tenant(&house.lucca_url()))
            .await
            .unwrap();
        house.start_adapter().await;
        house
    }

    /// Sandbox and a tenant that can create, with the service stopped: for settings under
    /// which not everybody may make a tenant.
    pub async fn stopped() -> Self {
        let mut house = Self::without_tenant(SandboxOptions::default()).await;
        house
            .create_tenant(tenant(&house.lucca_url()))
            .await
            .unwrap();
        house.stop_service().await;
        house
    }

    /// Sandbox and service only.
    pub async fn without_tenant(options: SandboxOptions) -> Self {
        Self::with(options, |_| {}).await
    }

    /// The same with other settings.
    pub async fn with(options: SandboxOptions, change: impl FnOnce(&mut Settings)) -> Self {
        let options = SandboxOptions {
            api_key: LUCCA_KEY.to_owned(),
            server_timeout: Duration::from_millis(300),
            ..options
        };
        let sandbox = Sandbox::start(options.clone()).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let mut settings = config::load(None, std::iter::empty()).unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        settings.server.grpc_listen = any;
        settings.adapter.listen = any;
        settings.adapter.http_listen = any;
        settings.store.url = StoreUrl::Sqlite(data.path().join("onboarding.db"));
        let key = || {
            "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
                .to_owned()
                .into()
        };
        settings.store.encryption_keys = vec![key()];
        settings.adapter.encryption_keys = vec![key()];
        settings.adapter.spool = data.path().join("spool.db");
        settings.lucca.request_timeout = Duration::from_secs(2);
        settings.lucca.settle_delay = Duration::from_millis(300);
        settings.lucca.verify_gap = Duration::from_millis(300);
        settings.engine.retry_schedule = vec![Duration::from_millis(200); 100];
        let host = sandbox.address().to_string();
        settings.lucca.allow_insecure(&host).unwrap();
        change(&mut settings);
        let mut house = Self {
            settings,
            clock: Arc::default(),
            sandbox_options: SandboxOptions {
                listen: sandbox.address(),
                ..options
            },
            sandbox: Some(sandbox),
            service: None,
            adapter: None,
            data,
        };
        house.start_service().await;
        house
    }

    pub async fn start_service(&mut self) {
        let clock: SharedClock = self.clock.clone();
        let store = open_store(&self.settings, &clock).await.unwrap();
        let server = Server::bind_with(&self.settings, store, clock)
            .await
            .unwrap();
        let (address, metrics) = (server.address(), server.metrics());
        let shutdown = Shutdown::new();
        server.spawn(&shutdown);
        let scheme = match self.settings.tls.files {
            Some(_) => "https",
            None => "http",
        };
        let url = format!("{scheme}://{address}");
        self.settings.adapter.onboarding_endpoint = url.parse().unwrap();
        let channel = self.dial(self.settings.adapter.onboarding_tls.clone());
        self.service = Some(Service {
            shutdown,
            channel: channel.await.unwrap(),
            address,
            metrics,
        });
    }

    /// Another connection to the service.
    pub async fn dial(&self, tls: ClientFiles) -> Result<Channel, dial::DialError> {
        let endpoint = Endpoint::from(self.settings.adapter.onboarding_endpoint.clone());
        dial::now(&endpoint, tls).await
    }

    /// Where the service listens.
    pub fn grpc(&self) -> SocketAddr {
        self.service.as_ref().unwrap().address
    }

    /// A connection to the database beside the service.
    pub fn beside(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.data.path().join("onboarding.db")).unwrap()
    }

    /// What `/readyz` answers once it says this word.
    pub async fn ready_once(&self, word: &str) -> String {
        let (_ready, is_ready) = watch::channel(true);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/readyz", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let metrics = self.service.as_ref().unwrap().metrics.clone();
        let server = tokio::spawn(telemetry::serve(listener, metrics, is_ready, stop.clone()));
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        let text = loop {
            ticks.tick().await;
            let answer = reqwest::get(&url).await.unwrap();
            assert_eq!(answer.status(), 200);
            let text = answer.text().await.unwrap();
            if text.contains(word) {
                break text;
            }
            assert!(tokio::time::Instant::now() < deadline, "{text}");
        };
        stop.cancel();
        server.await.unwrap();
        text
    }

    /// A number of the service's metrics; 0 if there is none yet.
    pub fn metric(&self, line: &str) -> u64 {
        let text = self.service.as_ref().unwrap().metrics.encode().unwrap();
        let found = text.lines().find_map(|it| it.strip_prefix(line));
        found.map_or(0, |number| number.trim().parse().unwrap())
    }

    pub async fn stop_service(&mut self) {
        let service = self.service.take().unwrap();
        drop(service.channel);
        assert!(service.shutdown.finish(Duration::from_secs(60)).await);
    }

    pub async fn start_adapter(&mut self) {
        let adapter = Adapter::bind(&self.settings, Metrics::new()).await.unwrap();
        let address = adapter.address();
        let shutdown = Shutdown::new();
        let stop = shutdown.token();
        shutdown.spawn(async move { adapter.run_until(stop).await });
        self.adapter = Some((shutdown, address));
    }

    /// Ends the adapter; its spool stays.
    pub async fn stop_adapter(&mut self) {
        let (shutdown, _) = self.adapter.take().unwrap();
        assert!(shutdown.finish(Duration::from_secs(60)).await);
    }

    pub fn webhooks(&self) -> SocketAddr {
        self.adapter.as_ref().unwrap().1
    }

    pub fn sandbox(&self) -> Control {
        self.sandbox.as_ref().unwrap().control()
    }

    pub fn lucca_url(&self) -> String {
        format!("http://{}", self.sandbox_options.listen)
    }

    /// Lucca answers no question about people, so that nothing is created.
    pub fn hide_people(&self) {
        let kind = Kind::Status {
            code: 503,
            body: None,
        };
        self.sandbox()
            .inject(Fault::on_reads(kind, "/api/v3/users"));
    }

    /// The tenant's key sees neither future nor former employees.
    pub fn blind_key(&self) {
        let mut rights = self.sandbox().keys()[0].rights;
        rights.see_future = false;
        rights.see_former = false;
        self.sandbox().set_rights("first", rights).unwrap();
    }

    /// Lucca goes away.
    pub async fn stop_sandbox(&mut self) {
        self.sandbox.take().unwrap().stop().await;
    }

    /// Lucca comes back, at the same address, as it was at the very beginning.
    pub async fn start_sandbox(&mut self) {
        self.sandbox = Some(Sandbox::start(self.sandbox_options.clone()).await.unwrap());
    }

    pub fn channel(&self) -> Channel {
        self.service.as_ref().unwrap().channel.clone()
    }

    pub fn onboardings(&self) -> OnboardingServiceClient<Channel> {
        OnboardingServiceClient::new(self.channel())
    }

    pub fn operations(&self) -> OperationsServiceClient<Channel> {
        OperationsServiceClient::new(self.channel())
    }

    pub fn tenants(&self) -> TenantServiceClient<Channel> {
        TenantServiceClient::new(self.channel())
    }

    pub async fn create_tenant(&self, tenant: v1::Tenant) -> Result<v1::Tenant, Status> {
        let request = v1::CreateTenantRequest {
            tenant: Some(tenant),
            verify_key: false,
            validate_only: false,
        };
        let answer = self.tenants().create_tenant(request).await?;
        Ok(answer.into_inner().tenant.unwrap())
    }

    pub async fn create(
        &self,
        request: v1::CreateCollaboratorRequest,
    ) -> Result<v1::Onboarding, Status> {
        let answer = self.onboardings().create_collaborator(request).await?;
        Ok(answer.into_inner().onboarding.unwrap())
    }

    pub async fn status(&self, key: Key) -> Result<v1::Onboarding, Status> {
        let request = asking(key);
        let answer = self.onboardings().get_status(request).await?;
        Ok(answer.into_inner().onboarding.unwrap())
    }

    pub async fn status_of(
        &self,
        system: &str,
        external_id: &str,
    ) -> Result<v1::Onboarding, Status> {
        self.status(by_source(system, external_id)).await
    }

    /// The onboarding once it is in a state, by asking again and again; the test fails when
    /// it does not get there.
    pub async fn until(&self, system: &str, external_id: &str, wanted: State) -> v1::Onboarding {
        let word = format!("is {wanted:?}");
        self.until_it(system, external_id, &word, |it| it.state() == wanted)
            .await
    }

    /// The onboarding once it has this revision.
    pub async fn until_revision(
        &self,
        system: &str,
        external_id: &str,
        revision: i32,
    ) -> v1::Onboarding {
        let word = format!("has revision {revision}");
        self.until_it(system, external_id, &word, |it| it.revision == revision)
            .await
    }

    /// The onboarding once something holds of it, which the word tells.
    pub async fn until_it(
        &self,
        system: &str,
        external_id: &str,
        word: &str,
        holds: impl Fn(&v1::Onboarding) -> bool,
    ) -> v1::Onboarding {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        let mut last = None;
        while tokio::time::Instant::now() < deadline {
            ticks.tick().await;
            if let Ok(onboarding) = self.status_of(system, external_id).await {
                if holds(&onboarding) {
                    return onboarding;
                }
                last = Some(onboarding);
            }
        }
        panic!("nothing that {word} but {last:#?}");
    }

    /// Waits until the history of a tenant tells of something in this word.
    pub async fn until_told(&self, word: &str, tenant: &str) {
        self.history_once(tenant, |entries| {
            let tells = |it: &v1::HistoryEntry| it.event == word || it.detail.contains(word);
            entries.iter().any(tells)
        })
        .await;
    }

    /// The history once it has this many events of a kind.
    pub async fn history_with(&self, event: &str, number: usize) -> Vec<v1::HistoryEntry> {
        self.history_once(TENANT, |entries| {
            entries.iter().filter(|it| it.event == event).count() >= number
        })
        .await
    }

    /// The history of a tenant once something holds of it, by asking again and again; the
    /// test fails when it does not get there.
    async fn history_once(
        &self,
        tenant: &str,
        holds: impl Fn(&[v1::HistoryEntry]) -> bool,
    ) -> Vec<v1::HistoryEntry> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            let request = v1::ListHistoryRequest {
                tenant: tenant.to_owned(),
                ..v1::ListHistoryRequest::default()
            };
            let page = self.operations().list_history(request).await.unwrap();
            let entries = page.into_inner().entries;
            if holds(&entries) {
                return entries;
            }
            assert!(tokio::time::Instant::now() < deadline, "{entries:#?}");
        }
    }

    /// Users with this family name that calls have created.
    pub fn created_by_calls(&self, family_name: &str) -> usize {
        let ledger = self.sandbox().ledger();
        ledger
            .users_created
            .iter()
            .filter(|user| user.created_by_call)
            .filter(|user| {
                let name = user.members.get("lastName").and_then(|name| name.as_str());
                name.is_some_and(|name| name.to_lowercase() == family_name.to_lowercase())
            })
            .count()
    }
}
