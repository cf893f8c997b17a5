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
    House, ROLE, TENANT, collaborator, hire, source, tenant,
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

/// The link to a person who differs from the hire, which the operator knows.
fn confirmed(lucca_user_id: i64) -> Choice {
    Choice::LinkExisting(v1::resolve_onboarding_request::LinkExisting {
        lucca_user_id,
        confirm_difference: true,
    })
}

fn reason(refused: &tonic::Status) -> String {
    refused.get_details_error_info().unwrap().reason
}

/// What is to be done with the file of a withdrawn hire.
async fn advice(house: &House, external_id: &str) -> String {
    let withdrawal = v1::WithdrawHireRequest {
        tenant: TENANT.to_owned(),
        source: Some(source("test", external_id)),
    };
    house.onboardings().withdraw_hire(withdrawal).await.unwrap();
    let onboarding = house.until("test", external_id, State::Created).await;
    let first = onboarding.follow_ups.into_iter().next().unwrap();
    assert_eq!(first.code, "WITHDRAWN_AFTER_CREATION");
    first.title
}

#[tokio::test]
async fn nobody_is_linked_where_the_question_is_not_who_somebody_is() {
    let house = House::start().await;
    let mut incomplete = hire("a-1", collaborator("Dupont"));
    incomplete.accept_incomplete = true;
    let person = incomplete.collaborator.as_mut().unwrap();
    person.given_name.clear();
    let onboarding = house.create(incomplete).await.unwrap();
    assert_eq!(onboarding.problem.as_ref().unwrap().code, "INCOMPLETE");
    let other = house.sandbox().add_user(json!({
        "firstName": "Ada", "lastName": "Autre", "login": "aautre", "mail": "ada@example.org"
    }));
    let other = i64::try_from(other.unwrap()).unwrap();
    let refused = resolve(&house, &onboarding.id, confirmed(other)).await;
    assert_eq!(reason(&refused.unwrap_err()), "NOTHING_TO_LINK");
    let still = house.until("test", "a-1", State::NeedsAttention).await;
    assert_eq!(still.problem, onboarding.problem);
}

#[tokio::test]
async fn a_wrong_link_is_taken_back_and_only_a_decision_leads_on() {
    let house = House::start().await;
    let (onboarding, existing) = login_taken(&house).await;
    let existing = i64::try_from(existing).unwrap();
    let id = &onboarding.id;
    resolve(&house, id, confirmed(existing)).await.unwrap();
    assert!(
        advice(&house, "a-1")
            .await
            .contains("do not delete the file")
    );

    let unlink = Choice::Unlink(v1::resolve_onboarding_request::Unlink {});
    let asks = resolve(&house, id, unlink.clone()).await.unwrap();
    assert_eq!(asks.state(), State::NeedsAttention);
    assert_eq!((asks.lucca_user_id, asks.follow_ups.len()), (0, 0));
    let problem = asks.problem.unwrap();
    assert_eq!(problem.code, "PERSON_EXISTS");
    assert_eq!(problem.candidates[0].lucca_id, existing);
    // A second time there is nothing to take back.
    let again = resolve(&house, id, unlink).await.unwrap_err();
    assert_eq!(reason(&again), "NOT_LINKED");
    // Neither a retry nor the same statement leads on.
    let retry = v1::RetryOnboardingsRequest {
        selection: Some(Selection::OnboardingId(id.clone())),
    };
    let retried = house.operations().retry_onboardings(retry).await.unwrap();
    assert_eq!(retried.into_inner().retried_count, 0);
    let said = house.create(hire("a-1", collaborator("Dupont"))).await;
    assert_eq!(said.unwrap().state(), State::NeedsAttention);
    assert!(house.sandbox().ledger().creations().is_empty());

    let amend = Choice::Amend(v1::resolve_onboarding_request::Amend {
        collaborator: Some(v1::Collaborator {
            login: "edupont".into(),
            ..v1::Collaborator::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["login".into()],
        }),
    });
    let amended = resolve(&house, id, amend).await.unwrap();
    assert_eq!(amended.state(), State::NeedsAttention);
    let anyway = Choice::CreateAnyway(v1::resolve_onboarding_request::CreateAnyway::default());
    resolve(&house, id, anyway).await.unwrap();
    let created = house.until("test", "a-1", State::Created).await;
    assert_eq!(created.employee_origin(), v1::EmployeeOrigin::Created);
    assert_ne!(created.lucca_user_id, existing);
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn a_file_that_another_hire_wants_is_kept_and_one_of_ours_may_be_deleted() {
    let house = House::start().await;
    let first = house.create(hire("a-1", collaborator("Dupont"))).await;
    let first = first.unwrap();
    assert_eq!(first.employee_origin(), v1::EmployeeOrigin::Created);
    let unlink = Choice::Unlink(v1::resolve_onboarding_request::Unlink {});
    let refused = resolve(&house, &first.id, unlink).await.unwrap_err();
    assert_eq!(reason(&refused), "NOT_LINKED");
    // The same person under another application is certainly the same: adopted.
    let second = house.create(hire("a-2", collaborator("Dupont"))).await;
    let second = second.unwrap();
    assert_eq!(second.employee_origin(), v1::EmployeeOrigin::Adopted);
    assert_eq!(second.lucca_user_id, first.lucca_user_id);

    assert!(
        advice(&house, "a-1")
            .await
            .contains("another hire has the same employee")
    );
    assert!(
        advice(&house, "a-2")
            .await
            .contains("do not delete the file")
    );
    // Nobody wants the employee any more.
    assert!(
        advice(&house, "a-1")
            .await
            .contains("delete or end the file")
    );
}

#[tokio::test]
async fn a_question_is_answered_by_linking_the_person_who_exists() {
    let house = House::start().await;
    let (onboarding, existing) = login_taken(&house).await;
    let link = |id| {
        Choice::LinkExisting(v1::resolve_onboarding_request::LinkExisting {
            lucca_user_id: id,
            ..Default::default()
        })
    };
    let unknown = resolve(&house, &onboarding.id, link(999_999))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidArgument);
    let existing = i64::try_from(existing).unwrap();
    // Name and addresses differ from the hire: an operator has to say that this is known.
    let differs = resolve(&house, &onboarding.id, link(existing))
        .await
        .unwrap_err();
    let info = differs.get_details_error_info().unwrap();
    assert_eq!(info.reason, "LINK_UNCONFIRMED");
    assert_eq!(
        info.metadata["different_fields"],
        "family_name,personal_email,contract_start_date"
    );
    let linked = resolve(&house, &onboarding.id, confirmed(existing))
        .await
        .unwrap();
    assert_eq!(linked.employee_origin(), v1::EmployeeOrigin::Linked);
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
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
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
