//! What is seen of an attempt, early and late.

use crate::domain::{
    cause::Trouble,
    finding::{ProblemCode, Question, Reason},
    follow_up::Task,
};
use strum::IntoEnumIterator as _;

use super::*;
use crate::domain::finding::ResolvedField;

#[test]
fn every_kind_of_evidence_of_the_one_attempt_leads_where_it_must_from_every_state() {
    use State::{Accepted, Created, Creating, NeedsAttention, Verifying};
    let found = || Evidence::Found(lucca_id(7));
    let created = || Evidence::Created(lucca_id(7));
    let in_doubt = || Evidence::RefusedAfterUnknown("no".into());
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
        assert_eq!(onboarding.state(), to, "{from:?} {evidence:?}");
        assert_eq!(onboarding.attempts[0].seen.len(), known + 1);
        assert_eq!(onboarding.update_time, at(3));
        let user = onboarding.lucca_user().as_ref().map(|user| &*user.url);
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
    assert_eq!(onboarding.state(), State::Created);
    assert_eq!(onboarding.update_time, at(1));
}

#[test]
fn a_person_created_after_a_cancellation_is_told() {
    let mut onboarding = standing(&hire("a-1"), State::Verifying);
    onboarding.cancel(by_operator(1), at(1));
    look(&mut onboarding, 10, Sighting::Nobody);
    look(&mut onboarding, 40, Sighting::Nobody);
    assert_eq!(onboarding.state(), State::Cancelled);
    for second in [50, 51] {
        let created = Evidence::Created(lucca_id(8));
        onboarding.see(1, created, None, &moment(second)).unwrap();
    }
    assert_eq!(onboarding.state(), State::Cancelled);
    assert_eq!(codes(&onboarding), ["UNEXPECTED_USER"]);
    let user = Some(lucca_id(8));
    let told = onboarding.follow_ups().next().unwrap().task;
    assert_eq!(told, Task::UnexpectedUser { user });
    assert_eq!(onboarding.update_time, at(50));
}

#[test]
fn a_call_under_way_when_the_employee_is_found_is_told_and_holds_nothing() {
    let mut onboarding = second_attempt_under_way();
    assert_eq!(onboarding.reserved_login(), Some("login"));
    let created = |id| Evidence::Created(lucca_id(id));
    onboarding.see(1, created(7), None, &moment(51)).unwrap();
    assert_eq!(codes(&onboarding), ["SECOND_CALL"]);
    assert_eq!(onboarding.reserved_login(), None);
    onboarding.see(1, created(7), None, &moment(52)).unwrap();
    assert_eq!(codes(&onboarding), ["SECOND_CALL"]);
    onboarding.see(2, created(8), None, &moment(53)).unwrap();
    assert_eq!(codes(&onboarding), ["SECOND_CALL", "UNEXPECTED_USER"]);
    assert_eq!(onboarding.lucca_user().unwrap().id, lucca_id(7));
}

#[test]
fn evidence_of_an_attempt_that_was_never_made_is_nothing() {
    for state in State::iter() {
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
        assert_eq!(onboarding.state(), State::Creating);
        assert_eq!(onboarding.attempts[0].seen.len(), known + 1);
    }
}

#[test]
fn a_late_proof_that_an_earlier_attempt_created_the_person_counts() {
    let mut onboarding = second_attempt_under_way();
    let created = Evidence::Created(lucca_id(7));
    onboarding.see(1, created, None, &moment(51)).unwrap();
    assert_eq!(onboarding.state(), State::Created);
    assert_eq!(onboarding.lucca_user().unwrap().id, lucca_id(7));
}

#[test]
fn a_refusal_after_an_attempt_in_doubt_is_doubt() {
    let mut onboarding = second_attempt_under_way();
    onboarding.see(2, refused(), None, &moment(51)).unwrap();
    assert_eq!(onboarding.state(), State::Verifying);
    assert!(onboarding.attempts[1].was_refused());
    look(&mut onboarding, 61, Sighting::Nobody);
    look(&mut onboarding, 91, Sighting::Nobody);
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaRefused));
    assert_eq!(onboarding.last_error, Some(Trouble::Call("no".into())));
    assert!(!onboarding.has_open_attempt());
}

#[test]
fn a_refusal_after_an_attempt_that_was_not_sent_is_a_refusal() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    onboarding.see(1, not_sent(), None, &moment(1)).unwrap();
    onboarding.step(begin("login", 20), &moment(20)).unwrap();
    onboarding.see(2, refused(), None, &moment(21)).unwrap();
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaRefused));
}

#[test]
fn evidence_that_answers_the_question_of_the_outcome_lets_the_hire_go_on() {
    let mut onboarding = standing(&hire("a-1"), State::NeedsAttention);
    onboarding.see(1, not_sent(), None, &moment(3)).unwrap();
    assert_eq!(onboarding.state(), State::Accepted);
    assert_eq!(
        (problem(&onboarding), onboarding.due()),
        (None, Some(at(3)))
    );

    let mut onboarding = standing(&hire("a-1"), State::NeedsAttention);
    onboarding.see(1, refused(), None, &moment(3)).unwrap();
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaRefused));
}

#[test]
fn evidence_that_answers_the_question_of_the_outcome_carries_out_a_withdrawal() {
    for evidence in [not_sent(), refused(), Evidence::KeyRefused("401".into())] {
        let mut onboarding = standing(&hire("a-1"), State::Verifying);
        withdraw(&mut onboarding, None, at(1));
        let unclear = Problem::of(ProblemCode::OutcomeUnknown);
        let ask = Step::Ask {
            problem: unclear,
            findings: Findings::default(),
        };
        onboarding.step(ask, &moment(2)).unwrap();
        assert_eq!(onboarding.state(), State::NeedsAttention);
        onboarding.see(1, evidence, None, &moment(3)).unwrap();
        assert_eq!(onboarding.state(), State::Cancelled);
    }
}

#[test]
fn evidence_does_not_answer_another_question() {
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    onboarding.see(1, refused(), None, &moment(1)).unwrap();
    onboarding.see(1, not_sent(), None, &moment(2)).unwrap();
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(problem(&onboarding), Some(ProblemCode::LuccaRefused));
}

#[test]
fn a_refusal_beside_somebody_who_was_not_known_is_looked_at_anew() {
    let beside = || Evidence::RefusedBeside("no".into());
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    onboarding.see(1, beside(), None, &moment(3)).unwrap();
    assert_eq!(onboarding.state(), State::Accepted);
    assert_eq!(
        (onboarding.due(), onboarding.problem()),
        (Some(at(3)), None)
    );
    assert_eq!(onboarding.attempts[0].outcome(), Outcome::Refused);
    assert!(!onboarding.has_open_attempt());

    // After a call in doubt that somebody may be our own twin: nothing is sent.
    let mut onboarding = second_attempt_under_way();
    onboarding.see(2, beside(), None, &moment(51)).unwrap();
    assert_eq!(onboarding.state(), State::Verifying);
    assert!(onboarding.has_open_attempt());

    // Who is taken back is not looked for.
    let mut onboarding = standing(&hire("a-1"), State::Creating);
    withdraw(&mut onboarding, None, at(1));
    onboarding.see(1, beside(), None, &moment(3)).unwrap();
    assert_eq!(onboarding.state(), State::Cancelled);
}

#[test]
fn a_refusal_names_what_was_left_to_luccas_defaults_and_what_the_tenant_s_decided() {
    let questions = |origin, value: &str| {
        let mut onboarding = standing(&hire("a-1"), State::Creating);
        onboarding.findings.resolution = vec![ResolvedField {
            field: Field::Role,
            value: value.into(),
            label: String::new(),
            origin,
            reason: Reason::Given,
        }];
        onboarding.see(1, refused(), None, &moment(3)).unwrap();
        onboarding.problem().unwrap().questions.clone()
    };
    let refused = |fields: &[Field], default_fields: &[Field]| {
        vec![Question::LuccaRefused {
            fields: fields.to_vec(),
            default_fields: default_fields.to_vec(),
        }]
    };
    let role = &[Field::Role];
    assert_eq!(questions(Origin::LuccaDefault, ""), refused(role, &[]));
    assert_eq!(questions(Origin::TenantDefault, "51"), refused(&[], role));
    assert_eq!(questions(Origin::Matched, "51"), refused(&[], &[]));
}
