//! Plays histories of many people at once, through the real adapter, service and sandbox.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use futures_util::{StreamExt as _, future::join, stream};
use jiff::{SignedDuration, Timestamp};
use lucca_onboarding::{
    pb::v1::{self, State},
    sandbox::{Options as SandboxOptions, User},
};
use serde_json::json;
use tokio::time::{Instant, interval};

use super::{
    judge, model,
    story::{Deed, Person, SCENES, Setting, Statement, Story},
};
use crate::support::{House, TENANT, by_source, tenant, webhook::Webhook};

/// How long all may take to come to rest on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many senders there are.
const SENDERS: usize = 32;

/// A person while the story goes on.
pub struct Part {
    pub story: Story,
    pub person: Person,
    /// What has arrived, in this order.
    pub arrived: Vec<Statement>,
    /// The employees that HR has deleted.
    pub deleted: Vec<u64>,
    /// How much had arrived when a deletion was seen last.
    pub seen_gone: Option<usize>,
    /// Their onboardings, of every episode.
    pub ids: BTreeSet<String>,
    /// How much had arrived, and how many creations there were, at the last rest.
    pub at_rest: (usize, usize),
    pub wrong: Vec<String>,
}

/// What there is of a person when all is at rest.
pub struct Sight {
    /// The employees in Lucca.
    pub living: Vec<User>,
    /// How many employees calls have created.
    pub created: usize,
    /// What `GetStatus` says by the person's ids.
    pub latest: Vec<v1::Onboarding>,
    /// Whether any onboarding shows the person.
    pub is_shown: bool,
    /// How many entries of the history say that a statement was ignored.
    pub ignored: usize,
}

/// Plays the stories; those that end wrong, with what is wrong.
pub async fn play(stories: Vec<Story>) -> Vec<(Story, Vec<String>)> {
    if stories.is_empty() {
        return Vec::new();
    }
    let parts = stories.into_iter().enumerate().map(|(number, story)| Part {
        story,
        person: Person(number),
        arrived: Vec::new(),
        deleted: Vec::new(),
        seen_gone: None,
        ids: BTreeSet::new(),
        at_rest: (0, 0),
        wrong: Vec::new(),
    });
    let mut stage = Stage::set(parts.collect()).await;
    for (nth, setting) in SCENES.into_iter().enumerate() {
        stage.scene(nth, setting).await;
    }
    let parts = stage.parts.into_iter();
    let failed = parts.filter(|part| !part.wrong.is_empty());
    failed.map(|part| (part.story, part.wrong)).collect()
}

struct Stage {
    house: House,
    client: reqwest::Client,
    begun: Timestamp,
    parts: Vec<Part>,
}

impl Stage {
    async fn set(parts: Vec<Part>) -> Self {
        let options = SandboxOptions {
            requests_per_window: 1_000_000,
            ..SandboxOptions::default()
        };
        let mut house = House::with(options, |settings| {
            settings.lucca.requests_per_window = 1_000_000;
        })
        .await;
        // After a restart the adapter finds it where it was.
        house.settings.server.grpc_listen = house.grpc();
        house
            .create_tenant(tenant(&house.lucca_url()))
            .await
            .unwrap();
        house.start_adapter().await;
        // It knows the tenant's settings before the service is away.
        let greeting = Webhook::of(&json!({"type": "test"}));
        assert_eq!(greeting.send(&house).await, 200);
        Self {
            house,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            begun: Timestamp::now() - SignedDuration::from_hours(3),
            parts,
        }
    }

    async fn scene(&mut self, nth: usize, setting: Setting) {
        for part in &mut self.parts {
            for deed in part.story.scenes[nth].deeds.clone() {
                do_it(&self.house, part, deed).await;
            }
        }
        let webhooks = self.house.webhooks();
        let said = say_all(&self.client, self.begun, webhooks, &self.parts, nth);
        match setting {
            Setting::Calm | Setting::Hurry => said.await,
            Setting::Outage => {
                self.house.stop_service().await;
                said.await;
                self.house.start_service().await;
            }
            Setting::Restart => {
                let restart = async {
                    self.house.stop_service().await;
                    self.house.start_service().await;
                };
                join(said, restart).await;
            }
        }
        for part in &mut self.parts {
            part.arrived.extend(&part.story.scenes[nth].said);
        }
        if setting.ends_at_rest() {
            self.rest().await;
        }
    }

    /// Waits until nothing is under way, and judges.
    async fn rest(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let mut ticks = interval(Duration::from_millis(20));
        while let Some(busy) = busy(&self.house).await {
            assert!(
                Instant::now() < deadline,
                "it does not come to rest: {busy}"
            );
            ticks.tick().await;
        }
        let users = self.house.sandbox().users();
        let created = self.house.sandbox().ledger().users_created;
        let listed = listed(&self.house).await;
        let shown = format!("{listed:?}");
        for part in &mut self.parts {
            let name = part.person.family_name();
            let latest = latest(&self.house, part.person).await;
            let of_person = listed.iter().filter(|it| part.person.has(it));
            let ids = of_person.chain(&latest).map(|it| it.id.clone());
            part.ids.extend(ids);
            let is_theirs = |user: &&User| user.text("lastName").eq_ignore_ascii_case(&name);
            let sight = Sight {
                living: users.iter().filter(is_theirs).cloned().collect(),
                created: created.iter().filter(is_theirs).count(),
                latest,
                is_shown: shown.contains(&name),
                ignored: ignored(&self.house, part).await,
            };
            let wrong = judge::judge(part, &sight);
            part.wrong.extend(wrong);
            part.at_rest = (part.arrived.len(), sight.created);
        }
    }
}

/// Says what arrives in a scene: of each person in order, of all at the same time.
async fn say_all(
    client: &reqwest::Client,
    begun: Timestamp,
    webhooks: SocketAddr,
    parts: &[Part],
    scene: usize,
) {
    let adapter = &format!("http://{webhooks}");
    let speeches = parts.iter().map(|part| async move {
        for statement in &part.story.scenes[scene].said {
            let time = |minute: u32| {
                let minute = SignedDuration::from_mins(minute.into());
                format!("{:.0}", begun + minute)
            };
            let body = statement.body(part.person, time);
            let mut webhook = Webhook::of(&body);
            webhook.id = format!("evt-{}-{}", part.person.0, statement.delivery);
            let answer = webhook.request(client, adapter).send().await.unwrap();
            assert_eq!(answer.status(), 200);
        }
    });
    let speeches: Vec<_> = speeches.collect();
    stream::iter(speeches)
        .buffer_unordered(SENDERS)
        .collect::<()>()
        .await;
}

async fn do_it(house: &House, part: &mut Part, deed: Deed) {
    let name = part.person.family_name();
    match deed {
        Deed::Delete => {
            for user in house.sandbox().users() {
                if user.text("lastName").eq_ignore_ascii_case(&name) {
                    house.sandbox().remove_user(user.id);
                    part.deleted.push(user.id);
                }
            }
        }
        Deed::Look => {
            for onboarding in latest(house, part.person).await {
                let request = v1::GetStatusRequest {
                    key: Some(v1::get_status_request::Key::OnboardingId(onboarding.id)),
                    refresh: true,
                };
                let answer = house.onboardings().get_status(request).await.unwrap();
                let seen = answer.into_inner().onboarding.unwrap();
                let user = u64::try_from(seen.lucca_user_id).unwrap();
                if part.deleted.contains(&user) && !seen.erased {
                    part.seen_gone = Some(part.arrived.len());
                }
            }
        }
    }
}

/// What is still under way, if anything is.
async fn busy(house: &House) -> Option<String> {
    let spool = rusqlite::Connection::open(house.data.path().join("spool.db")).unwrap();
    let waiting = "SELECT count(*) FROM event WHERE state = 'waiting'";
    let waiting: i64 = spool.query_row(waiting, [], |row| row.get(0)).unwrap();
    if waiting > 0 {
        return Some(format!("{waiting} events in the spool"));
    }
    for state in [State::Accepted, State::Creating, State::Verifying] {
        let request = v1::ListOnboardingsRequest {
            tenant: TENANT.to_owned(),
            state: state.into(),
            page_size: 1,
            ..v1::ListOnboardingsRequest::default()
        };
        let page = house.operations().list_onboardings(request).await.unwrap();
        if let Some(one) = page.into_inner().onboardings.first() {
            ten_minutes_pass(house);
            return Some(format!("{one:#?}"));
        }
    }
    None
}

/// The logins of people who have been created are free for others again.
fn ten_minutes_pass(house: &House) {
    let free = "UPDATE claims SET free_from = 0 WHERE free_from > 0";
    house.beside().execute(free, []).unwrap();
}

/// All onboardings.
async fn listed(house: &House) -> Vec<v1::Onboarding> {
    let mut listed = Vec::new();
    let mut request = v1::ListOnboardingsRequest {
        tenant: TENANT.to_owned(),
        page_size: 500,
        ..v1::ListOnboardingsRequest::default()
    };
    loop {
        let page = house.operations().list_onboardings(request.clone()).await;
        let page = page.unwrap().into_inner();
        listed.extend(page.onboardings);
        if page.next_page_token.is_empty() {
            return listed;
        }
        request.page_token = page.next_page_token;
    }
}

/// How many statements about a person were ignored, by the history.
async fn ignored(house: &House, part: &Part) -> usize {
    let mut ignored = 0;
    for id in part.ids.iter().filter(|_| model::end(&part.arrived).1 > 0) {
        let request = v1::ListHistoryRequest {
            onboarding_id: id.clone(),
            page_size: 500,
            ..v1::ListHistoryRequest::default()
        };
        let page = house.operations().list_history(request).await.unwrap();
        let entries = page.into_inner().entries;
        ignored += entries
            .iter()
            .filter(|it| it.event == "STATEMENT_IGNORED")
            .count();
    }
    ignored
}

/// The latest onboardings under the ids of a person, each once.
async fn latest(house: &House, person: Person) -> Vec<v1::Onboarding> {
    let mut latest: Vec<v1::Onboarding> = Vec::new();
    for id in [person.application(), person.candidate()] {
        match house.status(by_source("werecruit", &id)).await {
            Ok(onboarding) if latest.iter().all(|it| it.id != onboarding.id) => {
                latest.push(onboarding);
            }
            Ok(_) => {}
            Err(status) => assert_eq!(status.code(), tonic::Code::NotFound, "{status:?}"),
        }
    }
    latest
}
