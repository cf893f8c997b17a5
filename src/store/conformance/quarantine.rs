//! What is in quarantine, and how it leaves it.

use super::{
    Actor, Lookup, NewHistoryEntry, Stepped, Store, Subject, Submitted, begin,
    damage::{DAMAGE_ONE, furnish, inspect, set_aside},
    id, lane, moment, source, take,
    tenants::tenant,
};
use crate::{
    domain::onboarding::fixtures::{account, at, hire, tenant_id},
    store::{HistoryOf, StoreError},
};

/// `damage` runs SQL beside the store.
pub(crate) async fn what_is_in_quarantine_blocks_until_it_is_repaired(
    store: &dyn Store,
    damage: impl AsyncFn(&str),
) {
    furnish(store).await;
    let whole = super::read(store, id(3)).await;
    damage(DAMAGE_ONE).await;
    let host = account("acme.ilucca.example");
    let is_refused = |outcome: &StoreError| match outcome {
        StoreError::Quarantined(record) => {
            assert_eq!((&*record.part, &*record.tenant), ("state", "acme"));
            true
        }
        _ => false,
    };
    let again = store.submit(hire("a-3"), None, id(9), Actor::payroll(), at(30));
    assert!(is_refused(&again.await.unwrap_err()));
    let read = store.onboarding(Lookup::Id(id(3))).await;
    assert!(is_refused(&read.unwrap_err()));
    let withdrawn = store.withdraw(
        Subject::of(source(&hire("a-3")), host, None),
        Actor::payroll(),
        at(30),
    );
    assert!(is_refused(&withdrawn.await.unwrap_err()));
    let open = store.has_open_attempts(&tenant_id("acme")).await;
    assert!(is_refused(&open.unwrap_err()));
    let acme = tenant_id("acme");
    let removed = store.remove_tenant(&acme, NewHistoryEntry::test());
    assert!(is_refused(&removed.await.unwrap_err()));
    let mut moved = tenant("acme");
    moved.account = account("prod.ilucca.example");
    let moved = store.replace_tenant(&moved, moved.update_time, NewHistoryEntry::test());
    assert!(is_refused(&moved.await.unwrap_err()));
    assert_eq!(set_aside(store).await.len(), 1);
    // The sealed state counts once an operator says so.
    let name = id(3).to_string();
    store.release(&name, "operator", at(31)).await.unwrap();
    assert!(set_aside(store).await.is_empty());
    assert_eq!(super::read(store, id(3)).await, whole);
    let leased = store
        .lease(&lane(&whole.key.account), 10, moment(31))
        .await
        .unwrap();
    assert!(leased.iter().any(|lease| lease.onboarding.id == id(3)));
    let of = HistoryOf {
        onboarding: Some(id(3)),
        tenant: None,
    };
    let history = store.history(of, None, 10).await.unwrap();
    let events: Vec<&str> = history.iter().map(|entry| &*entry.event).collect();
    assert_eq!(events, ["RELEASED", "QUARANTINED", "ACCEPTED"]);
}

/// The same as above: `damage` runs SQL.
pub(crate) async fn what_is_removed_needs_its_open_attempts_acknowledged(
    store: &dyn Store,
    damage: impl AsyncFn(&str),
) {
    furnish(store).await;
    let name = id(1).to_string();
    damage("UPDATE onboardings SET account = 'elsewhere' WHERE state = 'VERIFYING'").await;
    // No look-up finds it, and a sweep does.
    inspect(store).await;
    assert_eq!(set_aside(store).await[0].part, "account");
    // From then on it is found as the hire that it is.
    let again = store
        .submit(hire("a-1"), None, id(9), Actor::payroll(), at(30))
        .await;
    assert!(
        matches!(again, Err(StoreError::Quarantined(_))),
        "{again:?}"
    );
    // Its login stays reserved.
    let other = store
        .lease(&lane(&account("acme.ilucca.example")), 1, moment(30))
        .await;
    let other = other.unwrap().remove(0);
    let blocked = take(store, &other, begin("one", 30), 30).await;
    assert!(
        matches!(blocked, Stepped::Blocked(by) if by == id(1)),
        "{blocked:?}"
    );
    let remove = async |numbers: &[u32]| {
        let numbers = numbers.iter().copied().collect();
        store
            .remove(&name, &numbers, "operator", at(40))
            .await
            .unwrap()
    };
    assert_eq!(remove(&[]).await, [1]);
    assert_eq!(remove(&[2]).await, [1]);
    assert_eq!(set_aside(store).await.len(), 1);
    assert!(remove(&[1]).await.is_empty());
    assert!(set_aside(store).await.is_empty());
    assert_eq!(store.onboarding(Lookup::Id(id(1))).await.unwrap(), None);
    let anew = store
        .submit(hire("a-1"), None, id(9), Actor::payroll(), at(41))
        .await;
    assert!(matches!(anew, Ok(Submitted::Stored(it)) if it.id == id(9)));
}

/// The same as above: `damage` runs SQL.
pub(crate) async fn a_tenant_leaves_the_quarantine_by_itself(
    store: &dyn Store,
    damage: impl AsyncFn(&str),
) {
    furnish(store).await;
    // Its document is moved to another row, and back.
    damage("UPDATE tenants SET id = 'acme-2' WHERE id = 'acme'").await;
    let tenants = store.tenants(None, 10).await.unwrap();
    assert_eq!(tenants.len(), 1);
    let found = set_aside(store).await;
    assert_eq!((&*found[0].id, &*found[0].part), ("acme-2", "tenant"));
    let changes = store.noticed().quarantine();
    let read = store.tenant(&tenant_id("acme-2")).await;
    assert!(matches!(read, Err(StoreError::Quarantined(_))));
    assert!(!changes.has_changed().unwrap(), "a read has written");
    damage("UPDATE tenants SET id = 'acme' WHERE id = 'acme-2'").await;
    inspect(store).await;
    assert!(set_aside(store).await.is_empty());
    assert_eq!(store.tenants(None, 10).await.unwrap().len(), 2);
}
