//! What the service is told.

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use super::{
    fake::{Call, OnboardingState},
    *,
};
use crate::pb::v1::{
    Collaborator, CreateCollaboratorRequest, ManagerReference, Reference, Source,
    manager_reference, reference, report_event_request::Kind,
};

const EVENT: &str = r#"{ "type": "hire.confirmed", "id": "evt_1", "timestamp": "2026-11-23T08:59:00Z",
    "data": { "applicationId": "a-1", "candidateId": "c-1", "sendToLucca": true,
        "lastName": "Dupont", "firstName": "Éloïse", "professionalEmail": null,
        "personalEmail": "eloise.dupont@example.com", "login": null,
        "establishment": "Siège Paris", "contractStartDate": "2027-01-03T23:00:00Z",
        "department": "Produit", "managerName": "Jean Martin" } }"#;

fn named(name: &str) -> Option<Reference> {
    let target = Some(reference::Target::Name(name.to_owned()));
    Some(Reference { target })
}

#[tokio::test]
async fn a_confirmed_hire_is_handed_over_whole() {
    let fixture = Fixture::new().await;
    fixture.send_ok(EVENT).await;
    let expected = CreateCollaboratorRequest {
        tenant: "acme".to_owned(),
        source: Some(Source {
            system: "werecruit".to_owned(),
            external_id: "a-1".to_owned(),
            event_time: Some(prost_types::Timestamp {
                seconds: 1_795_424_340,
                nanos: 0,
            }),
            person_id: "c-1".to_owned(),
        }),
        collaborator: Some(Collaborator {
            family_name: "Dupont".to_owned(),
            given_name: "Éloïse".to_owned(),
            personal_email: "eloise.dupont@example.com".to_owned(),
            contract_start_date: "2027-01-04".to_owned(),
            establishment: named("Siège Paris"),
            department: named("Produit"),
            manager: Some(ManagerReference {
                target: Some(manager_reference::Target::Name("Jean Martin".to_owned())),
            }),
            ..Collaborator::default()
        }),
        accept_incomplete: true,
        note_differences: true,
        ..CreateCollaboratorRequest::default()
    };
    assert_eq!(
        fixture.fake.calls(1).await,
        [Call::Create(Box::new(expected))]
    );
}

#[tokio::test]
async fn what_follows_from_each_type_of_event() {
    let fixture = Fixture::new().await;
    fixture.fake.knows("known", OnboardingState::Accepted);
    fixture.fake.knows("withdrawn", OnboardingState::Cancelled);
    let no = confirmed("a-1").replace("\"sendToLucca\":true", "\"sendToLucca\":\"non\"");
    let unclear = confirmed("a-1").replace("\"sendToLucca\":true", "\"sendToLucca\":\"?\"");
    let nobody = confirmed("");
    let mut heard = Vec::new();
    for (body, calls) in [
        (r#"{"test":true}"#.to_owned(), vec![]),
        (event("test", "a-1", "Dupont"), vec![]),
        (
            event("offer.sent", "a-1", "Dupont"),
            vec!["report a-1 KIND_UNREADABLE TYPE_UNKNOWN type"],
        ),
        (
            event("hire.declared", "a-1", "Dupont"),
            vec!["report a-1 KIND_ACKNOWLEDGED NOT_CONFIRMED "],
        ),
        (
            no.clone(),
            vec![
                "withdraw a-1",
                "report a-1 KIND_ACKNOWLEDGED NOT_FOR_LUCCA ",
            ],
        ),
        (no.replace("a-1", "known"), vec!["withdraw known"]),
        (confirmed("a-1"), vec!["create a-1 Dupont"]),
        (
            updated("a-2"),
            vec![
                "amend (family_name,job_title) a-2 Durand",
                "report a-2 KIND_ACKNOWLEDGED HIRE_UNKNOWN ",
            ],
        ),
        (
            updated("known"),
            vec!["amend (family_name,job_title) known Durand"],
        ),
        (
            updated("withdrawn"),
            vec![
                "amend (family_name,job_title) withdrawn Durand",
                "report withdrawn KIND_ACKNOWLEDGED HIRE_UNKNOWN ",
            ],
        ),
        (
            event("hire.cancelled", "a-1", "Dupont"),
            vec!["withdraw a-1"],
        ),
        (
            event("candidate.anonymized", "a-1", "Dupont"),
            vec!["report a-1 KIND_ANONYMIZED ANONYMIZED "],
        ),
        (
            unclear,
            vec![
                "create a-1 Dupont",
                "report a-1 KIND_UNREADABLE UNREADABLE_FIELDS send_to_lucca",
            ],
        ),
        (
            nobody,
            vec!["report  KIND_UNREADABLE SOURCE_MISSING application_id,candidate_id"],
        ),
        (
            "[]".to_owned(),
            vec!["report  KIND_UNREADABLE NOT_AN_EVENT "],
        ),
        (
            r#"{"type":"hire.confirmed","type":"test"}"#.to_owned(),
            vec!["report  KIND_UNREADABLE DUPLICATE_KEY "],
        ),
    ] {
        fixture.send_ok(&body).await;
        heard.extend(calls.into_iter().map(str::to_owned));
        assert_eq!(fixture.fake.heard(heard.len()).await, heard, "{body}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_of_a_hire_is_left_out_and_reported() {
    let mut fixture = Fixture::new().await;
    let body = confirmed("a-1").replace("2027-01-04", "as soon as possible");
    fixture.send_ok(&body).await;
    let calls = fixture.fake.calls(2).await;
    let Call::Create(request) = &calls[0] else {
        panic!("not created first");
    };
    assert!(request.accept_incomplete);
    assert_eq!(fixture.fake.remarks(), ["START_DATE_UNREADABLE"]);
    assert_eq!(
        request.collaborator.as_ref().unwrap().contract_start_date,
        ""
    );
    assert_eq!(
        calls[1].short(),
        "report a-1 KIND_UNREADABLE UNREADABLE_FIELDS contract_start_date"
    );
    fixture.stop().await;
    assert_eq!(
        fixture.spooled("state = 'reported' AND reason = 'UNREADABLE_FIELDS'"),
        1
    );
}

#[tokio::test]
async fn what_is_odd_about_a_hire_is_handed_on_with_it() {
    let fixture = Fixture::new().await;
    let odd = confirmed("odd")
        .replace("\"sendToLucca\":true", "\"sendToLucca\":null")
        .replace("2027-01-04", "2027-01-04T09:30:00");
    fixture.send_ok(&confirmed("plain")).await;
    fixture.send_ok(&odd).await;
    fixture.fake.calls(2).await;
    let expected = ["SEND_TO_LUCCA_ABSENT,START_DATE_FROM_TIME"];
    assert_eq!(fixture.fake.remarks(), expected);
}

#[tokio::test]
async fn a_hire_of_a_tenant_that_is_disabled_meanwhile_waits() {
    let fixture = Fixture::new().await;
    let mut details = ErrorDetails::new();
    details.set_error_info("TENANT_DISABLED", "onboarding.hr", []);
    let disabled = Status::with_error_details(Code::FailedPrecondition, "…", details);
    fixture.fake.fail("create", [disabled]);
    fixture.send_ok(&confirmed("a-1")).await;
    assert_eq!(fixture.fake.heard(2).await, ["create a-1 Dupont"; 2]);
}

#[tokio::test]
async fn a_refused_hire_is_reported_and_stays_to_be_seen() {
    let mut fixture = Fixture::new().await;
    let mut details = ErrorDetails::new();
    details
        .set_error_info("COLLABORATOR_INVALID", "onboarding.hr", [])
        .set_bad_request(vec![FieldViolation::new("collaborator.family_name", "…")]);
    let refused = Status::with_error_details(Code::InvalidArgument, "…", details);
    fixture.fake.fail("create", [refused]);
    fixture.send_ok(EVENT).await;
    let calls = fixture.fake.calls(2).await;
    let Call::Report(report) = &calls[1] else {
        panic!("not reported");
    };
    assert_eq!(report.kind(), Kind::Rejected);
    assert_eq!(report.reason, "COLLABORATOR_INVALID");
    assert_eq!(report.fields, ["last_name"]);
    assert_eq!(report.event_id, "evt_1");
    let received = report.receive_time.as_ref().unwrap().seconds;
    assert!((1_795_424_400..1_795_424_460).contains(&received));
    fixture.stop().await;
    assert_eq!(
        fixture.spooled("state = 'reported' AND body IS NOT NULL"),
        1
    );
}

#[tokio::test]
async fn a_hire_that_is_there_already_is_done() {
    let mut fixture = Fixture::new().await;
    fixture
        .fake
        .fail("create", [Status::already_exists("differs")]);
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.fake.calls(1).await;
    fixture.stop().await;
    assert_eq!(fixture.spooled("state = 'done' AND body IS NULL"), 1);
}

#[tokio::test]
async fn a_report_the_service_does_not_take_does_not_hold_the_hire_up() {
    let mut fixture = Fixture::new().await;
    fixture
        .fake
        .fail("report", [Status::unimplemented("later")]);
    fixture
        .send_ok(&event("candidate.anonymized", "a-1", "x"))
        .await;
    fixture.send_ok(&confirmed("a-1")).await;
    assert_eq!(fixture.fake.heard(2).await[1], "create a-1 Dupont");
    fixture.stop().await;
    assert_eq!(fixture.spooled("state = 'unreported'"), 1);
    assert_eq!(fixture.spooled("state = 'done'"), 1);
}

#[tokio::test]
async fn an_acknowledgement_the_service_does_not_take_leaves_nothing_behind() {
    let mut fixture = Fixture::new().await;
    fixture
        .fake
        .fail("report", [Status::invalid_argument("an older service")]);
    fixture.send_ok(&event("hire.declared", "a-1", "x")).await;
    fixture.send_ok(&confirmed("a-1")).await;
    assert_eq!(fixture.fake.heard(2).await[1], "create a-1 Dupont");
    fixture.stop().await;
    assert_eq!(fixture.spooled("state = 'done' AND body IS NULL"), 2);
}

#[tokio::test]
async fn events_of_a_hire_stay_in_order_whatever_fails() {
    let fixture = Fixture::new().await;
    fixture.fake.fail(
        "create",
        [
            Status::unavailable(""),
            Status::internal(""),
            Status::unauthenticated(""),
            Status::permission_denied(""),
            Status::deadline_exceeded(""),
        ],
    );
    fixture.send_ok(&confirmed("a-1")).await;
    fixture
        .send_ok(&event("hire.confirmed", "a-1", "Durand"))
        .await;
    fixture
        .send_ok(&event("hire.cancelled", "a-1", "Durand"))
        .await;
    let mut expected = vec!["create a-1 Dupont"; 6];
    expected.extend(["create a-1 Durand", "withdraw a-1"]);
    assert_eq!(fixture.fake.heard(8).await, expected);
}

#[tokio::test]
async fn a_hire_that_takes_long_holds_up_nobody_else() {
    let fixture = Fixture::new().await;
    let gate = fixture.fake.gate("slow");
    fixture.send_ok(&confirmed("slow")).await;
    fixture.send_ok(&event("hire.cancelled", "slow", "x")).await;
    fixture.send_ok(&confirmed("a-1")).await;
    assert_eq!(fixture.fake.heard(1).await, ["create a-1 Dupont"]);
    gate.add_permits(1);
    assert_eq!(
        fixture.fake.heard(3).await[1..],
        ["create slow Dupont", "withdraw slow"]
    );
}

#[tokio::test]
async fn the_same_source_of_two_tenants_is_two_hires() {
    let fixture = Fixture::new().await;
    fixture.fake.set_tenant("other", with_path_secret("s3cret"));
    let gate = fixture.fake.gate("a-1");
    fixture.send_ok(&confirmed("a-1")).await;
    let request = fixture.post("/webhooks/other/s3cret", confirmed("a-1"));
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    gate.add_permits(2);
    let calls = fixture.fake.calls(2).await;
    let tenants = calls.iter().map(|call| match call {
        Call::Create(request) => request.tenant.clone(),
        other => panic!("{other:?}"),
    });
    let mut tenants: Vec<_> = tenants.collect();
    tenants.sort();
    assert_eq!(tenants, ["acme", "other"]);
}

#[tokio::test]
async fn everything_taken_while_the_service_is_away_arrives_once_it_is_back() {
    let fixture = Fixture::new().await;
    fixture.send_ok(r#"{"test":true}"#).await;
    fixture.fake.go_away().await;
    for number in 0..40 {
        fixture.send_ok(&confirmed(&format!("a-{number}"))).await;
    }
    fixture.fake.come_back().await;
    let mut heard = fixture.fake.heard(40).await;
    heard.sort();
    heard.dedup();
    assert_eq!(heard.len(), 40);
}

#[tokio::test]
async fn what_was_taken_before_a_restart_is_handed_over_after_it() {
    let mut fixture = Fixture::new().await;
    fixture.send_ok(r#"{"test":true}"#).await;
    fixture.fake.go_away().await;
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.send_ok(&event("hire.cancelled", "a-1", "x")).await;
    fixture.stop().await;
    assert_eq!(fixture.spooled("state = 'waiting'"), 2);
    fixture.start().await;
    fixture.fake.come_back().await;
    let expected = ["create a-1 Dupont", "withdraw a-1"];
    assert_eq!(fixture.fake.heard(2).await, expected);
    fixture.send_ok(&confirmed("b-1")).await;
    fixture.fake.heard(3).await;
    fixture.stop().await;
    assert_eq!(fixture.spooled("state = 'waiting'"), 0);
}

#[tokio::test]
async fn a_repetition_is_handed_over_once() {
    let fixture = Fixture::new().await;
    fixture.send_ok(EVENT).await;
    fixture.fake.heard(1).await;
    for _ in 0..3 {
        fixture.send_ok(EVENT).await;
    }
    fixture.send_ok(&confirmed("marker")).await;
    let expected = ["create a-1 Dupont", "create marker Dupont"];
    assert_eq!(fixture.fake.heard(2).await, expected);
}

#[tokio::test]
async fn an_event_waits_while_its_tenants_mapping_cannot_be_used() {
    let fixture = Fixture::tuned(|tuning| tuning.timing.settings_fresh = Duration::ZERO).await;
    let mut broken = with_path_secret("s3cret");
    let mapping = &mut broken.webhook.as_mut().unwrap().mapping;
    mapping.insert("shoe_size".to_owned(), "a".to_owned());
    fixture.fake.set_tenant("acme", broken);
    fixture.send_ok(&confirmed("a-1")).await;
    assert!(fixture.fake.so_far().is_empty());
    let mut mended = with_path_secret("s3cret");
    let mapping = &mut mended.webhook.as_mut().unwrap().mapping;
    mapping.insert("last_name".to_owned(), "data.firstName".to_owned());
    fixture.fake.set_tenant("acme", mended);
    assert_eq!(fixture.fake.heard(1).await, ["create a-1 Éloïse"]);
}

#[tokio::test]
async fn every_call_shows_the_token() {
    let fixture =
        Fixture::tuned(|tuning| tuning.settings.adapter.token = Some("t0ken".into())).await;
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.fake.calls(1).await;
    let tokens = fixture.fake.tokens();
    assert!(tokens.len() >= 2);
    assert!(
        tokens
            .iter()
            .all(|token| token.as_deref() == Some("Bearer t0ken"))
    );
}

/// Collects log lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn logs_tell_what_happened_but_not_to_whom() {
    let lines = Lines::default();
    let logging = || {
        let lines = lines.clone();
        let builder = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false);
        tracing::Dispatch::new(builder.with_writer(move || lines.clone()).finish())
    };
    // With only one dispatcher in the process, `tracing` asks that of whichever thread first
    // comes to a line whether anybody wants it, and remembers the answer: here other tests'.
    let _another = logging();
    let _logging = tracing::dispatcher::set_default(&logging());
    let mut fixture =
        Fixture::tuned(|tuning| tuning.settings.adapter.token = Some("canary-token".into())).await;
    fixture
        .fake
        .set_tenant("acme", with_path_secret("canary-secret"));
    fixture.fake.fail(
        "create",
        [
            Status::internal("canary"),
            Status::invalid_argument("canary"),
        ],
    );
    let body = serde_json::json!({
        "type": "hire.confirmed",
        "applicationId": "a-1",
        "sendToLucca": true,
        "nom": "Canary",
        "prenom": "Canary",
        "emailPersonnel": "canary@example.com",
        "departement": ["canary"],
        "dateDebutContrat": "canary",
        "nomManager": "Canary",
    });
    let request = fixture.post("/webhooks/acme/canary-secret", body.to_string());
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    let request = fixture.post("/webhooks/acme/canary-wrong", body.to_string());
    assert_eq!(request.send().await.unwrap().status().as_u16(), 401);
    fixture.fake.calls(3).await;
    fixture.stop().await;
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for told in [
        "a webhook is stored tenant=acme seq=1",
        "a webhook is refused",
        r#"the service refuses an event tenant="acme" seq=1"#,
        r#"an event is reported tenant="acme" seq=1 reason="REJECTED""#,
    ] {
        assert!(log.contains(told), "{told} is not in\n{log}");
    }
    assert!(
        !log.contains("an event was handed over"),
        "no success before or without one:\n{log}"
    );
    assert!(!log.to_lowercase().contains("canary"), "{log}");
}
