//! Calls of the gRPC service.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tonic::{
    Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use super::{message::add_remarks, timing::Timing};
use crate::{
    config::Adapter,
    domain::finding::WarningKind,
    net::{dial, tls::TlsError},
    pb::v1::{
        CreateCollaboratorRequest, GetWebhookSettingsRequest, GetWebhookSettingsResponse,
        Onboarding, ReportDeliveriesRequest, ReportEventRequest, WithdrawHireRequest,
        adapter_service_client::AdapterServiceClient,
        onboarding_service_client::OnboardingServiceClient,
    },
};

/// Why the service cannot be called.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The token cannot be sent in a header.
    #[error("adapter.token must be printable ASCII characters")]
    Token,
    /// The files for TLS cannot be used.
    #[error("adapter.onboarding_endpoint over https: {0}")]
    Tls(#[from] TlsError),
}

const KEEP_ALIVE: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(5);

/// The calls that the adapter makes. Clones share a connection, which is opened when needed.
#[derive(Clone)]
pub(super) struct Service {
    adapter: AdapterServiceClient<InterceptedService<Channel, Bearer>>,
    onboarding: OnboardingServiceClient<InterceptedService<Channel, Bearer>>,
    timing: Timing,
}

impl Service {
    pub(super) fn new(settings: &Adapter, timing: Timing) -> Result<Self, EndpointError> {
        let bearer = Bearer::new(settings.token.as_ref())?;
        let endpoint = Endpoint::from(settings.onboarding_endpoint.clone())
            .connect_timeout(CONNECT)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(timing.call)
            // Finds a dead connection before the next hire needs it.
            .keep_alive_while_idle(true);
        let channel = dial::lazily(&endpoint, settings.onboarding_tls.clone())?;
        let channel = InterceptedService::new(channel, bearer);
        Ok(Self {
            adapter: AdapterServiceClient::new(channel.clone()),
            onboarding: OnboardingServiceClient::new(channel),
            timing,
        })
    }

    pub(super) async fn webhook_settings(
        &self,
        tenant: &str,
    ) -> Result<GetWebhookSettingsResponse, Status> {
        let tenant = tenant.to_owned();
        let question = GetWebhookSettingsRequest { tenant };
        let mut client = self.adapter.clone();
        within(self.timing.settings_call, question, async |request| {
            client.get_webhook_settings(request).await
        })
        .await
    }

    pub(super) async fn report(&self, report: ReportEventRequest) -> Result<(), Status> {
        let mut client = self.adapter.clone();
        let call = async |request| client.report_event(request).await;
        within(self.timing.call, report, call).await.map(|_| ())
    }

    pub(super) async fn report_deliveries(
        &self,
        report: ReportDeliveriesRequest,
    ) -> Result<(), Status> {
        let mut client = self.adapter.clone();
        let call = async |request| client.report_deliveries(request).await;
        within(self.timing.call, report, call).await.map(|_| ())
    }

    pub(super) async fn create(
        &self,
        hire: CreateCollaboratorRequest,
        remarks: &[WarningKind],
    ) -> Result<Option<Onboarding>, Status> {
        let mut client = self.onboarding.clone();
        let answer = within(self.timing.call, hire, async |mut request| {
            add_remarks(request.metadata_mut(), remarks);
            client.create_collaborator(request).await
        });
        Ok(answer.await?.onboarding)
    }

    pub(super) async fn withdraw(
        &self,
        withdrawal: WithdrawHireRequest,
    ) -> Result<Option<Onboarding>, Status> {
        let mut client = self.onboarding.clone();
        let call = async |request| client.withdraw_hire(request).await;
        let answer = within(self.timing.call, withdrawal, call).await?;
        Ok(answer.onboarding)
    }
}

/// Bounds a call on both sides: the service gets its deadline, and the wait for a connection ends
/// with it too.
async fn within<Q, A>(
    limit: Duration,
    message: Q,
    call: impl AsyncFnOnce(Request<Q>) -> Result<Response<A>, Status>,
) -> Result<A, Status> {
    let mut request = Request::new(message);
    request.set_timeout(limit);
    match tokio::time::timeout(limit, call(request)).await {
        Ok(answer) => answer.map(Response::into_inner),
        Err(_) => Err(Status::deadline_exceeded("no answer in time")),
    }
}

/// Adds the token to every call.
#[derive(Clone)]
struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    fn new(token: Option<&SecretString>) -> Result<Self, EndpointError> {
        let Some(token) = token else {
            return Ok(Self(None));
        };
        let mut value: MetadataValue<Ascii> = format!("Bearer {}", token.expose_secret())
            .parse()
            .map_err(|_| EndpointError::Token)?;
        value.set_sensitive(true);
        Ok(Self(Some(value)))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", value.clone());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_no_header_can_carry_is_refused_without_being_shown() {
        let error = Bearer::new(Some(&"can\nary".into())).err().unwrap();
        assert!(matches!(error, EndpointError::Token));
        assert!(!error.to_string().contains("ary"), "{error}");
    }
}
