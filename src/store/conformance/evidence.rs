//! What was seen of attempts.

use super::{
    Evidence, Step, Stepped, Store, begin, creating, done, id, lease_one, look_twice, next_due,
    read, see, take,
};
use crate::domain::{
    attempt::{EvidenceEntry, Outcome},
    onboarding::{
        State,
        fixtures::{at, hire, intent, lucca_id, moment},
    },
};

pub(crate) async fn evidence_counts_whoever_saw_it(store: &dyn Store) {
    let lost = creating(store, &hire("a-1"), 1, "login", 0).await;
    let other = lease_one(store, 60).await;
    assert_eq!(other.onboarding.state(), State::Verifying);
    // The first worker may not step any more, but what it saw counts.
    let rest = Step::Wait {
        until: at(100),
        reason: "Rests.".into(),
    };
    let stepped = take(store, &lost, rest.clone(), 61).await;
    assert!(matches!(stepped, Stepped::Fenced));
    let created = see(store, id(1), Evidence::Created(lucca_id(7)), 61).await;
    assert_eq!(created.state(), State::Created);
    assert_eq!(read(store, id(1)).await, created);
    // That ends the other's lease.
    let stepped = take(store, &other, rest, 62).await;
    assert!(matches!(stepped, Stepped::Fenced));
    assert_eq!(next_due(store).await, None);
    let nobody = store
        .see(id(9), 1, Evidence::Absent, None, moment(62))
        .await;
    assert_eq!(nobody.unwrap(), None);
}

pub(crate) async fn evidence_that_follows_a_settled_attempt_is_kept(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::NoAnswer("cut".into()), 1).await;
    assert_eq!(look_twice(store, 1).await.state(), State::Accepted);
    let leased = lease_one(store, 200).await;
    done(store, &leased, begin("login", 200), 200).await;
    see(store, id(1), Evidence::Refused("late".into()), 201).await;
    let onboarding = read(store, id(1)).await;
    assert_eq!(onboarding.state(), State::Creating);
    let failure = onboarding.attempts[0].last_failure();
    assert_eq!(failure, Some(&"late".into()));
    let created = see(store, id(1), Evidence::Created(lucca_id(7)), 202).await;
    assert_eq!(created.state(), State::Created);
    see(store, id(1), Evidence::NoAnswer("again".into()), 203).await;
    assert_eq!(read(store, id(1)).await.attempts[0].seen.len(), 5);
}

pub(crate) async fn attempts_are_read_back_whole(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::NoAnswer("cut".into()), 1).await;
    look_twice(store, 1).await;
    let leased = lease_one(store, 200).await;
    done(store, &leased, begin("login", 200), 200).await;
    let attempts = read(store, id(1)).await.attempts;
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0].intent, intent("login", 0));
    assert_eq!(attempts[0].outcome(), Outcome::NotExecuted);
    let seen = |seconds, evidence| EvidenceEntry {
        time: at(seconds),
        evidence,
    };
    assert_eq!(
        attempts[0].seen,
        [
            seen(1, Evidence::NoAnswer("cut".into())),
            seen(91, Evidence::Absent)
        ]
    );
    assert_eq!((attempts[1].number, attempts[1].seen.len()), (2, 0));
    assert_eq!(attempts[1].intent, intent("login", 200));
}
