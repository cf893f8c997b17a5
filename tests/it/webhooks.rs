use lucca_onboarding::pb::v1::{self, State};
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::support::{
    House, TENANT, by_source, collaborator, hire, tenant,
    webhook::{self, Webhook, event, nine_items},
};

fn confirmed(application: &str) -> Webhook {
    Webhook::of(&event("hire.confirmed", application, nine_items("Dupont")))
}

#[tokio::test]
async fn what_is_not_authentic_or_not_readable_creates_nothing() {
    let house = House::start().await;
    let mut wrong_key = confirmed("a-1");
    wrong_key.key = [8; 32];
    let mut stale = confirmed("a-2");
    stale.timestamp -= 301;
    let mut unknown_tenant = confirmed("a-3");
    unknown_tenant.tenant = "nobody".into();
    let mut not_json = confirmed("a-4");
    not_json.body = b"lastName=Dupont".to_vec();
    let mut oversize = confirmed("a-5");
    oversize.body = vec![b' '; 300 * 1024];
    let table = [
        (wrong_key, 401),
        (stale, 401),
        (unknown_tenant, 401),
        (not_json, 400),
        (oversize, 413),
    ];
    for (webhook, status) in table {
        assert_eq!(webhook.send(&house).await, status);
    }
    // What comes last is handed over last: when it is there nothing else will come.
    assert_eq!(confirmed("a-6").send(&house).await, 200);
    house.until("werecruit", "a-6", State::Created).await;
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
    for application in ["a-1", "a-2", "a-3", "a-4", "a-5"] {
        let status = house.status_of("werecruit", application).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{application}");
    }
}

#[tokio::test]
async fn what_is_only_declared_or_not_for_lucca_is_acknowledged_and_creates_nothing() {
    let house = House::start().await;
    let declared = event("hire.declared", "a-1", nine_items("Dupont"));
    assert_eq!(Webhook::of(&declared).send(&house).await, 200);
    let mut data = nine_items("Durand");
    data["sendToLucca"] = json!("non");
    let not_for_lucca = event("hire.confirmed", "a-2", data.clone());
    assert_eq!(Webhook::of(&not_for_lucca).send(&house).await, 200);

    // Wanted after all.
    data["sendToLucca"] = json!("oui");
    let mut wanted = event("hire.confirmed", "a-2", data);
    wanted["id"] = json!("evt-wanted");
    assert_eq!(Webhook::of(&wanted).send(&house).await, 200);
    house.until("werecruit", "a-2", State::Created).await;
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
    let status = house.status_of("werecruit", "a-1").await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn what_nothing_follows_from_is_found_in_the_history_by_ids_alone() {
    let house = House::start().await;
    let mut data = nine_items("Dupont");
    data["sendToLucca"] = json!(false);
    for (kind, application, data) in [
        ("hire.declared", "a-1", nine_items("Dupont")),
        ("hire.confirmed", "a-2", data),
        ("hire.updated", "a-3", nine_items("Dupont")),
        ("hire.updated", "a-4", json!({})),
    ] {
        let mut event = event(kind, application, data);
        // A dated update would wait for its hire.
        event["timestamp"] = json!(null);
        assert_eq!(Webhook::of(&event).send(&house).await, 200);
    }
    let told = house.history_with("EVENT_ACKNOWLEDGED", 4).await;
    let told: Vec<&str> = told
        .iter()
        .filter(|it| it.event == "EVENT_ACKNOWLEDGED")
        .map(|it| it.detail.as_str())
        .collect();
    for ending in [
        "hire werecruit/a-1; NOT_CONFIRMED",
        "hire werecruit/a-2; NOT_FOR_LUCCA",
        "hire werecruit/a-3; HIRE_UNKNOWN",
        "hire werecruit/a-4; NOTHING_SAID",
    ] {
        assert!(told.iter().any(|it| it.ends_with(ending)), "{told:?}");
    }
    assert!(!told.iter().any(|it| it.contains("Dupont")), "{told:?}");
    assert!(house.sandbox().ledger().calls.is_empty());
}

#[tokio::test]
async fn a_hire_that_does_not_say_whether_it_is_for_lucca_is_created_with_a_warning() {
    let house = House::start().await;
    let mut data = nine_items("Dupont");
    data.as_object_mut().unwrap().remove("sendToLucca");
    Webhook::of(&event("hire.confirmed", "a-1", data))
        .send(&house)
        .await;
    let onboarding = house.until("werecruit", "a-1", State::Created).await;
    let codes: Vec<&str> = onboarding
        .warnings
        .iter()
        .map(|warning| warning.code.as_str())
        .collect();
    assert!(codes.contains(&"SEND_TO_LUCCA_ABSENT"), "{codes:?}");
}

#[tokio::test]
async fn a_cancelled_hire_is_withdrawn() {
    let house = House::start().await;
    let mut data = nine_items("Dupont");
    data["contractStartDate"] = json!(null);
    Webhook::of(&event("hire.confirmed", "a-1", data))
        .send(&house)
        .await;
    let draft = house.until("werecruit", "a-1", State::NeedsAttention).await;
    assert_eq!(draft.problem.unwrap().code, "INCOMPLETE");
    Webhook::of(&event("hire.cancelled", "a-1", json!({})))
        .send(&house)
        .await;
    let cancelled = house.until("werecruit", "a-1", State::Cancelled).await;
    let why = cancelled.cancellation.unwrap();
    assert_eq!(why.reason(), v1::cancellation::Reason::Withdrawn);
    assert!(why.request_time.is_some() && why.event_time.is_some());
    assert!(house.sandbox().ledger().creations().is_empty());
}

#[tokio::test]
async fn an_update_that_names_one_field_leaves_the_others_as_they_were() {
    let mut house = House::start().await;
    house.stop_sandbox().await;
    let first = event("hire.confirmed", "a-1", nine_items("Dupont"));
    assert_eq!(Webhook::of(&first).send(&house).await, 200);
    house.until("werecruit", "a-1", State::Accepted).await;
    let later = json!({"contractStartDate": "2027-01-11"});
    let update = event("hire.updated", "a-1", later);
    assert_eq!(Webhook::of(&update).send(&house).await, 200);
    house.until_revision("werecruit", "a-1", 2).await;
    house.start_sandbox().await;
    let created = house.until("werecruit", "a-1", State::Created).await;
    assert_eq!(created.collaborator.unwrap().family_name, "Dupont");
    let ledger = house.sandbox().ledger();
    let body = ledger.creations()[0].body.clone().unwrap();
    assert_eq!(body["dtContractStart"], "2027-01-11T00:00:00");
    assert_eq!(body["personalEmail"], "Dupont@example.com");
    // Something else than what was created: a follow-up, and no second employee.
    let update = event("hire.updated", "a-1", json!({"lastName": "Durand"}));
    assert_eq!(Webhook::of(&update).send(&house).await, 200);
    house
        .until_it("werecruit", "a-1", "is to be compared", |it| {
            it.follow_ups
                .iter()
                .any(|item| item.code == "CHANGED_AFTER_CREATION")
        })
        .await;
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn a_hire_under_way_that_is_not_for_lucca_any_more_is_taken_back() {
    let house = House::start().await;
    let mut data = nine_items("Dupont");
    data["contractStartDate"] = json!(null);
    let first = event("hire.confirmed", "a-1", data.clone());
    Webhook::of(&first).send(&house).await;
    house.until("werecruit", "a-1", State::NeedsAttention).await;
    data["sendToLucca"] = json!("non");
    let mut second = event("hire.confirmed", "a-1", data);
    second["id"] = json!("evt-no");
    assert_eq!(Webhook::of(&second).send(&house).await, 200);
    house.until("werecruit", "a-1", State::Cancelled).await;
    assert!(house.sandbox().ledger().creations().is_empty());
}

#[tokio::test]
async fn a_date_with_slashes_is_read_if_the_tenant_says_how_and_is_asked_for_otherwise() {
    let house = House::start().await;
    let mut data = nine_items("Dupont");
    data["contractStartDate"] = json!("04/01/2027");
    let first = event("hire.confirmed", "a-1", data.clone());
    Webhook::of(&first).send(&house).await;
    let asked = house.until("werecruit", "a-1", State::NeedsAttention).await;
    let problem = asked.problem.unwrap();
    assert_eq!(problem.code, "INCOMPLETE");
    assert!(problem.message.contains("date was sent"), "{problem:?}");
    assert!(problem.fix.contains("day_first_dates"), "{problem:?}");
    assert!(problem.message.contains("“04/01/2027”"), "{problem:?}");
    let remarked: Vec<_> = asked.warnings.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(remarked, ["START_DATE_UNREADABLE"]);
    let webhook = v1::Webhook {
        auth: vec![webhook::proof()],
        day_first_dates: true,
        ..v1::Webhook::default()
    };
    let other = v1::Tenant {
        id: "other".into(),
        webhook: Some(webhook),
        ..tenant(&house.lucca_url())
    };
    house.create_tenant(other).await.unwrap();
    let mut second = Webhook::of(&event("hire.confirmed", "b-1", data));
    second.tenant = "other".into();
    assert_eq!(second.send(&house).await, 200);
    house.sandbox().wait_for_users(1).await;
    let ledger = house.sandbox().ledger();
    let body = ledger.creations()[0].body.clone().unwrap();
    assert_eq!(body["dtContractStart"], "2027-01-04T00:00:00");
}

/// An event that names the candidate alone.
fn of_candidate(kind: &str, candidate: &str) -> serde_json::Value {
    json!({
        "type": kind,
        "id": format!("evt-{candidate}-{}", kind.replace('.', "-")),
        "timestamp": jiff::Timestamp::now().to_string(),
        "data": {"candidateId": candidate},
    })
}

#[tokio::test]
async fn what_is_said_of_a_candidate_finds_the_hires_of_their_applications() {
    let house = House::start().await;
    for (application, name) in [("a-1", "Dupont"), ("a-2", "Durand")] {
        let mut data = nine_items(name);
        data["candidateId"] = json!("c-1");
        data["contractStartDate"] = json!(null);
        let confirmed = event("hire.confirmed", application, data);
        Webhook::of(&confirmed).send(&house).await;
        house
            .until("werecruit", application, State::NeedsAttention)
            .await;
    }
    // Nobody can tell which of the two is meant.
    let cancelled = of_candidate("hire.cancelled", "c-1");
    assert_eq!(Webhook::of(&cancelled).send(&house).await, 200);
    house.until_told("PERSON_HAS_SEVERAL_HIRES", TENANT).await;
    Webhook::of(&event("hire.cancelled", "a-2", json!({})))
        .send(&house)
        .await;
    house.until("werecruit", "a-2", State::Cancelled).await;
    let mut again = of_candidate("hire.cancelled", "c-1");
    again["id"] = json!("evt-again");
    Webhook::of(&again).send(&house).await;
    house.until("werecruit", "a-1", State::Cancelled).await;
    // The person is forgotten in both.
    Webhook::of(&of_candidate("candidate.anonymized", "c-1"))
        .send(&house)
        .await;
    for application in ["a-1", "a-2"] {
        house
            .until_it("werecruit", application, "is erased", |it| {
                it.collaborator
                    .as_ref()
                    .is_none_or(|person| person.family_name.is_empty())
            })
            .await;
    }
}

#[tokio::test]
async fn a_nationality_travels_from_the_webhook_to_lucca_and_a_bad_one_is_left_out() {
    let house = House::start().await;
    for (application, key, value) in [
        ("a-1", "nationality", "fr"),
        ("a-2", "codeNationalité", "BE"),
        ("a-3", "nationalite", "française"),
    ] {
        let mut data = nine_items(&format!("Dupont{application}"));
        data[key] = json!(value);
        Webhook::of(&event("hire.confirmed", application, data))
            .send(&house)
            .await;
        house.until("werecruit", application, State::Created).await;
    }
    let ledger = house.sandbox().ledger();
    let sent: Vec<_> = ledger
        .creations()
        .iter()
        .map(|call| call.body.clone().unwrap()["nationalityId"].clone())
        .collect();
    assert_eq!(sent, [json!("FR"), json!("BE"), json!(null)]);
    let told = house.history_with("EVENT_UNREADABLE", 1).await;
    let told = told.iter().find(|it| it.event == "EVENT_UNREADABLE");
    let detail = &told.unwrap().detail;
    assert!(detail.contains("nationality"), "{detail}");
    assert!(!detail.contains("française"), "{detail}");
}

#[tokio::test]
async fn a_nationality_of_a_call_is_sent_shown_and_compared_and_a_bad_one_is_refused() {
    let house = House::start().await;
    let of = |nationality: &str| v1::Collaborator {
        nationality: nationality.into(),
        ..collaborator("Durand")
    };
    let refused = house.create(hire("a-1", of("FRA"))).await.unwrap_err();
    let details = refused.get_details_bad_request().unwrap();
    assert_eq!(
        details.field_violations[0].field,
        "collaborator.nationality"
    );

    let created = house.create(hire("a-1", of(" fr "))).await.unwrap();
    assert_eq!(created.state(), State::Created);
    let shown = created.resolution.iter();
    let shown = shown.filter(|it| it.field() == v1::Field::Nationality);
    let shown: Vec<_> = shown.map(|it| (it.value.as_str(), it.origin())).collect();
    assert_eq!(shown, [("FR", v1::Origin::Provided)]);
    assert_eq!(created.collaborator.unwrap().nationality, "FR");
    let ledger = house.sandbox().ledger();
    let body = ledger.creations()[0].body.clone().unwrap();
    assert_eq!(body["nationalityId"], "FR");

    // What Lucca shows of it is not documented: nobody can tell that it was put right there.
    let other = v1::CreateCollaboratorRequest {
        note_differences: true,
        ..hire("a-1", of("BE"))
    };
    house.create(other).await.unwrap();
    let refreshed = v1::GetStatusRequest {
        key: Some(by_source("test", "a-1")),
        refresh: true,
    };
    let client = &mut house.onboardings();
    let seen = client.get_status(refreshed).await.unwrap().into_inner();
    let follow_ups = seen.onboarding.unwrap().follow_ups;
    let change = follow_ups
        .iter()
        .find(|it| it.field() == v1::Field::Nationality)
        .unwrap();
    assert_eq!(change.code, "CHANGED_AFTER_CREATION");
    assert_eq!(change.status(), v1::follow_up::Status::Unknown);
}
