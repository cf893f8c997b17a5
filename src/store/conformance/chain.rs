//! The chain of the history.

use super::{Actor, Evidence, NewHistoryEntry, Store, creating, id, see};
use crate::{
    domain::onboarding::{
        decision::Decision,
        fixtures::{at, hire, lucca_id, tenant_id},
    },
    store::{HistoryEvent, Integrity},
};

/// The places of entries that were changed, and whether the latest ones are there.
async fn faults(store: &dyn Store) -> (Vec<usize>, bool) {
    let verified = store.verified_history(id(1)).await.unwrap().unwrap();
    let entries = verified.entries.iter().enumerate();
    let changed = entries.filter(|(_, (_, integrity))| *integrity == Integrity::Changed);
    let places: Vec<usize> = changed.map(|(place, _)| place).collect();
    assert_eq!(
        verified.is_intact(),
        places.is_empty() && verified.ends_well
    );
    (places, verified.ends_well)
}

/// `vandalise` runs SQL, whatever would keep it from changing the history.
pub(crate) async fn a_change_of_the_history_is_found_where_it_is(
    store: &dyn Store,
    vandalise: impl AsyncFn(&str),
) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::NoAnswer("cut".into()), 1).await;
    let called = NewHistoryEntry {
        time: at(2),
        tenant: Some(tenant_id("acme")),
        onboarding: Some(id(1)),
        actor: Actor::calling("olga", "OperationsService/RetryOnboardings"),
        event: HistoryEvent::Called,
        outcome: "OK",
    };
    store.note(called).await.unwrap();
    see(store, id(1), Evidence::Created(lucca_id(7)), 3).await;
    let erased = store.decide(id(1), "olga", Decision::Erase, at(4)).await;
    erased.unwrap().unwrap().unwrap();

    let whole = store.verified_history(id(1)).await.unwrap().unwrap();
    let events: Vec<&str> = whole.entries.iter().map(|(it, _)| &*it.event).collect();
    let expected = ["ACCEPTED", "CREATING", "VERIFYING", "CALLED", "CREATED"];
    assert_eq!(events[..5], expected);
    assert_eq!(events.last(), Some(&"ERASED"));
    let last = events.len() - 1;
    assert_eq!(faults(store).await, (vec![], true));
    assert_eq!(store.verified_history(id(2)).await.unwrap(), None);

    vandalise("UPDATE history SET actor = 'nobody' WHERE event = 'CALLED'").await;
    assert_eq!(faults(store).await, (vec![3], true));
    vandalise("DELETE FROM history WHERE event = 'CREATING'").await;
    assert_eq!(faults(store).await, (vec![1, 2], true));
    vandalise(
        "INSERT INTO history (time, tenant, onboarding, actor, event, detail, link)
         SELECT time, tenant, onboarding, actor, 'CANCELLED', detail, link
         FROM history WHERE event = 'ERASED'",
    )
    .await;
    assert_eq!(faults(store).await, (vec![1, 2, last], true));
    vandalise("DELETE FROM history WHERE event IN ('CANCELLED', 'ERASED')").await;
    assert_eq!(faults(store).await, (vec![1, 2], false));
}
