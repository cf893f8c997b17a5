//! Hires that are withdrawn or cancelled, and confirmed anew.

use super::*;
use crate::domain::onboarding::cancellation::CancelledBy;

const OLDER: Verdict = Verdict::Ignored(Ignored::Older);

#[test]
fn only_a_newer_confirmation_opens_a_new_episode_after_cancellation() {
    let table = [
        (Some(10), Some(10), Some(Ignored::SaidBeforeCancellation)),
        (Some(10), Some(9), Some(Ignored::Older)),
        (Some(10), Some(11), None),
        (Some(10), None, Some(Ignored::SaidBeforeCancellation)),
        (None, Some(10), None),
        (None, None, Some(Ignored::SaidBeforeCancellation)),
    ];
    for (known, said, ignored) in table {
        let mut first = hire("a-1");
        first.event_time = known.map(at);
        let mut latest = standing(&first, State::Cancelled);
        let before = latest.clone();
        let mut again = hire("a-1");
        again.event_time = said.map(at);
        let verdict = say(&mut latest, &again);
        // Only the time of the last confirmation is noted.
        latest.confirmed = before.confirmed;
        assert_eq!(latest, before);
        match ignored {
            Some(why) => assert_eq!(verdict, Verdict::Ignored(why), "{known:?} {said:?}"),
            None => {
                let next = new(verdict);
                assert_eq!((next.key.episode, next.state()), (2, State::Accepted));
            }
        }
    }
}

#[test]
fn what_an_operator_or_an_erasure_has_ended_is_reopened_by_something_new_only() {
    use CancelledBy::{Erasure, Expiry, Operator, Source};
    for (by, is_decided) in [
        (Operator, true),
        (Erasure, true),
        (Expiry, false),
        (Source, false),
    ] {
        for erased in [false, true] {
            let mut latest = opened(&hire("a-1"), 0);
            latest.cancel(Cancellation::new(by, at(50)), at(50));
            if erased {
                latest.forget();
            }
            // Without a time: the same content, and another one.
            let same = matches!(say(&mut latest, &hire("a-1")), Verdict::New(_));
            assert_eq!(same, !is_decided, "{by:?}, erased {erased}");
            let other = say(&mut latest, &hire("a-1").titled("Cheffe"));
            let opens = !is_decided || !erased;
            assert_eq!(matches!(other, Verdict::New(_)), opens, "{by:?}");
            // With a later one.
            new(say(&mut latest, &hire("a-1").said(60)));
        }
    }
}

#[test]
fn statements_of_one_time_count_in_the_order_of_their_arrival() {
    let (a, b) = (hire("a-1"), hire("a-1").titled("Cheffe"));
    // What is said before the withdrawal at second 20, what after it, and whether that revives it.
    let table = [
        (vec![a.clone().said(9)], a.clone().said(20), true),
        (vec![a.clone().said(9)], b.clone().said(20), true),
        (vec![a.clone().said(20)], a.clone().said(20), false),
        (vec![a.clone().said(20)], b.clone().said(20), true),
        (
            vec![a.clone().said(20), b.clone().said(20)],
            a.clone().said(20),
            false,
        ),
        (
            vec![a.clone().said(20), b.clone().said(20)],
            b.clone().said(20),
            false,
        ),
        (vec![a.clone().said(9)], a.clone().said(9), false),
        (vec![a.clone().said(9), b.said(15)], a.said(9), false),
    ];
    for state in [State::Accepted, State::Creating, State::Created] {
        for (before, after, revives) in &table {
            let mut latest = standing(&before[0], state);
            for more in &before[1..] {
                say(&mut latest, more);
            }
            assert_eq!(
                withdraw(&mut latest, Some(at(20)), at(50)),
                Verdict::Changed
            );
            let verdict = say(&mut latest, after);
            let is_new = matches!(verdict, Verdict::New(_));
            assert_eq!(is_new || !latest.is_taken_back(), *revives, "{state:?}");
            // The withdrawal delivered again takes nothing back.
            let again = match verdict {
                Verdict::New(mut next) => withdraw(&mut next, Some(at(20)), at(60)),
                _ => withdraw(&mut latest, Some(at(20)), at(60)),
            };
            let expected = match revives {
                true => Verdict::Ignored(Ignored::Older),
                false => Verdict::Unchanged,
            };
            assert_eq!(again, expected, "{state:?}");
        }
    }
}

#[test]
fn a_content_that_was_replaced_at_the_same_time_does_not_come_back() {
    for state in [State::Accepted, State::Creating] {
        let mut latest = standing(&hire("a-1").said(10), state);
        let second = hire("a-1").titled("Cheffe").said(10);
        assert_eq!(say(&mut latest, &second), Verdict::Changed);
        let ignored = Verdict::Ignored(Ignored::Older);
        assert_eq!(say(&mut latest, &hire("a-1").said(10)), ignored);
        assert_eq!(say(&mut latest, &second), Verdict::Unchanged);
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
        assert_eq!(withdraw(&mut latest, Some(at(9)), at(100)), OLDER);
        assert_eq!(latest, before);
        let withdrawn = withdraw(&mut latest, Some(at(20)), at(100));
        assert_eq!(withdrawn, Verdict::Changed, "{state:?}");
        assert_eq!(latest.state(), becomes, "{state:?}");
        assert_eq!(latest.cancel_requested, requested, "{state:?}");
        assert_eq!(latest.due().is_none(), becomes == State::Cancelled);
        let again = withdraw(&mut latest, Some(at(20)), at(101));
        assert_eq!(again, Verdict::Unchanged);
        assert_eq!(latest.update_time, at(100));
        // What was said before the withdrawal does not undo it.
        let older = hire("a-1").titled("Cheffe").said(19);
        assert_eq!(say(&mut latest, &older), OLDER);
        assert_eq!(latest.cancel_requested, requested);
    }
}

#[test]
fn a_question_without_an_open_attempt_is_cancelled_at_once() {
    let mut latest = opened(&hire("a-1").incomplete(), 0);
    assert_eq!(withdraw(&mut latest, None, at(1)), Verdict::Changed);
    assert_eq!((latest.state(), latest.problem()), (State::Cancelled, None));
}

#[test]
fn a_withdrawal_after_creation_is_a_follow_up_noted_once() {
    let mut latest = standing(&hire("a-1").said(10), State::Created);
    for (time, verdict) in [(9, OLDER), (20, Verdict::Changed), (20, Verdict::Unchanged)] {
        assert_eq!(withdraw(&mut latest, Some(at(time)), at(100)), verdict);
    }
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
    assert_eq!(say(&mut latest, &between), OLDER);
}

#[test]
fn a_later_withdrawal_of_what_is_withdrawn_outdates_confirmations_before_it() {
    for state in [State::Accepted, State::Creating] {
        let mut latest = standing(&hire("a-1").said(10), state);
        withdraw(&mut latest, Some(at(20)), at(100));
        let again = withdraw(&mut latest, Some(at(40)), at(101));
        assert_eq!(again, Verdict::Unchanged);
        let between = hire("a-1").said(30);
        assert_eq!(say(&mut latest, &between), OLDER, "{state:?}");
        assert_eq!(latest.cancel_requested, state == State::Creating);
    }
}

#[test]
fn a_withdrawal_of_content_that_waits_outdates_confirmations_before_it() {
    let mut latest = standing(&hire("a-1").said(10), State::Creating);
    say(&mut latest, &hire("a-1").titled("Cheffe").said(20));
    withdraw(&mut latest, Some(at(40)), at(100));
    for between in [hire("a-1").titled("Cheffe"), hire("a-1").titled("Autre")] {
        assert_eq!(say(&mut latest, &between.said(30)), OLDER);
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
    // First confirmation, withdrawal, second confirmation: of the same content, of another one.
    let table = [
        (Some(10), Some(20), Some(21), [true, true]),
        (Some(10), Some(20), Some(20), [true, true]),
        (Some(10), Some(20), Some(10), [false, false]),
        (Some(10), Some(20), None, [true, true]),
        (Some(10), None, Some(10), [false, true]),
        (Some(10), None, Some(11), [true, true]),
        (None, None, None, [true, true]),
        (None, Some(20), Some(20), [true, true]),
    ];
    for (confirmed, withdrawn, again, undone) in table {
        for (title, undone) in ["", "Cheffe"].into_iter().zip(undone) {
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
    let ignored = Verdict::Ignored(Ignored::SaidBeforeCancellation);
    assert_eq!(say(&mut latest, &waiting), ignored);
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

#[test]
fn a_withdrawal_counts_after_the_last_confirmation_whatever_was_updated_since() {
    let update = hire("a-1").titled("Cheffe").only(&[Field::JobTitle]);
    for state in [State::Accepted, State::Creating, State::Created] {
        for (withdrawn, expected) in [
            (Some(9), OLDER),
            (Some(10), Verdict::Changed),
            (Some(20), Verdict::Changed),
            (None, Verdict::Changed),
        ] {
            let mut latest = standing(&hire("a-1").said(10), state);
            say(&mut latest, &update.clone().said(30));
            let verdict = withdraw(&mut latest, withdrawn.map(at), at(50));
            assert_eq!(verdict, expected, "{state:?} {withdrawn:?}");
        }
        let mut latest = standing(&hire("a-1").said(10), state);
        say(&mut latest, &hire("a-1").said(30));
        assert_eq!(withdraw(&mut latest, Some(at(20)), at(50)), OLDER);
    }
}
