//! What is said once the employee exists.

use super::*;

#[test]
fn a_difference_after_creation_is_told_and_noted_once() {
    let mut latest = standing(&hire("a-1").said(10), State::Created);
    let different = hire("a-1").titled("Cheffe").said(11);
    for _ in 0..2 {
        let verdict = say(&mut latest, &different);
        assert_eq!(verdict, Verdict::Differs(vec![Field::JobTitle]));
        assert_eq!(codes(&latest), ["CHANGED_AFTER_CREATION"]);
    }
    assert_eq!(latest.state(), State::Created);
    let earlier = hire("a-1").starting("2027-02-01").said(12);
    let verdict = say(&mut latest, &earlier);
    assert_eq!(verdict, Verdict::Differs(vec![Field::ContractStartDate]));
}

#[test]
fn what_was_said_before_a_difference_after_creation_is_old() {
    for newer in [hire("a-1").said(30), hire("a-1").titled("Cheffe").said(30)] {
        let mut latest = standing(&hire("a-1").said(10), State::Created);
        say(&mut latest, &newer);
        let noted = codes(&latest).len();
        let between = hire("a-1").starting("2027-06-01").said(20);
        assert_eq!(say(&mut latest, &between), Verdict::Unchanged);
        assert_eq!(codes(&latest).len(), noted);
    }
}

#[test]
fn a_later_start_after_creation_is_a_question_in_a_new_episode() {
    let mut latest = standing(&hire("a-1").said(10), State::Created);
    let later = hire("a-1").starting("2028-01-01").said(11);
    let mut next = new(say(&mut latest, &later));
    assert_eq!(next.state(), State::NeedsAttention);
    assert_eq!((next.id, next.key.episode), (id(2), 2));
    assert_eq!((next.content.revision, next.due()), (1, None));
    let problem = next.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::Rehire);
    assert_eq!(problem.candidates[0].id, user(7).id);
    assert_eq!(say(&mut next, &later), Verdict::Unchanged);
}
