//! `GetStatus` with `refresh`, custom data, and how urgent a hire is.

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
    let differs = house.create(hire("a-1", newer)).await.unwrap_err();
    assert_eq!(differs.code(), Code::AlreadyExists);

    let seen = look(&house, &created.id).await;
    let code = "CHANGED_AFTER_CREATION";
    assert_eq!(status(&seen, code, Field::JobTitle), Open);
    assert_eq!(status(&seen, code, Field::Department), Open);
    let user = created.lucca_user_id;
    change(&house, user, json!({"jobTitle": "CHEFFE DE PRODUIT"})).await;
    let seen = look(&house, &created.id).await;
    assert_eq!(status(&seen, code, Field::JobTitle), Done);
    assert_eq!(status(&seen, code, Field::Department), Open);
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

    let user = u64::try_from(created.lucca_user_id).unwrap();
    house.sandbox().remove_user(user).unwrap();
    let gone = look(&house, &created.id).await;
    assert_eq!(status(&gone, code, Field::Unspecified), Done);
    assert_eq!(warnings(&gone), ["USER_NOT_SEEN"]);
    assert_eq!(gone.state(), State::Created);
    let later = house.status_of("test", "a-1").await.unwrap();
    assert_eq!(warnings(&later), ["USER_NOT_SEEN"]);
}

#[tokio::test]
async fn a_key_that_cannot_see_the_person_proves_nothing() {
    let house = House::without_tenant(Default::default()).await;
    let mut rights = house.sandbox().keys()[0].rights;
    rights.see_future = false;
    rights.see_former = false;
    house.sandbox().set_rights("first", rights).unwrap();
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

fn custom(data: &[(&str, Value)]) -> v1::Collaborator {
    v1::Collaborator {
        extended_data: data
            .iter()
            .map(|(code, value)| ((*code).to_owned(), values::value(value)))
            .collect(),
        ..collaborator("Dupont")
    }
}

/// How often the definitions of custom data were read.
fn definitions_read(house: &House) -> usize {
    let ledger = house.sandbox().ledger();
    let calls = ledger.calls.iter();
    calls
        .filter(|call| call.path.ends_with("/extensionuserdefinitions"))
        .count()
}

#[tokio::test]
async fn custom_data_are_written_by_name_and_read_back_with_what_is_missing_told() {
    let house = House::without_tenant(Default::default()).await;
    let mut acme = tenant(&house.lucca_url());
    acme.readable_extended_data = ["e_tshirt", "e_quote", "e_nothing"]
        .map(str::to_owned)
        .into();
    house.create_tenant(acme).await.unwrap();
    let person = custom(&[("e_TShirt", json!("m")), ("e_quote", json!("Bonjour"))]);
    let created = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(created.state(), State::Created, "{created:#?}");
    assert!(created.extended_data.is_empty());
    let ledger = house.sandbox().ledger();
    let body = ledger.creations()[0].body.clone().unwrap();
    assert_eq!(body["e_tshirt"], json!({"value": 2}));
    assert_eq!(body["e_quote"], json!({"value": "Bonjour"}));
    let sent = created
        .resolution
        .iter()
        .find(|it| it.value == "e_TShirt")
        .unwrap();
    assert_eq!(sent.label, "Taille de polo: M");

    let seen = look(&house, &created.id).await;
    let shown = |code: &str| seen.extended_data.get(code).map(values::json);
    assert_eq!(shown("e_tshirt"), Some(json!({"id": 2, "name": "M"})));
    assert_eq!(shown("e_quote"), Some(json!("Bonjour")));
    assert_eq!(shown("e_nothing"), None);
    assert_eq!(warnings(&seen), ["EXTENDED_DATA_NOT_SHOWN"]);
    // They are personal data of the moment, and are not kept.
    let later = house.status_of("test", "a-1").await.unwrap();
    assert!(later.extended_data.is_empty() && warnings(&later).is_empty());
}

#[tokio::test]
async fn custom_data_that_the_key_may_not_read_are_a_warning_and_nothing_more() {
    let house = House::without_tenant(Default::default()).await;
    let mut acme = tenant(&house.lucca_url());
    acme.readable_extended_data = vec!["e_quote".into()];
    house.create_tenant(acme).await.unwrap();
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    let created = created.unwrap();
    change(&house, created.lucca_user_id, json!({"login": "edupont"})).await;
    for code in [403, 400] {
        let (kind, path) = (Kind::Status { code, body: None }, "/api/v3/users");
        // Every form of columns with the custom data is refused.
        let times = if code == 403 { 1 } else { 2 };
        house.sandbox().inject(Fault {
            times: Some(times),
            ..Fault::on_reads(kind, path)
        });
        let (seen, calls) = refresh(&house, &created.id).await.unwrap();
        assert_eq!(u32::try_from(calls).unwrap(), times + 1);
        assert_eq!(warnings(&seen), ["EXTENDED_DATA_NOT_READABLE"]);
        assert_eq!(status(&seen, "REPLACE_LOGIN", Field::Login), Done);
    }
}

#[tokio::test]
async fn an_unknown_code_is_a_question_before_the_call_and_free_once_lucca_has_it() {
    let house = House::start().await;
    house
        .create(hire("a-0", collaborator("Durand")))
        .await
        .unwrap();
    assert_eq!(definitions_read(&house), 0);
    let person = custom(&[("e_quot", json!("Bonjour"))]);
    let asked = house.create(hire("a-1", person)).await.unwrap();
    let problem = asked.problem.unwrap();
    assert_eq!(problem.code, "UNKNOWN_EXTENDED_DATA");
    assert!(
        problem.message.contains("“e_quot” (perhaps e_quote)"),
        "{}",
        problem.message
    );
    assert_eq!(house.created_by_calls("Dupont"), 0);
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
    assert_eq!(definitions_read(&house), 1);

    let made = ExtensionDefinition {
        code: "e_quot".into(),
        name: "Devise".into(),
        entries: Vec::new(),
    };
    house.sandbox().set_extension_definitions(vec![made]);
    let retry = v1::RetryOnboardingsRequest {
        selection: Some(v1::retry_onboardings_request::Selection::OnboardingId(
            asked.id,
        )),
    };
    house.operations().retry_onboardings(retry).await.unwrap();
    house.until("test", "a-1", State::Created).await;
    assert_eq!(definitions_read(&house), 2);
}

#[tokio::test]
async fn without_the_right_to_read_definitions_lucca_decides() {
    let house = House::start().await;
    let mut rights = house.sandbox().keys()[0].rights;
    rights.read_definitions = false;
    house.sandbox().set_rights("first", rights).unwrap();
    let person = custom(&[("e_quote", json!("Bonjour"))]);
    let created = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(created.state(), State::Created);
    assert_eq!(warnings(&created), ["EXTENDED_DATA_NOT_CHECKED"]);
}

/// Today where the tenant is.
fn today() -> Date {
    let zone = TimeZone::get("Europe/Paris").unwrap();
    Timestamp::now().to_zoned_datetime(zone).date()
}

#[tokio::test]
async fn whoever_starts_soon_and_does_not_exist_comes_first() {
    let mut house = House::without_tenant(Default::default()).await;
    let mut without_role = tenant(&house.lucca_url());
    without_role.defaults = None;
    house.create_tenant(without_role).await.unwrap();
    let start = |days: i64| (today() + days.days()).to_string();
    let waits = |id: &str, start: String| {
        let mut person = collaborator(&format!("Dupont{id}"));
        person.contract_start_date = start;
        v1::CreateCollaboratorRequest {
            accept_incomplete: true,
            ..hire(id, person)
        }
    };
    for (id, start) in [
        ("normal", start(30)),
        ("soon", start(3)),
        ("undated", String::new()),
        ("late", start(-2)),
    ] {
        let asked = house.create(waits(id, start)).await.unwrap();
        assert_eq!(asked.state(), State::NeedsAttention, "{id}");
    }
    let mut done = collaborator("Durand");
    done.contract_start_date = start(1);
    done.role = Some(v1::Reference {
        target: Some(v1::reference::Target::LuccaId(ROLE)),
    });
    house.create(hire("done", done)).await.unwrap();

    let list = v1::ListOnboardingsRequest::default();
    let list = house.operations().list_onboardings(list).await.unwrap();
    let list: Vec<_> = list
        .into_inner()
        .onboardings
        .iter()
        .map(|it| {
            let id = it.source.as_ref().unwrap().external_id.clone();
            (id, it.urgency(), it.days_until_start)
        })
        .collect();
    let expected = [
        ("late", Urgency::Late, Some(-2)),
        ("undated", Urgency::Undated, None),
        ("soon", Urgency::Soon, Some(3)),
        ("normal", Urgency::Normal, Some(30)),
        ("done", Urgency::None, Some(1)),
    ];
    let expected = expected.map(|(id, urgency, days)| (id.to_owned(), urgency, days));
    assert_eq!(list, expected);
    let soon = house.status_of("test", "soon").await.unwrap();
    assert_eq!(
        (soon.urgency(), soon.days_until_start),
        (Urgency::Soon, Some(3))
    );

    // The same in numbers for whoever watches the service.
    house.stop_service().await;
    let server = Server::bind(&house.settings).await.unwrap();
    let metrics = server.metrics();
    let shutdown = Shutdown::new();
    server.spawn(&shutdown);
    let lines = ["LATE", "UNDATED", "SOON", "NORMAL"].map(|urgency| {
        format!(r#"onboarding_standing{{state="NEEDS_ATTENTION",urgency="{urgency}"}} 1"#)
    });
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    loop {
        ticks.tick().await;
        let text = metrics.encode().unwrap();
        if lines.iter().all(|line| text.lines().any(|it| it == line)) {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{text}");
    }
    assert!(shutdown.finish(Duration::from_secs(10)).await);
}
