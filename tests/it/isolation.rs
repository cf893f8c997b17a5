//! A hostile tenant beside an honest one, through the real programs: the honest tenant gets an answer
//! to each call, its hires are created in time, and nothing of it is read.
//!
//! `cargo nextest run --test it isolation --no-capture` prints the times.
#![allow(clippy::print_stdout, reason = "the times are for people")]

use std::time::Duration;

use futures_util::{StreamExt as _, future::join_all, stream};
use lucca_onboarding::{
    config::{Rights, Scope, Token},
    pb::v1::{
        self, State, onboarding_service_client::OnboardingServiceClient,
        operations_service_client::OperationsServiceClient, resolve_onboarding_request::Decision,
        tenant_service_client::TenantServiceClient, watch_status_request,
    },
    sandbox::{Fault, Key, Kind, Options as SandboxOptions, Sandbox},
};
use tokio::time::{Instant, timeout};
use tonic::{Code, Status};

use crate::{
    harness::load::{ADAPTER, Callers, HONEST, HOSTILE},
    support::{
        House, LUCCA_KEY, TENANT, collaborator, hire, source, tenant,
        webhook::{Webhook, event, nine_items, proof_with},
    },
};

const EVIL: &str = "evil";

/// The hires of the honest tenant during an attack.
const HIRES: usize = 4;

/// An honest hire that takes longer is late: alone it takes about 0.2 s.
const LATE: Duration = Duration::from_secs(2);

/// How long a test waits for a change.
const PATIENCE: Duration = Duration::from_secs(10);

const IMPOSSIBLE: [&str; 6] = [
    "-000001-12-31",
    "0000-01-01",
    "0001-01-01",
    "1899-12-31",
    "2201-01-01",
    "9999-12-31",
];

/// A service with both tenants, each with a token of its own.
struct Town {
    house: House,
    honest: Callers,
    hostile: Callers,
}

impl Town {
    /// The hostile tenant has this Lucca, or the honest one's, and this key there.
    async fn open(lucca: Option<&Sandbox>, key: &str) -> Self {
        let mut house = House::without_tenant(SandboxOptions::default()).await;
        house.stop_service().await;
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
        let url = match lucca {
            Some(sandbox) => {
                let host = sandbox.address().to_string();
                house.settings.lucca.allow_insecure(&host).unwrap();
                sandbox.url()
            }
            None => house.lucca_url(),
        };
        house.start_service().await;
        house.start_adapter().await;
        let callers = |token| Callers::new(&[house.grpc()], house.webhooks(), token);
        let (honest, hostile) = (callers(HONEST), callers(HOSTILE));
        let evil = v1::Tenant {
            id: EVIL.to_owned(),
            lucca_api_key: key.to_owned(),
            webhook: Some(v1::Webhook {
                auth: vec![proof_with([6; 32])],
                ..v1::Webhook::default()
            }),
            ..tenant(&url)
        };
        for tenant in [tenant(&house.lucca_url()), evil] {
            honest.create_tenant(tenant).await.unwrap();
        }
        Self {
            house,
            honest,
            hostile,
        }
    }

    async fn create(
        &self,
        callers: &Callers,
        request: v1::CreateCollaboratorRequest,
    ) -> Result<v1::Onboarding, Status> {
        let mut service = OnboardingServiceClient::new(callers.channel(0));
        let answer = service.create_collaborator(request).await?.into_inner();
        answer.onboarding.ok_or_else(|| Status::internal("empty"))
    }

    /// The hostile tenant sends a hire and does not wait for it.
    async fn attack_with(
        &self,
        name: &str,
        person: v1::Collaborator,
    ) -> Result<v1::Onboarding, Status> {
        let request = v1::CreateCollaboratorRequest {
            tenant: EVIL.to_owned(),
            wait: None,
            ..hire(name, person)
        };
        self.create(&self.hostile, request).await
    }

    /// Why a hire of the hostile tenant waits.
    async fn last_error(&self, id: &str) -> String {
        let mut service = OnboardingServiceClient::new(self.hostile.channel(0));
        let key = Some(watch_status_request::Key::OnboardingId(id.to_owned()));
        let stream = service.watch_status(v1::WatchStatusRequest { key }).await;
        let mut stream = stream.unwrap().into_inner();
        loop {
            let next = timeout(PATIENCE, stream.message()).await;
            let seen = next.expect("a change in time").unwrap().unwrap();
            let seen = seen.onboarding.unwrap();
            assert_eq!(seen.state(), State::Accepted);
            if !seen.last_error.is_empty() {
                return seen.last_error;
            }
        }
    }

    /// The honest tenant works while an attack goes on, and after it: it hires, reads and lists.
    async fn works_during(&self, name: &str, attack: impl Future<Output = ()>) {
        let work = async |name: String| {
            let begun = Instant::now();
            let request = hire(&name, collaborator(&name));
            let created = self.create(&self.honest, request).await.unwrap();
            let took = begun.elapsed();
            assert_eq!(created.state(), State::Created, "{name}");
            assert!(took < LATE, "{name} took {took:?}");
            let mut operations = OperationsServiceClient::new(self.honest.channel(0));
            // Of all tenants, as the service's own operators list them.
            let all = v1::ListOnboardingsRequest {
                page_size: 10,
                ..v1::ListOnboardingsRequest::default()
            };
            operations.list_onboardings(all).await.unwrap();
            took
        };
        let first_hires = async {
            let mut slowest = Duration::ZERO;
            for nth in 0..HIRES {
                slowest = slowest.max(work(format!("Honnete{nth}")).await);
            }
            slowest
        };
        let (slowest, ()) = tokio::join!(first_hires, attack);
        let after = work("Honneteapres".to_owned()).await;
        println!("{name}: created within {slowest:?} during the attack, {after:?} after it");
        assert_eq!(self.house.created_by_calls("Honnete0"), 1);
    }
}

/// A Lucca for the hostile tenant alone.
async fn lucca() -> Sandbox {
    let options = SandboxOptions {
        api_key: LUCCA_KEY.to_owned(),
        ..SandboxOptions::default()
    };
    Sandbox::start(options).await.unwrap()
}

#[tokio::test]
async fn impossible_dates_are_refused_wherever_they_come_in() {
    let lucca = lucca().await;
    let town = Town::open(Some(&lucca), LUCCA_KEY).await;
    let attack = async {
        let incomplete = v1::CreateCollaboratorRequest {
            tenant: EVIL.to_owned(),
            accept_incomplete: true,
            wait: None,
            ..hire(
                "incomplete",
                v1::Collaborator {
                    contract_start_date: String::new(),
                    ..collaborator("Incomplet")
                },
            )
        };
        let waiting = town.create(&town.hostile, incomplete).await.unwrap();
        for date in IMPOSSIBLE {
            let person = v1::Collaborator {
                contract_start_date: date.to_owned(),
                ..collaborator("Jamais")
            };
            let sent = town.attack_with(date, person.clone()).await;
            let amend = v1::ResolveOnboardingRequest {
                onboarding_id: waiting.id.clone(),
                decision: Some(Decision::Amend(v1::resolve_onboarding_request::Amend {
                    collaborator: Some(person),
                    update_mask: Some(prost_types::FieldMask {
                        paths: vec!["contract_start_date".to_owned()],
                    }),
                })),
            };
            let mut operations = OperationsServiceClient::new(town.hostile.channel(0));
            let amended = operations.resolve_onboarding(amend).await;
            let codes = [sent.map(|_| ()), amended.map(|_| ())].map(|it| it.unwrap_err().code());
            assert_eq!(codes, [Code::InvalidArgument; 2], "{date}");
        }
        let mut operations = OperationsServiceClient::new(town.hostile.channel(0));
        let own = v1::ListOnboardingsRequest {
            tenant: EVIL.to_owned(),
            ..v1::ListOnboardingsRequest::default()
        };
        let listed = operations.list_onboardings(own).await.unwrap();
        assert_eq!(listed.into_inner().onboardings.len(), 1);
    };
    town.works_during("impossible dates", attack).await;
}

#[tokio::test]
async fn a_flood_of_odd_and_huge_hires_disturbs_nobody() {
    let lucca = lucca().await;
    let town = Town::open(Some(&lucca), LUCCA_KEY).await;
    let attack = async {
        let sent = stream::iter(0..40).map(|nth| {
            let text = prost_types::value::Kind::StringValue("é".repeat(500));
            let entry = |code| {
                let kind = Some(text.clone());
                (format!("e_{code}"), prost_types::Value { kind })
            };
            let person = v1::Collaborator {
                given_name: "\u{202e}🎉".repeat(60),
                contract_start_date: ["1900-01-01", "2200-12-31"][nth % 2].to_owned(),
                birth_date: "2200-12-31".to_owned(),
                // Not far below the largest hire that is taken.
                extended_data: (0..50).map(entry).collect(),
                ..collaborator(&format!("Enorme{nth}"))
            };
            let town = &town;
            async move { town.attack_with(&format!("e-{nth}"), person).await }
        });
        let answers: Vec<_> = sent.buffer_unordered(4).collect().await;
        assert!(answers.iter().any(Result::is_ok));
    };
    town.works_during("odd and huge hires", attack).await;
}

#[tokio::test]
async fn hundreds_of_open_streams_disturb_nobody() {
    let lucca = lucca().await;
    let town = Town::open(Some(&lucca), LUCCA_KEY).await;
    let person = v1::Collaborator {
        contract_start_date: "1900-01-01".to_owned(),
        ..collaborator("Suivi")
    };
    town.attack_with("watched", person).await.unwrap();
    let watch = async |nth: usize| {
        // A connection takes 256 calls at the same time.
        let callers = Callers::new(&[town.house.grpc()], town.house.webhooks(), HOSTILE);
        let service = OnboardingServiceClient::new(callers.channel(nth));
        let streams = (0..100).map(|_| {
            let key = v1::SourceKey {
                tenant: EVIL.to_owned(),
                source: Some(source("test", "watched")),
            };
            let key = Some(watch_status_request::Key::SourceKey(key));
            let mut service = service.clone();
            async move { service.watch_status(v1::WatchStatusRequest { key }).await }
        });
        join_all(streams).await
    };
    let streams = join_all((0..4).map(watch)).await;
    // One caller has a share of the streams; it binds while others want some.
    let (open, refused): (Vec<_>, Vec<_>) = streams.iter().flatten().partition(|it| it.is_ok());
    assert!(!open.is_empty());
    let unavailable =
        |it: &&Result<_, Status>| it.as_ref().is_err_and(|it| it.code() == Code::Unavailable);
    assert!(refused.iter().all(unavailable));
    town.works_during("400 open streams", async {}).await;
    drop(streams);
}

#[tokio::test]
async fn forged_webhooks_are_refused_and_delay_no_true_one() {
    let lucca = lucca().await;
    let town = Town::open(Some(&lucca), LUCCA_KEY).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let adapter = format!("http://{}", town.house.webhooks());
    let forge = async |nth: usize| {
        let body = event("hire.confirmed", &format!("f-{nth}"), nine_items("Faux"));
        let forged = Webhook {
            tenant: [EVIL, TENANT][nth % 2].to_owned(),
            key: [5; 32],
            ..Webhook::of(&body)
        };
        let answer = forged.request(&client, &adapter).send().await.unwrap();
        answer.status().as_u16()
    };
    let attack = async {
        // More than one address may send with wrong signatures in a minute.
        let answers = stream::iter(0..700).map(forge).buffer_unordered(16);
        let answers: Vec<u16> = answers.collect().await;
        assert!(
            answers.iter().all(|it| [401, 429].contains(it)),
            "{answers:?}"
        );
        let honest = event("hire.confirmed", "true", nine_items("Vrai"));
        assert_eq!(Webhook::of(&honest).send(&town.house).await, 200);
    };
    town.works_during("700 forged webhooks", attack).await;
}

#[tokio::test]
async fn a_lucca_that_answers_garbage_disturbs_nobody() {
    let lucca = lucca().await;
    lucca.control().inject(Fault::on_reads(Kind::Garbage, "/"));
    let town = Town::open(Some(&lucca), LUCCA_KEY).await;
    let attack = async {
        for nth in 0..40 {
            let person = collaborator(&format!("Bruit{nth}"));
            town.attack_with(&format!("e-{nth}"), person).await.unwrap();
        }
    };
    town.works_during("a Lucca of garbage", attack).await;
    assert!(lucca.control().ledger().creations().is_empty());
}

#[tokio::test]
async fn a_wrong_key_for_the_lucca_of_another_gets_nothing_and_delays_nobody() {
    let town = Town::open(None, "22222222-0000-0000-0000-000000000000").await;
    let attack = async {
        for nth in 0..5 {
            let person = collaborator(&format!("Voleur{nth}"));
            town.attack_with(&format!("e-{nth}"), person).await.unwrap();
            let change = v1::UpdateTenantRequest {
                tenant: Some(v1::Tenant {
                    id: EVIL.to_owned(),
                    lucca_api_key: format!("33333333-0000-0000-0000-00000000000{nth}"),
                    ..v1::Tenant::default()
                }),
                verify_key: true,
                ..v1::UpdateTenantRequest::default()
            };
            let mut tenants = TenantServiceClient::new(town.hostile.channel(0));
            let status = tenants.update_tenant(change).await.unwrap_err();
            // Refused by Lucca; after that the tenant has to wait.
            let expected = [Code::FailedPrecondition, Code::Unavailable];
            assert!(expected.contains(&status.code()), "{status}");
        }
    };
    town.works_during("a wrong key", attack).await;
    assert_eq!(town.house.created_by_calls("Voleur0"), 0);
}

#[tokio::test]
async fn a_key_that_does_not_see_a_person_learns_nothing_of_what_another_key_created() {
    let mut blind = Key::new("blind", "44444444-0000-0000-0000-000000000000");
    blind.rights.see_future = false;
    blind.rights.see_former = false;
    let town = Town::open(None, &blind.value).await;
    town.house.sandbox().add_key(blind);
    let request = hire("seen", collaborator("Secrete"));
    let created = town.create(&town.honest, request).await.unwrap();
    assert_eq!(created.state(), State::Created);
    // With the login that the honest hire has reserved, it waits and learns only that.
    let blocked = town
        .attack_with("exact", collaborator("Secrete"))
        .await
        .unwrap();
    let error = town.last_error(&blocked.id).await;
    assert_eq!(
        error,
        "Blocked by another hire that creates a person with the same login."
    );
    // The same name and address with another login: a key that sees the person would ask whether it
    // is the same one.
    let probe = v1::Collaborator {
        login: "curieux".to_owned(),
        ..collaborator("Secrete")
    };
    let request = v1::CreateCollaboratorRequest {
        tenant: EVIL.to_owned(),
        ..hire("probe", probe)
    };
    let told = town.create(&town.hostile, request).await.unwrap();
    assert_eq!(told.state(), State::Created);
    assert_ne!(told.lucca_user_id, created.lucca_user_id);
    let candidates: Vec<_> = told.warnings.iter().flat_map(|it| &it.candidates).collect();
    assert!(candidates.is_empty(), "{candidates:?}");
}
