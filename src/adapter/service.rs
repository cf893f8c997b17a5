//! The way to the gRPC service.

use std::time::Duration;

use http::Uri;
use secrecy::{ExposeSecret as _, SecretString};
use tonic::{
    Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use super::options::Timing;
use crate::{
    net::{
        dial,
        tls::{ClientFiles, TlsError},
    },
    pb::{
        REMARKS,
        v1::{
            CreateCollaboratorRequest, GetStatusRequest, GetWebhookSettingsRequest,
            GetWebhookSettingsResponse, Onboarding, ReportEventRequest, WithdrawHireRequest,
            adapter_service_client::AdapterServiceClient,
            onboarding_service_client::OnboardingServiceClient,
        },
    },
};

/// Why there is no way to the service.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The token cannot be sent in a header.
    #[error("adapter.token must be printable ASCII characters")]
    Token,
    /// The files for TLS cannot be used.
    #[error("adapter.onboarding_endpoint over https: {0}")]
    Tls(#[from] TlsError),
    /// The transport does not take the address.
    #[error("adapter.onboarding_endpoint cannot be used: {0}")]
    Transport(#[from] tonic::transport::Error),
}

const KEEP_ALIVE: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(5);

/// The calls the adapter makes. Clones share the connection, which is made when needed.
#[derive(Clone)]
pub(super) struct Service {
    adapter: AdapterServiceClient<InterceptedService<Channel, Bearer>>,
    onboarding: OnboardingServiceClient<InterceptedService<Channel, Bearer>>,
    timing: Timing,
}

impl Service {
    pub(super) fn new(
        endpoint: &Uri,
        tls: ClientFiles,
        token: Option<&SecretString>,
        timing: Timing,
    ) -> Result<Self, EndpointError> {
        let bearer = Bearer::new(token)?;
        let endpoint = Endpoint::from_shared(endpoint.to_string())?
            .connect_timeout(CONNECT)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(timing.call)
            // A dead connection must be found before the next hire needs it.
            .keep_alive_while_idle(true);
        let channel = dial::lazily(&endpoint, tls)?;
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
        let mut client = self.adapter.clone();
        let limit = self.timing.settings_call;
        within(
            limit,
            GetWebhookSettingsRequest { tenant },
            async |request| client.get_webhook_settings(request).await,
        )
        .await
    }

    pub(super) async fn report(&self, report: ReportEventRequest) -> Result<(), Status> {
        let mut client = self.adapter.clone();
        within(self.timing.call, report, async |request| {
            client.report_event(request).await
        })
        .await
        .map(|_| ())
    }

    /// `remarks`: codes of what is odd about the hire, separated by commas.
    pub(super) async fn create(
        &self,
        hire: CreateCollaboratorRequest,
        remarks: String,
    ) -> Result<Option<Onboarding>, Status> {
        let mut client = self.onboarding.clone();
        within(self.timing.call, hire, async |mut request| {
            if let Some(remarks) = remarks.parse().ok().filter(|_| !remarks.is_empty()) {
                request.metadata_mut().insert(REMARKS, remarks);
            }
            client.create_collaborator(request).await
        })
        .await
        .map(|answer| answer.onboarding)
    }

    pub(super) async fn status(
        &self,
        question: GetStatusRequest,
    ) -> Result<Option<Onboarding>, Status> {
        let mut client = self.onboarding.clone();
        within(self.timing.call, question, async |request| {
            client.get_status(request).await
        })
        .await
        .map(|answer| answer.onboarding)
    }

    pub(super) async fn withdraw(
        &self,
        withdrawal: WithdrawHireRequest,
    ) -> Result<Option<Onboarding>, Status> {
        let mut client = self.onboarding.clone();
        within(self.timing.call, withdrawal, async |request| {
            client.withdraw_hire(request).await
        })
        .await
        .map(|answer| answer.onboarding)
    }
}

/// Bounds a call on both sides: the server learns its deadline, and a connection that does
/// not come about is not waited for.
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

/// Shows the token with every call.
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
