mod evidence;
mod meanwhile;
mod verification;

use crate::domain::finding::ProblemCode;
use strum::IntoEnumIterator as _;

use std::time::Duration;

use super::*;
use crate::domain::{
    amendment::Amendment,
    attempt::Outcome,
    dates::CivilDate,
    field::Field,
    follow_up::plan,
    onboarding::{
        decision::Decision,
        fixtures::{
            START, at, begin, by_operator, hire, id, intent, lucca_id, moment, opened, standing,
            user,
        },
        submission::{submit, withdraw},
    },
};

fn cut() -> Evidence {
    Evidence::NoAnswer("cut".into())
}

fn not_sent() -> Evidence {
    Evidence::NotExecuted("not sent".into())
}

fn refused() -> Evidence {
    Evidence::Refused("no".into())
}

fn look(onboarding: &mut Onboarding, seconds: i64, sighting: Sighting) {
    let step = Step::Looked {
        at: at(seconds),
        sighting,
        visibility_proven: true,
    };
    onboarding.step(step, &moment(seconds)).unwrap();
}

fn fail(onboarding: &mut Onboarding, seconds: i64) {
    let step = Step::Failed {
        reason: "down".into(),
        not_before: None,
    };
    onboarding.step(step, &moment(seconds)).unwrap();
}

/// Newer content than what is being created, at second 1.
fn amend(onboarding: &mut Onboarding) {
    let newer = hire("a-1").titled("Cheffe").said(1);
    submit(Some(onboarding), None, &newer, id(2), at(1));
    assert_eq!(onboarding.pending_revision(), Some(2));
}

fn codes(onboarding: &Onboarding) -> Vec<&str> {
    let list = &onboarding.findings.follow_ups;
    list.iter().map(|item| item.code().as_str()).collect()
}

fn problem(onboarding: &Onboarding) -> Option<ProblemCode> {
    onboarding.problem().as_ref().map(|problem| problem.code)
}

/// A hire whose first attempt was proven absent and whose second is under way.
fn second_attempt_under_way() -> Onboarding {
    let mut onboarding = standing(&hire("a-1").said(0), State::Verifying);
    look(&mut onboarding, 10, Sighting::Nobody);
    look(&mut onboarding, 40, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Accepted);
    onboarding.step(begin("login", 50), &moment(50)).unwrap();
    onboarding
}

#[test]
fn failures_follow_the_schedule_and_then_ask_a_person() {
    let mut onboarding = opened(&hire("a-1"), 0);
    fail(&mut onboarding, 0);
    assert_eq!((onboarding.failures, onboarding.due()), (1, Some(at(10))));
    assert_eq!(onboarding.last_error, Some("down".into()));
    fail(&mut onboarding, 10);
    assert_eq!((onboarding.failures, onboarding.due()), (2, Some(at(110))));
    fail(&mut onboarding, 110);
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaUnavailable));
    assert_eq!(onboarding.last_error, Some("down".into()));
    assert_eq!(onboarding.due(), None);
    onboarding.resume(at(200));
    assert_eq!(onboarding.failures, 0);
}

#[test]
fn a_failure_does_not_undercut_what_the_other_side_asked_for() {
    let mut onboarding = opened(&hire("a-1"), 0);
    let step = Step::Failed {
        reason: "busy".into(),
        not_before: Some(Duration::from_secs(45)),
    };
    onboarding.step(step, &moment(0)).unwrap();
    assert_eq!(onboarding.due(), Some(at(45)));
}

#[test]
fn finding_out_is_never_given_up_while_lucca_cannot_be_read() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    for (now, due) in [(0, 10), (10, 110), (110, 210), (210, 310)] {
        fail(&mut onboarding, now);
        assert_eq!(onboarding.state(), State::Verifying);
        assert_eq!(onboarding.due(), Some(at(due)));
    }
    look(&mut onboarding, 310, Sighting::Nobody);
    assert_eq!(onboarding.failures, 0);
}

#[test]
fn attempts_that_were_not_sent_follow_the_schedule() {
    let mut onboarding = opened(&hire("a-1"), 0);
    for (number, now, due) in [(1, 0, Some(10)), (2, 10, Some(110)), (3, 110, None)] {
        onboarding.step(begin("login", now), &moment(now)).unwrap();
        let seen = onboarding.see(number, not_sent(), None, &moment(now));
        assert_eq!(seen, Ok(()));
        assert_eq!(onboarding.due(), due.map(at));
    }
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaUnavailable));
}

#[test]
fn attempts_that_vanish_follow_the_schedule_too() {
    let mut onboarding = opened(&hire("a-1"), 0);
    // The first is repeated at once.
    for (number, wait) in [(1, Some(0)), (2, Some(10)), (3, Some(100)), (4, None)] {
        let now = i64::from(number) * 1000;
        onboarding.step(begin("login", now), &moment(now)).unwrap();
        if number == 2 {
            assert!(onboarding.recover(&moment(now + 60)));
        } else {
            onboarding.see(number, cut(), None, &moment(now)).unwrap();
        }
        look(&mut onboarding, now + 100, Sighting::Nobody);
        look(&mut onboarding, now + 200, Sighting::Nobody);
        let due = wait.map(|wait| at(now + 200 + wait));
        assert_eq!(onboarding.due(), due, "attempt {number}");
    }
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaUnavailable));
    assert!(!onboarding.has_open_attempt());
    // A person who lets it go on gives it the whole schedule again.
    onboarding.resume(at(9000));
    onboarding
        .step(begin("login", 9000), &moment(9000))
        .unwrap();
    onboarding.see(5, cut(), None, &moment(9000)).unwrap();
    look(&mut onboarding, 9100, Sighting::Nobody);
    look(&mut onboarding, 9200, Sighting::Nobody);
    assert_eq!(onboarding.due(), Some(at(9200)));
}

#[test]
fn only_what_was_creating_is_recovered() {
    for state in State::iter() {
        let mut onboarding = standing(&hire("a-1"), state);
        let before = onboarding.clone();
        let recovered = onboarding.recover(&moment(60));
        assert_eq!(recovered, state == State::Creating);
        if !recovered {
            assert_eq!(onboarding, before);
        }
    }
}

#[test]
fn waiting_is_no_failure() {
    let mut onboarding = opened(&hire("a-1"), 0);
    let step = Step::Wait {
        until: at(50),
        reason: "Blocked.".into(),
    };
    onboarding.step(step, &moment(1)).unwrap();
    assert_eq!((onboarding.failures, onboarding.due()), (0, Some(at(50))));
    assert_eq!(onboarding.last_error, Some("Blocked.".into()));
}

#[test]
fn an_attempt_begins_only_when_accepted_and_is_numbered() {
    for state in State::iter() {
        let mut onboarding = standing(&hire("a-1"), state);
        let begun = onboarding.step(begin("login", 1), &moment(1));
        assert_eq!(begun.is_ok(), state == State::Accepted, "{state:?}");
    }
    let onboarding = second_attempt_under_way();
    assert_eq!(onboarding.attempts[1].number, 2);
    assert_eq!(onboarding.reserved_login(), Some("login"));
    assert_eq!(onboarding.due(), Some(at(110)), "the end of the lease");
}

#[test]
fn who_wanted_no_employee_is_known_while_that_waits_and_afterwards() {
    use crate::domain::onboarding::cancellation::{Cancellation, CancelledBy};

    let by_source = Cancellation::by_source(Some(at(1)), at(2));
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    withdraw(&mut onboarding, Some(at(1)), at(2));
    assert!(onboarding.cancel_requested);
    assert_eq!(onboarding.cancellation, Some(by_source));
    // Who comes second changes nothing.
    onboarding.decide(Decision::Erase, at(3)).unwrap();
    assert!(onboarding.erase_requested && !onboarding.erased);
    assert_eq!(onboarding.cancellation, Some(by_source));
    look(&mut onboarding, 10, Sighting::Nobody);
    look(&mut onboarding, 40, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Cancelled);
    assert!(onboarding.erased);
    assert_eq!(onboarding.cancellation, Some(by_source));

    // Said again: wanted after all.
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    withdraw(&mut onboarding, None, at(1));
    submit(Some(&mut onboarding), None, &hire("a-1"), id(2), at(2));
    assert!(!onboarding.cancel_requested);
    assert_eq!(onboarding.cancellation, None);

    // Found nevertheless: the follow-up tells of it.
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    withdraw(&mut onboarding, None, at(1));
    look(&mut onboarding, 10, Sighting::Ours(user(7)));
    assert_eq!(onboarding.state(), State::Created);
    assert_eq!(onboarding.cancellation, None);

    for (decision, by) in [
        (Decision::Cancel, CancelledBy::Operator),
        (Decision::Erase, CancelledBy::Erasure),
    ] {
        let mut onboarding = opened(&hire("a-1"), 0);
        onboarding.decide(decision, at(5)).unwrap();
        assert_eq!(onboarding.state(), State::Cancelled);
        let why = Some(Cancellation::new(by, at(5)));
        assert_eq!(onboarding.cancellation, why);
    }
}
