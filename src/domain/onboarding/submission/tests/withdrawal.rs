//! Hires that are withdrawn or cancelled, and confirmed anew.

use super::*;

#[test]
fn only_a_newer_confirmation_opens_a_new_episode_after_cancellation() {
    let table = [
        (Some(10), Some(10), false),
        (Some(10), Some(9), false),
        (Some(10), Some(11), true),
        (Some(10), None, true),
        (None, Some(10), true),
        (None, None, true),
    ];
    for (known, said, opens) in table {
        let mut first = hire("a-1");
        first.event_time = known.map(at);
        let mut latest = standing(&first, State::Cancelled);
        let before = latest.clone();
        let mut again = hire("a-1");
        again.event_time = said.map(at);
        let verdict = say(&mut latest, &again);
        assert_eq!(latest, before);
        if opens {
            let next = new(verdict);
            assert_eq!((next.key.episode, next.state()), (2, State::Accepted));
        } else {
            assert_eq!(verdict, Verdict::Unchanged, "{known:?} {said:?}");
        }
    }
}

#[test]
fn a_withdrawal_cancels_at_once_or_waits_for_the_outcome() {
    for (state, becomes, requested) in [
        (State::Accepted, State::Cancelled, false),
        (State::Creating, State::Creating, true),
        (State::Verifying, State::Verifying, true),
        (State::NeedsAttention, State::Verifying, true),
    ] {
        let mut latest = standing(&hire("a-1").said(10), state);
        let before = latest.clone();
        assert!(!withdraw(&mut latest, Some(at(9)), at(100)), "older");
        assert_eq!(latest, before);
        assert!(withdraw(&mut latest, Some(at(20)), at(100)), "{state:?}");
        assert_eq!(latest.state(), becomes, "{state:?}");
        assert_eq!(latest.cancel_requested, requested, "{state:?}");
        assert_eq!(latest.due().is_none(), becomes == State::Cancelled);
        assert!(!withdraw(&mut latest, Some(at(20)), at(101)), "again");
        assert_eq!(latest.update_time, at(100));
        // What was said before the withdrawal does not undo it.
        let older = hire("a-1").titled("Cheffe").said(19);
        assert_eq!(say(&mut latest, &older), Verdict::Unchanged);
        assert_eq!(latest.cancel_requested, requested);
    }
}

#[test]
fn a_question_without_an_open_attempt_is_cancelled_at_once() {
    let mut latest = opened(&hire("a-1").incomplete(), 0);
    assert!(withdraw(&mut latest, None, at(1)));
    assert_eq!((latest.state(), latest.problem()), (State::Cancelled, None));
}

#[test]
fn a_withdrawal_after_creation_is_a_follow_up_noted_once() {
    let mut latest = standing(&hire("a-1").said(10), State::Created);
    assert!(!withdraw(&mut latest, Some(at(9)), at(100)));
    assert!(withdraw(&mut latest, Some(at(20)), at(100)));
    assert!(!withdraw(&mut latest, Some(at(20)), at(101)));
    assert_eq!(latest.state(), State::Created);
    assert_eq!(codes(&latest), ["WITHDRAWN_AFTER_CREATION"]);
}

#[test]
fn nobody_is_asked_to_complete_or_declare_a_withdrawn_employee_until_confirmed_anew() {
    let start = CivilDate::parse_iso("2027-01-04").unwrap();
    let mut latest = standing(&hire("a-1").said(10), State::Created);
    latest.findings.follow_ups = follow_up::plan(start, &[], &[], false);
    let told =
        |of: &Onboarding| -> Vec<&str> { of.follow_ups().map(|it| it.code().as_str()).collect() };
    let planned = ["SET_MANAGER", "COMPLETE_FILE", "DPAE", "LAUNCH_ONBOARDING"];
    assert_eq!(told(&latest), planned);
    assert!(!latest.is_waited_for());
    latest.findings.follow_ups.push(Task::SecondCall.into());
    withdraw(&mut latest, Some(at(20)), at(100));
    assert_eq!(told(&latest), ["WITHDRAWN_AFTER_CREATION", "SECOND_CALL"]);
    assert!(latest.is_waited_for());
    latest
        .findings
        .follow_ups
        .retain(|it| it.code() != follow_up::Code::SecondCall);
    say(&mut latest, &hire("a-1").said(30));
    assert_eq!(told(&latest), planned);
    assert!(!latest.is_waited_for());
}

#[test]
fn what_was_said_before_a_withdrawal_after_creation_is_old() {
    let mut latest = standing(&hire("a-1").said(10), State::Created);
    withdraw(&mut latest, Some(at(30)), at(100));
    let between = hire("a-1").starting("2027-06-01").said(20);
    assert_eq!(say(&mut latest, &between), Verdict::Unchanged);
}

#[test]
fn a_later_withdrawal_of_what_is_withdrawn_outdates_confirmations_before_it() {
    for state in [State::Accepted, State::Creating] {
        let mut latest = standing(&hire("a-1").said(10), state);
        withdraw(&mut latest, Some(at(20)), at(100));
        assert!(!withdraw(&mut latest, Some(at(40)), at(101)), "withdrawn");
        let between = hire("a-1").said(30);
        assert_eq!(say(&mut latest, &between), Verdict::Unchanged, "{state:?}");
        assert_eq!(latest.cancel_requested, state == State::Creating);
    }
}

#[test]
fn a_withdrawal_of_content_that_waits_outdates_confirmations_before_it() {
    let mut latest = standing(&hire("a-1").said(10), State::Creating);
    say(&mut latest, &hire("a-1").titled("Cheffe").said(20));
    withdraw(&mut latest, Some(at(40)), at(100));
    for between in [hire("a-1").titled("Cheffe"), hire("a-1").titled("Autre")] {
        assert_eq!(say(&mut latest, &between.said(30)), Verdict::Unchanged);
        assert!(latest.cancel_requested);
    }
}

#[test]
fn a_withdrawn_hire_that_is_confirmed_anew_before_it_is_carried_out_goes_on() {
    for again in [hire("a-1").said(21), hire("a-1").titled("Cheffe").said(21)] {
        let mut latest = standing(&hire("a-1").said(10), State::Creating);
        withdraw(&mut latest, Some(at(20)), at(50));
        assert_eq!(say(&mut latest, &again), Verdict::Changed);
        assert!(!latest.cancel_requested);
        assert_eq!(latest.update_time, at(100));
        assert_eq!(say(&mut latest, &again), Verdict::Unchanged);
        assert!(!latest.cancel_requested);
    }
}

#[test]
fn a_withdrawal_not_carried_out_is_undone_by_what_would_reopen_one_that_was() {
    // First confirmation, withdrawal, second confirmation.
    let table = [
        (Some(10), Some(20), Some(21), true),
        (Some(10), Some(20), Some(20), false),
        (Some(10), Some(20), Some(10), false),
        (Some(10), Some(20), None, true),
        (Some(10), None, Some(10), false),
        (Some(10), None, Some(11), true),
        (None, None, None, true),
        (None, Some(20), Some(20), false),
    ];
    for (confirmed, withdrawn, again, undone) in table {
        for title in ["", "Cheffe"] {
            let mut first = hire("a-1");
            first.event_time = confirmed.map(at);
            let mut second = hire("a-1").titled(title);
            second.event_time = again.map(at);

            let mut ended = standing(&first, State::Accepted);
            withdraw(&mut ended, withdrawn.map(at), at(50));
            let reopened = matches!(say(&mut ended, &second), Verdict::New(_));
            assert_eq!(reopened, undone, "{confirmed:?} {withdrawn:?} {again:?}");

            let mut waiting = standing(&first, State::Creating);
            withdraw(&mut waiting, withdrawn.map(at), at(50));
            say(&mut waiting, &second);
            assert_eq!(
                !waiting.cancel_requested, undone,
                "{confirmed:?} {withdrawn:?} {again:?} {title:?}"
            );
        }
    }
}

#[test]
fn what_waited_when_a_hire_was_cancelled_is_what_was_cancelled() {
    let mut latest = standing(&hire("a-1").said(10), State::Verifying);
    let waiting = hire("a-1").titled("Cheffe").said(20);
    say(&mut latest, &waiting);
    latest.cancel(by_operator(100), at(100));
    for seconds in [50, 90] {
        let look = Step::Looked {
            at: at(seconds),
            sighting: Sighting::Nobody,
            visibility_proven: true,
        };
        latest.step(look, &moment(seconds)).unwrap();
    }
    assert_eq!(latest.state(), State::Cancelled);
    assert_eq!(latest.pending_revision(), None);
    assert_eq!(latest.content.draft, waiting.draft);
    assert_eq!(say(&mut latest, &waiting), Verdict::Unchanged);
}

#[test]
fn cancelling_what_has_ended_does_nothing() {
    for state in [State::Created, State::Cancelled] {
        let mut onboarding = standing(&hire("a-1"), state);
        let before = onboarding.clone();
        onboarding.cancel(by_operator(100), at(100));
        assert_eq!(onboarding, before);
    }
}
