//! `GetStatus` with `refresh`, custom data, and how urgent a hire is.

mod custom_data;
mod urgency;

use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use lucca_onboarding::{
    config::{Rights, Scope, Token},
    pb::{
        v1::{
            self, Field, State, Urgency,
            follow_up::Status::{self, Done, Open, Unknown},
            get_status_request::Key,
        },
        values,
    },
    sandbox::{ExtensionDefinition, Fault, Kind},
    server::Server,
    shutdown::Shutdown,
};
use serde_json::{Value, json};
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::support::{House, ROLE, TENANT, collaborator, hire, named, source, tenant};

fn question(id: &str, refresh: bool) -> v1::GetStatusRequest {
    v1::GetStatusRequest {
        key: Some(Key::OnboardingId(id.to_owned())),
        refresh,
    }
}

/// The onboarding after a look in Lucca, and how many calls that was.
async fn refresh(house: &House, id: &str) -> Result<(v1::Onboarding, usize), tonic::Status> {
    let before = house.sandbox().ledger().calls.len();
    let answer = house.onboardings().get_status(question(id, true)).await?;
    let calls = house.sandbox().ledger().calls.len() - before;
    Ok((answer.into_inner().onboarding.unwrap(), calls))
}

/// The same where it has to succeed with one call.
async fn look(house: &House, id: &str) -> v1::Onboarding {
    let (onboarding, calls) = refresh(house, id).await.unwrap();
    assert_eq!(calls, 1);
    onboarding
}

async fn change(house: &House, user: i64, members: Value) {
    let user = u64::try_from(user).unwrap();
    house.sandbox().update_user(user, members).unwrap();
}

fn statuses(onboarding: &v1::Onboarding) -> Vec<(&str, Field, Status)> {
    onboarding
        .follow_ups
        .iter()
        .map(|item| (item.code.as_str(), item.field(), item.status()))
        .collect()
}

fn status(onboarding: &v1::Onboarding, code: &str, field: Field) -> Status {
    let list = statuses(onboarding);
    let found = list.iter().find(|it| (it.0, it.1) == (code, field));
    found
        .unwrap_or_else(|| panic!("no {code} {field:?} in {list:?}"))
        .2
}

fn warnings(onboarding: &v1::Onboarding) -> Vec<&str> {
    let list = onboarding.warnings.iter();
    list.map(|warning| warning.code.as_str())
        .filter(|code| *code != "START_DATE_LONG_PAST")
        .collect()
}

fn reason(status: &tonic::Status) -> String {
    status.get_details_error_info().unwrap().reason
}

/// A tenant whose three defaults are set, and a hire that names nothing but an unknown
/// department.
async fn by_default() -> (House, v1::Onboarding) {
    let house = House::without_tenant(Default::default()).await;
    let mut acme = tenant(&house.lucca_url());
    acme.defaults = Some(v1::tenant::Defaults {
        establishment_id: 11,
        department_id: 101,
        role_id: ROLE,
        culture_id: 0,
    });
    house.create_tenant(acme).await.unwrap();
    let person = v1::Collaborator {
        establishment: None,
        department: named("Nowhere at all"),
        ..collaborator("Dupont")
    };
    let created = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(created.state(), State::Created, "{created:#?}");
    (house, created)
}

#[tokio::test]
async fn what_hr_does_in_lucca_ticks_exactly_that_follow_up() {
    let (house, created) = by_default().await;
    let user = created.lucca_user_id;
    change(&house, user, json!({"managerId": null})).await;
    let first = look(&house, &created.id).await;
    use Field::{Department, Establishment, Login, Manager, ProfessionalEmail, Role, Unspecified};
    assert_eq!(
        statuses(&first),
        [
            ("REPLACE_PROFESSIONAL_EMAIL", ProfessionalEmail, Open),
            ("REPLACE_LOGIN", Login, Open),
            ("CORRECT_UNMATCHED", Department, Unknown),
            ("CONFIRM_DEFAULTS", Establishment, Unknown),
            ("CONFIRM_DEFAULTS", Role, Unknown),
            ("SET_MANAGER", Manager, Open),
            ("COMPLETE_FILE", Unspecified, Unknown),
            ("DPAE", Unspecified, Unknown),
            ("LAUNCH_ONBOARDING", Unspecified, Unknown),
        ]
    );
    assert!(
        first
            .follow_ups
            .iter()
            .all(|it| it.due_date == "2027-01-03")
    );
    let dpae = &first.follow_ups[7];
    assert_eq!(dpae.not_before_date, "2026-12-27");
    assert!(first.refresh_time.is_some());

    let boss = house.sandbox().users()[0].id;
    let steps = [
        (json!({"mail": "e.dupont@acme.example"}), ProfessionalEmail),
        (json!({"login": "edupont"}), Login),
        (json!({"departmentId": 102}), Department),
        (json!({"legalEntityId": 12}), Establishment),
        (json!({"rolePrincipalId": 52}), Role),
        (json!({"managerId": boss}), Manager),
    ];
    let mut before = first;
    for (members, field) in steps {
        change(&house, user, members.clone()).await;
        let after = look(&house, &created.id).await;
        for (was, is) in before.follow_ups.iter().zip(&after.follow_ups) {
            let expected = if is.field() == field {
                Done
            } else {
                was.status()
            };
            assert_eq!(is.status(), expected, "{members} and {}", is.code);
            if is.field() != field {
                assert_eq!(was.seen_time, is.seen_time, "{}", is.code);
            }
        }
        before = after;
    }

    // Put back to the personal address: Lucca shows that it is not done after all.
    change(&house, user, json!({"mail": "dupont@example.com"})).await;
    let back = look(&house, &created.id).await;
    assert_eq!(
        status(&back, "REPLACE_PROFESSIONAL_EMAIL", ProfessionalEmail),
        Open
    );
    let history = v1::ListHistoryRequest {
        onboarding_id: created.id.clone(),
        ..v1::ListHistoryRequest::default()
    };
    let history = house.operations().list_history(history).await.unwrap();
    let entries = history.into_inner().entries;
    assert_eq!(entries[0].event, "FOLLOW_UP_REOPENED");
    assert_eq!(entries[0].detail, "REPLACE_PROFESSIONAL_EMAIL");
    let done = entries.iter().filter(|it| it.event == "FOLLOW_UP_DONE");
    assert_eq!(done.count(), 6);
}

#[tokio::test]
async fn what_was_seen_once_is_shown_to_everybody_from_then_on() {
    let mut house = House::start().await;
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    let created = created.unwrap();
    change(&house, created.lucca_user_id, json!({"login": "edupont"})).await;
    let seen = look(&house, &created.id).await;
    assert_eq!(status(&seen, "REPLACE_LOGIN", Field::Login), Done);
    house.stop_service().await;
    house.start_service().await;
    let calls = house.sandbox().ledger().calls.len();

    let later = house.status_of("test", "a-1").await.unwrap();
    let list = v1::ListOnboardingsRequest::default();
    let listed = house.operations().list_onboardings(list).await.unwrap();
    let watch = v1::WatchStatusRequest {
        key: Some(v1::watch_status_request::Key::OnboardingId(
            created.id.clone(),
        )),
    };
    let mut watched = house.onboardings().watch_status(watch).await.unwrap();
    let watched = watched.get_mut().message().await.unwrap().unwrap();
    for shown in [
        later,
        listed.into_inner().onboardings.remove(0),
        watched.onboarding.unwrap(),
    ] {
        assert_eq!(shown, seen);
    }
    assert_eq!(house.sandbox().ledger().calls.len(), calls);
}

#[tokio::test]
async fn a_change_after_creation_is_open_until_lucca_shows_the_newer_value() {
    let house = House::start().await;
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    let created = created.unwrap();
    let mut newer = collaborator("Dupont");
    newer.job_title = "Cheffe de produit".into();
    newer.department = named("Ventes");
    let differs = house.create(hire("a-1", newer.clone())).await.unwrap_err();
    assert_eq!(differs.code(), Code::AlreadyExists);
    assert_eq!(house.status_of("test", "a-1").await.unwrap(), created);
    let noted = v1::CreateCollaboratorRequest {
        note_differences: true,
        ..hire("a-1", newer)
    };
    house.create(noted).await.unwrap();
    let history = v1::ListHistoryRequest {
        onboarding_id: created.id.clone(),
        ..v1::ListHistoryRequest::default()
    };
    let history = house.operations().list_history(history).await.unwrap();
    let history = history.into_inner().entries;
    let refused = history.iter().find(|it| it.event == "REFUSED").unwrap();
    assert_eq!(refused.outcome, "EMPLOYEE_EXISTS");
    let added = history.iter().filter(|it| it.event == "FOLLOW_UP_ADDED");
    let mut added: Vec<&str> = added.map(|it| it.detail.as_str()).collect();
    added.sort_unstable();
    for field in ["department", "job_title"] {
        let detail = format!("CHANGED_AFTER_CREATION: {field}");
        assert!(added.contains(&&*detail), "{added:?}");
    }

    let seen = look(&house, &created.id).await;
    let code = "CHANGED_AFTER_CREATION";
    assert_eq!(status(&seen, code, Field::JobTitle), Open);
    assert_eq!(status(&seen, code, Field::Department), Open);
    let user = created.lucca_user_id;
    change(&house, user, json!({"jobTitle": "CHEFFE DE PRODUIT"})).await;
    let seen = look(&house, &created.id).await;
    assert_eq!(status(&seen, code, Field::JobTitle), Done);
    assert_eq!(status(&seen, code, Field::Department), Open);

    // What was not carried over is settled when the original is said again.
    let original = house.create(hire("a-1", collaborator("Dupont"))).await;
    let changes = original.unwrap().follow_ups;
    let changes = changes.iter().filter(|it| it.code == code);
    let fields: Vec<Field> = changes.map(v1::FollowUp::field).collect();
    assert_eq!(fields, [Field::JobTitle]);
}

#[tokio::test]
async fn somebody_who_is_gone_is_a_warning_and_settles_a_withdrawal() {
    let house = House::start().await;
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    let created = created.unwrap();
    let withdrawal = v1::WithdrawHireRequest {
        tenant: TENANT.into(),
        source: Some(source("test", "a-1")),
    };
    house.onboardings().withdraw_hire(withdrawal).await.unwrap();
    let code = "WITHDRAWN_AFTER_CREATION";
    let seen = look(&house, &created.id).await;
    assert_eq!(status(&seen, code, Field::Unspecified), Open);
    assert_eq!(warnings(&seen), Vec::<&str>::new());
    assert_eq!(seen.follow_ups[0].code, code);
    assert_ne!(seen.urgency(), v1::Urgency::None);

    let user = u64::try_from(created.lucca_user_id).unwrap();
    house.sandbox().remove_user(user).unwrap();
    let gone = look(&house, &created.id).await;
    assert_eq!(status(&gone, code, Field::Unspecified), Done);
    assert_eq!(warnings(&gone), ["USER_NOT_SEEN"]);
    assert_eq!(gone.state(), State::Created);
    assert_eq!(gone.urgency(), v1::Urgency::None);
    let later = house.status_of("test", "a-1").await.unwrap();
    assert_eq!(warnings(&later), ["USER_NOT_SEEN"]);
}

#[tokio::test]
async fn a_key_that_cannot_see_the_person_proves_nothing() {
    let house = House::without_tenant(Default::default()).await;
    house.blind_key();
    house
        .create_tenant(tenant(&house.lucca_url()))
        .await
        .unwrap();
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    let created = created.unwrap();
    let withdrawal = v1::WithdrawHireRequest {
        tenant: TENANT.into(),
        source: Some(source("test", "a-1")),
    };
    house.onboardings().withdraw_hire(withdrawal).await.unwrap();
    let seen = look(&house, &created.id).await;
    assert_eq!(warnings(&seen), ["USER_NOT_SEEN"]);
    assert_eq!(
        status(&seen, "WITHDRAWN_AFTER_CREATION", Field::Unspecified),
        Unknown
    );
}

#[tokio::test]
async fn before_the_creation_a_refresh_reads_nothing() {
    let house = House::without_tenant(Default::default()).await;
    let mut without_role = tenant(&house.lucca_url());
    without_role.defaults = None;
    house.create_tenant(without_role).await.unwrap();
    let asked = house.create(hire("a-1", collaborator("Dupont"))).await;
    let asked = asked.unwrap();
    assert_eq!(asked.state(), State::NeedsAttention);
    let (same, calls) = refresh(&house, &asked.id).await.unwrap();
    assert_eq!((same, calls), (asked, 0));
}

#[tokio::test]
async fn a_refused_key_and_a_lucca_that_is_away_are_told_apart() {
    let mut house = House::start().await;
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    let created = created.unwrap();
    house.sandbox().revoke_key("first").unwrap();
    let refused = refresh(&house, &created.id).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "LUCCA_KEY_REFUSED");

    house.stop_sandbox().await;
    let request = question(&created.id, true);
    let away = house.onboardings().get_status(request).await.unwrap_err();
    assert_eq!(away.code(), Code::Unavailable);
    assert_eq!(reason(&away), "LUCCA_UNAVAILABLE");
    assert!(away.get_details_retry_info().is_some());
    // What is known is still told.
    let known = house.status_of("test", "a-1").await.unwrap();
    assert_eq!(known.follow_ups, created.follow_ups);
}

#[tokio::test]
async fn when_the_allowance_is_used_up_it_is_waited_for_until_the_deadline() {
    let house = House::without_tenant(Default::default()).await;
    let mut acme = tenant(&house.lucca_url());
    acme.requests_per_window = 8;
    house.create_tenant(acme).await.unwrap();
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    let created = created.unwrap();
    let patience = Duration::from_millis(600);
    let started = Instant::now();
    let exhausted = loop {
        let mut request = Request::new(question(&created.id, true));
        request.set_timeout(patience);
        let asked = Instant::now();
        match house.onboardings().get_status(request).await {
            Ok(_) => assert!(started.elapsed() < Duration::from_secs(20)),
            Err(status) => {
                assert!(asked.elapsed() >= patience / 2, "{status:?}");
                break status;
            }
        }
    };
    assert_eq!(house.sandbox().ledger().calls.len(), 8);
    assert_eq!(exhausted.code(), Code::Unavailable);
    assert_eq!(reason(&exhausted), "LUCCA_BUDGET_EXHAUSTED");
    let retry = exhausted.get_details_retry_info().unwrap().retry_delay;
    assert!(retry.unwrap() >= Duration::from_secs(1));
}

#[tokio::test]
async fn an_adapter_may_not_have_lucca_asked() {
    let mut house = House::start().await;
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    let created = created.unwrap();
    house.stop_service().await;
    let token = |name: &str, scope| {
        let rights = Rights {
            name: name.into(),
            scopes: vec![scope],
            tenants: vec![TENANT.into()],
        };
        Token::new(rights, &format!("{name}-0123456789abcdef").into()).unwrap()
    };
    house.settings.auth.tokens = vec![
        token("adapter", Scope::Adapter),
        token("operator", Scope::Operator),
    ];
    house.start_service().await;
    let ask = async |name: &str, refresh| {
        let mut request = Request::new(question(&created.id, refresh));
        let value = format!("Bearer {name}-0123456789abcdef");
        let metadata = request.metadata_mut();
        metadata.insert("authorization", value.parse().unwrap());
        house.onboardings().get_status(request).await
    };
    assert!(ask("adapter", false).await.is_ok());
    let denied = ask("adapter", true).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    assert!(ask("operator", true).await.is_ok());
}
