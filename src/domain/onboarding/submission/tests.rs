mod after_creation;
mod withdrawal;

use crate::domain::follow_up::Task;
use strum::IntoEnumIterator as _;

use super::*;
use crate::domain::{
    dates::CivilDate,
    finding::{ProblemCode, Question},
    follow_up::{self, FileAdvice, FollowUp},
    onboarding::{
        fixtures::{at, begin, by_operator, hire, id, moment, opened, standing, user},
        progress::{Sighting, Step},
    },
};

/// Hands a hire in at second 100, as episode id 2.
fn say(latest: &mut Onboarding, hire: &Hire) -> Verdict {
    submit(Some(latest), None, hire, id(2), at(100))
}

fn new(verdict: Verdict) -> Onboarding {
    match verdict {
        Verdict::New(onboarding) => *onboarding,
        other => panic!("not new: {other:?}"),
    }
}

fn codes(onboarding: &Onboarding) -> Vec<&str> {
    let list = &onboarding.findings.follow_ups;
    list.iter().map(|item| item.code().as_str()).collect()
}

const UNDER_WAY: [State; 3] = [State::Creating, State::Verifying, State::NeedsAttention];

#[test]
fn an_unknown_hire_opens_the_first_episode_and_is_due_at_once() {
    let onboarding = opened(&hire("a-1").said(10), 20);
    assert_eq!(onboarding.state(), State::Accepted);
    assert_eq!(onboarding.key.episode, 1);
    assert_eq!(onboarding.content.revision, 1);
    assert_eq!(onboarding.content.event_time, Some(at(10)));
    assert_eq!(onboarding.due(), Some(at(20)));
    assert_eq!(onboarding.problem(), None);
}

#[test]
fn what_is_left_alone_stays_as_the_source_said_it_before() {
    let first = hire("a-1").titled("Comptable").said(10);
    let moved = hire("a-1").starting("2027-03-08").said(20);
    let later = moved.clone().only(&[Field::ContractStartDate]);
    let mut latest = opened(&first, 20);
    assert_eq!(say(&mut latest, &later), Verdict::Changed);
    assert_eq!(
        latest.content.draft,
        first.clone().starting("2027-03-08").draft
    );
    assert_eq!(latest.content.revision, 2);
    // The same again changes nothing, and a field that is named without a value is cleared.
    assert_eq!(say(&mut latest, &later), Verdict::Unchanged);
    let cleared = later.said(30).only(&[Field::JobTitle]);
    assert_eq!(say(&mut latest, &cleared), Verdict::Changed);
    assert_eq!(latest.content.draft, moved.draft);
}

#[test]
fn what_is_said_anew_of_nobody_or_of_a_withdrawn_hire_is_not_known() {
    let anew = hire("a-1").titled("Comptable").only(&[Field::JobTitle]);
    let verdict = submit(None, None, &anew, id(2), at(100));
    assert_eq!(verdict, Verdict::NotKnown);
    let mut withdrawn = opened(&hire("a-1"), 20);
    withdraw(&mut withdrawn, None, at(30));
    assert_eq!(say(&mut withdrawn, &anew), Verdict::NotKnown);
}

#[test]
fn something_new_about_a_hire_that_was_taken_back_is_no_confirmation() {
    let title = hire("a-1").titled("Comptable").only(&[Field::JobTitle]);
    let mut doubtful = standing(&hire("a-1"), State::Verifying);
    withdraw(&mut doubtful, None, at(30));
    assert_eq!(say(&mut doubtful, &title), Verdict::NotKnown);
    assert!(doubtful.cancel_requested);
    let mut created = standing(&hire("a-1"), State::Created);
    withdraw(&mut created, None, at(30));
    assert_eq!(say(&mut created, &title), Verdict::NotKnown);
    // A whole confirmation is one, whatever else it says and whoever hands it in.
    let whole = hire("a-1").titled("Comptable").called();
    assert_eq!(say(&mut created, &whole), Verdict::Changed);
    let list = &created.findings.follow_ups;
    assert!(!list.iter().any(FollowUp::is_withdrawal));
}

#[test]
fn what_is_said_anew_after_the_creation_adds_to_what_was_said_since() {
    let mut created = standing(&hire("a-1"), State::Created);
    let title = hire("a-1").titled("Comptable").only(&[Field::JobTitle]);
    let name = Hire {
        draft: Draft {
            family_name: crate::domain::text::FamilyName::parse("Durand").ok(),
            ..Draft::default()
        },
        ..hire("a-1").only(&[Field::FamilyName])
    };
    say(&mut created, &title);
    say(&mut created, &name);
    let wanted = created.wanted();
    assert_eq!(wanted.job_title.unwrap().as_str(), "Comptable");
    assert_eq!(wanted.family_name.unwrap().as_str(), "Durand");
}

#[test]
fn a_later_hire_that_is_withdrawn_says_what_becomes_of_the_earlier_employee() {
    let mut created = standing(&hire("a-1"), State::Created);
    let later = hire("a-1").starting("2027-06-01");
    let mut second = new(say(&mut created, &later));
    withdraw(&mut second, None, at(30));
    assert_eq!(second.state(), State::Cancelled);
    let told: Vec<_> = second.follow_ups().collect();
    let earlier = created.lucca_user().map(|user| user.id);
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].task,
        Task::WithdrawnAfterCreation {
            earlier,
            advice: FileAdvice::Look
        }
    );
}

#[test]
fn what_is_said_anew_during_doubt_completes_what_waits() {
    let mut latest = standing(&hire("a-1"), State::Verifying);
    let title = hire("a-1").titled("Comptable").only(&[Field::JobTitle]);
    let start = hire("a-1")
        .starting("2027-03-08")
        .only(&[Field::ContractStartDate]);
    assert_eq!(say(&mut latest, &title), Verdict::Changed);
    assert_eq!(say(&mut latest, &start), Verdict::Changed);
    let pending = latest.pending.unwrap();
    assert_eq!(
        pending.draft,
        hire("a-1").titled("Comptable").starting("2027-03-08").draft
    );
    assert_eq!(pending.revision, 3);
}

#[test]
fn an_incomplete_hire_waits_for_a_person_and_names_what_it_lacks() {
    let onboarding = opened(&hire("a-1").incomplete(), 20);
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(onboarding.due(), None);
    let problem = onboarding.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::Incomplete);
    let lacks = Question::Incomplete {
        fields: vec![Field::ContractStartDate],
        start_unreadable: false,
        clauses: Vec::new(),
    };
    assert_eq!(problem.questions, [lacks]);
}

#[test]
fn a_tombstone_cancels_what_was_said_before_it() {
    let table = [
        (Some(10), Some(Some(at(10))), State::Accepted),
        (Some(9), Some(Some(at(10))), State::Cancelled),
        (Some(11), Some(Some(at(10))), State::Accepted),
        (None, Some(Some(at(10))), State::Accepted),
        (Some(10), Some(None), State::Accepted),
        (Some(10), None, State::Accepted),
    ];
    for (said, tombstone, state) in table {
        let mut hire = hire("a-1");
        hire.event_time = said.map(at);
        let onboarding = new(submit(None, tombstone, &hire, id(1), at(20)));
        assert_eq!(onboarding.state(), state, "{said:?} {tombstone:?}");
        assert_eq!(onboarding.due().is_some(), state == State::Accepted);
    }
}

#[test]
fn what_a_tombstone_has_cancelled_stays_so_until_the_source_confirms_after_it() {
    let mut latest = new(submit(
        None,
        Some(Some(at(30))),
        &hire("a-1").said(10),
        id(1),
        at(40),
    ));
    let between = hire("a-1").titled("Cheffe").said(20);
    let ignored = Verdict::Ignored(Ignored::Older);
    assert_eq!(say(&mut latest, &between), ignored);
    let after = new(say(&mut latest, &hire("a-1").said(31)));
    assert_eq!((after.state(), after.key.episode), (State::Accepted, 2));
}

#[test]
fn the_same_content_again_changes_nothing_in_any_state() {
    for state in State::iter() {
        let mut latest = standing(&hire("a-1").said(10), state);
        let before = latest.clone();
        let verdict = say(&mut latest, &hire("a-1").said(10));
        let expected = match state {
            State::Cancelled => Verdict::Ignored(Ignored::SaidBeforeCancellation),
            _ => Verdict::Unchanged,
        };
        assert_eq!(verdict, expected, "{state:?}");
        assert_eq!(latest, before, "{state:?}");
    }
}

#[test]
fn older_content_changes_nothing_in_any_state() {
    for state in State::iter() {
        let mut latest = standing(&hire("a-1").said(10), state);
        let before = latest.clone();
        let older = hire("a-1").starting("2027-06-01").said(9);
        let ignored = Verdict::Ignored(Ignored::Older);
        assert_eq!(say(&mut latest, &older), ignored, "{state:?}");
        assert_eq!(latest, before, "{state:?}");
    }
}

#[test]
fn newer_content_counts_at_once_while_no_attempt_is_open() {
    // Equal times and missing ones: what arrives later is newer.
    for (known, said) in [
        (Some(10), Some(11)),
        (Some(10), Some(10)),
        (Some(10), None),
        (None, Some(10)),
        (None, None),
    ] {
        for first in [hire("a-1"), hire("a-1").incomplete()] {
            let mut first = first;
            first.event_time = known.map(at);
            let mut latest = opened(&first, 0);
            latest.failures = 3;
            latest.last_error = Some("error".into());
            let mut newer = hire("a-1").titled("Cheffe");
            newer.event_time = said.map(at);
            assert_eq!(say(&mut latest, &newer), Verdict::Changed);
            assert_eq!(latest.state(), State::Accepted);
            assert_eq!(latest.content.draft, newer.draft);
            assert_eq!(latest.content.revision, 2);
            assert_eq!(latest.due(), Some(at(100)));
            assert_eq!(latest.problem(), None);
            assert_eq!((latest.failures, &latest.last_error), (0, &None));
        }
    }
}

#[test]
fn newer_content_that_lacks_data_asks_for_it() {
    let mut latest = opened(&hire("a-1"), 0);
    assert_eq!(
        say(&mut latest, &hire("a-1").incomplete()),
        Verdict::Changed
    );
    assert_eq!(latest.state(), State::NeedsAttention);
    assert_eq!(latest.problem().unwrap().code, ProblemCode::Incomplete);
}

#[test]
fn newer_content_waits_while_an_attempt_is_open() {
    for state in UNDER_WAY {
        let mut latest = standing(&hire("a-1").said(10), state);
        let newer = hire("a-1").titled("Cheffe").said(11);
        assert_eq!(say(&mut latest, &newer), Verdict::Changed, "{state:?}");
        assert_eq!(latest.content.revision, 1);
        assert_eq!(latest.content.draft, hire("a-1").draft);
        assert_eq!(latest.pending_revision(), Some(2));
        // A question about the outcome is looked into again.
        let expected = match state {
            State::NeedsAttention => State::Verifying,
            _ => state,
        };
        assert_eq!(latest.state(), expected);

        assert_eq!(say(&mut latest, &newer), Verdict::Unchanged);
        let back = hire("a-1").said(12);
        assert_eq!(say(&mut latest, &back), Verdict::Changed);
        assert_eq!(latest.pending_revision(), Some(3));
        let older = hire("a-1").titled("Autre").said(11);
        let ignored = Verdict::Ignored(Ignored::Older);
        assert_eq!(say(&mut latest, &older), ignored);
    }
}

#[test]
fn an_expected_revision_that_is_not_the_newest_is_refused() {
    let expecting = |revision| Hire {
        expected_revision: Some(revision),
        ..hire("a-1").titled("Cheffe")
    };
    let unknown = submit(None, None, &expecting(1), id(1), at(0));
    assert_eq!(unknown, Verdict::WrongRevision);
    for state in State::iter() {
        let mut latest = standing(&hire("a-1"), state);
        let before = latest.clone();
        assert_eq!(say(&mut latest, &expecting(2)), Verdict::WrongRevision);
        assert_eq!(latest, before);
        let verdict = say(&mut latest, &expecting(1));
        assert_ne!(verdict, Verdict::WrongRevision, "{state:?}");
    }
    let mut latest = standing(&hire("a-1"), State::Creating);
    say(&mut latest, &expecting(1));
    assert_eq!(say(&mut latest, &expecting(1)), Verdict::WrongRevision);
    let mut third = expecting(2);
    third.draft.job_title = None;
    assert_eq!(say(&mut latest, &third), Verdict::Changed);
}

#[test]
fn only_what_waits_for_a_person_can_be_resumed() {
    for state in State::iter() {
        let mut onboarding = standing(&hire("a-1"), state);
        let before = onboarding.clone();
        let waited = onboarding.resume(at(100));
        assert_eq!(waited, state == State::NeedsAttention);
        if !waited {
            assert_eq!(onboarding, before);
        }
    }
}

#[test]
fn what_is_resumed_takes_its_turn_or_finds_out_what_became_of_its_attempt() {
    let mut open = standing(&hire("a-1"), State::NeedsAttention);
    open.resume(at(100));
    assert_eq!(
        (open.state(), open.due()),
        (State::Verifying, Some(at(100)))
    );
    assert_eq!((open.problem(), open.looks()), (None, [].as_slice()));

    let mut refused = opened(&hire("a-1"), 0);
    refused.step(begin("login", 0), &moment(0)).unwrap();
    let no = crate::domain::attempt::Evidence::Refused("no".into());
    refused.see(1, no, None, &moment(1)).unwrap();
    refused.resume(at(100));
    assert_eq!(
        (refused.state(), refused.due()),
        (State::Accepted, Some(at(100)))
    );
    assert_eq!((refused.problem(), &refused.last_error), (None, &None));

    let mut incomplete = opened(&hire("a-1").incomplete(), 0);
    assert!(incomplete.resume(at(100)));
    assert_eq!(incomplete.state(), State::NeedsAttention);
    assert_eq!(incomplete.problem().unwrap().code, ProblemCode::Incomplete);
}
