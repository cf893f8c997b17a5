//! Versions of tenants.

use super::{
    NewHistoryEntry, Replaced, Store,
    damage::{inspect, set_aside},
    tenants::tenant,
};
use crate::{
    domain::{onboarding::fixtures::at, tenant::Tenant},
    store::{Removed, StoreError},
};

/// `damage` runs SQL beside the store.
pub(crate) async fn an_older_row_of_a_tenant_that_is_put_back_is_noticed(
    store: &dyn Store,
    damage: impl AsyncFn(&str),
) {
    let (acme, gone) = (tenant("acme"), tenant("gone"));
    for tenant in [&acme, &tenant("other"), &gone] {
        let stored = store.insert_tenant(tenant, NewHistoryEntry::test());
        assert!(stored.await.unwrap());
    }
    damage("CREATE TABLE older AS SELECT * FROM tenants").await;
    let mut disabled = acme.clone();
    (disabled.disabled, disabled.update_time) = (true, at(1));
    let replace = async |tenant: &Tenant, last| {
        let replaced = store.replace_tenant(tenant, last, NewHistoryEntry::test());
        assert_eq!(replaced.await.unwrap(), Replaced::Done);
    };
    replace(&disabled, at(0)).await;
    let removed = store.remove_tenant(&gone.id, NewHistoryEntry::test());
    assert_eq!(removed.await.unwrap(), Removed::Done);

    damage("DELETE FROM tenants WHERE id = 'acme'").await;
    damage("INSERT INTO tenants SELECT * FROM older WHERE id IN ('acme', 'gone')").await;
    for id in [&acme.id, &gone.id] {
        let read = store.tenant(id).await;
        let is_noticed = matches!(&read, Err(StoreError::Quarantined(it)) if it.part == "version");
        assert!(is_noticed, "{read:?}");
        // A removal is no repair.
        let removed = store.remove_tenant(id, NewHistoryEntry::test()).await;
        assert!(matches!(removed, Err(StoreError::Quarantined(_))));
    }
    let tenants = store.tenants(None, 10).await.unwrap();
    assert_eq!(tenants.len(), 1, "{tenants:?}");
    inspect(store).await;
    assert_eq!(set_aside(store).await.len(), 2);

    // A change by an administrator makes it the last one again.
    let found = store.tenant_to_change(&acme.id).await.unwrap();
    assert_eq!(found, Some((acme.clone(), false)));
    replace(&disabled, at(0)).await;
    assert_eq!(
        store.tenant(&acme.id).await.unwrap(),
        Some(disabled.clone())
    );
    assert_eq!(set_aside(store).await.len(), 1);
    // The row that was repaired is old from then on, too, and so is one without an entry.
    damage("DELETE FROM tenant_versions WHERE id = 'acme'").await;
    assert!(store.tenant(&acme.id).await.is_err());
}
