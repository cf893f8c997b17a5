//! Looks for the person that a call of unknown outcome was to create.

use super::*;
use crate::domain::finding::Candidate;
use crate::domain::finding::{ProblemCode, Reason};

#[test]
fn the_first_look_is_taken_after_the_settle_delay_and_the_last_after_the_gap() {
    // The attempt ended at second 0.
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    assert_eq!(onboarding.due(), Some(at(10)));
    look(&mut onboarding, 9, Sighting::Nobody);
    assert_eq!(
        (onboarding.looks().len(), onboarding.due()),
        (0, Some(at(10)))
    );
    look(&mut onboarding, 10, Sighting::Nobody);
    assert_eq!(
        (onboarding.looks().len(), onboarding.due()),
        (1, Some(at(35)))
    );
    look(&mut onboarding, 34, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Verifying);
    look(&mut onboarding, 44, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Accepted);
    assert_eq!(onboarding.due(), Some(at(44)));
    assert_eq!(onboarding.attempts[0].outcome(), Outcome::NotExecuted);
    assert!(onboarding.looks().is_empty());
}

#[test]
fn one_late_look_does_not_prove_absence() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    look(&mut onboarding, 1000, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Verifying);
    assert_eq!(onboarding.due(), Some(at(1010)));
}

#[test]
fn only_a_look_by_login_and_address_proves_absence_and_is_asked_for_when_it_may() {
    let timing = moment(0).timing;
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    assert!(!onboarding.may_prove(at(1000), &timing), "the first look");
    look(&mut onboarding, 10, Sighting::NobodyModified);
    assert_eq!(
        (onboarding.looks().len(), onboarding.due()),
        (1, Some(at(35)))
    );
    assert!(!onboarding.may_prove(at(34), &timing), "too early");
    assert!(onboarding.may_prove(at(35), &timing));
    // Whatever became known of the attempt's end meanwhile.
    look(&mut onboarding, 40, Sighting::NobodyModified);
    assert_eq!(onboarding.state(), State::Verifying);
    assert_eq!(onboarding.due(), Some(at(50)));
    look(&mut onboarding, 50, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Accepted);
}

#[test]
fn looks_of_an_attempt_without_an_end_wait_for_its_last_moment_to_be_sent() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    assert!(onboarding.recover(&moment(60)));
    // Sent by second 5, 10 s for the call, 10 s to settle.
    assert_eq!(onboarding.state(), State::Verifying);
    assert_eq!(onboarding.due(), Some(at(25)));
    look(&mut onboarding, 24, Sighting::Nobody);
    assert!(onboarding.looks().is_empty());
    look(&mut onboarding, 25, Sighting::Nobody);
    assert_eq!(onboarding.due(), Some(at(50)));
    look(&mut onboarding, 50, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Accepted);
}

#[test]
fn a_look_from_before_the_end_of_the_attempt_does_not_count() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    onboarding.recover(&moment(60));
    look(&mut onboarding, 60, Sighting::Nobody);
    // The worker that was thought lost tells how its call ended.
    onboarding.see(1, cut(), None, &moment(70)).unwrap();
    look(&mut onboarding, 105, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Verifying);
    look(&mut onboarding, 115, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Accepted);
}

#[test]
fn absence_seen_with_a_key_of_unproven_sight_is_a_question() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    for seconds in [10, 40] {
        let step = Step::Looked {
            at: at(seconds),
            sighting: Sighting::Nobody,
            visibility_proven: false,
        };
        onboarding.step(step, &moment(seconds)).unwrap();
    }
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(problem(&onboarding), Some(ProblemCode::OutcomeUnknown));
    assert!(onboarding.has_open_attempt());
    assert_eq!(onboarding.due(), None);
}

#[test]
fn our_own_person_is_adopted_even_when_seen_early() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    look(&mut onboarding, 1, Sighting::Ours(user(7)));
    assert_eq!(onboarding.state(), State::Created);
    assert_eq!(onboarding.lucca_user(), Some(&user(7)));
    assert!(!onboarding.has_open_attempt());
    assert_eq!(onboarding.reserved_login(), None);
}

#[test]
fn someone_else_with_the_login_is_a_question_and_the_attempt_stays_open() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    let candidate = Candidate {
        has_login: true,
        ..Candidate::new(lucca_id(8), "Lucca user 8", Reason::SameLogin)
    };
    let like_ours = Sighting::SomeoneElse(vec![candidate.clone()]);
    // Our own person may come to light beside them.
    look(&mut onboarding, 10, like_ours.clone());
    assert_eq!(onboarding.state(), State::Verifying);
    assert_eq!(onboarding.due(), Some(at(35)));
    look(&mut onboarding, 35, like_ours);
    assert_eq!(onboarding.state(), State::NeedsAttention);
    let problem = onboarding.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::LoginTaken);
    assert_eq!(problem.candidates, [candidate]);
    assert_eq!(onboarding.reserved_login(), Some("login"));
}

#[test]
fn someone_of_the_same_name_and_start_takes_no_login() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    let homonym = Candidate::new(lucca_id(8), "Lucca user 8", Reason::SameName);
    look(&mut onboarding, 35, Sighting::SomeoneElse(vec![homonym]));
    assert_eq!(problem(&onboarding), Some(ProblemCode::PersonExists));
}

#[test]
fn a_withdrawal_is_carried_out_when_absence_is_proven() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    withdraw(&mut onboarding, None, at(1));
    look(&mut onboarding, 10, Sighting::Nobody);
    look(&mut onboarding, 40, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Cancelled);
    assert!(!onboarding.cancel_requested && !onboarding.has_open_attempt());

    let mut onboarding = second_attempt_under_way();
    onboarding.see(2, refused(), None, &moment(51)).unwrap();
    withdraw(&mut onboarding, None, at(52));
    look(&mut onboarding, 61, Sighting::Nobody);
    look(&mut onboarding, 91, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Cancelled);

    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    withdraw(&mut onboarding, None, at(1));
    look(&mut onboarding, 10, Sighting::Ours(user(7)));
    assert_eq!(onboarding.state(), State::Created);
    assert_eq!(codes(&onboarding), ["WITHDRAWN_AFTER_CREATION"]);
}
