//! `CheckDefaults` against a Lucca that answers, refuses and goes away.

mod breaking;
mod calls;
mod languages;
mod learned;
mod sample;
mod unreachable;

use lucca_onboarding::{
    pb::v1::{self, check_defaults_response::Check, check_defaults_response::check::Status},
    sandbox::Options,
};

use crate::support::{House, TENANT, tenant};

async fn check(house: &House, sample: Option<v1::Collaborator>) -> v1::CheckDefaultsResponse {
    check_in(house, "en", sample).await
}

/// The report in the language that this `accept-language` asks for.
async fn check_in(
    house: &House,
    languages: &str,
    sample: Option<v1::Collaborator>,
) -> v1::CheckDefaultsResponse {
    let mut request = tonic::Request::new(v1::CheckDefaultsRequest {
        tenant: TENANT.to_owned(),
        sample,
        allowance_only: false,
    });
    let metadata = request.metadata_mut();
    metadata.insert("accept-language", languages.parse().unwrap());
    let answer = house.onboardings().check_defaults(request).await.unwrap();
    answer.into_inner()
}

fn the<'a>(report: &'a v1::CheckDefaultsResponse, id: &str) -> &'a Check {
    let found = report.checks.iter().find(|check| check.id == id);
    found.unwrap_or_else(|| panic!("no check {id}"))
}

fn status(report: &v1::CheckDefaultsResponse, id: &str) -> Status {
    the(report, id).status()
}

/// Changes these fields of the tenant.
async fn change(house: &House, paths: &[&str], tenant: v1::Tenant) {
    let update = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            ..tenant
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..v1::UpdateTenantRequest::default()
    };
    house.tenants().update_tenant(update).await.unwrap();
}

/// A house whose Lucca lets as many calls pass as a test makes, with the tenant of the tests
/// as changed.
async fn generous(options: Options, adapt: impl FnOnce(&mut v1::Tenant)) -> House {
    let options = Options {
        requests_per_window: 10_000,
        ..options
    };
    let house = House::with(options, |settings| {
        settings.lucca.requests_per_window = 10_000;
    })
    .await;
    let mut tenant = tenant(&house.lucca_url());
    adapt(&mut tenant);
    house.create_tenant(tenant).await.unwrap();
    house
}

/// Lets the hires that wait because of this problem be tried again.
async fn retry(house: &House, problem: &str) {
    use v1::retry_onboardings_request::{ProblemFilter, Selection};
    let retry = v1::RetryOnboardingsRequest {
        selection: Some(Selection::Problem(ProblemFilter {
            tenant: TENANT.to_owned(),
            problem_code: problem.to_owned(),
        })),
    };
    let answer = house.operations().retry_onboardings(retry).await.unwrap();
    assert_eq!(answer.into_inner().retried_count, 1);
}
