//! A service with an honest tenant and a hostile one, each with a token of its own.

use std::{net::SocketAddr, time::Duration};

use lucca_onboarding::{
    config::{Rights, Scope, Token},
    pb::v1::{
        self, onboarding_service_client::OnboardingServiceClient,
        operations_service_client::OperationsServiceClient, watch_status_request,
    },
    sandbox::{Control, Options as SandboxOptions, Sandbox},
};
use tokio::time::{Instant, interval};
use tonic::{Code, Status, Streaming};

use crate::{
    harness::load::{ADAPTER, Callers, HONEST, HOSTILE},
    support::{
        House, LUCCA_KEY, TENANT, collaborator, hire, source, tenant,
        webhook::{Webhook, event, nine_items, proof_with},
    },
};

/// The hostile tenant.
pub const EVIL: &str = "evil";

/// The key that signs the webhooks of the hostile tenant.
pub const EVIL_SECRET: [u8; 32] = [6; 32];

/// The calls that Lucca takes in this time are those of a minute, so that a budget that is used up
/// delays by seconds and not by minutes.
const WINDOW: Duration = Duration::from_secs(4);

/// Which Lucca the hostile tenant has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// One of its own.
    Own,
    /// The honest tenant's, with a key that this Lucca knows.
    Shared,
    /// The honest tenant's, with a key that this Lucca does not know.
    Claimed,
}

/// How the hires of the honest tenant come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `CreateCollaborator` with `wait`.
    Call,
    /// A webhook to the adapter.
    Webhook,
}

pub struct Town {
    pub house: House,
    pub honest: Callers,
    /// The Lucca of the hostile tenant, if it has its own.
    lucca: Sandbox,
}

/// What an attack can reach.
#[derive(Clone)]
pub struct Target {
    pub grpc: SocketAddr,
    pub webhooks: SocketAddr,
    pub lucca: Control,
}

/// The hostile tenant, with connections of its own.
pub struct Hostile {
    pub target: Target,
    pub callers: Callers,
}

impl Hostile {
    pub fn of(target: Target) -> Self {
        let callers = Callers::new(&[target.grpc], target.webhooks, HOSTILE);
        Self { target, callers }
    }

    /// Sends a hire and does not wait for it.
    pub async fn hire(
        &self,
        name: &str,
        person: v1::Collaborator,
    ) -> Result<v1::Onboarding, Status> {
        let request = v1::CreateCollaboratorRequest {
            tenant: EVIL.to_owned(),
            wait: None,
            ..hire(name, person)
        };
        create(&self.callers, request).await
    }
}

pub async fn create(
    callers: &Callers,
    request: v1::CreateCollaboratorRequest,
) -> Result<v1::Onboarding, Status> {
    let mut service = OnboardingServiceClient::new(callers.channel(0));
    let answer = service.create_collaborator(request).await?.into_inner();
    answer.onboarding.ok_or_else(|| Status::internal("empty"))
}

/// What the honest tenant noticed.
#[derive(Clone, Debug, Default)]
pub struct Noticed {
    /// From the call to `CREATED`, for each hire.
    pub times: Vec<Duration>,
    /// Calls that got another answer than they get alone.
    pub refused: Vec<String>,
}

impl Noticed {
    pub fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    pub fn slowest(&self) -> Duration {
        self.times.iter().max().copied().unwrap_or_default()
    }
}

impl Town {
    pub async fn open(account: Account) -> Self {
        let key = match account {
            Account::Claimed => "22222222-0000-0000-0000-000000000000",
            Account::Own | Account::Shared => LUCCA_KEY,
        };
        Self::open_with(account, key).await
    }

    /// The hostile tenant has this key.
    pub async fn open_with(account: Account, key: &str) -> Self {
        let options = SandboxOptions {
            window: WINDOW,
            ..SandboxOptions::default()
        };
        let mut house = House::with(options.clone(), |it| it.lucca.window = WINDOW).await;
        house.stop_service().await;
        let lucca = Sandbox::start(SandboxOptions {
            api_key: LUCCA_KEY.to_owned(),
            ..options
        });
        let lucca = lucca.await.unwrap();
        let token = |name: &str, secret: &str, scopes: &[Scope], tenants: &[&str]| {
            let rights = Rights {
                name: name.to_owned(),
                scopes: scopes.to_vec(),
                tenants: tenants.iter().map(|it| (*it).to_owned()).collect(),
            };
            Token::new(rights, &secret.to_owned().into()).unwrap()
        };
        let all = [Scope::Caller, Scope::Operator, Scope::Admin];
        house.settings.auth.tokens = vec![
            token("honest", HONEST, &all, &["*"]),
            token("adapter", ADAPTER, &[Scope::Adapter], &["*"]),
            token("hostile", HOSTILE, &all, &[EVIL]),
        ];
        house.settings.adapter.token = Some(ADAPTER.to_owned().into());
        let host = lucca.address().to_string();
        house.settings.lucca.allow_insecure(&host).unwrap();
        house.start_service().await;
        house.start_adapter().await;
        let honest = Callers::new(&[house.grpc()], house.webhooks(), HONEST);
        let evil = v1::Tenant {
            id: EVIL.to_owned(),
            lucca_api_key: key.to_owned(),
            webhook: Some(v1::Webhook {
                auth: vec![proof_with(EVIL_SECRET)],
                ..v1::Webhook::default()
            }),
            ..tenant(&match account {
                Account::Own => lucca.url(),
                Account::Shared | Account::Claimed => house.lucca_url(),
            })
        };
        for tenant in [tenant(&house.lucca_url()), evil] {
            honest.create_tenant(tenant).await.unwrap();
        }
        Self {
            house,
            honest,
            lucca,
        }
    }

    pub fn target(&self) -> Target {
        Target {
            grpc: self.house.grpc(),
            webhooks: self.house.webhooks(),
            lucca: self.lucca.control(),
        }
    }

    /// The honest tenant hires, one person after the other, reads and lists.
    pub async fn work(&self, way: Way, name: &str, hires: usize) -> Noticed {
        let mut noticed = Noticed::default();
        for nth in 0..hires {
            let name = format!("{name}{nth}");
            let begun = Instant::now();
            let created = match way {
                Way::Call => self.hires_by_call(&name).await,
                Way::Webhook => self.hires_by_webhook(&name).await,
            };
            match created {
                Ok(()) => noticed.times.push(begun.elapsed()),
                Err(other) => noticed.refused.push(format!("{name}: {other}")),
            }
            noticed.refused.extend(self.reads().await.err());
            assert_eq!(self.house.created_by_calls(&name), 1, "{name}");
        }
        noticed
    }

    async fn hires_by_call(&self, name: &str) -> Result<(), String> {
        let created = create(&self.honest, hire(name, collaborator(name)));
        match created.await.map_err(|it| it.to_string())?.state() {
            v1::State::Created => Ok(()),
            other => Err(other.as_str_name().to_owned()),
        }
    }

    async fn hires_by_webhook(&self, name: &str) -> Result<(), String> {
        let event = event("hire.confirmed", name, nine_items(name));
        let status = Webhook::of(&event).send(&self.house).await;
        if status != 200 {
            return Err(status.to_string());
        }
        let key = v1::SourceKey {
            tenant: TENANT.to_owned(),
            source: Some(source("werecruit", name)),
        };
        let key = watch_status_request::Key::SourceKey(key);
        let mut pause = interval(Duration::from_millis(2));
        for _ in 0..5_000 {
            let mut service = OnboardingServiceClient::new(self.honest.channel(0));
            let request = v1::WatchStatusRequest {
                key: Some(key.clone()),
            };
            match service.watch_status(request).await {
                // The adapter has not handed it over yet.
                Err(status) if status.code() == Code::NotFound => pause.tick().await,
                Err(status) => return Err(status.to_string()),
                Ok(stream) => return until_created(stream.into_inner()).await,
            };
        }
        Err("not handed over".to_owned())
    }

    /// The last page of all tenants, as the operators of the service read it.
    async fn reads(&self) -> Result<(), String> {
        let all = v1::ListOnboardingsRequest {
            page_size: 10,
            ..v1::ListOnboardingsRequest::default()
        };
        let mut operations = OperationsServiceClient::new(self.honest.channel(0));
        let listed = operations.list_onboardings(all).await;
        listed.map(|_| ()).map_err(|it| it.to_string())
    }
}

async fn until_created(mut stream: Streaming<v1::WatchStatusResponse>) -> Result<(), String> {
    while let Some(seen) = stream.message().await.map_err(|it| it.to_string())? {
        match seen.onboarding.unwrap_or_default().state() {
            v1::State::Created => return Ok(()),
            state @ (v1::State::Cancelled | v1::State::NeedsAttention) => {
                return Err(state.as_str_name().to_owned());
            }
            _ => {}
        }
    }
    Err("the stream has ended".to_owned())
}
