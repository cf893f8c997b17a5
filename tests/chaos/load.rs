//! Those who speak to the service: the applicant tracking system, and other services.

use std::{net::SocketAddr, time::Duration};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use lucca_onboarding::pb::v1::{
    self, get_status_request::Key, onboarding_service_client::OnboardingServiceClient,
    operations_service_client::OperationsServiceClient, tenant_service_client::TenantServiceClient,
};
use serde_json::json;
use tokio::time::{Instant, sleep};
use tonic::{
    Code, Request, Status,
    metadata::AsciiMetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use super::{
    hires::{Hire, Route, Word},
    hostile,
};

pub const TENANT: &str = "acme";

/// The role "Collaborateur" of the sandbox's company.
const ROLE: i64 = 51;

const WEBHOOK_KEY: [u8; 32] = [7; 32];

/// The tokens of the honest callers and operators, of the adapter, and of the hostile customer.
pub const HONEST: &str = "the-token-of-honest-callers";
pub const ADAPTER: &str = "the-token-of-the-adapter";
pub const HOSTILE: &str = "the-token-of-a-hostile-customer";

/// The setting `auth.tokens`.
pub fn tokens() -> String {
    let entry = |name, token, scopes: &[&str], tenants: &[&str]| json!({"name": name, "token": token, "scopes": scopes, "tenants": tenants});
    let rights = ["caller", "operator", "admin"];
    json!([
        entry("honest", HONEST, &rights, &["*"]),
        entry("adapter", ADAPTER, &["adapter"], &["*"]),
        entry(
            "hostile",
            HOSTILE,
            &rights,
            &[hostile::TENANT, hostile::THIEF]
        ),
    ])
    .to_string()
}

/// Adds a token to each call.
#[derive(Clone, Debug)]
pub struct Bearer(AsciiMetadataValue);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// The pause before the next try.
const PAUSE: Duration = Duration::from_millis(250);

/// What a try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Acknowledged,
    Again,
    /// Trying again is not allowed.
    Refused(String),
}

/// Everyone outside.
#[derive(Clone, Debug)]
pub struct Callers {
    channels: Vec<Channel>,
    bearer: Bearer,
    webhooks: SocketAddr,
    http: reqwest::Client,
    begun: Timestamp,
}

impl Callers {
    pub fn new(services: &[SocketAddr], webhooks: SocketAddr, token: &str) -> Self {
        let channel = |address: &SocketAddr| {
            Endpoint::from_shared(format!("http://{address}"))
                .expect("an address is a URL")
                .connect_timeout(PATIENCE)
                .timeout(PATIENCE)
                .connect_lazy()
        };
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
        Self {
            channels: services.iter().map(channel).collect(),
            bearer: Bearer(format!("Bearer {token}").parse().expect("a plain token")),
            webhooks,
            http: http.build().expect("a client without TLS files"),
            begun: Timestamp::now() - SignedDuration::from_mins(1),
        }
    }

    /// A connection to one of the replicas.
    pub fn channel(&self, nth: usize) -> InterceptedService<Channel, Bearer> {
        let channel = self.channels[nth % self.channels.len()].clone();
        InterceptedService::new(channel, self.bearer.clone())
    }

    /// Makes a tenant; waits for the service.
    pub async fn create_tenant(&self, tenant: v1::Tenant) -> Result<(), Status> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let request = v1::CreateTenantRequest {
                tenant: Some(tenant.clone()),
                verify_key: false,
                validate_only: false,
            };
            let mut tenants = TenantServiceClient::new(self.channel(0));
            match tenants.create_tenant(request).await {
                Ok(_) => return Ok(()),
                Err(status) if status.code() == Code::AlreadyExists => return Ok(()),
                Err(status) if !may_pass(status.code()) || Instant::now() > deadline => {
                    return Err(status);
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    /// Says a word until it is acknowledged.
    ///
    /// # Errors
    /// Nobody took it, in one sentence.
    pub async fn insist(&self, hire: &Hire, word: usize, until: Instant) -> Result<(), String> {
        let mut tries = 0;
        loop {
            let answer = match hire.route {
                Route::Webhook => self.send(hire, word).await,
                Route::Call => self.call(hire, word, tries).await,
            };
            match answer {
                Answer::Acknowledged => return Ok(()),
                Answer::Refused(why) => return Err(why),
                Answer::Again if Instant::now() > until => {
                    return Err(format!("not taken in {tries} tries"));
                }
                Answer::Again => sleep(PAUSE).await,
            }
            tries += 1;
        }
    }

    /// When the word was said, as it says itself: an echo says what its first sound said.
    fn said_at(&self, hire: &Hire, word: usize) -> (Timestamp, usize, Word) {
        let (nth, kind) = match hire.words[word].1 {
            Word::Echo => (0, hire.words[0].1),
            kind => (word, kind),
        };
        let seconds = i64::try_from(nth).unwrap_or_default();
        (self.begun + SignedDuration::from_secs(seconds), nth, kind)
    }

    async fn send(&self, hire: &Hire, word: usize) -> Answer {
        let (time, nth, kind) = self.said_at(hire, word);
        let (name, data) = match kind {
            Word::Amend => ("hire.updated", hire.items("Technique")),
            Word::Withdraw => ("hire.cancelled", json!({"applicationId": hire.id})),
            _ => ("hire.confirmed", hire.items("Produit")),
        };
        let id = format!("evt-{}-{nth}", hire.id);
        let event = json!({"type": name, "id": id, "timestamp": time.to_string(), "data": data});
        let answer = self
            .post(TENANT, &id, event.to_string(), &WEBHOOK_KEY)
            .await;
        match answer.map(|answer| answer.status().as_u16()) {
            Ok(200) => Answer::Acknowledged,
            Ok(status @ (400..=407 | 409..=428)) => {
                Answer::Refused(format!("the webhook is refused with {status}"))
            }
            _ => Answer::Again,
        }
    }

    /// Posts a webhook that is signed with this key.
    pub async fn post(
        &self,
        tenant: &str,
        id: &str,
        body: String,
        key: &[u8],
    ) -> reqwest::Result<reqwest::Response> {
        let now = Timestamp::now().as_second();
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let signature = hmac::sign(&key, format!("{id}.{now}.{body}").as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(signature));
        self.http
            .post(format!("http://{}/webhooks/{tenant}", self.webhooks))
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await
    }

    async fn call(&self, hire: &Hire, word: usize, tries: usize) -> Answer {
        let (time, _, kind) = self.said_at(hire, word);
        let source = Some(v1::Source {
            event_time: Some(prost_types::Timestamp {
                seconds: time.as_second(),
                nanos: time.subsec_nanosecond(),
            }),
            ..source(hire)
        });
        let mut service = OnboardingServiceClient::new(self.channel(word + tries));
        let tenant = TENANT.to_owned();
        let answered = if kind == Word::Withdraw {
            let request = v1::WithdrawHireRequest { tenant, source };
            service.withdraw_hire(request).await.map(|_| ())
        } else {
            let department = match kind {
                Word::Amend => "Technique",
                _ => "Produit",
            };
            let request = v1::CreateCollaboratorRequest {
                tenant,
                source,
                collaborator: Some(hire.collaborator(department)),
                ..v1::CreateCollaboratorRequest::default()
            };
            service.create_collaborator(request).await.map(|_| ())
        };
        match answered {
            Ok(()) => Answer::Acknowledged,
            // The employee was created before the amendment came.
            Err(status) if status.code() == Code::AlreadyExists && kind == Word::Amend => {
                Answer::Acknowledged
            }
            Err(status) if may_pass(status.code()) => Answer::Again,
            Err(status) => Answer::Refused(format!("{:?} {}", status.code(), status.message())),
        }
    }

    /// An operator lets every hire with a problem try again; how many.
    ///
    /// # Errors
    /// As the service answers.
    pub async fn retry(&self, problem_code: &str) -> Result<u64, Status> {
        use v1::retry_onboardings_request::{ProblemFilter, Selection};
        let filter = ProblemFilter {
            tenant: TENANT.to_owned(),
            problem_code: problem_code.to_owned(),
        };
        let request = v1::RetryOnboardingsRequest {
            selection: Some(Selection::Problem(filter)),
        };
        let mut operators = OperationsServiceClient::new(self.channel(0));
        let answer = operators.retry_onboardings(request).await?.into_inner();
        Ok(answer.retried_count.unsigned_abs().into())
    }

    /// What the service says of a hire.
    ///
    /// # Errors
    /// As the service answers.
    pub async fn status(&self, hire: &Hire, nth: usize) -> Result<v1::Onboarding, Status> {
        let request = v1::GetStatusRequest {
            key: Some(Key::SourceKey(v1::SourceKey {
                tenant: TENANT.to_owned(),
                source: Some(source(hire)),
            })),
            refresh: false,
        };
        let mut service = OnboardingServiceClient::new(self.channel(nth));
        let answer = service.get_status(request).await?.into_inner();
        answer.onboarding.ok_or_else(|| Status::internal("empty"))
    }
}

fn source(hire: &Hire) -> v1::Source {
    v1::Source {
        system: hire.system().to_owned(),
        external_id: hire.id.clone(),
        ..v1::Source::default()
    }
}

/// What a caller does not know the reason of: the service was killed, frozen or cut off.
fn may_pass(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Unknown
            | Code::Internal
            | Code::Aborted
            // After a long stillness the server ends connections on which too many calls
            // were given up.
            | Code::ResourceExhausted
    )
}

/// A tenant with a default role and signed webhooks.
pub fn tenant(lucca_url: &str, key: &str) -> v1::Tenant {
    use v1::webhook_auth::{Method, StandardWebhooks};
    let secret = v1::Secret {
        value: format!("whsec_{}", STANDARD.encode(WEBHOOK_KEY)),
        ..v1::Secret::default()
    };
    let proof = v1::WebhookAuth {
        method: Some(Method::StandardWebhooks(StandardWebhooks {
            secrets: vec![secret],
        })),
    };
    v1::Tenant {
        id: TENANT.to_owned(),
        display_name: "Acme".to_owned(),
        lucca_url: lucca_url.to_owned(),
        lucca_api_key: key.to_owned(),
        defaults: Some(v1::tenant::Defaults {
            role_id: ROLE,
            ..v1::tenant::Defaults::default()
        }),
        webhook: Some(v1::Webhook {
            auth: vec![proof],
            ..v1::Webhook::default()
        }),
        ..v1::Tenant::default()
    }
}
