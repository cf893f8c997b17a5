//! Who may work on what, and when.

use jiff::SignedDuration;

use super::{
    Actor, Sighting, Step, Stepped, Store, claim, claim_one, creating, done, read, say, see,
    source, take,
};
use crate::{
    domain::{
        attempt::Evidence,
        onboarding::{
            Moment, State,
            fixtures::{account, at, begin, hire, id, lucca_id, moment},
        },
    },
    store::QueuePosition,
};

fn wait(seconds: i64) -> Step {
    Step::Wait {
        until: at(seconds),
        reason: "Rests.".into(),
    }
}

pub(crate) async fn the_longest_due_is_claimed_first(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 30).await;
    say(store, &hire("a-2"), 2, 20).await;
    say(store, &hire("a-3"), 3, 10).await;
    say(store, &hire("a-4"), 4, 10).await;
    say(store, &hire("a-5").incomplete(), 5, 0).await;
    let mut elsewhere = hire("a-6");
    elsewhere.key.account = account("other.ilucca.example");
    say(store, &elsewhere, 6, 0).await;
    let host = account("acme.ilucca.example");
    let first = store.lease(&host, 2, moment(25)).await.unwrap();
    let ids: Vec<_> = first.iter().map(|it| it.onboarding.id).collect();
    assert_eq!(ids, [id(3), id(4)]);
    assert_eq!(claim_one(store, 25).await.onboarding.id, id(2));
    assert!(claim(store, 25).await.is_empty());
    assert_eq!(claim_one(store, 30).await.onboarding.id, id(1));
}

pub(crate) async fn a_lease_is_exclusive_until_it_ends(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 0).await;
    let first = claim_one(store, 0).await;
    assert_eq!(first.onboarding, read(store, id(1)).await);
    assert!(claim(store, 59).await.is_empty());
    let second = claim_one(store, 60).await;
    assert!(second.token > first.token);
    assert_eq!(second.onboarding.state(), State::Accepted);
}

pub(crate) async fn a_lost_creation_comes_back_to_be_verified(store: &dyn Store) {
    let lost = creating(store, &hire("a-1"), 1, "login", 0).await;
    assert!(claim(store, 59).await.is_empty());
    let found = claim_one(store, 60).await;
    assert_eq!(found.onboarding.state(), State::Verifying);
    assert!(found.onboarding.has_open_attempt());
    assert!(found.token > lost.token);
    assert_eq!(read(store, id(1)).await, found.onboarding);
    // With longer settling the first look is not due yet when the creation is found lost.
    creating(store, &hire("a-2"), 2, "other", 60).await;
    let mut slow = moment(120);
    let mut timing = (*slow.timing).clone();
    timing.settle_delay = std::time::Duration::from_secs(100);
    slow.timing = timing.into();
    let host = account("acme.ilucca.example");
    let claimed = store.lease(&host, 10, slow.clone()).await.unwrap();
    assert_eq!(
        claimed.len(),
        1,
        "only the first, whose lease has ended too"
    );
    assert_eq!(read(store, id(2)).await.state(), State::Verifying);
    let later = Moment {
        now: at(175),
        ..slow
    };
    let claimed = store.lease(&host, 10, later).await.unwrap();
    assert_eq!(claimed[0].onboarding.id, id(2));
}

pub(crate) async fn an_old_token_moves_nothing(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 0).await;
    let old = claim_one(store, 0).await;
    let new = claim_one(store, 60).await;
    let before = read(store, id(1)).await;
    for step in [wait(100), begin("login", 61)] {
        let stepped = take(store, &old, step, 61).await;
        assert!(matches!(stepped, Stepped::Fenced));
    }
    assert_eq!(read(store, id(1)).await, before);
    let begun = done(store, &new, begin("login", 61), 61).await;
    assert_eq!(begun.state(), State::Creating);
    // The token of an onboarding that does not exist is no token either.
    let nobody = store.step(id(9), new.token, wait(1), moment(61)).await;
    assert!(matches!(nobody.unwrap(), Stepped::Fenced));
}

pub(crate) async fn a_step_gives_the_claim_back(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 0).await;
    let claimed = claim_one(store, 0).await;
    let waiting = done(store, &claimed, wait(5), 1).await;
    assert_eq!(read(store, id(1)).await, waiting);
    let again = take(store, &claimed, wait(9), 2).await;
    assert!(matches!(again, Stepped::Fenced));
    assert!(claim(store, 4).await.is_empty());
    claim_one(store, 5).await;
}

pub(crate) async fn an_amendment_fences_the_worker_that_resolves(store: &dyn Store) {
    let amended = hire("a-1").titled("Cheffe");
    say(store, &hire("a-1"), 1, 0).await;
    let old = claim_one(store, 0).await;
    say(store, &amended, 2, 1).await;
    let begun = take(store, &old, begin("login", 2), 2).await;
    assert!(matches!(begun, Stepped::Fenced));
    let new = claim_one(store, 2).await;
    assert_eq!(new.onboarding.content.draft, amended.draft);

    let host = account("acme.ilucca.example");
    store
        .withdraw(source(&amended), host, None, Actor::payroll(), at(3))
        .await
        .unwrap();
    let begun = take(store, &new, begin("login", 4), 4).await;
    assert!(matches!(begun, Stepped::Fenced));
    assert!(claim(store, 1000).await.is_empty());
}

pub(crate) async fn a_repetition_fences_nobody(store: &dyn Store) {
    say(store, &hire("a-1").said(1), 1, 0).await;
    let claimed = claim_one(store, 0).await;
    say(store, &hire("a-1").said(2), 2, 1).await;
    assert!(claim(store, 2).await.is_empty());
    done(store, &claimed, begin("login", 2), 2).await;
}

pub(crate) async fn an_amendment_waits_for_the_worker_that_creates(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    let amended = say(store, &hire("a-1").titled("Cheffe"), 2, 1).await;
    assert_eq!(amended.state(), State::Creating);
    assert_eq!(amended.pending_revision(), Some(2));
    assert!(claim(store, 59).await.is_empty());
    let seen = see(store, id(1), Evidence::NotExecuted("429".into()), 59).await;
    assert_eq!((seen.state(), seen.content.revision), (State::Accepted, 2));
}

pub(crate) async fn a_withdrawal_leaves_a_look_to_its_worker(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::NoAnswer("cut".into()), 1).await;
    let claimed = claim_one(store, 20).await;
    let host = account("acme.ilucca.example");
    let withdrawn = store.withdraw(source(&hire("a-1")), host, None, Actor::payroll(), at(21));
    assert!(withdrawn.await.unwrap().unwrap().cancel_requested);
    see(store, id(1), Evidence::NoAnswer("reset".into()), 22).await;
    assert!(claim(store, 79).await.is_empty());
    let look = Step::Looked {
        at: at(45),
        sighting: Sighting::Nobody,
        visibility_proven: true,
    };
    let looked = done(store, &claimed, look, 79).await;
    assert!(looked.cancel_requested);
}

pub(crate) async fn nothing_is_claimed_before_it_is_due(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 0).await;
    let claimed = claim_one(store, 0).await;
    let micros = |micros| at(10) + SignedDuration::from_micros(micros);
    let step = Step::Wait {
        until: micros(1500),
        reason: "Rests.".into(),
    };
    done(store, &claimed, step, 1).await;
    let host = account("acme.ilucca.example");
    let early = Moment {
        now: micros(1400),
        ..moment(0)
    };
    assert!(store.due_accounts(early.now).await.unwrap().is_empty());
    assert!(store.lease(&host, 1, early).await.unwrap().is_empty());
    // Whoever sleeps until then must find it due.
    let next = store.next_due(&[]).await.unwrap().unwrap();
    assert!(next >= micros(1500) && next < micros(3000));
    let then = Moment {
        now: next,
        ..moment(0)
    };
    assert_eq!(store.lease(&host, 1, then).await.unwrap().len(), 1);
}

pub(crate) async fn what_is_due_is_told_by_account(store: &dyn Store) {
    assert_eq!(store.next_due(&[]).await.unwrap(), None);
    let hosts = [account("acme.ilucca.example"), account("b.ilucca.example")];
    say(store, &hire("a-1"), 1, 10).await;
    say(store, &hire("a-2"), 2, 12).await;
    let mut elsewhere = hire("a-3");
    elsewhere.key.account = hosts[1].clone();
    say(store, &elsewhere, 3, 20).await;
    say(store, &hire("a-4").incomplete(), 4, 0).await;
    for (now, due) in [(9, &hosts[..0]), (12, &hosts[..1]), (20, &hosts[..])] {
        let mut accounts = store.due_accounts(at(now)).await.unwrap();
        accounts.sort();
        assert_eq!(accounts, due);
    }
    assert_eq!(store.next_due(&[]).await.unwrap(), Some(at(10)));
    assert_eq!(store.next_due(&hosts[..1]).await.unwrap(), Some(at(20)));
    assert_eq!(store.next_due(&hosts).await.unwrap(), None);
    // What is claimed is due again when its lease ends.
    assert_eq!(claim(store, 12).await.len(), 2);
    assert_eq!(store.next_due(&hosts[1..]).await.unwrap(), Some(at(72)));
}

pub(crate) async fn the_place_in_the_queue_is_told(store: &dyn Store) {
    for (number, seconds) in [(1, 10), (2, 20), (3, 30)] {
        say(store, &hire(&format!("a-{number}")), number, seconds).await;
    }
    let before = async |number| store.queue_position(id(number), None).await.unwrap();
    assert_eq!(before(1).await, QueuePosition { before: 0 });
    assert_eq!(before(3).await, QueuePosition { before: 2 });
    claim_one(store, 10).await;
    assert_eq!(before(3).await, QueuePosition { before: 1 });
    assert_eq!(before(9).await, QueuePosition { before: 0 });
}

/// Longer than what is counted anew for each answer.
pub(crate) async fn the_place_in_a_long_queue_is_told(store: &dyn Store) {
    const LENGTH: u32 = 600;
    for number in 1..=LENGTH {
        say(store, &hire(&format!("a-{number}")), number.into(), 10).await;
    }
    for number in [LENGTH, LENGTH / 2, 1, LENGTH - 1, LENGTH, 2] {
        let place = store.queue_position(id(number.into()), None).await.unwrap();
        assert_eq!(place.before, number - 1);
    }
}

pub(crate) async fn changes_are_told(store: &dyn Store) {
    let mut changes = store.changes();
    say(store, &hire("a-1"), 1, 0).await;
    assert_eq!(changes.try_recv(), Ok(id(1)));
    let claimed = claim_one(store, 0).await;
    assert!(changes.try_recv().is_err());
    done(store, &claimed, begin("login", 0), 0).await;
    assert_eq!(changes.try_recv(), Ok(id(1)));
    see(store, id(1), Evidence::Created(lucca_id(7)), 1).await;
    assert_eq!(changes.try_recv(), Ok(id(1)));
    let host = account("acme.ilucca.example");
    let withdrawn = store.withdraw(source(&hire("a-1")), host, None, Actor::payroll(), at(2));
    withdrawn.await.unwrap();
    assert_eq!(changes.try_recv(), Ok(id(1)));
}

pub(crate) async fn a_recovery_is_told(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    let mut changes = store.changes();
    claim_one(store, 60).await;
    assert_eq!(changes.try_recv(), Ok(id(1)));
}
