//! What is said or decided while the outcome of a call is unknown.

use super::*;
use crate::domain::onboarding::submission::{Ignored, Verdict};

#[test]
fn a_withdrawal_is_carried_out_when_the_attempt_had_no_effect() {
    for evidence in [not_sent(), refused()] {
        let mut onboarding = standing(&hire("a-1"), State::Creating);
        withdraw(&mut onboarding, None, at(1));
        onboarding.see(1, evidence, None, &moment(2)).unwrap();
        assert_eq!(onboarding.state(), State::Cancelled);
        assert_eq!((onboarding.due(), onboarding.problem()), (None, None));
        assert!(!onboarding.cancel_requested);
    }
}

#[test]
fn a_withdrawal_that_came_too_late_is_a_follow_up() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    withdraw(&mut onboarding, None, at(1));
    let created = Evidence::Created(lucca_id(7));
    onboarding.see(1, created, None, &moment(2)).unwrap();
    assert_eq!(onboarding.state(), State::Created);
    assert_eq!(codes(&onboarding), ["WITHDRAWN_AFTER_CREATION"]);
    assert!(!onboarding.cancel_requested);
}

#[test]
fn content_that_waited_counts_once_the_attempt_had_no_effect() {
    let mut onboarding = standing(&hire("a-1").said(0), State::Creating);
    amend(&mut onboarding);
    onboarding.see(1, not_sent(), None, &moment(2)).unwrap();
    assert_eq!(onboarding.state(), State::Accepted);
    assert_eq!(
        (onboarding.content.revision, &onboarding.pending),
        (2, &None)
    );

    let mut onboarding = standing(&hire("a-1").said(0), State::Verifying);
    amend(&mut onboarding);
    look(&mut onboarding, 10, Sighting::Nobody);
    look(&mut onboarding, 40, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Accepted);
    assert_eq!(
        (onboarding.content.revision, &onboarding.pending),
        (2, &None)
    );
}

#[test]
fn content_that_waited_is_tried_when_the_earlier_was_refused() {
    let mut onboarding = standing(&hire("a-1").said(0), State::Creating);
    amend(&mut onboarding);
    onboarding.see(1, refused(), None, &moment(2)).unwrap();
    assert_eq!(onboarding.content.revision, 2);
    assert_eq!(onboarding.state(), State::Accepted);
    assert_eq!(
        (problem(&onboarding), onboarding.due()),
        (None, Some(at(2)))
    );
}

#[test]
fn content_that_waited_is_a_follow_up_once_the_person_exists() {
    let mut onboarding = standing(&hire("a-1").said(0), State::Creating);
    amend(&mut onboarding);
    let created = Evidence::Created(lucca_id(7));
    onboarding.see(1, created, None, &moment(2)).unwrap();
    assert_eq!(onboarding.pending, None);
    assert_eq!(codes(&onboarding), ["CHANGED_AFTER_CREATION"]);
    let changed = onboarding.findings.follow_ups[0].field();
    assert_eq!(changed, Some(Field::JobTitle));
    assert_eq!(onboarding.content.draft, hire("a-1").draft);
}

#[test]
fn what_an_operator_set_while_the_outcome_was_unknown_is_a_follow_up() {
    let amendment = Amendment {
        fields: [Field::JobTitle].into(),
        values: hire("a-1").titled("Cheffe").draft,
    };
    let mut onboarding = standing(&hire("a-1"), State::NeedsAttention);
    let amend = Decision::Amend(Box::new(amendment));
    onboarding.decide(amend, at(1)).unwrap();
    let mut absent = onboarding.clone();
    look(&mut onboarding, 20, Sighting::Ours(user(7)));
    assert_eq!(codes(&onboarding), ["CHANGED_AFTER_CREATION"]);
    // A second call would carry it.
    look(&mut absent, 20, Sighting::Nobody);
    look(&mut absent, 40, Sighting::Nobody);
    absent.step(begin("login", 40), &moment(40)).unwrap();
    let created = Evidence::Created(lucca_id(8));
    absent.see(2, created, None, &moment(41)).unwrap();
    assert_eq!(codes(&absent), Vec::<&str>::new());
}

#[test]
fn a_question_during_doubt_keeps_what_follows_from_the_call() {
    let findings = Findings {
        follow_ups: plan(CivilDate::parse_iso(START).unwrap(), &[], &[], false),
        ..Findings::default()
    };
    let mut onboarding = opened(&hire("a-1"), 0);
    let begin = Step::Begin {
        intent: Box::new(intent("login", 0)),
        findings: findings.clone(),
    };
    onboarding.step(begin, &moment(0)).unwrap();
    let cut = Evidence::NoAnswer("cut".into());
    onboarding.see(1, cut, None, &moment(0)).unwrap();
    let key_refused = Step::Ask {
        problem: Question::KeyRefused.into(),
        findings: Findings::default(),
    };
    onboarding.step(key_refused, &moment(1)).unwrap();
    onboarding.decide(Decision::Resume, at(2)).unwrap();
    look(&mut onboarding, 20, Sighting::Ours(user(7)));
    assert_eq!(onboarding.state(), State::Created);
    assert_eq!(onboarding.findings, findings);
}

#[test]
fn content_that_went_back_to_what_was_created_is_no_follow_up() {
    let mut onboarding = standing(&hire("a-1").said(0), State::Creating);
    amend(&mut onboarding);
    submit(
        Some(&mut onboarding),
        None,
        &hire("a-1").said(2),
        id(2),
        at(2),
    );
    let created = Evidence::Created(lucca_id(7));
    onboarding.see(1, created, None, &moment(3)).unwrap();
    assert_eq!(codes(&onboarding), Vec::<&str>::new());
}

#[test]
fn what_was_said_before_content_that_waited_is_old_after_creation() {
    let mut onboarding = standing(&hire("a-1").said(0), State::Creating);
    let newer = hire("a-1").titled("Cheffe").said(30);
    submit(Some(&mut onboarding), None, &newer, id(2), at(30));
    let created = Evidence::Created(lucca_id(7));
    onboarding.see(1, created, None, &moment(31)).unwrap();
    let between = hire("a-1").starting("2027-06-01").said(20);
    let verdict = submit(Some(&mut onboarding), None, &between, id(2), at(32));
    assert_eq!(verdict, Verdict::Ignored(Ignored::Older));
}

#[test]
fn what_was_replaced_at_the_same_time_stays_replaced_once_the_person_exists() {
    let first = hire("a-1").said(0);
    let mut onboarding = standing(&first, State::Creating);
    let newer = hire("a-1").said(0).titled("Cheffe");
    let say =
        |onboarding: &mut Onboarding, hire| submit(Some(onboarding), None, hire, id(2), at(1));
    assert_eq!(say(&mut onboarding, &newer), Verdict::Changed);
    let created = Evidence::Created(lucca_id(7));
    onboarding.see(1, created, None, &moment(2)).unwrap();
    let again = say(&mut onboarding, &first);
    assert_eq!(again, Verdict::Ignored(Ignored::Older));
}
