use std::time::Duration;

use super::*;
use crate::domain::{
    amendment::Amendment,
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
        sight_proven: true,
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
    list.iter().map(|item| item.code.as_str()).collect()
}

fn problem(onboarding: &Onboarding) -> Option<ProblemCode> {
    onboarding.problem.as_ref().map(|problem| problem.code)
}

/// A hire whose first attempt was proven absent and whose second is under way.
fn second_attempt_under_way() -> Onboarding {
    let mut onboarding = standing(&hire("a-1").said(0), State::Verifying);
    look(&mut onboarding, 10, Sighting::Nobody);
    look(&mut onboarding, 40, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Accepted);
    onboarding.step(begin("login", 50), &moment(50)).unwrap();
    onboarding
}

#[test]
fn every_kind_of_evidence_of_the_one_attempt_leads_where_it_must_from_every_state() {
    use State::{Accepted, Created, Creating, NeedsAttention, Verifying};
    let found = || Evidence::Found(lucca_id(7));
    let created = || Evidence::Created(lucca_id(7));
    let in_doubt = || Evidence::RefusedAfterDoubt("no".into());
    let key = || Evidence::KeyRefused("401".into());
    let table = [
        (Creating, created(), Created),
        (Creating, found(), Created),
        (Creating, not_sent(), Accepted),
        (Creating, refused(), NeedsAttention),
        (Creating, key(), NeedsAttention),
        (Creating, cut(), Verifying),
        (Creating, in_doubt(), Verifying),
        (Creating, Evidence::Absent, Accepted),
        (Verifying, created(), Created),
        (Verifying, found(), Created),
        (Verifying, not_sent(), Accepted),
        (Verifying, refused(), NeedsAttention),
        (Verifying, key(), NeedsAttention),
        (Verifying, cut(), Verifying),
        (Verifying, in_doubt(), Verifying),
        (Verifying, Evidence::Absent, Accepted),
        (NeedsAttention, created(), Created),
        (NeedsAttention, found(), Created),
        (NeedsAttention, refused(), NeedsAttention),
        (NeedsAttention, key(), NeedsAttention),
        (NeedsAttention, cut(), NeedsAttention),
        (NeedsAttention, in_doubt(), NeedsAttention),
    ];
    for (from, evidence, to) in table {
        let mut onboarding = standing(&hire("a-1"), from);
        let known = onboarding.attempts[0].seen.len();
        onboarding
            .see(1, evidence.clone(), Some("url".into()), &moment(3))
            .unwrap();
        assert_eq!(onboarding.state, to, "{from:?} {evidence:?}");
        assert_eq!(onboarding.attempts[0].seen.len(), known + 1);
        assert_eq!(onboarding.update_time, at(3));
        let user = onboarding.lucca_user.as_ref().map(|user| &*user.url);
        assert_eq!(user, (to == Created).then_some("url"));
    }
}

#[test]
fn evidence_after_the_end_is_kept_and_moves_nothing() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    let created = Evidence::Created(lucca_id(7));
    onboarding.see(1, created, None, &moment(1)).unwrap();
    onboarding.see(1, cut(), None, &moment(2)).unwrap();
    assert_eq!(onboarding.attempts[0].seen.len(), 2);
    assert_eq!(onboarding.state, State::Created);
    assert_eq!(onboarding.update_time, at(1));
}

#[test]
fn a_person_created_after_a_cancellation_is_told() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    onboarding.cancel(by_operator(1), at(1));
    look(&mut onboarding, 10, Sighting::Nobody);
    look(&mut onboarding, 40, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Cancelled);
    for second in [50, 51] {
        let created = Evidence::Created(lucca_id(8));
        onboarding.see(1, created, None, &moment(second)).unwrap();
    }
    assert_eq!(onboarding.state, State::Cancelled);
    assert_eq!(codes(&onboarding), ["UNEXPECTED_USER"]);
    assert!(onboarding.follow_ups().next().unwrap().title.contains('8'));
    assert_eq!(onboarding.update_time, at(50));
}

#[test]
fn a_call_under_way_when_the_employee_is_found_is_told_and_holds_nothing() {
    let mut onboarding = second_attempt_under_way();
    assert_eq!(onboarding.claim(), Some("login"));
    let created = |id| Evidence::Created(lucca_id(id));
    onboarding.see(1, created(7), None, &moment(51)).unwrap();
    assert_eq!(codes(&onboarding), ["SECOND_CALL"]);
    assert_eq!(onboarding.claim(), None);
    onboarding.see(1, created(7), None, &moment(52)).unwrap();
    assert_eq!(codes(&onboarding), ["SECOND_CALL"]);
    onboarding.see(2, created(8), None, &moment(53)).unwrap();
    assert_eq!(codes(&onboarding), ["SECOND_CALL", "UNEXPECTED_USER"]);
    assert_eq!(onboarding.lucca_user.unwrap().id, lucca_id(7));
}

#[test]
fn evidence_of_an_attempt_that_was_never_made_is_nothing() {
    for state in State::ALL {
        let mut onboarding = standing(&hire("a-1"), state);
        let before = onboarding.clone();
        onboarding.see(9, refused(), None, &moment(1)).unwrap();
        assert_eq!(onboarding, before);
    }
}

#[test]
fn late_evidence_of_an_earlier_attempt_is_kept_and_does_not_move_the_one_under_way() {
    for evidence in [not_sent(), refused(), cut()] {
        let mut onboarding = second_attempt_under_way();
        let known = onboarding.attempts[0].seen.len();
        onboarding.see(1, evidence, None, &moment(51)).unwrap();
        assert_eq!(onboarding.state, State::Creating);
        assert_eq!(onboarding.attempts[0].seen.len(), known + 1);
    }
}

#[test]
fn a_late_proof_that_an_earlier_attempt_created_the_person_counts() {
    let mut onboarding = second_attempt_under_way();
    let created = Evidence::Created(lucca_id(7));
    onboarding.see(1, created, None, &moment(51)).unwrap();
    assert_eq!(onboarding.state, State::Created);
    assert_eq!(onboarding.lucca_user.unwrap().id, lucca_id(7));
}

#[test]
fn a_refusal_after_an_attempt_in_doubt_is_doubt() {
    let mut onboarding = second_attempt_under_way();
    onboarding.see(2, refused(), None, &moment(51)).unwrap();
    assert_eq!(onboarding.state, State::Verifying);
    assert!(onboarding.attempts[1].was_refused());
    look(&mut onboarding, 61, Sighting::Nobody);
    look(&mut onboarding, 91, Sighting::Nobody);
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaRefused));
    assert_eq!(onboarding.last_error.as_deref(), Some("no"));
    assert!(!onboarding.has_open_attempt());
}

#[test]
fn a_refusal_after_an_attempt_that_was_not_sent_is_a_refusal() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    onboarding.see(1, not_sent(), None, &moment(1)).unwrap();
    onboarding.step(begin("login", 20), &moment(20)).unwrap();
    onboarding.see(2, refused(), None, &moment(21)).unwrap();
    assert_eq!(onboarding.state, State::NeedsAttention);
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaRefused));
}

#[test]
fn evidence_that_answers_the_question_of_the_outcome_lets_the_hire_go_on() {
    let mut onboarding = standing(&hire("a-1"), State::NeedsAttention);
    onboarding.see(1, not_sent(), None, &moment(3)).unwrap();
    assert_eq!(onboarding.state, State::Accepted);
    assert_eq!((problem(&onboarding), onboarding.due), (None, Some(at(3))));

    let mut onboarding = standing(&hire("a-1"), State::NeedsAttention);
    onboarding.see(1, refused(), None, &moment(3)).unwrap();
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaRefused));
}

#[test]
fn evidence_that_answers_the_question_of_the_outcome_carries_out_a_withdrawal() {
    for evidence in [not_sent(), refused(), Evidence::KeyRefused("401".into())] {
        let mut onboarding = standing(&hire("a-1"), State::Verifying);
        withdraw(&mut onboarding, None, at(1));
        let unclear = Problem::new(ProblemCode::OutcomeUnknown, "Unknown.", "Look.");
        let ask = Step::Ask {
            problem: unclear,
            findings: Findings::default(),
        };
        onboarding.step(ask, &moment(2)).unwrap();
        assert_eq!(onboarding.state, State::NeedsAttention);
        onboarding.see(1, evidence, None, &moment(3)).unwrap();
        assert_eq!(onboarding.state, State::Cancelled);
    }
}

#[test]
fn evidence_does_not_answer_another_question() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    onboarding.see(1, refused(), None, &moment(1)).unwrap();
    onboarding.see(1, not_sent(), None, &moment(2)).unwrap();
    assert_eq!(onboarding.state, State::NeedsAttention);
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaRefused));
}

#[test]
fn a_withdrawal_is_carried_out_when_the_attempt_had_no_effect() {
    for evidence in [not_sent(), refused()] {
        let mut onboarding = standing(&hire("a-1"), State::Creating);
        withdraw(&mut onboarding, None, at(1));
        onboarding.see(1, evidence, None, &moment(2)).unwrap();
        assert_eq!(onboarding.state, State::Cancelled);
        assert_eq!((onboarding.due, onboarding.problem), (None, None));
        assert!(!onboarding.cancel_requested);
    }
}

#[test]
fn a_withdrawal_that_came_too_late_is_a_follow_up() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    withdraw(&mut onboarding, None, at(1));
    let created = Evidence::Created(lucca_id(7));
    onboarding.see(1, created, None, &moment(2)).unwrap();
    assert_eq!(onboarding.state, State::Created);
    assert_eq!(codes(&onboarding), ["WITHDRAWN_AFTER_CREATION"]);
    assert!(!onboarding.cancel_requested);
}

#[test]
fn content_that_waited_counts_once_the_attempt_had_no_effect() {
    let mut onboarding = standing(&hire("a-1").said(0), State::Creating);
    amend(&mut onboarding);
    onboarding.see(1, not_sent(), None, &moment(2)).unwrap();
    assert_eq!(onboarding.state, State::Accepted);
    assert_eq!(
        (onboarding.content.revision, &onboarding.pending),
        (2, &None)
    );

    let mut onboarding = standing(&hire("a-1").said(0), State::Verifying);
    amend(&mut onboarding);
    look(&mut onboarding, 10, Sighting::Nobody);
    look(&mut onboarding, 40, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Accepted);
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
    assert_eq!(onboarding.state, State::Accepted);
    assert_eq!((problem(&onboarding), onboarding.due), (None, Some(at(2))));
}

#[test]
fn content_that_waited_is_a_follow_up_once_the_person_exists() {
    let mut onboarding = standing(&hire("a-1").said(0), State::Creating);
    amend(&mut onboarding);
    let created = Evidence::Created(lucca_id(7));
    onboarding.see(1, created, None, &moment(2)).unwrap();
    assert_eq!(onboarding.pending, None);
    assert_eq!(codes(&onboarding), ["CHANGED_AFTER_CREATION"]);
    assert!(
        onboarding.findings.follow_ups[0]
            .title
            .contains("job title")
    );
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
        problem: Problem::key_refused(),
        findings: Findings::default(),
    };
    onboarding.step(key_refused, &moment(1)).unwrap();
    onboarding.decide(Decision::Resume, at(2)).unwrap();
    look(&mut onboarding, 20, Sighting::Ours(user(7)));
    assert_eq!(onboarding.state, State::Created);
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
    assert_eq!(
        verdict,
        crate::domain::onboarding::submission::Verdict::Unchanged
    );
}

#[test]
fn the_first_look_is_taken_after_the_settle_delay_and_the_last_after_the_gap() {
    // The attempt ended at second 0.
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    assert_eq!(onboarding.due, Some(at(10)));
    look(&mut onboarding, 9, Sighting::Nobody);
    assert_eq!((onboarding.looks.len(), onboarding.due), (0, Some(at(10))));
    look(&mut onboarding, 10, Sighting::Nobody);
    assert_eq!((onboarding.looks.len(), onboarding.due), (1, Some(at(35))));
    look(&mut onboarding, 34, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Verifying);
    look(&mut onboarding, 44, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Accepted);
    assert_eq!(onboarding.due, Some(at(44)));
    assert_eq!(onboarding.attempts[0].outcome(), Outcome::NotExecuted);
    assert!(onboarding.looks.is_empty());
}

#[test]
fn one_late_look_does_not_prove_absence() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    look(&mut onboarding, 1000, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Verifying);
    assert_eq!(onboarding.due, Some(at(1010)));
}

#[test]
fn looks_of_an_attempt_without_an_end_wait_for_its_last_moment_to_be_sent() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    assert!(onboarding.recover(&moment(60)));
    // Sent by second 5, 10 s for the call, 10 s to settle.
    assert_eq!(onboarding.state, State::Verifying);
    assert_eq!(onboarding.due, Some(at(25)));
    look(&mut onboarding, 24, Sighting::Nobody);
    assert!(onboarding.looks.is_empty());
    look(&mut onboarding, 25, Sighting::Nobody);
    assert_eq!(onboarding.due, Some(at(50)));
    look(&mut onboarding, 50, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Accepted);
}

#[test]
fn a_look_from_before_the_end_of_the_attempt_does_not_count() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    onboarding.recover(&moment(60));
    look(&mut onboarding, 60, Sighting::Nobody);
    // The worker that was thought lost tells how its call ended.
    onboarding.see(1, cut(), None, &moment(70)).unwrap();
    look(&mut onboarding, 105, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Verifying);
    look(&mut onboarding, 115, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Accepted);
}

#[test]
fn absence_seen_with_a_key_of_unproven_sight_is_a_question() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    for seconds in [10, 40] {
        let step = Step::Looked {
            at: at(seconds),
            sighting: Sighting::Nobody,
            sight_proven: false,
        };
        onboarding.step(step, &moment(seconds)).unwrap();
    }
    assert_eq!(onboarding.state, State::NeedsAttention);
    assert_eq!(problem(&onboarding), Some(ProblemCode::OutcomeUnknown));
    assert!(onboarding.has_open_attempt());
    assert_eq!(onboarding.due, None);
}

#[test]
fn our_own_person_is_adopted_even_when_seen_early() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    look(&mut onboarding, 1, Sighting::Ours(user(7)));
    assert_eq!(onboarding.state, State::Created);
    assert_eq!(onboarding.lucca_user, Some(user(7)));
    assert!(!onboarding.has_open_attempt());
    assert_eq!(onboarding.claim(), None);
}

#[test]
fn someone_else_with_the_login_is_a_question_and_the_attempt_stays_open() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    let candidate = Candidate::new(lucca_id(8), "Lucca user 8", "Same login.");
    let like_ours = Sighting::SomeoneElse(vec![candidate.clone()]);
    // Our own person may come to light beside them.
    look(&mut onboarding, 10, like_ours.clone());
    assert_eq!(onboarding.state, State::Verifying);
    assert_eq!(onboarding.due, Some(at(35)));
    look(&mut onboarding, 35, like_ours);
    assert_eq!(onboarding.state, State::NeedsAttention);
    let problem = onboarding.problem.clone().unwrap();
    assert_eq!(problem.code, ProblemCode::LoginTaken);
    assert_eq!(problem.candidates, [candidate]);
    assert_eq!(onboarding.claim(), Some("login"));
}

#[test]
fn a_withdrawal_is_carried_out_when_absence_is_proven() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    withdraw(&mut onboarding, None, at(1));
    look(&mut onboarding, 10, Sighting::Nobody);
    look(&mut onboarding, 40, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Cancelled);
    assert!(!onboarding.cancel_requested && !onboarding.has_open_attempt());

    let mut onboarding = second_attempt_under_way();
    onboarding.see(2, refused(), None, &moment(51)).unwrap();
    withdraw(&mut onboarding, None, at(52));
    look(&mut onboarding, 61, Sighting::Nobody);
    look(&mut onboarding, 91, Sighting::Nobody);
    assert_eq!(onboarding.state, State::Cancelled);

    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    withdraw(&mut onboarding, None, at(1));
    look(&mut onboarding, 10, Sighting::Ours(user(7)));
    assert_eq!(onboarding.state, State::Created);
    assert_eq!(codes(&onboarding), ["WITHDRAWN_AFTER_CREATION"]);
}

#[test]
fn failures_follow_the_schedule_and_then_ask_a_person() {
    let mut onboarding = opened(&hire("a-1"), 0);
    fail(&mut onboarding, 0);
    assert_eq!((onboarding.failures, onboarding.due), (1, Some(at(10))));
    assert_eq!(onboarding.last_error.as_deref(), Some("down"));
    fail(&mut onboarding, 10);
    assert_eq!((onboarding.failures, onboarding.due), (2, Some(at(110))));
    fail(&mut onboarding, 110);
    assert_eq!(onboarding.state, State::NeedsAttention);
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaUnavailable));
    assert_eq!(onboarding.last_error.as_deref(), Some("down"));
    assert_eq!(onboarding.due, None);
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
    assert_eq!(onboarding.due, Some(at(45)));
}

#[test]
fn finding_out_is_never_given_up_while_lucca_cannot_be_read() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    for (now, due) in [(0, 10), (10, 110), (110, 210), (210, 310)] {
        fail(&mut onboarding, now);
        assert_eq!(onboarding.state, State::Verifying);
        assert_eq!(onboarding.due, Some(at(due)));
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
        assert_eq!(onboarding.due, due.map(at));
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
        assert_eq!(onboarding.due, due, "attempt {number}");
    }
    assert_eq!(onboarding.state, State::NeedsAttention);
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
    assert_eq!(onboarding.due, Some(at(9200)));
}

#[test]
fn only_what_was_creating_is_recovered() {
    for state in State::ALL {
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
    assert_eq!((onboarding.failures, onboarding.due), (0, Some(at(50))));
    assert_eq!(onboarding.last_error.as_deref(), Some("Blocked."));
}

#[test]
fn an_attempt_begins_only_when_accepted_and_is_numbered() {
    for state in State::ALL {
        let mut onboarding = standing(&hire("a-1"), state);
        let begun = onboarding.step(begin("login", 1), &moment(1));
        assert_eq!(begun.is_ok(), state == State::Accepted, "{state:?}");
    }
    let onboarding = second_attempt_under_way();
    assert_eq!(onboarding.attempts[1].number, 2);
    assert_eq!(onboarding.claim(), Some("login"));
    assert_eq!(onboarding.due, Some(at(110)), "the end of the lease");
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
    assert_eq!(onboarding.state, State::Cancelled);
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
    assert_eq!(onboarding.state, State::Created);
    assert_eq!(onboarding.cancellation, None);

    for (decision, by) in [
        (Decision::Cancel, CancelledBy::Operator),
        (Decision::Erase, CancelledBy::Erasure),
    ] {
        let mut onboarding = opened(&hire("a-1"), 0);
        onboarding.decide(decision, at(5)).unwrap();
        assert_eq!(onboarding.state, State::Cancelled);
        let why = Some(Cancellation::new(by, at(5)));
        assert_eq!(onboarding.cancellation, why);
    }
}
