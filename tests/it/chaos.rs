//! The short part of the crash harness. The long one is `cargo run --example chaos`.

use std::time::Duration;

use futures_util::{FutureExt as _, future::join_all};
use lucca_onboarding::sandbox::{Fault, Kind, Options as SandboxOptions, Sandbox};
use serde_json::json;
use tempfile::TempDir;

use crate::harness::{
    oracle,
    plan::{Event, LEASE, Plan, Victim, Victims, When},
    proxy::{Mode, Proxy},
    round::{self, Report},
    tally::Tally,
};

const SERVICE: Victim = Victim::Service(0);

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_onboarding");

async fn play(name: &str, plan: Plan) -> Tally {
    let directory = tempfile::tempdir().unwrap();
    let report = round::play_on_sqlite(PROGRAM.as_ref(), directory.path(), plan).await;
    sound(name, report, directory)
}

fn sound(name: &str, report: Report, directory: TempDir) -> Tally {
    let left = (!report.violations.is_empty()).then(|| directory.keep());
    assert!(
        report.violations.is_empty(),
        "{name}: {}\nsee {left:?}",
        report.violations.join("\n")
    );
    report.tally
}

/// Four plain hires end with an employee each, by as few creations as possible.
async fn four_despite(name: &str, events: &[(Duration, Event)], creations: u64) -> Tally {
    let plan = Plan {
        events: events.to_vec(),
        trouble: millis(3_000),
        ..Plan::calm(7, 4)
    };
    let tally = play(name, plan).await;
    assert_eq!((tally.created, tally.employees), (4, 4), "{name}");
    assert_eq!(tally.creations, creations, "{name}");
    tally
}

async fn a_service_killed_while_lucca_creates_finds_the_person_and_asks_no_second_time() {
    let kill = Event::Kill(SERVICE, When::Posting, millis(0));
    let tally = four_despite("during a POST", &[(millis(0), kill)], 4).await;
    assert_eq!(tally.blows["service killed during a POST"], 1);
}

async fn a_service_killed_between_a_creation_and_its_record_asks_no_second_time() {
    let kill = Event::Kill(SERVICE, When::Created, millis(300));
    let tally = four_despite("after a creation", &[(millis(0), kill)], 4).await;
    assert_eq!(tally.blows["service killed right after a creation"], 1);
}

async fn webhooks_taken_while_the_service_stands_still_survive_a_kill_of_the_adapter() {
    let freeze = Event::Freeze(SERVICE, When::Now, millis(2_500));
    let kill = Event::Kill(Victim::Adapter, When::Now, millis(0));
    let events = [(millis(300), freeze), (millis(1_500), kill)];
    let tally = four_despite("spooled", &events, 4).await;
    assert_eq!(tally.blows["adapter killed"], 1);
}

async fn a_creation_that_reaches_lucca_after_its_caller_gave_up_is_not_repeated() {
    let late = Event::Upstream(Mode::Late(millis(2_500)), millis(2_000));
    let tally = four_despite("late", &[(millis(200), late)], 4).await;
    assert!(tally.faults["net: late"] > 0);
}

async fn answers_that_are_lost_are_looked_for() {
    let fault = Event::Fault(Fault::on_creation(Kind::ExecuteThenCut, 2));
    let tally = four_despite("lost answers", &[(millis(0), fault)], 4).await;
    assert_eq!(tally.faults["execute_then_cut"], 2);
}

async fn a_creation_without_effect_is_repeated_once_absence_is_proven() {
    let fault = Event::Fault(Fault::on_creation(Kind::CutBefore, 1));
    four_despite("cut before", &[(millis(0), fault)], 5).await;
}

async fn rounds_of_chance() {
    let plans = [
        Plan::random(1, 5, Victims::Service),
        Plan::random(2, 5, Victims::Both),
        Plan::random(3, 5, Victims::Adapter),
    ];
    for tally in join_all(plans.map(|plan| play("chance", plan))).await {
        assert_eq!(tally.acknowledged, 5);
    }
}

/// Left out where there is no PostgreSQL.
async fn a_replica_that_stands_still_beyond_its_lease_creates_nobody_twice() {
    let directory = tempfile::tempdir().unwrap();
    let freeze = |replica| {
        let span = LEASE + millis(1_000);
        let event = Event::Freeze(Victim::Service(replica), When::Posting, span);
        (millis(0), event)
    };
    let plan = Plan {
        events: vec![freeze(0), freeze(1)],
        ..Plan::calm(7, 4)
    };
    let played = round::play_on_postgres(PROGRAM.as_ref(), directory.path(), plan).await;
    if let Some(report) = played {
        let tally = sound("two replicas", report, directory);
        assert_eq!((tally.created, tally.employees), (4, 4));
    }
}

/// In one test, because rounds mostly wait and can do so together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_blow_loses_a_hire_or_creates_anybody_twice() {
    let rounds = [
        a_service_killed_while_lucca_creates_finds_the_person_and_asks_no_second_time().boxed(),
        a_service_killed_between_a_creation_and_its_record_asks_no_second_time().boxed(),
        webhooks_taken_while_the_service_stands_still_survive_a_kill_of_the_adapter().boxed(),
        a_creation_that_reaches_lucca_after_its_caller_gave_up_is_not_repeated().boxed(),
        answers_that_are_lost_are_looked_for().boxed(),
        a_creation_without_effect_is_repeated_once_absence_is_proven().boxed(),
        a_replica_that_stands_still_beyond_its_lease_creates_nobody_twice().boxed(),
        rounds_of_chance().boxed(),
    ];
    join_all(rounds).await;
}

#[tokio::test]
async fn the_oracle_sees_strangers_and_second_posts() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let control = sandbox.control();
    control.change_switches(|switches| switches.login_unique = false);
    let someone = json!({
        "firstName": "Nul", "lastName": "Inconnu", "login": "nul", "mail": "nul@example.com",
        "dtContractStart": "2027-01-04T00:00:00", "departmentId": 101, "legalEntityId": 11,
        "rolePrincipalId": 51, "cultureId": 1036,
    });
    for _ in 0..2 {
        let posted = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .post(format!("{}/api/v3/users?contract=true", sandbox.url()))
            .header("authorization", "lucca application=sandbox-key")
            .header("content-type", "application/json")
            .body(someone.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(posted.status(), 200, "{:?}", posted.text().await);
    }
    let mut tally = Tally::default();
    let wrong = oracle::judge(&[], &control.ledger(), 1, &mut tally);
    assert_eq!((tally.second_posts, tally.over_budget), (1, 1), "{wrong:?}");
    assert_eq!(wrong.len(), 4, "{wrong:?}");
}

/// What a client sees of a sandbox behind a proxy in a mode.
async fn seen_through(mode: Mode) -> Result<(u16, Duration), String> {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let proxy = Proxy::start(sandbox.address()).await;
    proxy.set(mode);
    let began = tokio::time::Instant::now();
    let answer = reqwest::Client::builder()
        .no_proxy()
        .timeout(millis(1_000))
        .build()
        .unwrap()
        .get(format!("http://{}/_sandbox", proxy.address()))
        .send()
        .await
        .map_err(|error| format!("{error:?}"))?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await.map_err(|error| format!("{error:?}"))?;
    assert!(!body.is_empty());
    Ok((status, began.elapsed()))
}

#[tokio::test]
async fn the_proxy_does_what_it_says() {
    let (status, _) = seen_through(Mode::Pass).await.unwrap();
    assert_eq!(status, 200);
    let (_, took) = seen_through(Mode::Delay(millis(100))).await.unwrap();
    assert!(took >= millis(200), "{took:?}");
    for (mode, words) in [
        (Mode::CutUp(10), "IncompleteMessage"),
        (Mode::CutDown(10), "IncompleteMessage"),
        (Mode::CutDown(300), "Body"),
        (Mode::Reset, "ConnectionReset"),
        (Mode::ResetAnswer, "ConnectionReset"),
        (Mode::HalfOpen, "TimedOut"),
        (Mode::Late(millis(2_000)), "TimedOut"),
        (Mode::Drip, "TimedOut"),
        (Mode::Garbage, "Parse"),
        (Mode::Close, "IncompleteMessage"),
        // One that is just being accepted is reset.
        (Mode::Refuse, "Connection"),
    ] {
        let error = seen_through(mode).await.unwrap_err();
        assert!(error.contains(words), "{mode:?}: {error}");
    }
}
