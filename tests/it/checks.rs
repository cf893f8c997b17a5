//! `CheckDefaults` against a Lucca that answers, refuses and goes away.

use lucca_onboarding::{
    pb::{
        v1::{
            self,
            check_defaults_response::check::Status::{self, Fail, Pass, Unverified, Warn},
        },
        values,
    },
    sandbox::{Options, Rights},
};

use crate::support::{House, ROLE, TENANT, collaborator, hire, tenant};

async fn check(house: &House, sample: Option<v1::Collaborator>) -> v1::CheckDefaultsResponse {
    let request = v1::CheckDefaultsRequest {
        tenant: TENANT.to_owned(),
        sample,
    };
    let answer = house.onboardings().check_defaults(request).await.unwrap();
    answer.into_inner()
}

fn status(report: &v1::CheckDefaultsResponse, id: &str) -> Status {
    let found = report.checks.iter().find(|check| check.id == id);
    found.unwrap_or_else(|| panic!("no check {id}")).status()
}

#[tokio::test]
async fn a_tenant_in_order_is_ready_and_the_preview_is_what_is_sent_later() {
    let house = House::start().await;
    let report = check(&house, Some(collaborator("Beauregard"))).await;
    assert!(report.ready, "{report:#?}");
    for (id, expected) in [
        ("lucca_reachable", Pass),
        ("lucca_key", Pass),
        ("reads_people", Pass),
        ("reads_departments", Pass),
        ("default_establishment", Warn),
        ("default_department", Warn),
        ("default_role", Pass),
        ("webhook_auth", Pass),
        ("budget", Pass),
        ("writes", Unverified),
        ("sample", Pass),
    ] {
        assert_eq!(status(&report, id), expected, "{id}");
    }
    let role = &report.defaults[2];
    assert_eq!(
        (role.lucca_id, role.label.as_str()),
        (ROLE, "Collaborateur")
    );
    assert_eq!(house.created_by_calls("Beauregard"), 0);

    house
        .create(hire("1", collaborator("Beauregard")))
        .await
        .unwrap();
    let ledger = house.sandbox().ledger();
    let sent = ledger.creations()[0].body.clone();
    let preview = prost_types::Value {
        kind: report.preview.map(prost_types::value::Kind::StructValue),
    };
    assert_eq!(Some(values::json(&preview)), sent);
    assert_eq!(status(&check(&house, None).await, "writes"), Pass);
}

/// Two checks that tell what is the matter.
type Told = [(&'static str, Status); 2];

/// What the checks say of a tenant whose key has these rights.
async fn with_rights(change: impl FnOnce(&mut Rights), expected: Told) {
    let house = House::start().await;
    let key = &house.sandbox().keys()[0];
    let mut rights = key.rights;
    change(&mut rights);
    house.sandbox().set_rights(&key.id, rights).unwrap();
    let report = check(&house, None).await;
    for (id, expected) in expected {
        assert_eq!(status(&report, id), expected, "{id}: {report:#?}");
    }
}

#[tokio::test]
async fn a_right_that_is_missing_is_named_and_nothing_is_made_up() {
    with_rights(
        |rights| rights.read_users = false,
        [("reads_people", Fail), ("default_role", Unverified)],
    )
    .await;
    with_rights(
        |rights| rights.read_departments = false,
        [("reads_departments", Fail), ("default_role", Unverified)],
    )
    .await;
    with_rights(
        |rights| rights.read_roles = false,
        [("reads_departments", Pass), ("default_role", Unverified)],
    )
    .await;
    with_rights(
        |rights| rights.see_former = false,
        [
            ("reads_people", Pass),
            ("sees_future_and_former", Unverified),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_revoked_key_and_a_lucca_that_is_gone_are_told_apart() {
    let mut house = House::start().await;
    let id = house.sandbox().keys()[0].id.clone();
    house.sandbox().revoke_key(&id).unwrap();
    let report = check(&house, Some(collaborator("Beauregard"))).await;
    assert!(!report.ready);
    for (id, expected) in [
        ("lucca_reachable", Pass),
        ("lucca_key", Fail),
        ("reads_departments", Unverified),
        ("sample", Unverified),
    ] {
        assert_eq!(status(&report, id), expected, "{id}");
    }
    assert_eq!(report.preview, None);
    house.stop_sandbox().await;
    let report = check(&house, None).await;
    assert_eq!(status(&report, "lucca_reachable"), Fail);
    assert_eq!(status(&report, "lucca_key"), Unverified);
}

#[tokio::test]
async fn a_tenant_without_a_role_is_not_ready() {
    let house = House::without_tenant(Options::default()).await;
    let url = house.lucca_url();
    let unplaced = v1::Tenant {
        defaults: None,
        webhook: None,
        ..tenant(&url)
    };
    house.create_tenant(unplaced).await.unwrap();
    let report = check(&house, Some(collaborator("Beauregard"))).await;
    assert!(!report.ready);
    for (id, expected) in [
        ("default_role", Fail),
        ("webhook_auth", Warn),
        ("sample", Fail),
    ] {
        assert_eq!(status(&report, id), expected, "{id}");
    }
}
