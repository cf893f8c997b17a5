//! What is said once the employee exists.

use super::*;
use crate::domain::onboarding::decision::Decision;

#[test]
fn a_difference_after_creation_is_noted_once_or_refused() {
    let mut latest = standing(&hire("a-1").said(10), State::Created);
    let different = hire("a-1").titled("Cheffe").said(11);
    let refused = say(&mut latest, &different.clone().called());
    assert_eq!(refused, Verdict::Differs(vec![Field::JobTitle]));
    assert_eq!(codes(&latest), [""; 0]);
    for _ in 0..2 {
        assert_eq!(say(&mut latest, &different), Verdict::Changed);
        assert_eq!(codes(&latest), ["CHANGED_AFTER_CREATION"]);
    }
    assert_eq!(latest.state(), State::Created);
    let earlier = hire("a-1").starting("2027-02-01").said(12);
    let refused = say(&mut latest, &earlier.clone().called());
    assert_eq!(refused, Verdict::Differs(vec![Field::ContractStartDate]));
    assert_eq!(say(&mut latest, &earlier), Verdict::Changed);
}

#[test]
fn a_difference_that_is_taken_back_is_no_longer_to_be_done() {
    let original = hire("a-1").said(10);
    let title = original.clone().titled("Cheffe");
    let moved = hire("a-1").starting("2027-02-01");
    let both = moved.clone().titled("Cheffe");
    for (said, left) in [
        (vec![&title, &original], vec![]),
        (vec![&both, &original], vec![]),
        (vec![&both, &moved], vec![Field::ContractStartDate]),
        (vec![&both, &original, &title], vec![Field::JobTitle]),
    ] {
        let mut latest = standing(&original, State::Created);
        for (second, said) in (11..).zip(&said) {
            say(&mut latest, &Hire::clone(said).said(second));
        }
        let list = latest.findings.follow_ups.iter();
        let fields: Vec<_> = list.filter_map(FollowUp::field).collect();
        assert_eq!(fields, left, "{said:?}");
    }
}

#[test]
fn what_was_said_before_a_difference_after_creation_is_old() {
    for newer in [hire("a-1").said(30), hire("a-1").titled("Cheffe").said(30)] {
        let mut latest = standing(&hire("a-1").said(10), State::Created);
        say(&mut latest, &newer);
        let noted = codes(&latest).len();
        let between = hire("a-1").starting("2027-06-01").said(20);
        let ignored = Verdict::Ignored(Ignored::Older);
        assert_eq!(say(&mut latest, &between), ignored);
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

#[test]
fn an_erased_and_withdrawn_hire_that_is_confirmed_again_is_not_to_be_deleted() {
    let mut latest = standing(&hire("a-1").said(10), State::Created);
    latest.decide(Decision::Erase, at(20)).unwrap();
    withdraw(&mut latest, Some(at(30)), at(30));
    assert_eq!(codes(&latest), ["WITHDRAWN_AFTER_CREATION"]);
    let again = hire("a-1").titled("Cheffe");
    let verdict = say(&mut latest, &again.clone().said(40));
    assert_eq!((verdict, codes(&latest)), (Verdict::Changed, vec![]));
    let ignored = Verdict::Ignored(Ignored::Erased);
    assert_eq!(say(&mut latest, &again.said(50)), ignored);
}
