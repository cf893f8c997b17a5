//! What happens when the retention time is over.

use std::time::Duration;

use super::{Actor, Step, Store, Subject, creating, done, lease_due, read, say, see, source};
use crate::{
    domain::{
        attempt::Evidence,
        finding::ProblemCode,
        ids::OnboardingId,
        onboarding::{
            Findings, Onboarding, State,
            fixtures::{FAMILY_NAME, account, at, hire, id, lucca_id, tenant_id, user},
        },
    },
    store::{Filter, HistoryOf, Order, Request, Retired, Submitted},
};

const DAY: i64 = 24 * 3600;

/// Later than any start date here by more than [`KEPT`].
const LONG_AFTER: i64 = 100 * DAY;

const KEPT: Duration = Duration::from_hours(24 * 10);

async fn retire(store: &dyn Store, seconds: i64, limit: usize) -> Retired {
    let tenant = tenant_id("acme");
    store
        .retire(&tenant, KEPT, at(seconds), limit)
        .await
        .unwrap()
}

/// Carries out all there is; which were forgotten, and which expired.
async fn retire_all(store: &dyn Store, seconds: i64) -> [Vec<OnboardingId>; 2] {
    let mut all = [Vec::new(), Vec::new()];
    loop {
        let retired = retire(store, seconds, 100).await;
        all[0].extend(retired.forgotten);
        all[1].extend(retired.expired);
        if !retired.more {
            return all;
        }
    }
}

async fn created(store: &dyn Store, name: &str, number: u128) -> Onboarding {
    creating(store, &hire(name), number, name, 0).await;
    let no_answer = Evidence::NoAnswer("Lucca said Beauregard.".into());
    see(store, id(number), no_answer, 1).await;
    let made = Evidence::Created(lucca_id(i64::try_from(number).unwrap()));
    see(store, id(number), made, 2).await
}

async fn found_by_name(store: &dyn Store) -> usize {
    let name = crate::domain::matching_key::MatchKey::of(FAMILY_NAME);
    let filter = Filter {
        name: Some(name.as_str().to_owned()),
        ..Filter::default()
    };
    let page = store.list(filter, Order::Urgency, None, 10).await.unwrap();
    page.onboardings.len()
}

/// The history of an onboarding, with who did it, the latest first.
async fn entries(store: &dyn Store, number: u128) -> Vec<(String, String, String)> {
    let of = HistoryOf {
        onboarding: Some(id(number)),
        tenant: None,
    };
    let entries = store.history(of, None, 100).await.unwrap();
    let parts = entries
        .into_iter()
        .map(|it| (it.event, it.detail, it.actor));
    parts.collect()
}

fn entry(event: &str, detail: &str) -> (String, String, String) {
    (event.into(), detail.into(), "retention".into())
}

pub(crate) async fn a_created_hire_is_forgotten_after_the_retention_time(store: &dyn Store) {
    let before = created(store, "a-1", 1).await;
    let nothing = Retired::default();
    assert_eq!(retire(store, 70 * DAY, 100).await, nothing, "starts in 60");
    assert_eq!(found_by_name(store).await, 1);
    let mut changes = store.changes();
    assert_eq!(retire_all(store, 71 * DAY).await, [vec![id(1)], vec![]]);
    assert_eq!(changes.recv().await.unwrap(), id(1));

    let after = read(store, id(1)).await;
    assert_eq!(found_by_name(store).await, 0);
    assert!(after.erased && after.draft().family_name.is_none());
    assert_eq!(after.state(), State::Created);
    assert_eq!(after.lucca_user(), before.lucca_user());
    assert_eq!(after.create_time, before.create_time);
    assert!(after.attempts[0].intent.body.is_null());
    assert_eq!(after.attempts[0].seen.len(), 2);
    assert_eq!(after.attempts[0].last_failure().unwrap().said, None);
    assert_eq!(entries(store, 1).await[0], entry("ERASED", ""));
    // Once, and for good.
    assert_eq!(retire_all(store, 900 * DAY).await, [vec![], vec![]]);
    assert_eq!(read(store, id(1)).await, after);
}

pub(crate) async fn a_forgotten_hire_sent_again_creates_nobody(store: &dyn Store) {
    let request = || {
        Some(Request {
            id: "r-1".to_owned(),
            content: "as it was".to_owned(),
        })
    };
    let first = hire("a-1").said(1);
    let stored = store
        .submit(first.clone(), request(), id(1), Actor::payroll(), at(1))
        .await;
    assert!(matches!(stored, Ok(Submitted::Stored(_))), "{stored:?}");
    let leased = super::lease_one(store, 1).await;
    let adopt = Step::Adopt {
        user: user(7),
        findings: Findings::default(),
    };
    done(store, &leased, adopt, 2).await;
    assert_eq!(retire_all(store, LONG_AFTER).await, [vec![id(1)], vec![]]);
    let forgotten = Submitted::Stored(Box::new(read(store, id(1)).await));
    let now = at(LONG_AFTER + 1);
    for (number, request) in [(2, None), (3, request())] {
        let again = store
            .submit(first.clone(), request, id(number), Actor::payroll(), now)
            .await;
        assert_eq!(again.unwrap(), forgotten);
    }
    assert!(lease_due(store, LONG_AFTER + DAY).await.is_empty());
    assert_eq!(found_by_name(store).await, 0);
}

pub(crate) async fn a_cancelled_hire_is_forgotten_after_the_retention_time(store: &dyn Store) {
    say(store, &hire("a-1").said(1), 1, 0).await;
    let host = account("acme.ilucca.example");
    let withdrawn = store.withdraw(
        Subject::of(source(&hire("a-1")), host, Some(at(5))),
        Actor::payroll(),
        at(5),
    );
    withdrawn.await.unwrap();
    let last = 10 * DAY + 4;
    assert_eq!(retire_all(store, last).await, [vec![], vec![]]);
    assert_eq!(retire_all(store, last + 1).await, [vec![id(1)], vec![]]);
    let after = read(store, id(1)).await;
    assert_eq!((after.state(), after.problem()), (State::Cancelled, None));
    assert_eq!(found_by_name(store).await, 0);
    // What was said before the withdrawal still does not undo it.
    let again = say(store, &hire("a-1").said(2), 2, LONG_AFTER).await;
    assert_eq!((again.id, again.state()), (id(1), State::Cancelled));
}

pub(crate) async fn a_hire_that_nobody_answers_expires(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::Refused("no".into()), 1).await;
    say(store, &hire("a-2").incomplete(), 2, DAY).await;
    let starts = 60 * DAY + DAY / 2;
    // Without a start date it counts from the last change.
    let undated = 11 * DAY;
    assert_eq!(retire_all(store, undated - 1).await, [vec![], vec![]]);
    assert_eq!(retire_all(store, undated).await, [vec![], vec![id(2)]]);
    let last = starts + 10 * DAY - 1;
    assert_eq!(retire_all(store, last).await, [vec![], vec![]]);
    assert_eq!(retire_all(store, last + 1).await, [vec![], vec![id(1)]]);
    for number in [1, 2] {
        let after = read(store, id(number)).await;
        assert_eq!(after.state(), State::Cancelled);
        let code = after.problem().as_ref().map(|problem| problem.code);
        assert_eq!(code, Some(ProblemCode::Expired));
        assert!(after.erased && after.draft().family_name.is_none());
        let entries = entries(store, number).await;
        assert_eq!(entries[0], entry("ERASED", ""));
        assert_eq!(entries[1], entry("CANCELLED", "EXPIRED"));
    }
    let filter = Filter {
        problem: Some("EXPIRED".to_owned()),
        ..Filter::default()
    };
    let page = store.list(filter, Order::Urgency, None, 10).await.unwrap();
    assert_eq!(page.onboardings.len(), 2);
}

pub(crate) async fn a_hire_in_progress_or_of_unknown_outcome_is_kept(store: &dyn Store) {
    // In doubt, and asked about.
    let leased = creating(store, &hire("a-1"), 1, "one", 0).await;
    see(store, id(1), Evidence::NoAnswer("cut".into()), 1).await;
    drop(leased);
    let leased = super::lease_one(store, 30).await;
    let ask = Step::Ask {
        problem: crate::domain::finding::Question::KeyRefused.into(),
        findings: Findings::default(),
    };
    done(store, &leased, ask, 30).await;
    // In doubt, and being found out; and under way.
    creating(store, &hire("a-2"), 2, "two", 30).await;
    see(store, id(2), Evidence::NoAnswer("cut".into()), 31).await;
    creating(store, &hire("a-3"), 3, "three", 31).await;
    // Waits for its turn.
    say(store, &hire("a-4"), 4, 32).await;
    let states = [
        State::NeedsAttention,
        State::Verifying,
        State::Creating,
        State::Accepted,
    ];
    for (number, state) in (1..).zip(states) {
        assert_eq!(read(store, id(number)).await.state(), state);
    }
    assert_eq!(retire(store, 9_000 * DAY, 100).await, Retired::default());
    assert_eq!(found_by_name(store).await, 4);
}

pub(crate) async fn each_tenant_has_its_own_retention_time_and_a_batch_its_limit(
    store: &dyn Store,
) {
    let mut elsewhere = hire("b-1").incomplete();
    elsewhere.key.tenant = tenant_id("other");
    say(store, &elsewhere, 9, 0).await;
    for number in 1..=5 {
        let late = i64::try_from(number).unwrap();
        say(
            store,
            &hire(&format!("a-{number}")).incomplete(),
            number,
            late,
        )
        .await;
    }
    let first = retire(store, LONG_AFTER, 2).await;
    assert_eq!((first.expired, first.more), (vec![id(1), id(2)], true));
    let second = retire(store, LONG_AFTER, 2).await;
    assert_eq!((second.expired, second.more), (vec![id(3), id(4)], true));
    let third = retire(store, LONG_AFTER, 2).await;
    assert_eq!((third.expired, third.more), (vec![id(5)], false));
    assert_eq!(retire(store, LONG_AFTER, 2).await, Retired::default());
    assert_eq!(read(store, id(9)).await.state(), State::NeedsAttention);
}
