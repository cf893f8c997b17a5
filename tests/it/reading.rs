//! What senders really send: how it is read, and what of it is told.

mod requests;

use lucca_onboarding::pb::v1::{self, State};
use serde_json::{Value, json};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::support::{
    House, TENANT, collaborator, hire, named,
    webhook::{Webhook, event, nine_items},
};

/// Nine data items with others over them.
fn items(family_name: &str, others: Value) -> Value {
    let mut data = nine_items(family_name);
    for (key, value) in others.as_object().unwrap() {
        data[key] = value.clone();
    }
    data
}

/// Confirms a hire with other data items than usual.
async fn confirm(house: &House, application: &str, others: Value) {
    let data = items(&format!("Nom{application}"), others);
    let event = event("hire.confirmed", application, data);
    assert_eq!(Webhook::of(&event).send(house).await, 200);
}

/// The onboarding of such a hire once it is in a state.
async fn confirmed(house: &House, others: Value, state: State) -> v1::Onboarding {
    confirm(house, "a-1", others).await;
    house.until("werecruit", "a-1", state).await
}

/// What the warnings of a code say.
fn warned(onboarding: &v1::Onboarding, code: &str) -> Vec<String> {
    let warnings = onboarding.warnings.iter().filter(|it| it.code == code);
    warnings.map(|it| it.message.clone()).collect()
}

/// The body of the only creation.
fn body(house: &House) -> Value {
    let ledger = house.sandbox().ledger();
    assert_eq!(ledger.creations().len(), 1);
    ledger.creations()[0].body.clone().unwrap()
}

#[tokio::test]
async fn an_address_is_sent_without_what_cannot_be_seen() {
    let house = House::start().await;
    let address = json!({"personalEmail": "\u{200B}zoe@example.com", "professionalEmail": null, "login": null});
    confirmed(&house, address, State::Created).await;
    let body = body(&house);
    for member in ["personalEmail", "mail", "login"] {
        assert_eq!(body[member], "zoe@example.com", "{member}");
    }
}

#[tokio::test]
async fn an_address_with_and_without_what_cannot_be_seen_is_one_person() {
    let house = House::start().await;
    let same = |email: &str| json!({"lastName": "Roy", "personalEmail": email, "professionalEmail": null, "login": null});
    confirm(&house, "a-1", same("c03@example.com")).await;
    house.until("werecruit", "a-1", State::Created).await;
    confirm(&house, "a-2", same("c03@example.com\u{200B}")).await;
    let settled = |it: &v1::Onboarding| it.problem.is_some() || it.state() == State::Created;
    house
        .until_it("werecruit", "a-2", "is settled", settled)
        .await;
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn one_domain_in_two_spellings_is_one_address() {
    let house = House::start().await;
    let ines = |email: &str, start: &str| v1::Collaborator {
        personal_email: email.into(),
        contract_start_date: start.into(),
        ..collaborator("Ines")
    };
    let first = ines("ines@xn--bcher-kva.example", "2027-01-04");
    let first = house.create(hire("a-1", first)).await.unwrap();
    assert_eq!(first.state(), State::Created);
    let second = ines("ines@bücher.example", "2027-03-01");
    let second = house.create(hire("a-2", second)).await.unwrap();
    assert_eq!(second.problem.unwrap().code, "PERSON_EXISTS");
}

#[tokio::test]
async fn a_link_instead_of_an_address_is_read_as_the_address() {
    let house = House::start().await;
    let link = json!({"personalEmail": "mailto:zoe@example.com"});
    confirmed(&house, link, State::Created).await;
    assert_eq!(body(&house)["personalEmail"], "zoe@example.com");
}

#[tokio::test]
async fn a_name_of_invisible_characters_alone_is_missing() {
    let house = House::start().await;
    let asked = confirmed(
        &house,
        json!({"lastName": "\u{200B}"}),
        State::NeedsAttention,
    )
    .await;
    let problem = asked.problem.unwrap();
    assert_eq!(problem.code, "INCOMPLETE");
    assert!(problem.message.contains("family name"), "{problem:?}");
}

#[tokio::test]
async fn a_name_that_lost_letters_or_is_a_placeholder_is_asked_about_and_shown() {
    let house = House::start().await;
    for (number, name) in [
        "L\u{FFFD}vre",
        "LefÃ¨vre",
        "L&eacute;vre",
        "{{candidate.last_name}}",
        "undefined",
    ]
    .into_iter()
    .enumerate()
    {
        let application = format!("a-{number}");
        confirm(&house, &application, json!({"lastName": name})).await;
        let asked = house
            .until("werecruit", &application, State::NeedsAttention)
            .await;
        assert_eq!(warned(&asked, "FIELD_UNREADABLE").len(), 1, "{name}");
        let problem = asked.problem.unwrap();
        assert_eq!(problem.code, "INCOMPLETE");
        assert!(problem.message.contains(name), "{problem:?}");
    }
    assert!(house.sandbox().ledger().creations().is_empty());
    let told = house.history_with("EVENT_UNREADABLE", 5).await;
    assert!(!told.iter().any(|it| it.detail.contains("vre")), "{told:?}");
}

#[tokio::test]
async fn a_department_that_cannot_be_read_is_not_called_unnamed() {
    let house = House::start().await;
    let list = json!({"department": [{"id": 13, "name": "R&D Lyon"}]});
    confirm(&house, "a-1", list).await;
    let settled = |it: &v1::Onboarding| it.problem.is_some() || it.state() == State::Created;
    let told = house
        .until_it("werecruit", "a-1", "is settled", settled)
        .await;
    let warned = warned(&told, "FIELD_UNREADABLE");
    assert!(warned[0].contains("R&D Lyon"), "{warned:?}");
    let of_department = |it: &&v1::ResolvedField| it.field() == v1::Field::Department;
    let reasons = told.resolution.iter().filter(of_department);
    let reasons = reasons.map(|it| it.reason.clone());
    let message = told.problem.map(|it| it.message).unwrap_or_default();
    for said in reasons.chain([message]) {
        assert!(
            !said.contains("names none") && !said.contains("names no department"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn an_end_that_cannot_be_read_does_not_make_a_permanent_contract_in_silence() {
    let house = House::start().await;
    for (application, end) in [("a-1", "30/06/2027"), ("a-2", "2027-01-03")] {
        confirm(&house, application, json!({"contractEndDate": end})).await;
        let created = house.until("werecruit", application, State::Created).await;
        let warned = warned(&created, "FIELD_UNREADABLE");
        assert!(warned[0].contains(end), "{warned:?}");
    }
}

#[tokio::test]
async fn two_phones_are_told_and_keep_nobody_out() {
    let house = House::start().await;
    let two = json!({"phone": "01 40 00 00 00", "mobile": "06 12 34 56 78"});
    let created = confirmed(&house, two, State::Created).await;
    let warned = warned(&created, "FIELD_CONTRADICTORY");
    assert!(warned[0].contains("01 40 00 00 00") && warned[0].contains("06 12 34 56 78"));
    assert_eq!(body(&house)["personalMobile"], Value::Null);
}

#[tokio::test]
async fn two_names_become_a_question_that_shows_both() {
    let house = House::start().await;
    let two = json!({"lastName": "Dupont", "nom": "Durand"});
    let asked = confirmed(&house, two, State::NeedsAttention).await;
    let problem = asked.problem.unwrap();
    assert_eq!(problem.code, "INCOMPLETE");
    assert!(
        problem.message.contains("“Dupont” and “Durand”"),
        "{problem:?}"
    );
}

#[tokio::test]
async fn one_day_in_two_forms_is_one_day() {
    let house = House::start().await;
    let day = json!({"contractStartDate": "2027-01-04", "startDate": "2027-01-04T00:00:00"});
    let created = confirmed(&house, day, State::Created).await;
    assert!(
        created
            .warnings
            .iter()
            .all(|it| !it.code.starts_with("FIELD_"))
    );
    assert_eq!(body(&house)["dtContractStart"], "2027-01-04T00:00:00");
}

#[tokio::test]
async fn what_is_marked_as_a_test_in_any_spelling_creates_nobody() {
    let house = House::start().await;
    for (number, (at_root, value)) in [
        (true, json!("true")),
        (true, json!("oui")),
        (true, json!(1)),
        (false, json!(true)),
        (false, json!("true")),
    ]
    .into_iter()
    .enumerate()
    {
        let mut test = event("hire.confirmed", &format!("t-{number}"), nine_items("Test"));
        match at_root {
            true => test["test"] = value,
            false => test["data"]["test"] = value,
        }
        assert_eq!(Webhook::of(&test).send(&house).await, 200);
    }
    let mut unclear = event("hire.confirmed", "t-9", nine_items("Test"));
    unclear["test"] = json!("perhaps");
    assert_eq!(Webhook::of(&unclear).send(&house).await, 200);
    house.until_told("TEST_UNREADABLE", TENANT).await;
    confirmed(&house, json!({}), State::Created).await;
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn a_date_of_birth_with_a_time_is_told() {
    let house = House::start().await;
    let born = json!({"birthDate": "1990-03-31T20:00:00Z"});
    let created = confirmed(&house, born, State::Created).await;
    assert_eq!(warned(&created, "DATE_FROM_TIME").len(), 1);
}

#[tokio::test]
async fn the_same_in_other_letters_is_no_work_for_hr() {
    let house = House::start().await;
    let said = json!({"lastName": "Durand", "personalEmail": "z@example.com",
        "personalPhone": "06 12 34 56 78"});
    confirmed(&house, said, State::Created).await;
    let again = items(
        "DURAND",
        json!({"personalEmail": "Z@EXAMPLE.COM",
        "professionalEmail": "noma-1@EXAMPLE.org", "login": "ENomA-1", "establishment": "Siège Paris",
        "department": "produit", "managerName": "Jean MARTIN", "personalPhone": "+33612345678"}),
    );
    let mut again = event("hire.confirmed", "a-1", again);
    again["id"] = json!("evt-again");
    assert_eq!(Webhook::of(&again).send(&house).await, 200);
    // What comes last is handed over last.
    let other = event("hire.updated", "a-1", json!({"jobTitle": "Chef"}));
    assert_eq!(Webhook::of(&other).send(&house).await, 200);
    let changed = |it: &v1::Onboarding| {
        it.follow_ups
            .iter()
            .any(|it| it.code == "CHANGED_AFTER_CREATION")
    };
    let told = house
        .until_it("werecruit", "a-1", "has changed", changed)
        .await;
    let changes = told
        .follow_ups
        .iter()
        .filter(|it| it.code == "CHANGED_AFTER_CREATION");
    let fields: Vec<_> = changes.map(|it| it.field()).collect();
    assert_eq!(fields, [v1::Field::JobTitle]);
}

#[tokio::test]
async fn a_call_that_says_the_same_in_other_letters_is_answered_with_the_employee() {
    let house = House::start().await;
    let first = house
        .create(hire("a-1", collaborator("Durand")))
        .await
        .unwrap();
    let again = v1::Collaborator {
        department: named("PRODUIT"),
        establishment: named("SIEGE PARIS"),
        ..collaborator("DURAND")
    };
    let again = house.create(hire("a-1", again)).await.unwrap();
    assert_eq!(again.id, first.id);
}

#[tokio::test]
async fn an_address_of_the_recruiting_software_is_left_out_everywhere_and_told() {
    let house = House::start().await;
    let relay = "jobs.e12@acme.werecruit.io";
    let relays = json!({"professionalEmail": relay, "login": relay, "managerName": relay});
    let created = confirmed(&house, relays, State::Created).await;
    assert_eq!(warned(&created, "FIELD_UNREADABLE").len(), 3);
    let body = body(&house);
    assert_eq!(body["mail"], body["personalEmail"]);
    assert!(!body.to_string().contains("werecruit.io"), "{body}");
}

#[tokio::test]
async fn a_number_of_the_candidate_is_not_taken_for_a_login_in_silence() {
    let house = House::start().await;
    let number = json!({"login": null, "identifiant": "C-124"});
    let created = confirmed(&house, number, State::Created).await;
    let warned = warned(&created, "FIELD_UNREADABLE");
    assert!(warned[0].contains("C-124"), "{warned:?}");
    let body = body(&house);
    assert_eq!(body["login"], body["personalEmail"]);
}

#[tokio::test]
async fn two_people_under_an_id_of_zeros_are_two_people() {
    let house = House::start().await;
    let zeros = "00000000-0000-0000-0000-000000000000";
    for (candidate, name) in [("c-1", "Dupont"), ("c-2", "Durand")] {
        let data = items(name, json!({"candidateId": candidate}));
        let mut event = event("hire.confirmed", zeros, data);
        event["id"] = json!(format!("evt-{candidate}"));
        assert_eq!(Webhook::of(&event).send(&house).await, 200);
        house.until("werecruit", candidate, State::Created).await;
    }
    assert_eq!(house.sandbox().ledger().creations().len(), 2);
}

#[tokio::test]
async fn a_time_that_cannot_be_right_is_told_and_outlives_nothing() {
    let house = House::start().await;
    let waiting = json!({"contractStartDate": null});
    for (application, confirmed_at, cancelled_at) in [
        ("a-1", json!("2036-01-01T00:00:00Z"), None),
        ("a-2", json!("0001-01-01T00:00:00+01:00"), None),
        ("a-3", json!("soon"), None),
        // In seconds, as no other event of the sender is.
        (
            "a-4",
            Value::Null,
            Some(json!(jiff::Timestamp::now().as_second())),
        ),
    ] {
        let data = items("Dupont", waiting.clone());
        let mut first = event("hire.confirmed", application, data);
        if !confirmed_at.is_null() {
            first["timestamp"] = confirmed_at.clone();
        } else {
            let earlier = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(1);
            first["timestamp"] = json!(earlier.to_string());
        }
        assert_eq!(Webhook::of(&first).send(&house).await, 200);
        let waits = house
            .until("werecruit", application, State::NeedsAttention)
            .await;
        let told = warned(&waits, "EVENT_TIME_UNLIKELY").len();
        assert_eq!(told, usize::from(!confirmed_at.is_null()), "{confirmed_at}");
        assert_eq!(waits.source.unwrap().event_time.is_none(), told == 1);
        let mut cancelled = event("hire.cancelled", application, json!({}));
        if let Some(time) = cancelled_at {
            cancelled["timestamp"] = time;
        }
        assert_eq!(Webhook::of(&cancelled).send(&house).await, 200);
        house
            .until("werecruit", application, State::Cancelled)
            .await;
    }
}

#[tokio::test]
async fn a_number_that_is_none_is_refused_by_its_field() {
    let house = House::start().await;
    let quote = prost_types::Value {
        kind: Some(prost_types::value::Kind::NumberValue(f64::NAN)),
    };
    let person = v1::Collaborator {
        extended_data: [("e_quote".to_owned(), quote)].into(),
        ..collaborator("Dupont")
    };
    let refused = house.create(hire("a-1", person)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = refused.get_details_bad_request().unwrap();
    assert_eq!(
        details.field_violations[0].field,
        "collaborator.extended_data"
    );
}
