//! What goes on by itself: after trouble with Lucca, after a restart, and at a shutdown.

use std::{path::Path, time::Duration};

use lucca_onboarding::{
    pb::v1::{
        self, State, onboarding_service_client::OnboardingServiceClient,
        retry_onboardings_request::Selection, tenant_service_client::TenantServiceClient,
    },
    sandbox::{Fault, Kind, Options as SandboxOptions},
};
use tonic::Code;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use crate::{
    harness::process::Program,
    support::{
        House, TENANT, collaborator, hire,
        programs::{Setting, Stage, program, service},
        tenant,
    },
};

/// How long something may take on a busy machine before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

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

/// The programs, with a tenant whose people cannot be read: what is accepted waits.
async fn stage(directory: &Path, more: &[Setting]) -> Stage {
    let stage = Stage::start(directory, more).await;
    let request = v1::CreateTenantRequest {
        tenant: Some(tenant(&stage.sandbox.url())),
        verify_key: false,
        validate_only: false,
    };
    let mut tenants = TenantServiceClient::new(stage.channel.clone());
    tenants.create_tenant(request).await.unwrap();
    let people = Fault::on_reads(failing(503), "/api/v3/users");
    stage.sandbox.control().inject(people);
    stage
}

/// Waits until a program has ended by itself.
async fn ended(program: &mut Program) {
    let end = async {
        while program.ended().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, end).await.unwrap();
}

/// Waits until a program has logged this.
async fn logged(program: &Program, words: &str) {
    let told = async {
        while !program.logged().contains(words) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let told = tokio::time::timeout(PATIENCE, told).await;
    assert!(told.is_ok(), "{words} is not in\n{}", program.logged());
}

#[tokio::test]
async fn at_a_shutdown_streams_end_calls_that_wait_are_answered_and_the_process_ends() {
    let directory = tempfile::tempdir().unwrap();
    // Nobody waits that long: what is not told to end would hold the process.
    let grace = [("server.shutdown_grace", "10m".to_owned())];
    let mut stage = stage(directory.path(), &grace).await;
    let mut service = OnboardingServiceClient::new(stage.channel.clone());
    let mut request = hire("a-1", collaborator("Dupont"));
    request.wait = None;
    let accepted = service.create_collaborator(request.clone()).await.unwrap();
    let id = accepted.into_inner().onboarding.unwrap().id;
    let watch = v1::WatchStatusRequest {
        key: Some(v1::watch_status_request::Key::OnboardingId(id.clone())),
    };
    let mut watched = service.watch_status(watch).await.unwrap().into_inner();
    watched.message().await.unwrap().unwrap();
    let health = tonic_health::pb::HealthCheckRequest::default();
    let mut health_client = HealthClient::new(stage.channel.clone());
    let mut health = health_client.watch(health).await.unwrap().into_inner();
    health.message().await.unwrap().unwrap();
    request.wait = Some(prost_types::Duration {
        seconds: 60,
        nanos: 0,
    });
    let waiting = tokio::spawn(async move { service.create_collaborator(request).await });
    logged(&stage.service, "did=\"said again\"").await;

    stage.service.terminate();
    let end = loop {
        match watched.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the stream ends without a status"),
            Err(status) => break status,
        }
    };
    assert_eq!(end.code(), Code::Unavailable, "{end:?}");
    assert!(end.get_details_retry_info().is_some());
    assert_eq!(
        end.get_details_error_info().unwrap().reason,
        "SERVICE_STOPPING"
    );
    let answered = waiting.await.unwrap().unwrap().into_inner();
    let answered = answered.onboarding.unwrap();
    assert_eq!((&answered.id, answered.state()), (&id, State::Accepted));
    while let Ok(Some(_)) = health.message().await {}
    ended(&mut stage.service).await;
}

#[tokio::test]
async fn a_new_process_waits_for_the_file_of_one_that_is_about_to_end() {
    let directory = tempfile::tempdir().unwrap();
    let stage = Stage::start(directory.path(), &[]).await;
    let mut settings = service(&directory.path().join("onboarding.db"));
    settings.push(("server.shutdown_grace", "10m".to_owned()));
    let place = tempfile::tempdir().unwrap();
    let mut next = program("serve", &settings, place.path());
    next.start().unwrap();
    logged(&next, "in use by another process; waiting for it to end").await;
    stage.service.terminate();
    logged(&next, "gRPC service listens").await;
    assert_eq!(next.ended(), None);
}

#[tokio::test]
async fn log_lines_of_a_failing_run_have_one_form_and_name_whom_they_are_about() {
    let directory = tempfile::tempdir().unwrap();
    let mut stage = stage(
        directory.path(),
        &[("engine.retry_schedule", "[\"20ms\"]".into())],
    )
    .await;
    let mut service = OnboardingServiceClient::new(stage.channel.clone());
    let sandbox = stage.sandbox.control();
    // Nothing can be read; then a creation is cut, and another one is refused.
    service
        .create_collaborator(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    for (id, name, kind) in [
        ("a-2", "Durand", Kind::CutBefore),
        ("a-3", "Petit", failing(400)),
    ] {
        sandbox.clear_faults();
        sandbox.inject(Fault::on_creation(kind, 1));
        service
            .create_collaborator(hire(id, collaborator(name)))
            .await
            .unwrap();
    }
    stage.service.terminate();
    ended(&mut stage.service).await;

    let log = stage.service.logged();
    let account = stage.sandbox.address().to_string();
    for told in [
        format!(
            "WARN lucca_onboarding::lucca::http: a read of Lucca failed account={account} tenant={TENANT} path=/api/v3/users"
        ),
        format!(
            "WARN lucca_onboarding::lucca::create: a creation in Lucca failed account={account} tenant={TENANT} cause=CONNECTION_CUT"
        ),
        "onboarding moved".to_owned(),
    ] {
        assert!(log.contains(&told), "{told} is not in\n{log}");
    }
    for line in log.lines() {
        let names = |name: &str| line.contains(&format!(" {name}="));
        let is_trouble = line.contains(" WARN ") || line.contains(" ERROR ");
        // A warning about the settings names the setting.
        let is_setting = line.contains("lucca_onboarding::commands: ");
        assert!(
            !line.contains("=\"\"") && !line.ends_with('=') && !line.contains("= "),
            "{line}"
        );
        for name in ["tenant", "onboarding", "account"] {
            assert!(!line.contains(&format!(" {name}=\"")), "{line}");
        }
        assert!(!names("onboarding") || names("tenant"), "{line}");
        assert!(
            !is_trouble || is_setting || names("tenant") || names("account"),
            "{line}"
        );
        assert!(
            !line.contains("Dupont") && !line.contains("Durand"),
            "{line}"
        );
    }
}
