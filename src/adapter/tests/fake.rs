//! A service that remembers what it was asked and answers as it is told.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
};

use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
    time::timeout,
};
use tokio_stream::{Stream, wrappers::TcpListenerStream};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, transport::Server};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::PATIENCE;
use crate::pb::v1::{
    adapter_service_server::{AdapterService, AdapterServiceServer},
    onboarding_service_server::{OnboardingService, OnboardingServiceServer},
    *,
};

/// A call the service has received.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Call {
    Create(Box<CreateCollaboratorRequest>),
    Withdraw(String),
    Report(ReportEventRequest),
}

impl Call {
    /// The method and the hire's id.
    pub(super) fn short(&self) -> String {
        let id = |source: &Option<Source>| {
            source
                .as_ref()
                .map_or("", |source| &source.external_id)
                .to_owned()
        };
        match self {
            Self::Create(request) => {
                let name = request
                    .collaborator
                    .as_ref()
                    .map(|it| it.family_name.clone());
                let word = match &request.update_mask {
                    Some(mask) => format!("amend ({})", mask.paths.join(",")),
                    None => "create".to_owned(),
                };
                format!(
                    "{word} {} {}",
                    id(&request.source),
                    name.unwrap_or_default()
                )
            }
            Self::Withdraw(id) => format!("withdraw {id}"),
            Self::Report(it) => {
                let kind = it.kind().as_str_name();
                format!(
                    "report {} {kind} {} {}",
                    id(&it.source),
                    it.reason,
                    it.fields.join(",")
                )
            }
        }
    }
}

#[derive(Default)]
struct State {
    tenants: HashMap<String, GetWebhookSettingsResponse>,
    settings_asked: usize,
    /// Answers to come, by method; then OK.
    failures: HashMap<&'static str, VecDeque<Status>>,
    /// What creations of a tenant are answered with.
    refused: HashMap<String, Status>,
    /// What is known of hires, by external id.
    known: HashMap<String, OnboardingState>,
    /// Creations of these hires wait for a permit.
    gates: HashMap<String, Arc<Semaphore>>,
    tokens: Vec<Option<String>>,
    remarks: Vec<String>,
}

pub(super) type OnboardingState = crate::pb::v1::State;

#[derive(Clone)]
struct Inner {
    state: Arc<Mutex<State>>,
    calls: watch::Sender<Vec<Call>>,
    deliveries: watch::Sender<Vec<ReportDeliveriesRequest>>,
}

/// The service and the port it is to be found at, also while it is away.
pub(super) struct Fake {
    inner: Inner,
    address: SocketAddr,
    serving: Mutex<Option<(CancellationToken, JoinHandle<()>)>>,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Self {
            inner: Inner {
                state: Arc::default(),
                calls: watch::Sender::default(),
                deliveries: watch::Sender::default(),
            },
            address: listener.local_addr().unwrap(),
            serving: Mutex::new(None),
        };
        fake.serve(listener);
        fake
    }

    fn serve(&self, listener: TcpListener) {
        let stop = CancellationToken::new();
        let serving = Server::builder()
            .add_service(AdapterServiceServer::new(self.inner.clone()))
            .add_service(OnboardingServiceServer::new(self.inner.clone()))
            .serve_with_incoming_shutdown(
                TcpListenerStream::new(listener),
                stop.clone().cancelled_owned(),
            );
        let task = tokio::spawn(async move { serving.await.unwrap() });
        *self.serving.lock().unwrap() = Some((stop, task));
    }

    pub(super) async fn go_away(&self) {
        let (stop, task) = self.serving.lock().unwrap().take().unwrap();
        stop.cancel();
        task.await.unwrap();
    }

    pub(super) async fn come_back(&self) {
        self.serve(TcpListener::bind(self.address).await.unwrap());
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn set_tenant(&self, tenant: &str, settings: GetWebhookSettingsResponse) {
        let mut state = self.inner.state.lock().unwrap();
        state.tenants.insert(tenant.to_owned(), settings);
    }

    /// Deletes a tenant, or never knew it.
    pub(super) fn delete_tenant(&self, tenant: &str) {
        self.inner.state.lock().unwrap().tenants.remove(tenant);
    }

    /// From now on the creations of a tenant are answered with an error, or accepted again.
    pub(super) fn refuse(&self, tenant: &str, status: Option<Status>) {
        let refused = &mut self.inner.state.lock().unwrap().refused;
        match status {
            Some(status) => refused.insert(tenant.to_owned(), status),
            None => refused.remove(tenant),
        };
    }

    /// How often webhook settings were asked for.
    pub(super) fn settings_asked(&self) -> usize {
        self.inner.state.lock().unwrap().settings_asked
    }

    /// The next calls of a method are answered with these errors.
    pub(super) fn fail(&self, method: &'static str, statuses: impl IntoIterator<Item = Status>) {
        let mut state = self.inner.state.lock().unwrap();
        state.failures.entry(method).or_default().extend(statuses);
    }

    pub(super) fn knows(&self, id: &str, onboarding: OnboardingState) {
        let mut state = self.inner.state.lock().unwrap();
        state.known.insert(id.to_owned(), onboarding);
    }

    /// Creations of this hire end only once a permit is added.
    pub(super) fn gate(&self, id: &str) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        let mut state = self.inner.state.lock().unwrap();
        state.gates.insert(id.to_owned(), Arc::clone(&gate));
        gate
    }

    /// The remarks that came with creations.
    pub(super) fn remarks(&self) -> Vec<String> {
        self.inner.state.lock().unwrap().remarks.clone()
    }

    /// The authorization of each call.
    pub(super) fn tokens(&self) -> Vec<Option<String>> {
        self.inner.state.lock().unwrap().tokens.clone()
    }

    /// The calls that were received, once there are as many as that.
    pub(super) async fn calls(&self, count: usize) -> Vec<Call> {
        let mut calls = self.inner.calls.subscribe();
        let enough = calls.wait_for(|calls| calls.len() >= count);
        match timeout(PATIENCE, enough).await {
            Ok(calls) => calls.unwrap().clone(),
            Err(_) => panic!("{count} calls did not come, only {:?}", self.so_far()),
        }
    }

    /// The reports of deliveries, once there are as many as that.
    pub(super) async fn deliveries(&self, count: usize) -> Vec<ReportDeliveriesRequest> {
        let mut told = self.inner.deliveries.subscribe();
        let enough = told.wait_for(|told| told.len() >= count);
        timeout(PATIENCE, enough).await.unwrap().unwrap().clone()
    }

    /// As [`Self::calls`], in short.
    pub(super) async fn heard(&self, count: usize) -> Vec<String> {
        self.calls(count).await.iter().map(Call::short).collect()
    }

    /// The calls received up to now, in short.
    pub(super) fn so_far(&self) -> Vec<String> {
        self.inner.calls.borrow().iter().map(Call::short).collect()
    }
}

impl Inner {
    fn answer<Q>(&self, method: &'static str, request: &Request<Q>) -> Result<(), Status> {
        let token = request.metadata().get("authorization");
        let mut state = self.state.lock().unwrap();
        state
            .tokens
            .push(token.map(|token| token.to_str().unwrap().to_owned()));
        match state.failures.get_mut(method).and_then(VecDeque::pop_front) {
            Some(status) => Err(status),
            None => Ok(()),
        }
    }

    fn record(&self, call: Call) {
        self.calls.send_modify(|calls| calls.push(call));
    }
}

fn id(source: Option<&Source>) -> String {
    source.unwrap().external_id.clone()
}

#[tonic::async_trait]
impl AdapterService for Inner {
    async fn get_webhook_settings(
        &self,
        request: Request<GetWebhookSettingsRequest>,
    ) -> Result<Response<GetWebhookSettingsResponse>, Status> {
        if request.get_ref().tenant.is_empty() {
            let mut state = self.state.lock().unwrap();
            let failure = state.failures.get_mut("look").and_then(VecDeque::pop_front);
            return Err(failure.unwrap_or_else(|| Status::invalid_argument("tenant")));
        }
        self.state.lock().unwrap().settings_asked += 1;
        self.answer("settings", &request)?;
        let state = self.state.lock().unwrap();
        let settings = state.tenants.get(&request.get_ref().tenant).cloned();
        settings
            .map(Response::new)
            .ok_or_else(|| Status::not_found("no such tenant"))
    }

    async fn report_event(
        &self,
        request: Request<ReportEventRequest>,
    ) -> Result<Response<ReportEventResponse>, Status> {
        let answer = self.answer("report", &request);
        self.record(Call::Report(request.into_inner()));
        answer.map(|()| Response::new(ReportEventResponse {}))
    }

    async fn report_deliveries(
        &self,
        request: Request<ReportDeliveriesRequest>,
    ) -> Result<Response<ReportDeliveriesResponse>, Status> {
        let answer = self.answer("deliveries", &request);
        let report = request.into_inner();
        self.deliveries.send_modify(|told| told.push(report));
        answer.map(|()| Response::new(ReportDeliveriesResponse {}))
    }
}

#[tonic::async_trait]
impl OnboardingService for Inner {
    async fn create_collaborator(
        &self,
        request: Request<CreateCollaboratorRequest>,
    ) -> Result<Response<CreateCollaboratorResponse>, Status> {
        let answer = self.answer("create", &request).and_then(|()| {
            let state = self.state.lock().unwrap();
            let refused = state.refused.get(&request.get_ref().tenant);
            refused.cloned().map_or(Ok(()), Err)
        });
        if let Some(remarks) = request.metadata().get("onboarding-remarks") {
            let mut state = self.state.lock().unwrap();
            state.remarks.push(remarks.to_str().unwrap().to_owned());
        }
        let request = request.into_inner();
        let gate = {
            let state = self.state.lock().unwrap();
            state.gates.get(&id(request.source.as_ref())).cloned()
        };
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        let known = self
            .state
            .lock()
            .unwrap()
            .known
            .get(&id(request.source.as_ref()))
            .copied();
        let updates_nothing = request.update_mask.is_some()
            && known.is_none_or(|state| state == OnboardingState::Cancelled);
        self.record(Call::Create(Box::new(request)));
        if updates_nothing {
            let mut details = ErrorDetails::new();
            details.set_error_info("ONBOARDING_NOT_FOUND", "onboarding.hr", []);
            return Err(Status::with_error_details(Code::NotFound, "…", details));
        }
        answer.map(|()| Response::new(CreateCollaboratorResponse::default()))
    }

    async fn get_status(
        &self,
        _: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        Err(Status::unimplemented("not for the adapter"))
    }

    async fn withdraw_hire(
        &self,
        request: Request<WithdrawHireRequest>,
    ) -> Result<Response<WithdrawHireResponse>, Status> {
        let answer = self.answer("withdraw", &request);
        let id = id(request.get_ref().source.as_ref());
        let known = self.state.lock().unwrap().known.contains_key(&id);
        self.record(Call::Withdraw(id));
        let onboarding = known.then(Onboarding::default);
        answer.map(|()| Response::new(WithdrawHireResponse { onboarding }))
    }

    async fn check_defaults(
        &self,
        _: Request<CheckDefaultsRequest>,
    ) -> Result<Response<CheckDefaultsResponse>, Status> {
        Err(Status::unimplemented("not for the adapter"))
    }

    type WatchStatusStream =
        Pin<Box<dyn Stream<Item = Result<WatchStatusResponse, Status>> + Send>>;

    async fn watch_status(
        &self,
        _: Request<WatchStatusRequest>,
    ) -> Result<Response<Self::WatchStatusStream>, Status> {
        Err(Status::unimplemented("not for the adapter"))
    }
}
