//! A hostile customer beside the honest one. It has a token for its own tenants only, and its Lucca
//! answers late or with garbage. Its attacks are bounded in number and time.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::Timestamp;
use lucca_onboarding::{
    pb::v1::{
        self, get_status_request::Key, onboarding_service_client::OnboardingServiceClient,
        operations_service_client::OperationsServiceClient,
        tenant_service_client::TenantServiceClient, watch_status_request,
    },
    sandbox::{Fault, Kind, Ledger, Options as SandboxOptions, Sandbox},
};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout_at},
};
use tonic::{Code, Status};

use super::{
    dice::Dice,
    faults,
    hires::named,
    load::{self, Callers},
    oracle::WINDOW,
    tally::count,
};

/// The tenant whose Lucca misbehaves.
pub const TENANT: &str = "evil";

/// The tenant that names the Lucca of the honest one, with a key that Lucca does not know.
pub const THIEF: &str = "thief";

/// A part of all its family names, which no log may contain.
pub const FAMILY_NAME: &str = "Zqhostile";

const LUCCA_KEY: &str = "99999999-8888-7777-6666-555555555555";

/// The most bytes of custom data of one hire, not far below the largest hire that is taken.
const HUGE: usize = 50_000;

/// The pause before a stream is asked for again.
const PAUSE: Duration = Duration::from_millis(200);

/// The hires that it floods the service with.
const FLOOD: u64 = 120;

/// How often each attack is made in a round.
const ATTACKS: [(Attack, u64); 10] = [
    (Attack::Create, FLOOD),
    (Attack::CreateForAnotherLucca, 3),
    (Attack::ImpossibleDate, 12),
    (Attack::ForgedWebhook, 40),
    (Attack::Watch, 40),
    (Attack::List, 12),
    (Attack::Refresh, 12),
    (Attack::CheckDefaults, 2),
    (Attack::TryWrongKey, 3),
    (Attack::ReadAnother, 12),
];

/// The answers to the attacks, and the attacks that succeeded.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub answers: BTreeMap<String, u64>,
    pub violations: Vec<String>,
}

/// The hostile customer.
#[derive(Debug)]
pub struct Hostile {
    seed: u64,
    sandbox: Sandbox,
    callers: Callers,
    outcome: Mutex<Outcome>,
}

/// A kind of attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
enum Attack {
    Create,
    CreateForAnotherLucca,
    ImpossibleDate,
    ForgedWebhook,
    Watch,
    List,
    Refresh,
    CheckDefaults,
    TryWrongKey,
    ReadAnother,
}

impl Hostile {
    pub async fn start(seed: u64, services: &[SocketAddr], webhooks: SocketAddr) -> Self {
        let options = SandboxOptions {
            api_key: LUCCA_KEY.to_owned(),
            window: WINDOW,
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::start(options).await.expect("a sandbox");
        let mut dice = Dice::new(seed);
        let control = sandbox.control();
        for _ in 0..60 {
            control.inject(faults::of_creations(&mut dice));
        }
        // Fewer, because without reads there are no creations.
        for _ in 0..6 {
            control.inject(faults::of_reads(&mut dice));
            let slow = Kind::Delay {
                ms: dice.between(500, 4_500),
            };
            control.inject(Fault {
                times: Some(2),
                ..Fault::on_reads(slow, "/")
            });
        }
        Self {
            seed,
            sandbox,
            callers: Callers::new(services, webhooks, load::HOSTILE),
            outcome: Mutex::default(),
        }
    }

    pub fn lucca(&self) -> SocketAddr {
        self.sandbox.address()
    }

    /// Its tenants; `honest` is the address of the honest tenant's Lucca.
    pub fn tenants(&self, honest: SocketAddr) -> [v1::Tenant; 2] {
        let tenant = |id: &str, lucca: SocketAddr| v1::Tenant {
            id: id.to_owned(),
            ..load::tenant(&format!("http://{lucca}"), LUCCA_KEY)
        };
        [tenant(TENANT, self.lucca()), tenant(THIEF, honest)]
    }

    /// Starts each attack at a random moment. Those that still run at the end are cut off.
    pub async fn act(self: &Arc<Self>, until: Instant) {
        let mut dice = Dice::new(self.seed ^ 1);
        let span = until.saturating_duration_since(Instant::now());
        let span = u64::try_from(span.as_millis()).unwrap_or_default();
        let mut running = JoinSet::new();
        for (attack, times) in ATTACKS {
            for nth in 0..times {
                let (this, begin) = (Arc::clone(self), dice.millis(0, span * 3 / 4));
                let begin = Instant::now() + begin;
                let dice = Dice::new(dice.roll());
                running.spawn(async move {
                    sleep_until(begin).await;
                    let answer = timeout_at(until, this.attack(attack, nth, dice)).await;
                    this.note(attack, &answer.unwrap_or_else(|_| "unanswered".to_owned()));
                });
            }
        }
        running.join_all().await;
    }

    /// The answers so far, judged with what its own Lucca saw.
    pub fn judge(&self) -> Outcome {
        let mut outcome = self.outcome.lock().expect("no panic inside").clone();
        let ledger = self.sandbox.control().ledger();
        outcome.violations.extend(created_twice(&ledger));
        let users = ledger.users_created.len() as u64;
        count(&mut outcome.answers, "employees", users);
        outcome
    }

    fn note(&self, attack: Attack, answer: &str) {
        let mut outcome = self.outcome.lock().expect("no panic inside");
        let name: &str = attack.into();
        count(&mut outcome.answers, &format!("{name}: {answer}"), 1);
        let forbidden = matches!(
            attack,
            Attack::ImpossibleDate
                | Attack::ForgedWebhook
                | Attack::ReadAnother
                | Attack::TryWrongKey
        );
        if forbidden && answer == "Ok" {
            outcome
                .violations
                .push(format!("hostile: {name} succeeded"));
        }
    }

    /// Makes an attack and returns the answer's code.
    async fn attack(&self, attack: Attack, nth: u64, mut dice: Dice) -> String {
        let code = |answer: Result<(), Status>| {
            format!("{:?}", answer.map_or_else(|it| it.code(), |()| Code::Ok))
        };
        match attack {
            Attack::Create => code(self.create(TENANT, nth, hire(&mut dice, nth)).await),
            Attack::CreateForAnotherLucca => {
                code(self.create(THIEF, nth, hire(&mut dice, nth)).await)
            }
            Attack::ImpossibleDate => {
                let hire = v1::Collaborator {
                    contract_start_date: dice
                        .pick(&[
                            "0000-01-01",
                            "0001-01-01",
                            "1899-12-31",
                            "9999-12-31",
                            "-000001-01-01",
                        ])
                        .to_owned(),
                    ..hire(&mut dice, nth)
                };
                code(self.create(TENANT, 1_000 + nth, hire).await)
            }
            Attack::ForgedWebhook => self.forge(dice.pick(&[TENANT, load::TENANT]), nth).await,
            Attack::Watch => self.watch(nth % FLOOD).await,
            Attack::List => code(self.list().await),
            Attack::Refresh => code(self.status(TENANT, nth, true).await),
            Attack::CheckDefaults => code(self.check().await),
            Attack::TryWrongKey => code(self.try_wrong_key(nth).await),
            Attack::ReadAnother => code(self.status(load::TENANT, nth, false).await),
        }
    }

    async fn create(&self, tenant: &str, nth: u64, hire: v1::Collaborator) -> Result<(), Status> {
        let request = v1::CreateCollaboratorRequest {
            tenant: tenant.to_owned(),
            source: Some(source(nth)),
            collaborator: Some(hire),
            ..v1::CreateCollaboratorRequest::default()
        };
        let mut service = OnboardingServiceClient::new(self.callers.channel(nth as usize));
        service.create_collaborator(request).await.map(|_| ())
    }

    /// A stream that is kept open for as long as it may be, once the hire is there.
    async fn watch(&self, nth: u64) -> String {
        let request = v1::WatchStatusRequest {
            key: Some(watch_status_request::Key::SourceKey(source_key(
                TENANT, nth,
            ))),
        };
        let mut service = OnboardingServiceClient::new(self.callers.channel(nth as usize));
        loop {
            match service.watch_status(request.clone()).await {
                Err(status) if status.code() == Code::NotFound => sleep(PAUSE).await,
                Err(status) => return format!("{:?}", status.code()),
                Ok(stream) => {
                    let mut stream = stream.into_inner();
                    while let Ok(Some(_)) = stream.message().await {}
                    return "ended".to_owned();
                }
            }
        }
    }

    async fn status(&self, tenant: &str, nth: u64, refresh: bool) -> Result<(), Status> {
        let request = v1::GetStatusRequest {
            key: Some(Key::SourceKey(source_key(tenant, nth))),
            refresh,
        };
        let mut service = OnboardingServiceClient::new(self.callers.channel(nth as usize));
        service.get_status(request).await.map(|_| ())
    }

    async fn list(&self) -> Result<(), Status> {
        let request = v1::ListOnboardingsRequest {
            tenant: TENANT.to_owned(),
            page_size: 500,
            ..v1::ListOnboardingsRequest::default()
        };
        let mut operations = OperationsServiceClient::new(self.callers.channel(0));
        operations.list_onboardings(request).await.map(|_| ())
    }

    async fn check(&self) -> Result<(), Status> {
        let request = v1::CheckDefaultsRequest {
            tenant: THIEF.to_owned(),
            ..v1::CheckDefaultsRequest::default()
        };
        let mut service = OnboardingServiceClient::new(self.callers.channel(0));
        service.check_defaults(request).await.map(|_| ())
    }

    async fn try_wrong_key(&self, nth: u64) -> Result<(), Status> {
        let request = v1::UpdateTenantRequest {
            tenant: Some(v1::Tenant {
                id: THIEF.to_owned(),
                lucca_api_key: format!("{LUCCA_KEY}-{nth}"),
                ..v1::Tenant::default()
            }),
            verify_key: true,
            ..v1::UpdateTenantRequest::default()
        };
        let mut tenants = TenantServiceClient::new(self.callers.channel(0));
        tenants.update_tenant(request).await.map(|_| ())
    }

    /// Sends a webhook that is signed with another key.
    async fn forge(&self, tenant: &str, nth: u64) -> String {
        let data = json!({"applicationId": format!("forged-{nth}"), "sendToLucca": true,
                          "lastName": FAMILY_NAME, "firstName": "Nul"});
        let id = format!("evt-forged-{nth}");
        let time = Timestamp::now().to_string();
        let event = json!({"type": "hire.confirmed", "id": id, "timestamp": time, "data": data});
        let sent = self
            .callers
            .post(tenant, &id, event.to_string(), &[8; 32])
            .await;
        match sent.map(|answer| answer.status()) {
            Ok(status) if status.is_success() => "Ok".to_owned(),
            Ok(status) => status.as_u16().to_string(),
            Err(_) => "no answer".to_owned(),
        }
    }
}

fn source(nth: u64) -> v1::Source {
    v1::Source {
        system: "test".to_owned(),
        external_id: format!("{nth} \u{202e}'; DROP TABLE onboardings; --"),
        ..v1::Source::default()
    }
}

fn source_key(tenant: &str, nth: u64) -> v1::SourceKey {
    v1::SourceKey {
        tenant: tenant.to_owned(),
        source: Some(source(nth)),
    }
}

/// A hire that is odd or huge, and accepted.
fn hire(dice: &mut Dice, nth: u64) -> v1::Collaborator {
    let bytes = if dice.percent(10) { HUGE } else { 2_000 };
    let entry = || prost_types::Value {
        kind: Some(prost_types::value::Kind::StringValue(
            "é".repeat(bytes / 200),
        )),
    };
    let custom = (0..100).map(|code| (format!("e_{code}"), entry()));
    // Every third shares its address, and so its login, with others.
    let address = if nth.is_multiple_of(3) {
        "same".to_owned()
    } else {
        format!("evil.{nth}")
    };
    v1::Collaborator {
        family_name: format!("{FAMILY_NAME} {nth} {}", "🎉".repeat(200)),
        given_name: dice
            .pick(&["\u{202e}Nul", "Robert'); --", "李小龍", "\u{200b}."])
            .to_owned(),
        personal_email: format!("{address}@example.com"),
        contract_start_date: dice
            .pick(&["2027-01-04", "2027-01-04", "1900-01-01", "2200-12-31"])
            .to_owned(),
        birth_date: dice.pick(&["", "1900-01-01"]).to_owned(),
        establishment: named("Siège Paris"),
        department: named("Produit"),
        employee_number: format!("evil-{nth}"),
        extended_data: if dice.percent(25) {
            custom.collect()
        } else {
            Default::default()
        },
        ..v1::Collaborator::default()
    }
}

/// The hires that its Lucca has created twice, and the calls that asked for it.
fn created_twice(ledger: &Ledger) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let numbers = ledger
        .users_created
        .iter()
        .map(|user| user.text("employeeNumber").to_owned());
    let twice = numbers.filter(|number| !seen.insert(number.clone()));
    let twice = twice.map(|number| format!("hostile: {number} was created twice"));
    let posts = ledger.second_posts().into_iter();
    let posts =
        posts.map(|post| format!("hostile: call {} repeats call {}", post.second, post.first));
    twice.chain(posts).collect()
}
