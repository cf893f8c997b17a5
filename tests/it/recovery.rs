//! What goes on by itself: after trouble with Lucca, after a restart, and at a shutdown.

use std::time::Duration;

use lucca_onboarding::{
    pb::v1::{self, State, retry_onboardings_request::Selection},
    sandbox::{Fault, Kind, Options as SandboxOptions},
};

use crate::support::{House, TENANT, collaborator, hire, tenant};

/// A retry schedule that no test waits for.
const LONG: Duration = Duration::from_secs(3600);

/// A house in which only the first retry comes by itself.
async fn house() -> House {
    let mut house = House::with(SandboxOptions::default(), |settings| {
        settings.engine.retry_schedule = vec![LONG; 3];
    })
    .await;
    let tenant = tenant(&house.lucca_url());
    house.create_tenant(tenant).await.unwrap();
    house.start_adapter().await;
    house
}

/// Hands a hire in without waiting for it.
async fn accept(house: &House, id: &str, name: &str) -> v1::Onboarding {
    let mut request = hire(id, collaborator(name));
    request.wait = None;
    house.create(request).await.unwrap()
}

/// A hire that waits for a try that is planned for much later.
async fn postponed(house: &House, id: &str, name: &str) -> v1::Onboarding {
    accept(house, id, name).await;
    house.until_it("test", id, "waits", waits).await
}

fn waits(onboarding: &v1::Onboarding) -> bool {
    let next = onboarding.next_attempt_time.map(|time| time.seconds);
    let soon = jiff::Timestamp::now().as_second() + 60;
    onboarding.state() == State::Accepted && next.is_some_and(|next| next > soon)
}

fn failing(code: u16) -> Kind {
    Kind::Status { code, body: None }
}

async fn retry(house: &House, selection: Selection) -> v1::RetryOnboardingsResponse {
    let selection = Some(selection);
    let request = v1::RetryOnboardingsRequest { selection };
    let answer = house.operations().retry_onboardings(request).await;
    answer.unwrap().into_inner()
}

fn with_problem(code: &str) -> Selection {
    Selection::Problem(v1::retry_onboardings_request::ProblemFilter {
        tenant: TENANT.to_owned(),
        problem_code: code.to_owned(),
    })
}

/// Hires wait because Lucca fails in this way. Once it answers another hire, they are created.
async fn goes_on_after(trouble: impl Fn(&House)) {
    let house = house().await;
    trouble(&house);
    for number in 0..3 {
        postponed(&house, &format!("a-{number}"), &format!("Dupont{number}")).await;
    }
    house.sandbox().clear_faults();
    let another = house.create(hire("b-1", collaborator("Durand"))).await;
    assert_eq!(another.unwrap().state(), State::Created);
    for number in 0..3 {
        let id = format!("a-{number}");
        house.until("test", &id, State::Created).await;
        assert_eq!(house.created_by_calls(&format!("Dupont{number}")), 1);
    }
    assert_eq!(house.sandbox().ledger().second_posts(), []);
}

#[tokio::test]
async fn hires_that_waited_for_lucca_go_on_once_it_answers_another_one() {
    let inject = |fault: Fault| move |house: &House| house.sandbox().inject(fault.clone());
    let reads = |kind| inject(Fault::on_reads(kind, "/api"));
    let creations = |kind| inject(Fault::on_creation(kind, 100));
    tokio::join!(
        goes_on_after(reads(failing(503))),
        goes_on_after(reads(Kind::CutBefore)),
        goes_on_after(reads(Kind::Hang408)),
        goes_on_after(reads(Kind::Html { code: 200 })),
        goes_on_after(creations(failing(429))),
        goes_on_after(creations(failing(503))),
    );
}

#[tokio::test]
async fn hires_go_on_after_a_restart_once_lucca_answers_another_one() {
    let mut house = house().await;
    house.stop_sandbox().await;
    postponed(&house, "a-1", "Dupont").await;
    house.stop_service().await;
    house.start_sandbox().await;
    house.start_service().await;
    let waiting = house.status_of("test", "a-1").await.unwrap();
    assert!(waits(&waiting), "{waiting:#?}");
    let another = house.create(hire("b-1", collaborator("Durand"))).await;
    assert_eq!(another.unwrap().state(), State::Created);
    house.until("test", "a-1", State::Created).await;
}

#[tokio::test]
async fn hires_that_were_given_up_because_nothing_could_be_read_go_on_as_well() {
    let house = House::with(SandboxOptions::default(), |settings| {
        settings.engine.retry_schedule = vec![Duration::from_millis(20)];
    })
    .await;
    let tenant = tenant(&house.lucca_url());
    house.create_tenant(tenant).await.unwrap();
    house.hide_people();
    accept(&house, "a-1", "Dupont").await;
    let given_up = house.until("test", "a-1", State::NeedsAttention).await;
    assert_eq!(given_up.problem.unwrap().code, "LUCCA_UNAVAILABLE");
    house.sandbox().clear_faults();
    let another = house.create(hire("b-1", collaborator("Durand"))).await;
    assert_eq!(another.unwrap().state(), State::Created);
    house.until("test", "a-1", State::Created).await;
}

#[tokio::test]
async fn a_retry_brings_waiting_hires_forward_and_tells_what_became_of_each() {
    let house = house().await;
    house.hide_people();
    let first = postponed(&house, "a-1", "Dupont").await;
    postponed(&house, "a-2", "Durand").await;
    let cancelled = postponed(&house, "a-3", "Petit").await;
    let cancel = v1::CancelOnboardingRequest {
        onboarding_id: cancelled.id.clone(),
    };
    house.operations().cancel_onboarding(cancel).await.unwrap();
    house.sandbox().clear_faults();

    let one = |id: &str| Selection::OnboardingId(id.to_owned());
    let forward = retry(&house, one(&first.id)).await;
    assert_eq!(
        (forward.retried_count, forward.brought_forward_count),
        (1, 1)
    );
    house.until("test", "a-1", State::Created).await;
    for id in [&first.id, &cancelled.id] {
        let ended = retry(&house, one(id)).await;
        assert_eq!(ended.retried_count, 0);
        assert_eq!(ended.not_retried.len(), 1);
        assert_eq!(ended.not_retried[0].reason, "ENDED");
        assert_eq!(ended.not_retried[0].count, 1);
    }
    // The first one has shown that Lucca answers, so that the second one may be on its way.
    let all = retry(&house, with_problem("LUCCA_UNAVAILABLE")).await;
    assert!(all.retried_count <= 1, "{all:?}");
    house.until("test", "a-2", State::Created).await;
    let after = house.status_of("test", "a-3").await.unwrap();
    assert_eq!(after.state(), State::Cancelled);
}

#[tokio::test]
async fn a_retry_of_all_that_wait_for_lucca_brings_each_of_them_forward() {
    let house = house().await;
    house.hide_people();
    for number in 0..3 {
        postponed(&house, &format!("a-{number}"), &format!("Dupont{number}")).await;
    }
    let all = retry(&house, with_problem("LUCCA_UNAVAILABLE")).await;
    assert_eq!((all.retried_count, all.brought_forward_count), (3, 3));
    assert!(all.not_retried.is_empty(), "{all:?}");
}

#[tokio::test]
async fn the_same_statement_again_makes_a_waiting_hire_due() {
    let house = house().await;
    house.hide_people();
    postponed(&house, "a-1", "Dupont").await;
    house.sandbox().clear_faults();
    let again = house.create(hire("a-1", collaborator("Dupont"))).await;
    assert_eq!(again.unwrap().state(), State::Created);
    assert_eq!(house.created_by_calls("Dupont"), 1);
}

#[tokio::test]
async fn the_same_request_again_makes_a_waiting_hire_due() {
    let house = house().await;
    house.hide_people();
    let mut request = hire("a-1", collaborator("Dupont"));
    request.request_id = "0ee6dac0-7b5f-4f4e-8f3b-5f6f0f9b6a11".to_owned();
    request.wait = None;
    house.create(request.clone()).await.unwrap();
    house.until_it("test", "a-1", "waits", waits).await;
    house.sandbox().clear_faults();
    house.create(request).await.unwrap();
    house.until("test", "a-1", State::Created).await;
    assert_eq!(house.created_by_calls("Dupont"), 1);
}
