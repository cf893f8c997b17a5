//! What callers and operators ask of the service.

use lucca_onboarding::pb::v1::{
    self, resolve_onboarding_request as resolve, retry_onboardings_request::Selection,
};

use crate::support::{House, TENANT, source};

pub async fn withdraw(house: &House, external_id: &str) {
    let request = v1::WithdrawHireRequest {
        tenant: TENANT.to_owned(),
        source: Some(source("test", external_id)),
    };
    house.onboardings().withdraw_hire(request).await.unwrap();
}

pub async fn refresh(house: &House, id: &str) -> v1::Onboarding {
    let request = v1::GetStatusRequest {
        key: Some(v1::get_status_request::Key::OnboardingId(id.to_owned())),
        refresh: true,
    };
    let answer = house.onboardings().get_status(request).await.unwrap();
    answer.into_inner().onboarding.unwrap()
}

pub async fn decide(
    house: &House,
    id: &str,
    decision: resolve::Decision,
) -> Result<v1::Onboarding, tonic::Status> {
    let request = v1::ResolveOnboardingRequest {
        onboarding_id: id.to_owned(),
        decision: Some(decision),
    };
    let answer = house.operations().resolve_onboarding(request).await?;
    Ok(answer.into_inner().onboarding.unwrap())
}

pub fn create_anyway() -> resolve::Decision {
    resolve::Decision::CreateAnyway(resolve::CreateAnyway::default())
}

pub fn id(number: u64) -> i64 {
    i64::try_from(number).unwrap()
}

pub async fn retry(house: &House, onboarding: &v1::Onboarding) {
    let request = v1::RetryOnboardingsRequest {
        selection: Some(Selection::OnboardingId(onboarding.id.clone())),
    };
    let retried = house.operations().retry_onboardings(request).await.unwrap();
    assert_eq!(retried.into_inner().retried_count, 1);
}

pub async fn amend(
    house: &House,
    onboarding: &v1::Onboarding,
    path: &str,
    person: v1::Collaborator,
) {
    let decision = resolve::Decision::Amend(resolve::Amend {
        collaborator: Some(person),
        update_mask: Some(prost_types::FieldMask {
            paths: vec![path.to_owned()],
        }),
    });
    decide(house, &onboarding.id, decision).await.unwrap();
}

pub async fn link(house: &House, onboarding: &v1::Onboarding, user: u64) {
    let decision = resolve::Decision::LinkExisting(resolve::LinkExisting {
        lucca_user_id: id(user),
        confirm_difference: true,
    });
    decide(house, &onboarding.id, decision).await.unwrap();
}

pub async fn update(house: &House, tenant: v1::Tenant) {
    let request = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            ..tenant
        }),
        ..v1::UpdateTenantRequest::default()
    };
    house.tenants().update_tenant(request).await.unwrap();
}
