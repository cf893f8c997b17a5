//! One creator per login.

use super::{
    Actor, Stepped, Store, Subject, creating, done, lane, lease_one, look_twice, say, see, take,
};
use crate::domain::{
    attempt::Evidence,
    onboarding::{
        State,
        decision::{Decision, Refusal},
        fixtures::{account, begin, hire, id, lucca_id, moment, user},
    },
};

/// Whether another hire, leased at this second, may begin with the login.
async fn blocked(store: &dyn Store, login: &str, number: u128, seconds: i64) -> bool {
    say(store, &hire(&format!("b-{number}")), number, seconds).await;
    let leased = lease_one(store, seconds).await;
    match take(store, &leased, begin(login, seconds), seconds).await {
        Stepped::Done(_) => false,
        Stepped::Blocked(by) => {
            assert_eq!(by, id(1));
            let rests = super::Step::Wait {
                until: moment(1_000_000).now,
                reason: "Blocked.".into(),
            };
            done(store, &leased, rests, seconds).await;
            true
        }
        Stepped::Fenced => panic!("fenced"),
    }
}

pub(crate) async fn a_login_has_one_creator_at_a_time(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "eloise", 0).await;
    assert!(blocked(store, "eloise", 2, 1).await);
    assert!(!blocked(store, "heloise", 3, 1).await);
    // Another Lucca has logins of its own.
    let mut elsewhere = hire("a-1");
    elsewhere.key.account = account("other.ilucca.example");
    say(store, &elsewhere, 4, 1).await;
    let host = elsewhere.key.account;
    let leased = store
        .lease(&lane(&host), 1, moment(1))
        .await
        .unwrap()
        .remove(0);
    done(store, &leased, begin("eloise", 1), 1).await;
    // An attempt in doubt and a question about it hold the login.
    see(store, id(1), Evidence::NoAnswer("cut".into()), 2).await;
    assert!(blocked(store, "eloise", 5, 3).await);
    let someone = super::Sighting::SomeoneElse(Vec::new());
    let leased = lease_one(store, 40).await;
    let look = super::Step::Looked {
        at: moment(40).now,
        sighting: someone,
        visibility_proven: true,
    };
    let asked = done(store, &leased, look, 40).await;
    assert_eq!(asked.state(), State::NeedsAttention);
    assert!(blocked(store, "eloise", 6, 41).await);
}

pub(crate) async fn a_login_is_free_once_absence_is_proven(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "eloise", 0).await;
    let host = account("acme.ilucca.example");
    let withdrawn = store.withdraw(
        Subject::of(super::source(&hire("a-1")), host, None),
        Actor::payroll(),
        moment(1).now,
    );
    withdrawn.await.unwrap();
    see(store, id(1), Evidence::NoAnswer("cut".into()), 2).await;
    assert_eq!(look_twice(store, 2).await.state(), State::Cancelled);
    assert!(!blocked(store, "eloise", 2, 100).await);
    // A refusal frees it too.
    see(store, id(2), Evidence::Refused("no".into()), 101).await;
    assert!(!blocked(store, "eloise", 3, 102).await);
}

pub(crate) async fn a_login_stays_taken_for_a_while_after_creation(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "eloise", 0).await;
    see(store, id(1), Evidence::Created(lucca_id(7)), 1).await;
    assert!(blocked(store, "eloise", 2, 300).await);
    // What is noted later does not lengthen it.
    let different = hire("a-1").titled("Cheffe");
    let answer = store
        .submit(different, None, id(9), Actor::payroll(), moment(400).now)
        .await;
    answer.unwrap();
    assert!(!blocked(store, "eloise", 3, 602).await);
}

pub(crate) async fn a_lost_call_reserves_nothing_once_the_employee_exists(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "eloise", 0).await;
    see(store, id(1), Evidence::NoAnswer("cut".into()), 2).await;
    look_twice(store, 2).await;
    let leased = lease_one(store, 100).await;
    done(store, &leased, begin("eloise", 100), 100).await;
    let tenant = hire("a-1").key.tenant;
    assert!(store.has_open_attempts(&tenant).await.unwrap());
    // The first call had created the person after all.
    see(store, id(1), Evidence::Created(lucca_id(7)), 101).await;
    assert!(!store.has_open_attempts(&tenant).await.unwrap());
    assert!(blocked(store, "eloise", 2, 102).await);
    assert!(!blocked(store, "eloise", 3, 702).await);
}

pub(crate) async fn a_link_is_not_taken_back_while_another_hire_has_the_login(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "eloise", 0).await;
    see(store, id(1), Evidence::NoAnswer("cut".into()), 2).await;
    let leased = lease_one(store, 40).await;
    let found = super::Step::Looked {
        at: moment(40).now,
        sighting: super::Sighting::Ours(user(7)),
        visibility_proven: true,
    };
    let adopted = done(store, &leased, found, 40).await;
    assert!(!blocked(store, "eloise", 2, 700).await);
    let unlink = |seconds| store.decide(id(1), "olga", Decision::Unlink, moment(seconds).now);
    let refused = unlink(701).await.unwrap();
    assert_eq!(refused, Some(Err(Refusal::LoginReserved)));
    assert_eq!(super::read(store, id(1)).await, adopted);
    see(store, id(2), Evidence::Refused("no".into()), 702).await;
    let asked = unlink(703).await.unwrap().unwrap().unwrap();
    assert_eq!(asked.state(), State::NeedsAttention);
}
