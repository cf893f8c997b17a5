use crate::{domain::cause::Cause, lucca::ReadError};
use prost_types::FieldMask;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

use super::*;
use crate::{
    api::fixtures::{House, admin, request},
    config::Scope,
    domain::{
        finding::{Problem, ProblemCode},
        onboarding::{Findings, Onboarding, State, fixtures, progress::Step, submission::Hire},
    },
    pb::v1::{
        Secret, WebhookAuth,
        adapter_service_server::AdapterService as _,
        webhook_auth::{Bearer, Method},
    },
    store::{Actor, Lane, Lookup, Stepped},
};

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn tenant(id: &str) -> v1::Tenant {
    v1::Tenant {
        id: id.into(),
        lucca_url: format!("https://{id}.ilucca.net"),
        lucca_api_key: KEY.into(),
        ..v1::Tenant::default()
    }
}

fn create(tenant: v1::Tenant) -> v1::CreateTenantRequest {
    v1::CreateTenantRequest {
        tenant: Some(tenant),
        verify_key: false,
        validate_only: false,
    }
}

fn update(tenant: v1::Tenant, paths: &[&str]) -> v1::UpdateTenantRequest {
    v1::UpdateTenantRequest {
        tenant: Some(tenant),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|it| (*it).to_owned()).collect(),
        }),
        ..v1::UpdateTenantRequest::default()
    }
}

async fn house_with(ids: &[&str]) -> (House, Tenants) {
    let house = House::new().await;
    let tenants = house.tenants();
    for id in ids {
        tenants
            .create_tenant(admin(create(tenant(id))))
            .await
            .unwrap();
    }
    (house, tenants)
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

fn list(page_size: i32, page_token: &str) -> v1::ListTenantsRequest {
    v1::ListTenantsRequest {
        page_size,
        page_token: page_token.into(),
    }
}

fn ids(response: &v1::ListTenantsResponse) -> Vec<&str> {
    response.tenants.iter().map(|it| it.id.as_str()).collect()
}

#[tokio::test]
async fn a_created_tenant_is_found_again_without_its_key() {
    let (_house, tenants) = house_with(&["acme"]).await;
    let get = v1::GetTenantRequest {
        tenant: "acme".into(),
    };
    let found = tenants.get_tenant(admin(get)).await.unwrap().into_inner();
    let found = found.tenant.unwrap();
    assert_eq!(
        (found.lucca_api_key.as_str(), found.key_hint.as_str()),
        ("", "cdef")
    );
    let again = tenants.create_tenant(admin(create(tenant("acme")))).await;
    assert_eq!(reason(&again.unwrap_err()), "TENANT_EXISTS");
}

#[tokio::test]
async fn every_bad_field_of_a_new_tenant_is_in_the_status() {
    let (_house, tenants) = house_with(&[]).await;
    let bad = v1::Tenant {
        id: "ACME".into(),
        lucca_url: "http://example.com".into(),
        ..v1::Tenant::default()
    };
    let status = tenants.create_tenant(admin(create(bad))).await.unwrap_err();
    let fields = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<&str> = fields.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(
        fields,
        ["tenant.id", "tenant.lucca_url", "tenant.lucca_api_key"]
    );
    let missing = v1::CreateTenantRequest::default();
    let status = tenants.create_tenant(admin(missing)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_key_that_cannot_be_tried_creates_no_tenant() {
    let (house, tenants) = house_with(&[]).await;
    // Nothing listens on the port.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|it| it.local_addr())
        .unwrap()
        .port();
    let verified = v1::CreateTenantRequest {
        tenant: Some(v1::Tenant {
            lucca_url: format!("http://127.0.0.1:{port}"),
            ..tenant("acme")
        }),
        verify_key: true,
        validate_only: false,
    };
    let status = tenants.create_tenant(admin(verified)).await.unwrap_err();
    assert_eq!(reason(&status), "LUCCA_UNAVAILABLE");
    assert!(house.store.tenants(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lucca_whose_name_leads_to_this_machine_is_not_called() {
    let (house, tenants) = house_with(&[]).await;
    let verified = v1::CreateTenantRequest {
        tenant: Some(tenant("acme")),
        verify_key: true,
        validate_only: false,
    };
    let status = tenants.create_tenant(admin(verified)).await.unwrap_err();
    assert_eq!(reason(&status), "LUCCA_UNAVAILABLE");
    assert!(house.store.tenants(None, 10).await.unwrap().is_empty());
    let stored = parse(&tenant("acme"), None, &tenants.rules()).unwrap();
    let read = house.client.probe(Access::interactive(&stored));
    let error = read.await.unwrap_err();
    assert!(
        matches!(error, ReadError::Unavailable(Cause::NotPublic)),
        "{error}"
    );
}

#[tokio::test]
async fn other_scopes_and_other_tenants_are_denied_whether_they_exist_or_not() {
    let (house, tenants) = house_with(&["acme"]).await;
    for (scope, allowed, id) in [
        (Scope::Caller, "*", "acme"),
        (Scope::Operator, "*", "acme"),
        (Scope::Admin, "other", "acme"),
        (Scope::Admin, "other", "nobody"),
    ] {
        let get = v1::GetTenantRequest { tenant: id.into() };
        let status = tenants
            .get_tenant(request(get, scope, &[allowed]))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{scope:?} {id}");
        let change = update(tenant(id), &["lucca_url"]);
        let status = tenants
            .update_tenant(request(change, scope, &[allowed]))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{scope:?} {id}");
        let settings = v1::GetWebhookSettingsRequest { tenant: id.into() };
        let status = house
            .adapters()
            .get_webhook_settings(request(settings, scope, &[allowed]))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{scope:?} {id}");
    }
}

#[tokio::test]
async fn a_bad_id_is_told_to_callers_with_the_scope_only() {
    let (_house, tenants) = house_with(&[]).await;
    for (scope, code) in [
        (Scope::Caller, Code::PermissionDenied),
        (Scope::Admin, Code::InvalidArgument),
    ] {
        let get = v1::GetTenantRequest {
            tenant: "NO ID".into(),
        };
        let status = tenants.get_tenant(request(get, scope, &["acme"])).await;
        assert_eq!(status.unwrap_err().code(), code, "{scope:?}");
    }
}

#[tokio::test]
async fn pages_of_tenants_follow_each_other_to_the_end() {
    let (_house, tenants) = house_with(&["d", "b", "a", "c"]).await;
    let page = |request| async {
        tenants
            .list_tenants(request)
            .await
            .map(Response::into_inner)
    };
    let first = page(admin(list(3, ""))).await.unwrap();
    assert_eq!(ids(&first), ["a", "b", "c"]);
    let second = page(admin(list(3, &first.next_page_token))).await.unwrap();
    assert_eq!(
        (ids(&second), second.next_page_token.as_str()),
        (vec!["d"], "")
    );
    let whole = page(admin(list(4, ""))).await.unwrap();
    assert_eq!((ids(&whole).len(), whole.next_page_token.as_str()), (4, ""));
    assert_eq!(
        reason(&page(admin(list(0, "x"))).await.unwrap_err()),
        "BAD_PAGE_TOKEN"
    );
    assert_eq!(
        reason(&page(admin(list(-1, ""))).await.unwrap_err()),
        "INVALID_FIELDS"
    );
    // A token for some tenants lists those.
    let some = &["d", "b", "z"];
    let first = page(request(list(1, ""), Scope::Admin, some))
        .await
        .unwrap();
    assert_eq!(ids(&first), ["b"]);
    let next = list(1, &first.next_page_token);
    let second = page(request(next, Scope::Admin, some)).await.unwrap();
    assert_eq!(
        (ids(&second), second.next_page_token.as_str()),
        (vec!["d"], "")
    );
}

#[tokio::test]
async fn the_adapter_alone_gets_webhook_secrets() {
    let (house, tenants) = house_with(&["acme"]).await;
    let secret = "a-secret-of-the-webhook";
    let webhook = v1::Webhook {
        auth: vec![WebhookAuth {
            method: Some(Method::Bearer(Bearer {
                token: Some(Secret {
                    value: secret.into(),
                    ..Secret::default()
                }),
            })),
        }],
        ..v1::Webhook::default()
    };
    let sent = v1::Tenant {
        webhook: Some(webhook),
        ..tenant("acme")
    };
    let shown = tenants
        .update_tenant(admin(update(sent, &["webhook"])))
        .await
        .unwrap()
        .into_inner();
    assert!(!format!("{shown:?}").contains(secret));
    let adapters = house.adapters();
    let settings = |id: &str| {
        let message = v1::GetWebhookSettingsRequest { tenant: id.into() };
        adapters.get_webhook_settings(request(message, Scope::Adapter, &["*"]))
    };
    let answer = settings("acme").await.unwrap().into_inner();
    assert!(format!("{answer:?}").contains(secret));
    assert_eq!(answer.time_zone, "Europe/Paris");
    assert_eq!(settings("nobody").await.unwrap_err().code(), Code::NotFound);
}

/// A hire of the tenant, stored.
async fn hire(house: &House, tenant: &str) -> Onboarding {
    let mut hire: Hire = fixtures::hire("a-1");
    hire.key.tenant = fixtures::tenant_id(tenant);
    hire.key.account = fixtures::account(&format!("{tenant}.ilucca.net"));
    let id = fixtures::id(1);
    let now = house.clock.now();
    house
        .store
        .submit(hire, None, id, Actor::payroll(), now)
        .await
        .unwrap();
    get(house).await
}

async fn get(house: &House) -> Onboarding {
    let lookup = Lookup::Id(fixtures::id(1));
    house.store.onboarding(lookup).await.unwrap().unwrap()
}

async fn step(house: &House, onboarding: &Onboarding, step: Step) {
    let moment = || crate::domain::onboarding::Moment {
        now: house.clock.now(),
        ..fixtures::moment(0)
    };
    let lane = Lane {
        account: onboarding.key.account.clone(),
        tenant: onboarding.key.tenant.clone(),
    };
    let claimed = house.store.lease(&lane, 1, moment()).await.unwrap();
    let token = claimed[0].token;
    let stepped = house.store.step(onboarding.id, token, step, moment()).await;
    assert!(matches!(stepped.unwrap(), Stepped::Done(_)));
}

#[tokio::test]
async fn hires_go_on_when_what_they_wait_for_is_set_and_not_before() {
    let (house, tenants) = house_with(&["acme"]).await;
    let waiting = hire(&house, "acme").await;
    let problem = Problem::of(ProblemCode::DefaultMissing);
    let findings = Findings::default();
    step(&house, &waiting, Step::Ask { problem, findings }).await;
    let named = v1::Tenant {
        display_name: "Acme".into(),
        ..tenant("acme")
    };
    let change = |sent: v1::Tenant, path: &'static str| {
        let change = admin(update(sent, &[path]));
        async { tenants.update_tenant(change).await.unwrap() }
    };
    change(named, "display_name").await;
    assert_eq!(get(&house).await.state(), State::NeedsAttention);
    let role = v1::Tenant {
        defaults: Some(v1::tenant::Defaults {
            role_id: 7,
            ..Default::default()
        }),
        ..tenant("acme")
    };
    change(role, "defaults.role_id").await;
    assert_eq!(get(&house).await.state(), State::Accepted);
}

#[tokio::test]
async fn the_account_stays_while_the_outcome_of_an_attempt_is_unknown() {
    let (house, tenants) = house_with(&["acme"]).await;
    let hired = hire(&house, "acme").await;
    step(&house, &hired, fixtures::begin("login", 0)).await;
    let moved = v1::Tenant {
        lucca_url: "https://other.ilucca.net".into(),
        ..tenant("acme")
    };
    let status = tenants
        .update_tenant(admin(update(moved, &["lucca_url"])))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "OPEN_ATTEMPTS");
    // Another spelling of the same address is no move.
    let same = v1::Tenant {
        lucca_url: "https://ACME.ilucca.net/".into(),
        ..tenant("acme")
    };
    let change = admin(update(same, &["lucca_url"]));
    assert!(tenants.update_tenant(change).await.is_ok());
}

#[tokio::test]
async fn changes_at_the_same_time_lose_none() {
    let (_house, tenants) = house_with(&["acme"]).await;
    let name = v1::Tenant {
        display_name: "Acme".into(),
        ..tenant("acme")
    };
    let days = v1::Tenant {
        retention_days: 30,
        ..tenant("acme")
    };
    let (one, other) = tokio::join!(
        tenants.update_tenant(admin(update(name, &["display_name"]))),
        tenants.update_tenant(admin(update(days, &["retention_days"])))
    );
    let times = [one, other].map(|it| it.unwrap().into_inner().tenant.unwrap().update_time);
    assert_ne!(times[0], times[1]);
    let get = v1::GetTenantRequest {
        tenant: "acme".into(),
    };
    let found = tenants.get_tenant(admin(get)).await.unwrap().into_inner();
    let found = found.tenant.unwrap();
    assert_eq!(
        (found.display_name.as_str(), found.retention_days),
        ("Acme", 30)
    );
}
