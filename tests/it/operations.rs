use lucca_onboarding::{
    pb::v1::{
        self, State, resolve_onboarding_request::Decision as Choice,
        retry_onboardings_request::Selection,
    },
    sandbox::{Fault, Kind},
};
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::support::{
    House, ROLE, TENANT, collaborator, hire, tenant,
    webhook::{Webhook, event},
};

async fn resolve(house: &House, id: &str, choice: Choice) -> Result<v1::Onboarding, tonic::Status> {
    let request = v1::ResolveOnboardingRequest {
        onboarding_id: id.to_owned(),
        decision: Some(choice),
    };
    let answer = house.operations().resolve_onboarding(request).await?;
    Ok(answer.into_inner().onboarding.unwrap())
}

/// A hire whose login someone else in Lucca has; the person's id.
async fn login_taken(house: &House) -> (v1::Onboarding, u64) {
    let members = json!({
        "firstName": "Zoé", "lastName": "Autre", "login": "dupont@example.com",
        "mail": "zoe@example.org"
    });
    let id = house.sandbox().add_user(members).unwrap();
    let onboarding = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(onboarding.problem.as_ref().unwrap().code, "LOGIN_TAKEN");
    (onboarding, id)
}

#[tokio::test]
async fn a_question_is_answered_by_linking_the_person_who_exists() {
    let house = House::start().await;
    let (onboarding, existing) = login_taken(&house).await;
    let link = |id| {
        Choice::LinkExisting(v1::resolve_onboarding_request::LinkExisting { lucca_user_id: id })
    };
    let unknown = resolve(&house, &onboarding.id, link(999_999))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidArgument);
    let existing = i64::try_from(existing).unwrap();
    let linked = resolve(&house, &onboarding.id, link(existing))
        .await
        .unwrap();
    assert_eq!(linked.state(), State::Created);
    assert_eq!(linked.lucca_user_id, existing);
    // Nothing was sent, so nothing that was sent is to be replaced or confirmed.
    assert!(linked.resolution.is_empty());
    let codes: Vec<&str> = linked.follow_ups.iter().map(|it| &*it.code).collect();
    assert_eq!(codes, ["COMPLETE_FILE", "DPAE", "LAUNCH_ONBOARDING"]);
    assert!(house.sandbox().ledger().creations().is_empty());
    let again = resolve(&house, &onboarding.id, link(existing))
        .await
        .unwrap_err();
    assert_eq!(
        again.get_details_error_info().unwrap().reason,
        "NOT_WAITING"
    );
}

#[tokio::test]
async fn a_taken_login_is_amended_and_the_hire_goes_on() {
    let house = House::start().await;
    let (onboarding, _) = login_taken(&house).await;
    let anyway = Choice::CreateAnyway(v1::resolve_onboarding_request::CreateAnyway::default());
    // Another person perhaps, but the login is taken: refused at once, and nothing has changed.
    let refused = resolve(&house, &onboarding.id, anyway).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(
        refused.get_details_error_info().unwrap().reason,
        "LOGIN_TAKEN"
    );
    assert!(refused.message().contains("amend the login"), "{refused}");
    let still = house.until("test", "a-1", State::NeedsAttention).await;
    assert_eq!(still.problem, onboarding.problem);
    let amend = Choice::Amend(v1::resolve_onboarding_request::Amend {
        collaborator: Some(v1::Collaborator {
            login: "edupont".into(),
            ..v1::Collaborator::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["login".into()],
        }),
    });
    let amended = resolve(&house, &onboarding.id, amend).await.unwrap();
    assert_eq!(amended.revision, 2);
    let created = house.until("test", "a-1", State::Created).await;
    assert_eq!(created.collaborator.unwrap().login, "edupont");
    let ledger = house.sandbox().ledger();
    let body = ledger.creations()[0].body.clone().unwrap();
    assert_eq!(body["login"], "edupont");
}

#[tokio::test]
async fn an_unknown_outcome_is_overridden_only_by_naming_its_attempts() {
    let house = House::start().await;
    house.blind_key();
    house
        .sandbox()
        .inject(Fault::on_creation(Kind::CutBefore, 1));
    let onboarding = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(onboarding.problem.as_ref().unwrap().code, "OUTCOME_UNKNOWN");
    let anyway = |attempts: &[i32]| {
        Choice::CreateAnyway(v1::resolve_onboarding_request::CreateAnyway {
            acknowledged_attempts: attempts.to_vec(),
        })
    };
    let refused = resolve(&house, &onboarding.id, anyway(&[]))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
    resolve(&house, &onboarding.id, anyway(&[1])).await.unwrap();
    house.until("test", "a-1", State::Created).await;
    assert_eq!(house.created_by_calls("Dupont"), 1);
}

#[tokio::test]
async fn every_hire_with_one_problem_is_retried_with_one_call() {
    let house = House::without_tenant(Default::default()).await;
    let mut without_role = tenant(&house.lucca_url());
    without_role.defaults = None;
    house.create_tenant(without_role).await.unwrap();
    for (id, name) in [("a-1", "Dupont"), ("a-2", "Durand")] {
        let onboarding = house.create(hire(id, collaborator(name))).await.unwrap();
        assert_eq!(onboarding.problem.unwrap().code, "DEFAULT_MISSING");
    }
    let update = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.into(),
            defaults: Some(v1::tenant::Defaults {
                role_id: ROLE,
                ..v1::tenant::Defaults::default()
            }),
            ..v1::Tenant::default()
        }),
        update_mask: None,
        ..Default::default()
    };
    // A changed default sets them free by itself.
    house.tenants().update_tenant(update).await.unwrap();
    house.until("test", "a-1", State::Created).await;
    house.until("test", "a-2", State::Created).await;
    let retry = v1::RetryOnboardingsRequest {
        selection: Some(Selection::Problem(
            v1::retry_onboardings_request::ProblemFilter {
                tenant: TENANT.into(),
                problem_code: "DEFAULT_MISSING".into(),
            },
        )),
    };
    let answer = house.operations().retry_onboardings(retry).await.unwrap();
    assert_eq!(answer.into_inner().retried_count, 0);
}

#[tokio::test]
async fn a_cancelled_onboarding_creates_nothing_and_its_history_tells_why() {
    let house = House::start().await;
    let (onboarding, _) = login_taken(&house).await;
    let request = v1::CancelOnboardingRequest {
        onboarding_id: onboarding.id.clone(),
    };
    let answer = house.operations().cancel_onboarding(request).await.unwrap();
    assert_eq!(
        answer.into_inner().onboarding.unwrap().state(),
        State::Cancelled
    );
    let request = v1::ListHistoryRequest {
        onboarding_id: onboarding.id.clone(),
        page_size: 3,
        ..v1::ListHistoryRequest::default()
    };
    let page = house
        .operations()
        .list_history(request.clone())
        .await
        .unwrap();
    let page = page.into_inner();
    let events: Vec<&str> = page.entries.iter().map(|it| it.event.as_str()).collect();
    assert_eq!(events, ["CALLED", "CANCELLED", "NEEDS_ATTENTION"]);
    let call = &page.entries[0];
    assert_eq!(
        (call.rpc.as_str(), call.outcome.as_str()),
        ("OperationsService/CancelOnboarding", "OK")
    );
    assert_eq!(page.entries[2].detail, "LOGIN_TAKEN");
    let next = v1::ListHistoryRequest {
        page_token: page.next_page_token,
        ..request
    };
    let page = house
        .operations()
        .list_history(next)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.entries.len(), 1);
    assert_eq!(page.entries[0].event, "ACCEPTED");
    assert!(page.next_page_token.is_empty());
}

#[tokio::test]
async fn erasing_keeps_ids_and_dates_and_forgets_the_person() {
    let house = House::start().await;
    let created = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    let request = v1::ErasePersonalDataRequest {
        onboarding_id: created.id.clone(),
        acknowledged_attempts: vec![],
    };
    let answer = house
        .operations()
        .erase_personal_data(request)
        .await
        .unwrap();
    let erased = answer.into_inner().onboarding.unwrap();
    assert!(erased.erased && !erased.erase_requested);
    assert_eq!(erased.lucca_user_id, created.lucca_user_id);
    assert_eq!(erased.create_time, created.create_time);
    let text = format!("{erased:?}").to_lowercase();
    for word in ["dupont", "éloïse", "example.com"] {
        assert!(!text.contains(word), "{word}");
    }
    let by_name = v1::ListOnboardingsRequest {
        name: "Dupont".into(),
        ..v1::ListOnboardingsRequest::default()
    };
    let list = house.operations().list_onboardings(by_name).await.unwrap();
    assert!(list.into_inner().onboardings.is_empty());
    // The source may say it again: the employee exists, and nobody is remembered anew.
    let again = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(again.id, created.id);
    assert!(again.collaborator.unwrap().family_name.is_empty());
}

#[tokio::test]
async fn an_anonymised_candidate_is_erased_and_an_unreadable_event_stays_visible() {
    let house = House::start().await;
    let created = house
        .create(v1::CreateCollaboratorRequest {
            source: Some(crate::support::source("werecruit", "a-1")),
            ..hire("", collaborator("Dupont"))
        })
        .await
        .unwrap();
    let anonymised = event("candidate.anonymized", "a-1", json!({}));
    assert_eq!(Webhook::of(&anonymised).send(&house).await, 200);
    let nameless = json!({"id": "evt-x", "type": "hire.confirmed", "data": {"lastName": "Durand"}});
    assert_eq!(Webhook::of(&nameless).send(&house).await, 200);
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
    loop {
        ticks.tick().await;
        let request = v1::ListHistoryRequest {
            tenant: TENANT.into(),
            ..v1::ListHistoryRequest::default()
        };
        let page = house.operations().list_history(request).await.unwrap();
        let events: Vec<String> = page
            .into_inner()
            .entries
            .into_iter()
            .map(|it| it.event)
            .collect();
        if ["EVENT_ANONYMIZED", "EVENT_UNREADABLE", "ERASED"]
            .iter()
            .all(|wanted| events.iter().any(|event| event == wanted))
        {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{events:?}");
    }
    let erased = house.status_of("werecruit", "a-1").await.unwrap();
    assert_eq!(erased.lucca_user_id, created.lucca_user_id);
    assert!(erased.collaborator.unwrap().family_name.is_empty());
}
