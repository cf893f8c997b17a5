use lucca_onboarding::pb::v1::{self, State};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::support::{
    House, TENANT, collaborator, hire, source,
    webhook::{Webhook, event, nine_items},
};

#[tokio::test]
async fn a_repeated_webhook_and_the_same_hire_by_call_give_one_employee() {
    let house = House::start().await;
    let sent = Webhook::of(&event("hire.confirmed", "a-1", nine_items("Dupont")));
    assert_eq!(sent.send(&house).await, 200);
    assert_eq!(sent.send(&house).await, 200);
    let first = house.until("werecruit", "a-1", State::Created).await;

    // The same application through another system's call.
    let by_call = v1::CreateCollaboratorRequest {
        tenant: TENANT.into(),
        source: Some(source("werecruit", "a-1")),
        collaborator: first.collaborator.clone(),
        ..v1::CreateCollaboratorRequest::default()
    };
    let again = house.create(by_call.clone()).await.unwrap();
    assert_eq!(again.id, first.id);

    // The same person under another source is recognised in Lucca.
    let other_source = v1::CreateCollaboratorRequest {
        source: Some(source("payroll", "77")),
        wait: Some(prost_types::Duration {
            seconds: 10,
            nanos: 0,
        }),
        ..by_call
    };
    let adopted = house.create(other_source).await.unwrap();
    assert_eq!(adopted.state(), State::Created);
    assert_eq!(adopted.lucca_user_id, first.lucca_user_id);

    assert_eq!(house.sandbox().ledger().creations().len(), 1);
    assert_eq!(house.created_by_calls("Dupont"), 1);
}

#[tokio::test]
async fn a_hundred_callers_with_one_request_give_one_employee() {
    let house = House::start().await;
    let request = v1::CreateCollaboratorRequest {
        source: None,
        request_id: "req-1".into(),
        ..hire("", collaborator("Dupont"))
    };
    let calls = (0..100).map(|_| house.create(request.clone()));
    let answers = futures_util::future::join_all(calls).await;
    let mut ids: Vec<String> = answers
        .into_iter()
        .map(|answer| answer.unwrap().id)
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(house.sandbox().ledger().creations().len(), 1);

    let other = v1::CreateCollaboratorRequest {
        collaborator: Some(collaborator("Durand")),
        ..request
    };
    let status = house.create(other).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        status.get_details_error_info().unwrap().reason,
        "REQUEST_ID_REUSED"
    );
}

#[tokio::test]
async fn other_content_amends_before_the_creation_and_already_exists_after_it() {
    let house = House::start().await;
    house.hide_people();
    let at_once = |person: v1::Collaborator| v1::CreateCollaboratorRequest {
        wait: None,
        ..hire("a-1", person)
    };
    let first = house.create(at_once(collaborator("Dupont"))).await.unwrap();
    let mut corrected = collaborator("Dupont");
    corrected.job_title = "Comptable".into();
    let amended = house.create(at_once(corrected.clone())).await.unwrap();
    assert_eq!((amended.id, amended.revision), (first.id, 2));

    house.sandbox().clear_faults();
    house.until("test", "a-1", State::Created).await;
    let ledger = house.sandbox().ledger();
    assert_eq!(
        ledger.creations()[0].body.as_ref().unwrap()["jobTitle"],
        "Comptable"
    );

    let mut later = corrected;
    later.given_name = "Elise".into();
    let status = house.create(at_once(later)).await.unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.metadata["different_fields"], "given_name");
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn a_withdrawn_hire_is_cancelled_and_a_late_confirmation_creates_nothing() {
    let house = House::start().await;
    house.hide_people();
    let mut request = hire("a-1", collaborator("Dupont"));
    request.wait = None;
    house.create(request).await.unwrap();
    let withdraw = v1::WithdrawHireRequest {
        tenant: TENANT.into(),
        source: Some(source("test", "a-1")),
    };
    let answer = house.onboardings().withdraw_hire(withdraw).await.unwrap();
    assert_eq!(
        answer.into_inner().onboarding.unwrap().state(),
        State::Cancelled
    );

    // A withdrawal that overtakes its confirmation.
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let mut unknown = source("test", "a-2");
    unknown.event_time = at(2_000);
    let withdraw = v1::WithdrawHireRequest {
        tenant: TENANT.into(),
        source: Some(unknown),
    };
    let answer = house.onboardings().withdraw_hire(withdraw).await.unwrap();
    assert!(answer.into_inner().onboarding.is_none());
    house.sandbox().clear_faults();
    let mut late = hire("a-2", collaborator("Durand"));
    late.source.as_mut().unwrap().event_time = at(1_000);
    let onboarding = house.create(late).await.unwrap();
    assert_eq!(onboarding.state(), State::Cancelled);
    assert!(house.sandbox().ledger().creations().is_empty());
}
