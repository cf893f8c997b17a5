//! Two replicas on one database.

use std::{collections::HashSet, time::Duration};

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::sync::broadcast::Receiver;

use super::{super::*, replica, with_database};
use crate::{
    domain::{
        attempt::{Evidence, Outcome},
        ids::{Account, ExternalId},
        onboarding::{
            Moment, State,
            fixtures::{account, at, begin, hire, id, lucca_id, moment},
            progress::Step,
        },
    },
    store::{
        Actor, BudgetStore as _, Filter, LeaseGrant, Lookup, LookupStore as _, NewHistoryEntry,
        Order, Permit, Replaced, Request, SourceKey, StatementStore as _, Stepped, Subject,
        Submitted, TenantStore as _, WorkStore as _,
        conformance::{lane, next_due, tenants::tenant},
    },
};

fn host() -> Account {
    account("acme.ilucca.example")
}

/// [`moment`] with leases of this length.
fn leasing(seconds: i64, lease: Duration) -> Moment {
    let mut moment = moment(seconds);
    let mut timing = (*moment.timing).clone();
    timing.lease = lease;
    moment.timing = timing.into();
    moment
}

async fn two(url: &str) -> [PostgresStore; 2] {
    [replica(url).await, replica(url).await]
}

async fn say(store: &PostgresStore, number: u128) {
    let hire = hire(&format!("a-{number}"));
    let stored = store
        .submit(hire, None, id(number), Actor::payroll(), at(0))
        .await;
    assert!(matches!(stored, Ok(Submitted::Stored(_))), "{stored:?}");
}

async fn lease_one(store: &PostgresStore, moment: Moment) -> LeaseGrant {
    let mut leased = store.lease(&lane(&host()), 1, moment).await.unwrap();
    assert_eq!(leased.len(), 1);
    leased.remove(0)
}

async fn step(store: &PostgresStore, leased: &LeaseGrant, step: Step) -> Stepped {
    let (id, token) = (leased.onboarding.id, leased.token);
    store.step(id, token, step, moment(1)).await.unwrap()
}

#[tokio::test]
async fn nothing_is_leased_twice() {
    with_database(async |url| {
        let stores = two(url).await;
        for number in 1..=40 {
            say(&stores[0], number).await;
        }
        let lane = lane(&host());
        let leases = (0..16).map(|turn| stores[turn % 2].lease(&lane, 4, moment(1)));
        let mut leased = HashSet::new();
        for batch in join_all(leases).await {
            for one in batch.unwrap() {
                assert!(leased.insert(one.onboarding.id), "leased twice");
            }
        }
        // What one passed over because the other was just leasing it is left.
        let left = stores[1].lease(&lane, 100, moment(1)).await.unwrap();
        leased.extend(left.iter().map(|it| it.onboarding.id));
        assert_eq!(leased.len(), 40);
        assert!(
            stores[0]
                .lease(&lane, 1, moment(1))
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn a_replica_that_lost_its_lease_moves_nothing_but_what_it_saw_counts() {
    with_database(async |url| {
        let [one, other] = two(url).await;
        say(&one, 1).await;
        let lost = lease_one(&one, leasing(1, Duration::from_secs(60))).await;
        let begun = one.step(
            id(1),
            lost.token,
            begin("eloise", 1),
            leasing(1, Duration::ZERO),
        );
        assert!(matches!(begun.await.unwrap(), Stepped::Done(_)));
        let found = lease_one(&other, moment(100)).await;
        assert_eq!(found.onboarding.state(), State::Verifying);
        let rest = Step::Wait {
            until: at(200),
            reason: "Rests.".into(),
        };
        let stepped = step(&one, &lost, rest.clone()).await;
        assert!(matches!(stepped, Stepped::Fenced), "{stepped:?}");
        let created = Evidence::Created(lucca_id(7));
        one.see(id(1), 1, created, None, moment(101)).await.unwrap();
        let stepped = step(&other, &found, rest).await;
        assert!(matches!(stepped, Stepped::Fenced), "{stepped:?}");
        let seen = other.onboarding(Lookup::Id(id(1))).await.unwrap().unwrap();
        assert_eq!(seen.state(), State::Created);
        assert_eq!(seen.attempts[0].outcome(), Outcome::Executed(lucca_id(7)));
    })
    .await;
}

#[tokio::test]
async fn a_lease_does_not_end_early_for_a_replica_whose_clock_is_ahead() {
    const TEN_YEARS: i64 = 10 * 365 * 86_400;
    with_database(async |url| {
        let [one, other] = two(url).await;
        say(&one, 1).await;
        let held = lease_one(&one, moment(1)).await;
        let leased = other
            .lease(&lane(&host()), 1, moment(TEN_YEARS))
            .await
            .unwrap();
        assert!(leased.is_empty());
        // Each is told in its own time when to look again: within the lease of 60 s.
        let now = other.clock.now();
        let next = next_due(&other).await.unwrap();
        let span = next.duration_since(now).as_secs();
        assert!((30..=60).contains(&span), "in {span} s");
        let stepped = step(&one, &held, begin("eloise", 1)).await;
        assert!(matches!(stepped, Stepped::Done(_)), "{stepped:?}");
        let leased = other
            .lease(&lane(&host()), 1, moment(TEN_YEARS))
            .await
            .unwrap();
        assert!(leased.is_empty());
    })
    .await;
}

#[tokio::test]
async fn of_two_that_begin_with_one_login_at_once_one_is_blocked() {
    with_database(async |url| {
        let [one, other] = two(url).await;
        for round in 0..20 {
            let (first, second) = (id(2 * round + 1), id(2 * round + 2));
            say(&one, 2 * round + 1).await;
            say(&one, 2 * round + 2).await;
            let leases = [
                lease_one(&one, moment(1)).await,
                lease_one(&other, moment(1)).await,
            ];
            let login = format!("login-{round}");
            let (left, right) = tokio::join!(
                step(&one, &leases[0], begin(&login, 1)),
                step(&other, &leases[1], begin(&login, 1))
            );
            match (left, right) {
                (Stepped::Done(_), Stepped::Blocked(by)) => assert_eq!(by, first),
                (Stepped::Blocked(by), Stepped::Done(_)) => assert_eq!(by, second),
                both => panic!("{both:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_hire_handed_in_everywhere_at_once_is_stored_once() {
    with_database(async |url| {
        let stores = two(url).await;
        let said = (1..=16).map(|number: u128| {
            let store = &stores[usize::from(number.is_multiple_of(2))];
            store
                .submit(hire("a-1"), None, id(number), Actor::payroll(), at(0))
                .boxed()
        });
        let mut ids = HashSet::new();
        for stored in join_all(said).await {
            match stored.unwrap() {
                Submitted::Stored(onboarding) => ids.insert(onboarding.id),
                other => panic!("{other:?}"),
            };
        }
        assert_eq!(ids.len(), 1);
        let page = stores[0].list(Filter::default(), Order::Urgency, None, 10);
        assert_eq!(page.await.unwrap().onboardings.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_withdrawal_and_its_hire_at_once_leave_nothing_to_create() {
    with_database(async |url| {
        let [one, other] = two(url).await;
        for number in 1..=10 {
            let hire = hire(&format!("a-{number}")).said(1);
            let key = SourceKey {
                tenant: hire.key.tenant.clone(),
                system: hire.key.system.clone(),
                external_id: hire.key.external_id.clone(),
            };
            let (stored, withdrawn) = tokio::join!(
                one.submit(hire, None, id(number), Actor::payroll(), at(5)),
                other.withdraw(
                    Subject::of(key, host(), Some(at(2))),
                    Actor::payroll(),
                    at(5)
                )
            );
            stored.unwrap();
            withdrawn.unwrap();
            let after = one.onboarding(Lookup::Id(id(number))).await.unwrap();
            assert_eq!(after.unwrap().state(), State::Cancelled);
        }
    })
    .await;
}

#[tokio::test]
async fn a_statement_about_a_person_waits_for_those_about_the_persons_hires() {
    with_database(async |url| {
        let [one, other] = two(url).await;
        for number in 1..=20 {
            let person = format!("c-{number}");
            let hire = hire(&format!("a-{number}")).of_person(&person).said(1);
            let alone = Subject {
                key: SourceKey {
                    external_id: ExternalId::parse(&person).unwrap(),
                    ..SourceKey::of(&hire.key)
                },
                ..Subject::of(SourceKey::of(&hire.key), host(), Some(at(2)))
            };
            let (stored, done) = match number % 2 {
                0 => {
                    let stored = one.submit(hire, None, id(number), Actor::payroll(), at(5));
                    let withdrawn = other.withdraw(alone, Actor::payroll(), at(5));
                    let (stored, withdrawn) = tokio::join!(stored, withdrawn);
                    (stored, withdrawn.map(|_| ()))
                }
                _ => {
                    let stored = one.submit(hire, None, id(number), Actor::payroll(), at(5));
                    let erased = other.anonymise(alone, Actor::payroll(), at(5));
                    let (stored, erased) = tokio::join!(stored, erased);
                    (stored, erased.map(|_| ()))
                }
            };
            stored.unwrap();
            done.unwrap();
            let after = one.onboarding(Lookup::Id(id(number))).await.unwrap();
            let is_left = after.is_some_and(|it| it.state() != State::Cancelled);
            assert!(!is_left, "{number}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_id_used_twice_at_once_stands_for_one_content() {
    with_database(async |url| {
        let [one, other] = two(url).await;
        for round in 0..10 {
            let request = |content: &str| {
                Some(Request {
                    id: format!("request-{round}"),
                    content: content.to_owned(),
                })
            };
            let (a, b) = (hire(&format!("a-{round}")), hire(&format!("b-{round}")));
            let (left, right) = tokio::join!(
                one.submit(
                    a,
                    request("one"),
                    id(2 * round + 1),
                    Actor::payroll(),
                    at(0)
                ),
                other.submit(
                    b,
                    request("two"),
                    id(2 * round + 2),
                    Actor::payroll(),
                    at(0)
                )
            );
            let reused = [left.unwrap(), right.unwrap()]
                .iter()
                .filter(|it| **it == Submitted::RequestReused)
                .count();
            assert_eq!(reused, 1);
        }
        // What was refused was not stored either.
        let page = one.list(Filter::default(), Order::Urgency, None, 100);
        assert_eq!(page.await.unwrap().onboardings.len(), 10);
    })
    .await;
}

#[tokio::test]
async fn a_tenant_moves_or_an_attempt_begins_but_not_both() {
    with_database(async |url| {
        let [one, other] = two(url).await;
        for round in 1..=20 {
            let name = format!("acme-{round}");
            let mut tenant = tenant(&name);
            one.insert_tenant(&tenant, NewHistoryEntry::test())
                .await
                .unwrap();
            let mut hire = hire("a-1");
            hire.key.tenant = tenant.id.clone();
            one.submit(hire, None, id(round), Actor::payroll(), at(0))
                .await
                .unwrap();
            let lane = Lane {
                account: tenant.account.clone(),
                tenant: tenant.id.clone(),
            };
            let leased = one.lease(&lane, 1, moment(1)).await.unwrap().remove(0);
            let last_change = tenant.update_time;
            tenant.account = account("other.ilucca.example");
            tenant.update_time = at(5);
            let (begun, moved) = tokio::join!(
                step(&one, &leased, begin(&name, 1)),
                other.replace_tenant(&tenant, last_change, NewHistoryEntry::test())
            );
            match (&begun, moved.unwrap()) {
                (Stepped::Done(_), Replaced::OpenAttempts) | (Stepped::Fenced, Replaced::Done) => {}
                both => panic!("{both:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_budget_is_shared() {
    let (window, longest) = (Duration::from_secs(60), Duration::from_secs(15));
    with_database(async |url| {
        let (stores, host) = (two(url).await, host());
        let asked = (0..30).map(|turn| stores[turn % 2].take_permit(&host, 7, window, longest));
        let answers: Vec<Permit> = join_all(asked)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        let granted: HashSet<i64> = answers
            .iter()
            .filter_map(|answer| match answer {
                Permit::Granted(permit) => Some(*permit),
                Permit::Wait(span) => {
                    assert!(*span > window && *span <= window + longest, "{span:?}");
                    None
                }
            })
            .collect();
        assert_eq!(granted.len(), 7);
        let left = async |store: &PostgresStore| {
            store.budget_left(&host, 9, window, longest).await.unwrap()
        };
        assert_eq!((left(&stores[0]).await, left(&stores[1]).await), (2, 2));
        for permit in granted {
            stores[1].end_permit(permit).await.unwrap();
        }
        let answer = stores[0]
            .take_permit(&host, 7, window, longest)
            .await
            .unwrap();
        assert!(
            matches!(answer, Permit::Wait(span) if span <= window && span > window / 2),
            "{answer:?}"
        );
        stores[0].pause_account(&host, window * 3).await.unwrap();
        assert_eq!(left(&stores[1]).await, 0);
        let answer = stores[1]
            .take_permit(&host, 9, window, longest)
            .await
            .unwrap();
        assert!(
            matches!(answer, Permit::Wait(span) if span > window * 2),
            "{answer:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_place_in_the_budget_is_free_one_window_after_the_end_and_no_earlier() {
    let (window, longest) = (Duration::from_millis(50), Duration::from_secs(15));
    with_database(async |url| {
        let ([one, other], host) = (two(url).await, host());
        let first = one.take_permit(&host, 1, window, longest).await.unwrap();
        let Permit::Granted(permit) = first else {
            panic!("{first:?}");
        };
        let ended = std::time::Instant::now();
        one.end_permit(permit).await.unwrap();
        while let Permit::Wait(span) = other.take_permit(&host, 1, window, longest).await.unwrap() {
            assert!(!span.is_zero() && span <= window, "{span:?}");
            assert!(ended.elapsed() < Duration::from_secs(20));
        }
        assert!(ended.elapsed() >= window, "{:?}", ended.elapsed());
    })
    .await;
}

async fn heard(changes: &mut Receiver<OnboardingId>) -> OnboardingId {
    let heard = tokio::time::timeout(Duration::from_secs(10), changes.recv());
    heard.await.unwrap().unwrap()
}

#[tokio::test]
async fn changes_are_heard_by_the_other_and_once_by_oneself() {
    with_database(async |url| {
        let [one, other] = two(url).await;
        let (mut here, mut there) = (one.changes(), other.changes());
        for number in 1..=20 {
            say(&one, number).await;
        }
        for number in 1..=20 {
            assert_eq!(heard(&mut here).await, id(number));
            assert_eq!(heard(&mut there).await, id(number));
        }
        // The other's word comes after all echoes of one's own.
        say(&other, 21).await;
        assert_eq!(heard(&mut here).await, id(21));
        assert_eq!(heard(&mut there).await, id(21));
    })
    .await;
}
