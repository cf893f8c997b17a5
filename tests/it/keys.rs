//! Encryption keys, rotated while the service runs.

use lucca_onboarding::{
    pb::v1::{self, State},
    server::Server,
};
use tokio::process::Command;

use crate::support::{House, TENANT, collaborator, hire};

const OLD: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const NEW: &str = "OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg=";

async fn with_keys(house: &mut House, keys: &[&str]) {
    house.stop_service().await;
    let keys = keys.iter().map(|key| (*key).to_owned().into());
    house.settings.store.encryption_keys = keys.collect();
}

#[tokio::test]
async fn an_older_key_can_go_after_a_rotation_and_is_missed_before() {
    let mut house = House::start().await;
    for name in ["Dupont", "Durand", "Bernard"] {
        house.create(hire(name, collaborator(name))).await.unwrap();
    }
    with_keys(&mut house, &[NEW, OLD]).await;
    house.start_service().await;
    with_keys(&mut house, &[NEW]).await;
    let refused = Server::bind(&house.settings)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("store.encryption_keys does not contain the key"),
        "{refused}"
    );

    house.settings.store.encryption_keys = vec![NEW.to_owned().into(), OLD.to_owned().into()];
    house.start_service().await;
    // Hires come while everything is sealed anew.
    let endpoint = house.settings.adapter.onboarding_endpoint.to_string();
    let rotating = Command::new(env!("CARGO_BIN_EXE_onboarding"))
        .args(["keys", "rotate", "--lang", "en", "--endpoint", &endpoint])
        .output();
    let hires = async {
        for name in ["Petit", "Robert"] {
            let created = house.create(hire(name, collaborator(name))).await;
            assert_eq!(created.unwrap().state(), State::Created);
        }
    };
    let (rotated, ()) = tokio::join!(rotating, hires);
    let rotated = rotated.unwrap();
    let said = String::from_utf8(rotated.stdout).unwrap();
    assert!(rotated.status.success(), "{said}");
    assert!(said.contains("No record needs an older key"), "{said}");
    assert!(said.contains(" records were sealed again"), "{said}");

    with_keys(&mut house, &[NEW]).await;
    house.start_service().await;
    for name in ["Dupont", "Durand", "Bernard", "Petit", "Robert"] {
        let found = house.status_of("test", name).await.unwrap();
        assert_eq!(found.state(), State::Created, "{name}");
        assert_eq!(found.collaborator.unwrap().family_name, name);
        // Found by its index, though every key of the settings is another one.
        let again = house.create(hire(name, collaborator(name))).await.unwrap();
        assert_eq!(again.id, found.id);
    }
    let get = v1::GetTenantRequest {
        tenant: TENANT.to_owned(),
    };
    house.tenants().get_tenant(get).await.unwrap();
    assert_eq!(house.sandbox().ledger().creations().len(), 5);
}
