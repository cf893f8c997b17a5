//! What only grows is removed in its time.

use std::time::Duration;

use super::{
    Actor, Evidence, NewHistoryEntry, Store, Subject, Submitted, creating, id, see, source,
};
use crate::{
    domain::onboarding::{
        decision::Decision,
        fixtures::{account, at, hire, lucca_id, tenant_id},
    },
    store::{EventKind, EventReport, HistoryEvent, HistoryOf, Integrity, Keep, Request},
};

const DAY: i64 = 24 * 3600;

pub(crate) const KEEP: Keep = Keep {
    history: Duration::from_hours(24 * 1000),
    events: Duration::from_hours(24 * 90),
    redelivery: Duration::from_hours(24 * 400),
    calls: Duration::from_hours(24),
};

/// Carries out all there is to do on a day.
async fn prune(store: &dyn Store, day: i64) {
    let now = at(day * DAY);
    while store.prune(KEEP, now, 1).await.unwrap() {}
    let mut last = None;
    loop {
        last = store
            .cut_histories(KEEP, now, last.as_deref(), 1)
            .await
            .unwrap();
        if last.is_none() {
            return;
        }
    }
}

/// The words of the history that are left, the earliest first.
async fn words(store: &dyn Store) -> Vec<String> {
    let history = store
        .history(HistoryOf::default(), None, 100)
        .await
        .unwrap();
    history.into_iter().rev().map(|entry| entry.event).collect()
}

pub(crate) async fn entries_about_no_onboarding_are_kept_for_their_time(store: &dyn Store) {
    let note = async |event| {
        let entry = NewHistoryEntry {
            time: at(0),
            tenant: Some(tenant_id("acme")),
            event,
            ..NewHistoryEntry::test()
        };
        store.note(entry).await.unwrap();
    };
    for kind in [EventKind::Unreadable, EventKind::Acknowledged] {
        note(HistoryEvent::Reported(kind, EventReport::default())).await;
    }
    note(HistoryEvent::Refused { left_out: 0 }).await;
    note(HistoryEvent::TenantCreated).await;
    let all = words(store).await;
    assert_eq!(all.len(), 4);
    for (day, expected) in [
        (90, &all[..]),
        (91, &all[3..]),
        (1000, &all[3..]),
        (1001, &[]),
    ] {
        prune(store, day).await;
        assert_eq!(words(store).await, expected, "day {day}");
    }
}

pub(crate) async fn withdrawals_and_request_ids_outlive_every_redelivery(store: &dyn Store) {
    let host = account("acme.ilucca.example");
    let withdraw = store.withdraw(
        Subject::of(source(&hire("a-1")), host, Some(at(5))),
        Actor::payroll(),
        at(5),
    );
    assert_eq!(withdraw.await.unwrap(), None);
    let submit = async |name: &str, content: &str, number, day: i64| {
        let request = Request {
            id: "request".to_owned(),
            content: content.to_owned(),
        };
        let (hire, by, now) = (hire(name).said(1), Actor::payroll(), at(day * DAY));
        store
            .submit(hire, Some(request), id(number), by, now)
            .await
            .unwrap()
    };
    assert!(matches!(
        submit("a-2", "one", 2, 0).await,
        Submitted::Stored(_)
    ));
    prune(store, 400).await;
    assert_eq!(submit("a-2", "two", 3, 400).await, Submitted::RequestReused);
    let Submitted::Stored(late) = store
        .submit(
            hire("a-1").said(2),
            None,
            id(4),
            Actor::payroll(),
            at(400 * DAY),
        )
        .await
        .unwrap()
    else {
        panic!("not stored");
    };
    assert!(late.state().is_terminal(), "the withdrawal is remembered");
    prune(store, 401).await;
    // The source still finds its hire.
    let Submitted::Stored(known) = submit("a-2", "one", 5, 401).await else {
        panic!("not stored");
    };
    assert_eq!(known.id, id(2));
}

/// `vandalise` runs SQL, whatever would keep it from changing the history.
pub(crate) async fn a_cut_of_the_history_is_told_from_a_removal(
    store: &dyn Store,
    vandalise: impl AsyncFn(&str),
) {
    creating(store, &hire("a-1"), 1, "one", 0).await;
    see(store, id(1), Evidence::Created(lucca_id(7)), 1).await;
    creating(store, &hire("a-2"), 2, "two", 2).await;
    see(store, id(2), Evidence::Created(lucca_id(8)), 3).await;
    let erase = async |number, day: i64| {
        let erased = store.decide(id(number), "olga", Decision::Erase, at(day * DAY));
        erased.await.unwrap().unwrap().unwrap();
    };
    erase(1, 500).await;
    vandalise(
        "UPDATE history SET actor = 'nobody' WHERE event = 'CREATING'
        AND onboarding = '00000000-0000-0000-0000-000000000002'",
    )
    .await;
    let verified = async |number| store.verified_history(id(number)).await.unwrap().unwrap();
    let changed = verified(2).await;
    prune(store, 1001).await;
    let cut = verified(1).await;
    assert!(cut.is_intact(), "{cut:?}");
    let events: Vec<&str> = cut.entries.iter().map(|(it, _)| &*it.event).collect();
    assert_eq!(events, ["ERASE_REQUESTED", "ERASED"]);
    let mark = cut.cut.clone().unwrap();
    assert_eq!((mark.before, mark.time), (at(DAY), at(1001 * DAY)));
    // What somebody has changed is not removed: it is to be seen.
    assert_eq!(verified(2).await, changed);
    assert!(!changed.is_intact());
    // The chain goes on, and is cut again.
    let called = NewHistoryEntry {
        time: at(1002 * DAY),
        tenant: Some(tenant_id("acme")),
        onboarding: Some(id(1)),
        event: HistoryEvent::Called,
        ..NewHistoryEntry::test()
    };
    store.note(called).await.unwrap();
    prune(store, 1501).await;
    let cut = verified(1).await;
    assert!(cut.is_intact() && cut.entries.len() == 1, "{cut:?}");
    // A removal by somebody else is no cut, not even of all that is left.
    vandalise("DELETE FROM history WHERE event = 'CALLED'").await;
    assert!(!verified(1).await.is_intact());
    prune(store, 3000).await;
    assert!(!verified(1).await.is_intact());
    let entries = verified(2).await.entries;
    assert!(entries.iter().any(|(_, it)| *it == Integrity::Changed));
}
