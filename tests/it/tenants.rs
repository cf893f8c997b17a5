//! Many customers: registered, kept apart, moved, deleted.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use lucca_onboarding::{
    pb::v1::{self, State},
    sandbox::{Fault, Key, Kind, Options as SandboxOptions, Sandbox},
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{House, LUCCA_KEY, TENANT, collaborator, hire, tenant};

pub fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

fn hire_of(tenant: &str, external_id: &str, name: &str) -> v1::CreateCollaboratorRequest {
    v1::CreateCollaboratorRequest {
        tenant: tenant.to_owned(),
        ..hire(external_id, collaborator(name))
    }
}

async fn delete(house: &House, cancel_open: bool) -> Result<v1::DeleteTenantResponse, Status> {
    let request = v1::DeleteTenantRequest {
        tenant: TENANT.to_owned(),
        cancel_open,
    };
    let answer = house.tenants().delete_tenant(request).await?;
    Ok(answer.into_inner())
}

#[tokio::test]
async fn a_tenant_registered_by_a_call_receives_a_hire_at_once() {
    let house = House::without_tenant(SandboxOptions::default()).await;
    let request = v1::CreateTenantRequest {
        tenant: Some(tenant(&house.lucca_url())),
        verify_key: true,
        validate_only: false,
    };
    house.tenants().create_tenant(request).await.unwrap();
    let accepted = v1::CreateCollaboratorRequest {
        wait: None,
        ..hire("a-1", collaborator("Dupont"))
    };
    house.create(accepted).await.unwrap();
    let created = house.until("test", "a-1", State::Created).await;
    assert!(created.lucca_user_id > 0);
}

#[tokio::test]
async fn a_key_that_lucca_refuses_registers_and_changes_nothing() {
    let house = House::start().await;
    let refused = v1::Tenant {
        id: "other".to_owned(),
        lucca_api_key: "not-a-key-of-this-lucca".to_owned(),
        ..tenant(&house.lucca_url())
    };
    let request = v1::CreateTenantRequest {
        tenant: Some(refused),
        verify_key: true,
        validate_only: false,
    };
    let status = house.tenants().create_tenant(request).await.unwrap_err();
    assert_eq!(reason(&status), "LUCCA_KEY_REFUSED");
    let get = v1::GetTenantRequest {
        tenant: "other".to_owned(),
    };
    let status = house.tenants().get_tenant(get).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let rotated = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            lucca_api_key: "not-a-key-of-this-lucca".to_owned(),
            ..v1::Tenant::default()
        }),
        verify_key: true,
        ..v1::UpdateTenantRequest::default()
    };
    let status = house.tenants().update_tenant(rotated).await.unwrap_err();
    assert_eq!(reason(&status), "LUCCA_KEY_REFUSED");
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    assert_eq!(created.unwrap().state(), State::Created);
}

/// A service with this budget, and a Lucca with a much larger one.
async fn with_budget(requests: u32, window: Duration) -> House {
    let options = SandboxOptions {
        requests_per_window: 10_000,
        ..SandboxOptions::default()
    };
    House::with(options, |settings| {
        settings.lucca.requests_per_window = requests;
        settings.lucca.window = window;
    })
    .await
}

#[tokio::test]
async fn ten_tenants_with_ten_keys_never_mix() {
    let house = with_budget(50, Duration::from_millis(500)).await;
    let names: Vec<String> = (0..10).map(|number| format!("customer-{number}")).collect();
    for name in &names {
        let key = format!("{name}-key-0123456789");
        house
            .sandbox()
            .add_key(Key::new(name.as_str(), key.as_str()));
        let registered = v1::Tenant {
            id: name.clone(),
            lucca_api_key: key,
            ..tenant(&house.lucca_url())
        };
        house.create_tenant(registered).await.unwrap();
    }
    let hires = names.iter().enumerate().flat_map(|(number, name)| {
        (0..3_u8).map(move |turn| {
            let letter = char::from(b'a' + u8::try_from(number).unwrap());
            let person = format!(
                "Mixte{letter}{}",
                ["un", "deux", "trois"][usize::from(turn)]
            );
            (name.clone(), person)
        })
    });
    let hires: Vec<(String, String)> = hires.collect();
    let created: Vec<v1::Onboarding> = stream::iter(&hires)
        .map(|(tenant, person)| house.create(hire_of(tenant, person, person)))
        .buffer_unordered(30)
        .map(Result::unwrap)
        .collect()
        .await;
    assert!(created.iter().all(|it| it.state() == State::Created));
    let owners: BTreeMap<String, String> = hires
        .into_iter()
        .map(|(tenant, person)| (person, tenant))
        .collect();
    let ledger = house.sandbox().ledger();
    let creations = ledger.creations();
    assert_eq!(creations.len(), 30);
    for call in creations {
        let body = call.body.as_ref().unwrap();
        let person = body["lastName"].as_str().unwrap();
        assert_eq!(call.key.as_ref(), owners.get(person), "{person}");
    }
    let used: BTreeSet<_> = ledger.calls.iter().map(|call| call.key.clone()).collect();
    assert_eq!(used.len(), 10, "every key was used, and no other: {used:?}");
}

#[tokio::test]
async fn two_tenants_on_one_account_share_one_budget() {
    const LIMIT: u32 = 6;
    const WINDOW: Duration = Duration::from_millis(1500);
    let house = with_budget(LIMIT, WINDOW).await;
    for name in ["one", "two"] {
        let key = format!("{name}-key-0123456789");
        house.sandbox().add_key(Key::new(name, key.as_str()));
        let registered = v1::Tenant {
            id: name.to_owned(),
            lucca_api_key: key,
            ..tenant(&house.lucca_url())
        };
        house.create_tenant(registered).await.unwrap();
    }
    let people = ["Anou", "Bret", "Colas", "Drouet", "Esnault", "Favre"];
    let hires = people.iter().enumerate().map(|(index, person)| {
        let tenant = ["one", "two"][index % 2];
        house.create(hire_of(tenant, person, person))
    });
    let created = futures_util::future::join_all(hires).await;
    for onboarding in created {
        assert_eq!(onboarding.unwrap().state(), State::Created);
    }
    let ledger = house.sandbox().ledger();
    let most = ledger.max_calls_in_any_window(WINDOW);
    assert!(most <= LIMIT as usize, "{most} calls in one window");
    for name in ["one", "two"] {
        let calls = ledger.creations();
        let own = calls.iter().filter(|it| it.key.as_deref() == Some(name));
        assert_eq!(own.count(), 3, "{name}");
    }
    // Both together, so that one budget was what held them back.
    assert!(ledger.calls.len() > LIMIT as usize);
}

#[tokio::test]
async fn hires_made_on_the_test_base_never_block_the_same_hires_on_production() {
    let mut house = House::start().await;
    let production = Sandbox::start(SandboxOptions {
        api_key: LUCCA_KEY.to_owned(),
        ..SandboxOptions::default()
    })
    .await
    .unwrap();
    house.stop_service().await;
    let address = production.address().to_string();
    house.settings.lucca.allow_insecure(&address).unwrap();
    house.start_service().await;
    let request = || hire("a-1", collaborator("Dupont"));
    let tried = house.create(request()).await.unwrap();
    assert_eq!(tried.state(), State::Created);
    let moved = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            lucca_url: format!("http://{address}"),
            ..v1::Tenant::default()
        }),
        ..v1::UpdateTenantRequest::default()
    };
    let answer = house.tenants().update_tenant(moved).await.unwrap();
    assert_eq!(answer.into_inner().changed_fields, ["lucca_url"]);
    let real = house.create(request()).await.unwrap();
    assert_eq!(real.state(), State::Created);
    assert_ne!(real.id, tried.id);
    assert_eq!(real.episode, 1);
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
    assert_eq!(production.control().ledger().creations().len(), 1);
    // And back: the first one is known.
    let again = house.create(request()).await.unwrap();
    assert_eq!(again.id, real.id);
}

#[tokio::test]
async fn a_deleted_tenant_leaves_ids_and_made_again_creates_nobody_twice() {
    let house = House::start().await;
    let created = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(created.state(), State::Created);
    let gone = delete(&house, false).await.unwrap();
    assert_eq!((gone.cancelled_count, gone.erased_count), (0, 1));
    let missing = house.create(hire("a-2", collaborator("Durand"))).await;
    assert_eq!(reason(&missing.unwrap_err()), "TENANT_NOT_FOUND");
    let status = delete(&house, true).await.unwrap_err();
    assert_eq!(reason(&status), "TENANT_NOT_FOUND");
    house
        .create_tenant(tenant(&house.lucca_url()))
        .await
        .unwrap();
    let again = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(
        (again.id.as_str(), again.state(), again.lucca_user_id),
        (created.id.as_str(), State::Created, created.lucca_user_id)
    );
    assert!(
        again
            .collaborator
            .unwrap_or_default()
            .family_name
            .is_empty()
    );
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
    let next = house.create(hire("a-2", collaborator("Durand"))).await;
    assert_eq!(next.unwrap().state(), State::Created);
}

#[tokio::test]
async fn hires_that_have_not_ended_vanish_only_when_that_is_said() {
    let mut house = House::start().await;
    house.stop_sandbox().await;
    for id in ["a-1", "a-2"] {
        let accepted = v1::CreateCollaboratorRequest {
            wait: None,
            ..hire(id, collaborator("Dupont"))
        };
        house.create(accepted).await.unwrap();
    }
    let status = delete(&house, false).await.unwrap_err();
    assert_eq!(reason(&status), "OPEN_ONBOARDINGS");
    assert!(status.message().contains("(2)"), "{status}");
    let waiting = house.status_of("test", "a-1").await.unwrap();
    // Still in force: a refused deletion changes nothing.
    let more = v1::CreateCollaboratorRequest {
        wait: None,
        ..hire("a-3", collaborator("Durand"))
    };
    house.create(more).await.unwrap();
    let gone = delete(&house, true).await.unwrap();
    assert_eq!((gone.cancelled_count, gone.erased_count), (3, 3));
    let key = v1::get_status_request::Key::OnboardingId(waiting.id);
    assert_eq!(house.status(key).await.unwrap().state(), State::Cancelled);
    house.start_sandbox().await;
    assert!(house.sandbox().ledger().creations().is_empty());
}

#[tokio::test]
async fn what_is_sent_again_with_the_same_values_is_no_change() {
    let house = House::start().await;
    let sent = tenant(&house.lucca_url());
    let update = |sent: v1::Tenant, validate_only| {
        let request = v1::UpdateTenantRequest {
            tenant: Some(sent),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["*".to_owned()],
            }),
            validate_only,
            ..v1::UpdateTenantRequest::default()
        };
        let mut tenants = house.tenants();
        async move { tenants.update_tenant(request).await.unwrap().into_inner() }
    };
    let before = update(sent.clone(), true).await;
    let same = update(sent.clone(), false).await;
    assert!(same.changed_fields.is_empty(), "{:?}", same.changed_fields);
    let stored = same.tenant.unwrap();
    assert_eq!(stored.create_time, stored.update_time);
    assert!(before.changed_fields.is_empty());
    let mut changed = v1::Tenant {
        lucca_api_key: "another-key-0123456789".to_owned(),
        ..sent
    };
    changed.defaults.as_mut().unwrap().department_id = 3;
    for validate_only in [true, false] {
        let told = update(changed.clone(), validate_only).await.changed_fields;
        assert_eq!(told, ["lucca_api_key", "defaults.department_id"]);
    }
    assert!(update(changed, false).await.changed_fields.is_empty());
}

#[tokio::test]
async fn what_a_call_did_is_found_out_before_its_tenant_can_go_also_when_disabled() {
    let mut house = House::start().await;
    house.stop_service().await;
    house.settings.lucca.settle_delay = Duration::from_secs(2);
    house.start_service().await;
    let fault = Fault::on_creation(Kind::ExecuteThenCut, 1);
    house.sandbox().inject(fault);
    let accepted = v1::CreateCollaboratorRequest {
        wait: None,
        ..hire("a-1", collaborator("Dupont"))
    };
    house.create(accepted).await.unwrap();
    house.until("test", "a-1", State::Verifying).await;
    let status = delete(&house, true).await.unwrap_err();
    assert_eq!(reason(&status), "OPEN_ATTEMPTS");
    let disabled = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            disabled: true,
            ..v1::Tenant::default()
        }),
        ..v1::UpdateTenantRequest::default()
    };
    house.tenants().update_tenant(disabled).await.unwrap();
    house.until("test", "a-1", State::Created).await;
    let gone = delete(&house, false).await.unwrap();
    assert_eq!((gone.cancelled_count, gone.erased_count), (0, 1));
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}
