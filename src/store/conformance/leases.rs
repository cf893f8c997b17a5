//! Leases: who may work on what, and when.

use jiff::{SignedDuration, Timestamp};

use super::{
    Actor, Sighting, Step, Stepped, Store, Subject, creating, done, lane, lease_due, lease_one,
    next_due, read, say, see, source, take,
};
use crate::{
    domain::{
        attempt::Evidence,
        cause::{CallKind, Trouble},
        onboarding::{
            Moment, State,
            fixtures::{account, at, begin, hire, id, lucca_id, moment, tenant_id},
        },
    },
    store::{Lane, QueuePosition},
};

fn wait(seconds: i64) -> Step {
    Step::Wait {
        until: at(seconds),
        reason: "Rests.".into(),
    }
}

pub(crate) async fn the_longest_due_is_leased_first(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 30).await;
    say(store, &hire("a-2"), 2, 20).await;
    say(store, &hire("a-3"), 3, 10).await;
    say(store, &hire("a-4"), 4, 10).await;
    say(store, &hire("a-5").incomplete(), 5, 0).await;
    let mut elsewhere = hire("a-6");
    elsewhere.key.account = account("other.ilucca.example");
    say(store, &elsewhere, 6, 0).await;
    let host = account("acme.ilucca.example");
    let first = store.lease(&lane(&host), 2, moment(25)).await.unwrap();
    let ids: Vec<_> = first.iter().map(|it| it.onboarding.id).collect();
    assert_eq!(ids, [id(3), id(4)]);
    assert_eq!(lease_one(store, 25).await.onboarding.id, id(2));
    assert!(lease_due(store, 25).await.is_empty());
    assert_eq!(lease_one(store, 30).await.onboarding.id, id(1));
}

pub(crate) async fn a_lease_is_exclusive_until_it_ends(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 0).await;
    let first = lease_one(store, 0).await;
    assert_eq!(first.onboarding, read(store, id(1)).await);
    assert!(lease_due(store, 59).await.is_empty());
    let second = lease_one(store, 60).await;
    assert!(second.token > first.token);
    assert_eq!(second.onboarding.state(), State::Accepted);
}

pub(crate) async fn a_lost_creation_comes_back_to_be_verified(store: &dyn Store) {
    let lost = creating(store, &hire("a-1"), 1, "login", 0).await;
    assert!(lease_due(store, 59).await.is_empty());
    let found = lease_one(store, 60).await;
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
    let leased = store.lease(&lane(&host), 10, slow.clone()).await.unwrap();
    assert_eq!(leased.len(), 1, "only the first, whose lease has ended too");
    assert_eq!(read(store, id(2)).await.state(), State::Verifying);
    let later = Moment {
        now: at(175),
        ..slow
    };
    let leased = store.lease(&lane(&host), 10, later).await.unwrap();
    assert_eq!(leased[0].onboarding.id, id(2));
}

pub(crate) async fn an_old_token_moves_nothing(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 0).await;
    let old = lease_one(store, 0).await;
    let new = lease_one(store, 60).await;
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

pub(crate) async fn a_step_releases_the_lease(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 0).await;
    let leased = lease_one(store, 0).await;
    let waiting = done(store, &leased, wait(5), 1).await;
    assert_eq!(read(store, id(1)).await, waiting);
    let again = take(store, &leased, wait(9), 2).await;
    assert!(matches!(again, Stepped::Fenced));
    assert!(lease_due(store, 4).await.is_empty());
    lease_one(store, 5).await;
}

pub(crate) async fn an_amendment_fences_the_worker_that_resolves(store: &dyn Store) {
    let amended = hire("a-1").titled("Cheffe");
    say(store, &hire("a-1"), 1, 0).await;
    let old = lease_one(store, 0).await;
    say(store, &amended, 2, 1).await;
    let begun = take(store, &old, begin("login", 2), 2).await;
    assert!(matches!(begun, Stepped::Fenced));
    let new = lease_one(store, 2).await;
    assert_eq!(new.onboarding.content.draft, amended.draft);

    let host = account("acme.ilucca.example");
    store
        .withdraw(
            Subject::of(source(&amended), host, None),
            Actor::payroll(),
            at(3),
        )
        .await
        .unwrap();
    let begun = take(store, &new, begin("login", 4), 4).await;
    assert!(matches!(begun, Stepped::Fenced));
    assert!(lease_due(store, 1000).await.is_empty());
}

pub(crate) async fn a_repetition_fences_nobody(store: &dyn Store) {
    say(store, &hire("a-1").said(1), 1, 0).await;
    let leased = lease_one(store, 0).await;
    say(store, &hire("a-1").said(2), 2, 1).await;
    assert!(lease_due(store, 2).await.is_empty());
    done(store, &leased, begin("login", 2), 2).await;
}

pub(crate) async fn an_amendment_waits_for_the_worker_that_creates(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    let amended = say(store, &hire("a-1").titled("Cheffe"), 2, 1).await;
    assert_eq!(amended.state(), State::Creating);
    assert_eq!(amended.pending_revision(), Some(2));
    assert!(lease_due(store, 59).await.is_empty());
    let seen = see(store, id(1), Evidence::NotExecuted("429".into()), 59).await;
    assert_eq!((seen.state(), seen.content.revision), (State::Accepted, 2));
}

pub(crate) async fn a_withdrawal_leaves_a_look_to_its_worker(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::NoAnswer("cut".into()), 1).await;
    let leased = lease_one(store, 20).await;
    let host = account("acme.ilucca.example");
    let withdrawn = store.withdraw(
        Subject::of(source(&hire("a-1")), host, None),
        Actor::payroll(),
        at(21),
    );
    assert!(withdrawn.await.unwrap().unwrap().cancel_requested);
    see(store, id(1), Evidence::NoAnswer("reset".into()), 22).await;
    assert!(lease_due(store, 79).await.is_empty());
    let look = Step::Looked {
        at: at(45),
        sighting: Sighting::Nobody,
        visibility_proven: true,
    };
    let looked = done(store, &leased, look, 79).await;
    assert!(looked.cancel_requested);
}

pub(crate) async fn nothing_is_leased_before_it_is_due(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 0).await;
    let leased = lease_one(store, 0).await;
    let micros = |micros| at(10) + SignedDuration::from_micros(micros);
    let step = Step::Wait {
        until: micros(1500),
        reason: "Rests.".into(),
    };
    done(store, &leased, step, 1).await;
    let host = account("acme.ilucca.example");
    let early = Moment {
        now: micros(1400),
        ..moment(0)
    };
    assert!(next_due(store).await > Some(early.now));
    assert!(
        store
            .lease(&lane(&host), 1, early)
            .await
            .unwrap()
            .is_empty()
    );
    // Whoever sleeps until then must find it due.
    let next = next_due(store).await.unwrap();
    assert!(next >= micros(1500) && next < micros(3000));
    let then = Moment {
        now: next,
        ..moment(0)
    };
    assert_eq!(store.lease(&lane(&host), 1, then).await.unwrap().len(), 1);
}

pub(crate) async fn due_times_are_known_by_account_and_tenant(store: &dyn Store) {
    assert_eq!(next_due(store).await, None);
    let hosts = [account("acme.ilucca.example"), account("b.ilucca.example")];
    say(store, &hire("a-1"), 1, 10).await;
    say(store, &hire("a-2"), 2, 12).await;
    let mut elsewhere = hire("a-3");
    elsewhere.key.account = hosts[1].clone();
    say(store, &elsewhere, 3, 20).await;
    say(store, &hire("a-4").incomplete(), 4, 0).await;
    let mut of_other = hire("a-5");
    of_other.key.tenant = tenant_id("other");
    say(store, &of_other, 5, 15).await;
    let due = async || {
        let mut times = store.due_times().await.unwrap();
        times.sort();
        times
    };
    let other = Lane {
        tenant: tenant_id("other"),
        ..lane(&hosts[0])
    };
    let lanes = [lane(&hosts[0]), other, lane(&hosts[1])];
    let expected = |times: [i64; 3]| -> Vec<(Lane, Timestamp)> {
        lanes.iter().cloned().zip(times.map(at)).collect()
    };
    assert_eq!(due().await, expected([10, 15, 20]));
    // What is leased is due again when its lease ends.
    assert_eq!(lease_due(store, 12).await.len(), 2);
    assert_eq!(due().await, expected([72, 15, 20]));
}

pub(crate) async fn the_position_in_a_queue_is_counted(store: &dyn Store) {
    for (number, seconds) in [(1, 10), (2, 20), (3, 30)] {
        say(store, &hire(&format!("a-{number}")), number, seconds).await;
    }
    let before = async |number| store.queue_position(id(number), None).await.unwrap();
    assert_eq!(before(1).await, QueuePosition { before: 0 });
    assert_eq!(before(3).await, QueuePosition { before: 2 });
    lease_one(store, 10).await;
    assert_eq!(before(3).await, QueuePosition { before: 1 });
    assert_eq!(before(9).await, QueuePosition { before: 0 });
}

/// Longer than what is counted anew for each answer.
pub(crate) async fn the_position_in_a_long_queue_is_counted(store: &dyn Store) {
    const LENGTH: u32 = 600;
    for number in 1..=LENGTH {
        say(store, &hire(&format!("a-{number}")), number.into(), 10).await;
    }
    for number in [LENGTH, LENGTH / 2, 1, LENGTH - 1, LENGTH, 2] {
        let place = store.queue_position(id(number.into()), None).await.unwrap();
        assert_eq!(place.before, number - 1);
    }
}

pub(crate) async fn changes_are_notified(store: &dyn Store) {
    let mut changes = store.changes();
    say(store, &hire("a-1"), 1, 0).await;
    assert_eq!(changes.try_recv(), Ok(id(1)));
    let leased = lease_one(store, 0).await;
    assert!(changes.try_recv().is_err());
    done(store, &leased, begin("login", 0), 0).await;
    assert_eq!(changes.try_recv(), Ok(id(1)));
    see(store, id(1), Evidence::Created(lucca_id(7)), 1).await;
    assert_eq!(changes.try_recv(), Ok(id(1)));
    let host = account("acme.ilucca.example");
    let withdrawn = store.withdraw(
        Subject::of(source(&hire("a-1")), host, None),
        Actor::payroll(),
        at(2),
    );
    withdrawn.await.unwrap();
    assert_eq!(changes.try_recv(), Ok(id(1)));
}

pub(crate) async fn a_recovery_is_notified(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    let mut changes = store.changes();
    lease_one(store, 60).await;
    assert_eq!(changes.try_recv(), Ok(id(1)));
}

pub(crate) async fn what_waits_for_an_account_is_found_and_made_due(store: &dyn Store) {
    let unreadable = async |seconds| {
        let failed = Step::Failed {
            reason: Trouble::Read("503".into()),
            not_before: None,
        };
        take(store, &lease_one(store, seconds).await, failed, seconds).await;
    };
    // The first one is given up; the third one starts earlier than the others.
    say(store, &hire("a-1"), 1, 0).await;
    for seconds in [0, 20, 200] {
        unreadable(seconds).await;
    }
    assert_eq!(read(store, id(1)).await.state(), State::NeedsAttention);
    say(store, &hire("a-2"), 2, 200).await;
    unreadable(200).await;
    say(store, &hire("a-3").starting("2027-02-01"), 3, 200).await;
    unreadable(200).await;
    // Neither waits for Lucca.
    say(store, &hire("a-4").incomplete(), 4, 200).await;
    say(store, &hire("a-5"), 5, 200).await;

    let host = account("acme.ilucca.example");
    let of = async |tenant: Option<&str>| {
        let tenant = tenant.map(tenant_id);
        let found = store.postponed(&host, tenant.as_ref(), at(201)).await;
        found.unwrap()
    };
    assert_eq!(of(None).await, [id(3), id(1), id(2)]);
    assert_eq!(of(Some("acme")).await, of(None).await);
    assert_eq!(of(Some("other")).await, []);
    for (number, made_due) in [(1, true), (2, true), (3, true), (4, false), (5, false)] {
        let done = store.recovered(id(number), CallKind::Read, at(202), at(201));
        assert_eq!(done.await.unwrap(), made_due, "{number}");
    }
    assert_eq!(of(None).await, [id(3), id(1), id(2)]);
    assert_eq!(lease_due(store, 202).await.len(), 4);
}
