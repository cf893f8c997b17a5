//! A record that cannot be read, seen through the whole service.

use std::time::Duration;

use lucca_onboarding::pb::v1::{
    self, State, check_defaults_response::check::Status as Checked, get_status_request::Key,
    retry_onboardings_request::Selection,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{House, TENANT, collaborator, hire, source, tenant};

/// Flips a bit of the sealed record.
fn flip(house: &House, id: &str) {
    let conn = house.beside();
    let sql = "SELECT document FROM onboardings WHERE id = ?1";
    let mut document: Vec<u8> = conn.query_row(sql, [id], |row| row.get(0)).unwrap();
    document[40] ^= 1;
    let sql = "UPDATE onboardings SET document = ?2 WHERE id = ?1";
    conn.execute(sql, (id, document)).unwrap();
}

async fn list(house: &House, tenant: &str) -> v1::ListOnboardingsResponse {
    let request = v1::ListOnboardingsRequest {
        tenant: tenant.to_owned(),
        ..v1::ListOnboardingsRequest::default()
    };
    let list = house.operations().list_onboardings(request).await;
    list.unwrap().into_inner()
}

async fn retry(house: &House, id: &str) -> Result<i32, Status> {
    let request = v1::RetryOnboardingsRequest {
        selection: Some(Selection::OnboardingId(id.to_owned())),
    };
    let retried = house.operations().retry_onboardings(request).await?;
    Ok(retried.into_inner().retried_count)
}

async fn erase(house: &House, id: &str, acknowledged: &[i32]) -> Result<(), Status> {
    let request = v1::ErasePersonalDataRequest {
        onboarding_id: id.to_owned(),
        acknowledged_attempts: acknowledged.to_vec(),
    };
    let erased = house.operations().erase_personal_data(request).await?;
    assert_eq!(erased.into_inner().onboarding, None);
    Ok(())
}

fn assert_quarantined<T: std::fmt::Debug>(answer: Result<T, Status>) {
    let refusal = answer.unwrap_err();
    assert_eq!(refusal.code(), Code::FailedPrecondition, "{refusal:?}");
    let details = refusal.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "QUARANTINED");
}

/// A service with two tenants on one Lucca, and a hire of the first one that is due.
async fn house_with_one_due() -> (House, String) {
    let mut house = House::start().await;
    let other = v1::Tenant {
        id: "other".to_owned(),
        ..tenant(&house.lucca_url())
    };
    house.create_tenant(other).await.unwrap();
    house.stop_sandbox().await;
    let mut waiting = hire("a-1", collaborator("Dupont"));
    waiting.wait = None;
    let id = house.create(waiting).await.unwrap().id;
    house.stop_service().await;
    (house, id)
}

async fn assert_other_goes_on(house: &House) {
    let other = v1::CreateCollaboratorRequest {
        tenant: "other".to_owned(),
        ..hire("b-1", collaborator("Durand"))
    };
    assert_eq!(house.create(other).await.unwrap().state(), State::Created);
    let listed = list(house, "").await;
    assert_eq!(listed.onboardings.len(), 1);
    assert_eq!(listed.onboardings[0].tenant, "other");
    assert_eq!(listed.unreadable.len(), 1);
    assert!(list(house, "other").await.unreadable.is_empty());
}

#[tokio::test]
async fn a_damaged_hire_stops_nobody_else_and_goes_on_once_it_is_repaired() {
    let (mut house, id) = house_with_one_due().await;
    let sql = "UPDATE onboardings SET state = 'CREATED' WHERE id = ?1";
    house.beside().execute(sql, [&id]).unwrap();
    house.start_sandbox().await;
    house.start_service().await;
    assert_other_goes_on(&house).await;
    let shown = &list(&house, TENANT).await.unreadable[0];
    assert_eq!(
        (&*shown.id, &*shown.tenant, &*shown.part),
        (&*id, TENANT, "state")
    );
    let degraded = house.ready_once("degraded").await;
    assert_eq!(degraded, "ready, degraded: 1 records in quarantine\n");
    assert_eq!(
        house.metric("onboarding_quarantine{kind=\"onboarding\"}"),
        1
    );

    assert_quarantined(house.create(hire("a-1", collaborator("Dupont"))).await);
    assert_quarantined(house.status_of("test", "a-1").await);
    let withdrawal = v1::WithdrawHireRequest {
        tenant: TENANT.to_owned(),
        source: Some(source("test", "a-1")),
    };
    assert_quarantined(house.onboardings().withdraw_hire(withdrawal).await);
    let cancel = v1::CancelOnboardingRequest {
        onboarding_id: id.clone(),
    };
    assert_quarantined(house.operations().cancel_onboarding(cancel).await);
    let delete = v1::DeleteTenantRequest {
        tenant: TENANT.to_owned(),
        cancel_open: true,
    };
    assert_quarantined(house.tenants().delete_tenant(delete).await);
    let check = v1::CheckDefaultsRequest {
        tenant: TENANT.to_owned(),
        ..v1::CheckDefaultsRequest::default()
    };
    let report = house.onboardings().check_defaults(check).await;
    let checks = report.unwrap().into_inner().checks;
    let check = checks.iter().find(|check| check.id == "records").unwrap();
    assert_eq!(check.status(), Checked::Warn);
    assert!(check.message.contains(&id), "{}", check.message);

    assert_eq!(retry(&house, &id).await.unwrap(), 1);
    house.until("test", "a-1", State::Created).await;
    assert_eq!(house.created_by_calls("Dupont"), 1);
    assert_eq!(house.ready_once("ready\n").await, "ready\n");
}

#[tokio::test]
async fn a_record_that_stays_damaged_is_erased_and_frees_its_source() {
    let (mut house, id) = house_with_one_due().await;
    flip(&house, &id);
    house.start_sandbox().await;
    house.start_service().await;
    assert_other_goes_on(&house).await;
    assert_quarantined(retry(&house, &id).await);
    erase(&house, &id, &[]).await.unwrap();
    assert!(list(&house, "").await.unreadable.is_empty());
    let anew = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(anew.state(), State::Created);
    assert_ne!(anew.id, id);
    let of = v1::ListHistoryRequest {
        onboarding_id: id,
        tenant: TENANT.to_owned(),
        ..v1::ListHistoryRequest::default()
    };
    let history = house.operations().list_history(of).await.unwrap();
    let entries = history.into_inner().entries;
    let removed = entries.iter().any(|entry| entry.event == "REMOVED");
    assert!(removed, "{entries:?}");
}

/// The onboarding once its last error has this word.
async fn once_it_says(house: &House, id: &str, word: &str) -> v1::Onboarding {
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..600 {
        ticks.tick().await;
        let status = house.status(Key::OnboardingId(id.to_owned())).await;
        let status = status.unwrap();
        if status.last_error.contains(word) {
            return status;
        }
    }
    panic!("{word} was never said");
}

#[tokio::test]
async fn an_older_row_of_a_tenant_that_was_put_back_stops_its_hires_until_an_admin_changes_it() {
    let (mut house, id) = house_with_one_due().await;
    house
        .beside()
        .execute_batch("CREATE TABLE older AS SELECT * FROM tenants")
        .unwrap();
    house.start_service().await;
    let rename = |name: &str| v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            display_name: name.to_owned(),
            ..v1::Tenant::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["display_name".to_owned()],
        }),
        ..v1::UpdateTenantRequest::default()
    };
    house.tenants().update_tenant(rename("New")).await.unwrap();
    house.stop_service().await;
    let put_back = "UPDATE tenants SET (update_time, document) =
        (SELECT update_time, document FROM older WHERE older.id = tenants.id); DROP TABLE older";
    house.beside().execute_batch(put_back).unwrap();
    house.start_sandbox().await;
    house.start_service().await;

    once_it_says(&house, &id, "TENANT_UNREADABLE").await;
    let listed = list(&house, TENANT).await;
    assert!(
        listed.onboardings[0]
            .last_error
            .contains("TENANT_UNREADABLE")
    );
    let shown = &listed.unreadable[0];
    assert_eq!((&*shown.id, &*shown.part), (TENANT, "version"));
    house.ready_once("degraded").await;
    assert_eq!(house.metric("onboarding_waiting_for_unreadable_tenant"), 1);
    let get = v1::GetTenantRequest {
        tenant: TENANT.to_owned(),
    };
    assert_quarantined(house.tenants().get_tenant(get).await);
    assert_quarantined(house.create(hire("a-2", collaborator("Durand"))).await);
    let check = v1::CheckDefaultsRequest {
        tenant: TENANT.to_owned(),
        ..v1::CheckDefaultsRequest::default()
    };
    let report = house.onboardings().check_defaults(check).await;
    let report = report.unwrap().into_inner();
    assert!(!report.ready);
    let [check] = &report.checks[..] else {
        panic!("{report:?}");
    };
    assert_eq!((&*check.id, check.status()), ("records", Checked::Fail));
    assert!(check.message.contains("version") && check.message.contains('1'));
    let other = v1::CreateCollaboratorRequest {
        tenant: "other".to_owned(),
        ..hire("b-1", collaborator("Durand"))
    };
    assert_eq!(house.create(other).await.unwrap().state(), State::Created);

    // Any change makes what is stored then the last version, even one that changes nothing.
    house.tenants().update_tenant(rename("Acme")).await.unwrap();
    assert!(list(&house, "").await.unreadable.is_empty());
    assert_eq!(house.ready_once("ready\n").await, "ready\n");
    assert_eq!(retry(&house, &id).await.unwrap(), 1);
    house.until("test", "a-1", State::Created).await;
    assert_eq!(house.created_by_calls("Dupont"), 1);
}
