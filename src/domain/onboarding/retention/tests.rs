use super::*;
use crate::domain::{
    attempt::Evidence,
    finding::ProblemCode,
    onboarding::{
        fixtures::{at, hire, id, moment, opened, standing, user},
        submission::{Hire, Ignored, Verdict, submit},
    },
};

const DAY: i64 = 24 * 3600;

/// `START`, 2027-03-01, is over everywhere this many days after the beginning of the
/// tests' time: at noon of 2027-03-02.
const STARTED: i64 = 60 * DAY + DAY / 2;

fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

/// Waits for a person, with nothing in doubt.
fn refused(hire: &Hire) -> Onboarding {
    let mut onboarding = standing(hire, State::Creating);
    let refused = Evidence::Refused("no".into());
    onboarding.see(1, refused, None, &moment(0)).unwrap();
    assert_eq!(onboarding.state(), State::NeedsAttention);
    onboarding
}

#[test]
fn what_has_ended_is_forgotten_and_what_waits_in_vain_expires() {
    let plain = hire("a-1");
    let soon = hire("a-1").starting("2027-01-01");
    let undated = opened(&hire("a-1").incomplete(), 0);
    // What it is, and the second from which 10 days count.
    let table = [
        (standing(&plain, State::Accepted), None),
        (standing(&plain, State::Creating), None),
        (standing(&plain, State::Verifying), None),
        // In doubt: kept for ever.
        (standing(&plain, State::NeedsAttention), None),
        (refused(&plain), Some((STARTED, Fate::Expire))),
        (refused(&soon), Some((DAY + DAY / 2, Fate::Expire))),
        (undated, Some((0, Fate::Expire))),
        (
            standing(&plain, State::Created),
            Some((STARTED, Fate::Forget)),
        ),
        (
            standing(&soon, State::Created),
            Some((DAY + DAY / 2, Fate::Forget)),
        ),
        (standing(&plain, State::Cancelled), Some((0, Fate::Forget))),
    ];
    for (onboarding, expected) in table {
        let what = format!("{:?} {expected:?}", onboarding.state());
        let Some((from, fate)) = expected else {
            assert_eq!(onboarding.retained_from(), None, "{what}");
            let late = at(10_000 * DAY);
            assert_eq!(onboarding.fate(days(10), late), Fate::Keep, "{what}");
            continue;
        };
        assert_eq!(onboarding.retained_from(), Some(at(from)), "{what}");
        let last = from + 10 * DAY - 1;
        assert_eq!(onboarding.fate(days(10), at(last)), Fate::Keep, "{what}");
        assert_eq!(onboarding.fate(days(10), at(last + 1)), fate, "{what}");
    }
}

#[test]
fn what_comes_late_waits_as_long_as_what_came_in_time() {
    let late = opened(&hire("a-1").starting("2026-01-05").incomplete(), 5 * DAY);
    assert_eq!(late.fate(days(10), at(15 * DAY - 1)), Fate::Keep);
    let mut waits = refused(&hire("a-1").starting("2026-01-05"));
    assert_eq!(waits.fate(days(10), at(10 * DAY)), Fate::Expire);
    // Somebody is still at it.
    waits.resume(at(9 * DAY));
    waits.put_into(State::NeedsAttention);
    assert_eq!(waits.fate(days(10), at(10 * DAY)), Fate::Keep);
}

#[test]
fn what_happens_after_the_end_does_not_make_it_last_longer() {
    let mut onboarding = standing(&hire("a-1"), State::Created);
    let now = at(STARTED + 5 * DAY);
    let other = hire("a-1").titled("Cheffe");
    submit(Some(&mut onboarding), None, &other, id(2), now);
    assert_eq!(onboarding.update_time, now);
    assert_eq!(onboarding.retained_from(), Some(at(STARTED)));
}

#[test]
fn what_expires_is_cancelled_with_a_reason_and_nobody_is_left_in_it() {
    let mut onboarding = refused(&hire("a-1"));
    let now = at(STARTED + 10 * DAY);
    assert_eq!(onboarding.retire(days(10), now), Fate::Expire);
    assert_eq!(onboarding.state(), State::Cancelled);
    let code = onboarding.problem().as_ref().map(|problem| problem.code);
    assert_eq!(code, Some(ProblemCode::Expired));
    assert_eq!((onboarding.due(), onboarding.update_time), (None, now));
    assert!(onboarding.erased && onboarding.draft().family_name.is_none());
    assert!(onboarding.attempts[0].intent.body.is_null());
    assert_eq!(onboarding.attempts[0].last_failure().unwrap().said, None);
    // Once.
    let after = onboarding.clone();
    assert_eq!(
        onboarding.retire(days(10), at(10_000 * DAY)),
        Fate::Keep,
        "retired twice"
    );
    assert_eq!(onboarding, after);
}

/// Created as user 7, long started, and forgotten.
fn forgotten(hire: &Hire) -> Onboarding {
    let mut onboarding = standing(hire, State::Created);
    let now = at(STARTED + 10 * DAY);
    assert_eq!(onboarding.retire(days(10), now), Fate::Forget);
    assert!(onboarding.erased && onboarding.draft().personal_email.is_none());
    onboarding
}

#[test]
fn a_forgotten_hire_that_is_said_again_is_still_the_one_that_was_created() {
    let now = at(500 * DAY);
    let first = hire("a-1").said(1);
    let table = [
        ("the same", first.clone()),
        ("the same without a time", hire("a-1")),
        ("the same, said later", hire("a-1").said(DAY)),
        ("something else", hire("a-1").said(DAY).titled("Cheffe")),
        ("an earlier start", hire("a-1").starting("2027-02-01")),
        ("no start", hire("a-1").incomplete()),
    ];
    for (what, said) in table {
        let before = forgotten(&first);
        let mut after = before.clone();
        let verdict = submit(Some(&mut after), None, &said, id(2), now);
        assert_eq!(verdict, Verdict::Ignored(Ignored::Erased), "{what}");
        // Only the time of the last confirmation is noted.
        after.confirmed = before.confirmed;
        assert_eq!(after, before, "{what}");
    }
    let link = forgotten(&first);
    assert_eq!(link.lucca_user(), Some(&user(7)));
}

#[test]
fn a_later_start_of_a_forgotten_hire_is_a_question_and_never_a_call() {
    let mut known = forgotten(&hire("a-1"));
    let later = hire("a-1").starting("2028-03-01");
    let ask = |latest: &mut Onboarding| match submit(Some(latest), None, &later, id(2), at(0)) {
        Verdict::New(next) => *next,
        other => panic!("{other:?}"),
    };
    let mut next = ask(&mut known);
    for episode in [2, 3] {
        assert_eq!(next.key.episode, episode);
        assert_eq!(next.state(), State::NeedsAttention);
        let code = next.problem().as_ref().map(|problem| problem.code);
        assert_eq!(code, Some(ProblemCode::Rehire));
        assert_eq!(next.earlier, Some(user(7)));
        // A question that nobody answered is asked again.
        assert_eq!(next.retire(days(10), at(900 * DAY)), Fate::Expire);
        next = ask(&mut next);
    }
}
