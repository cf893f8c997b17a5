//! Tries that come earlier than planned: because Lucca answers again, because somebody asks for
//! it, or because the source says the same again.
//!
//! None of them sends anything by itself. They only make work due: a call of unknown outcome is
//! verified first, and no look is taken before it can prove something.

use std::time::Duration;

use jiff::Timestamp;

use super::{Onboarding, State, later};
use crate::domain::{
    cause::{CallKind, Cause, Trouble},
    finding::ProblemCode,
};

/// How long a question stands before a repetition of the hire asks it again. Each time may cost a
/// call to Lucca.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// What a retry did to an onboarding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retried {
    /// It waited for a person and goes on.
    Resumed,
    /// Its next try was planned for later and is due now.
    BroughtForward,
    /// Nothing: it is due or being worked on.
    AlreadyDue,
    /// Nothing: it cannot go on.
    Not(NotRetried),
}

/// Why a retry did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotRetried {
    /// It has ended.
    Ended,
    /// The outcome of a call is unknown, and an earlier look would prove nothing.
    LookNotDue,
    /// It still asks this.
    Asks(ProblemCode),
}

impl NotRetried {
    /// The code as callers see it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ended => "ENDED",
            Self::LookNotDue => "LOOK_NOT_DUE",
            Self::Asks(problem) => problem.as_str(),
        }
    }
}

impl Retried {
    /// What a retry at this time has made of an onboarding.
    pub fn of(before: &Onboarding, after: &Onboarding, now: Timestamp) -> Self {
        let was_due = before.due().is_some_and(|due| due <= now);
        match (before.state(), after.state()) {
            (_, State::NeedsAttention) => Self::Not(
                after
                    .problem()
                    .map_or(NotRetried::Ended, |problem| NotRetried::Asks(problem.code)),
            ),
            (State::NeedsAttention, _) => Self::Resumed,
            (State::Created | State::Cancelled, _) => Self::Not(NotRetried::Ended),
            _ if was_due || after.state() == State::Creating => Self::AlreadyDue,
            _ if after.due() < before.due() => Self::BroughtForward,
            _ => Self::Not(NotRetried::LookNotDue),
        }
    }
}

impl Onboarding {
    /// Makes a try due at `due` that was planned for later.
    fn bring_forward(&mut self, due: Timestamp) -> bool {
        let may = match self.state() {
            State::Accepted => true,
            // A look that has failed had its time. One that is still to come is planned for when
            // it can prove something.
            State::Verifying => self.failures > 0,
            _ => false,
        };
        let forward = may && self.due().is_some_and(|planned| planned > due);
        if forward {
            self.postpone(due);
        }
        forward
    }

    /// Tries now what was planned for later. The try takes the place of the planned one: however
    /// often that is asked for, the retry schedule does not end earlier.
    pub(super) fn hurry(&mut self, now: Timestamp) -> bool {
        let forward = self.bring_forward(now);
        if forward {
            self.failures = self.failures.saturating_sub(1);
            self.update_time = now;
        }
        forward
    }

    /// The source says the same again. What waits for its next try is due now. What waits for a
    /// person is looked at again if the answer may be in Lucca or in the tenant's settings by now.
    pub(super) fn nudge(&mut self, now: Timestamp) -> bool {
        let asked = self.update_time;
        if self.problem().is_some_and(|it| may_be_over(it.code)) && self.resume(now) {
            if self.state() != State::NeedsAttention {
                self.postpone(now.max(later(asked, ASKED_AGAIN_AFTER)));
            }
            return true;
        }
        self.hurry(now)
    }

    /// Whether a repetition may change anything.
    pub fn can_be_nudged(&self, now: Timestamp) -> bool {
        match self.state() {
            State::NeedsAttention => self.problem().is_some_and(|it| may_be_over(it.code)),
            _ => self.due().is_some_and(|due| due > now),
        }
    }

    /// Lucca answers calls of a kind again: what waits because they failed is due at `due`, unless
    /// it is due earlier. The retry schedule goes on, so that a hire whose calls alone fail ends up
    /// with a person.
    pub fn recovered(&mut self, kind: CallKind, due: Timestamp, now: Timestamp) -> bool {
        if !self.last_error.as_ref().is_some_and(|it| it.is_of(kind)) {
            return false;
        }
        let gave_up = self
            .problem()
            .is_some_and(|it| it.code == ProblemCode::LuccaUnavailable);
        // A call that failed until the schedule ended may fail because of the hire.
        if gave_up && kind == CallKind::Read && self.resume(now) {
            self.postpone(due);
            return true;
        }
        self.failures > 0 && self.bring_forward(due)
    }
}

/// Whether the answer to a problem may be found in Lucca or in the tenant's settings without
/// anybody deciding about the hire.
fn may_be_over(problem: ProblemCode) -> bool {
    use ProblemCode::{
        AccountChanged, ApplicationShared, DateUnlikely, DefaultMissing, Expired, Incomplete,
        LoginTaken, LuccaKeyRefused, LuccaRefused, LuccaUnavailable, ManagerUnclear,
        OutcomeUnknown, PersonExists, Rehire, UnknownExtendedData, Unmatched,
    };
    match problem {
        DefaultMissing | Unmatched | ManagerUnclear | PersonExists | Rehire | LoginTaken
        | LuccaKeyRefused | UnknownExtendedData | LuccaRefused | LuccaUnavailable => true,
        Incomplete | ApplicationShared | AccountChanged | DateUnlikely | OutcomeUnknown
        | Expired => false,
    }
}

impl Trouble {
    /// Whether it may be over once Lucca answers a call of this kind. Without a connection every
    /// call fails alike.
    fn is_of(&self, kind: CallKind) -> bool {
        match self {
            Self::Read(_) => kind == CallKind::Read,
            Self::Call(failure) => kind == CallKind::Create || failure.cause == Cause::NoConnection,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::domain::{
        attempt::Evidence,
        finding::Problem,
        onboarding::{
            Stage,
            decision::Decision,
            fixtures::{at, begin, by_operator, hire, moment, opened, standing},
            progress::Step,
        },
    };

    /// A hire that waits after failures of this kind, each a try.
    fn waiting(reason: &Trouble, failures: u32) -> Onboarding {
        let mut onboarding = opened(&hire("a-1"), 0);
        for _ in 0..failures {
            let reason = reason.clone();
            let failed = Step::Failed {
                reason,
                not_before: None,
            };
            onboarding.step(failed, &moment(0)).unwrap();
        }
        onboarding
    }

    fn asking(problem: ProblemCode) -> Onboarding {
        let mut onboarding = opened(&hire("a-1"), 0);
        let problem = Problem::of(problem);
        onboarding.put(Stage::NeedsAttention { problem });
        onboarding
    }

    fn verifying(failed_looks: u32) -> Onboarding {
        let mut onboarding = standing(&hire("a-1"), State::Verifying);
        for _ in 0..failed_looks {
            let failed = Step::Failed {
                reason: Trouble::Read("503".into()),
                not_before: None,
            };
            onboarding.step(failed, &moment(20)).unwrap();
        }
        onboarding
    }

    #[test]
    fn a_retry_makes_due_what_waits_and_tells_of_everything_else_why_not() {
        use NotRetried::{Asks, Ended, LookNotDue};
        let read = Trouble::Read("503".into());
        let mut unlinked = standing(&hire("a-1"), State::Created);
        unlinked.decide(Decision::Unlink, at(1)).unwrap();
        let table = [
            (waiting(&read, 1), Retried::BroughtForward),
            (waiting(&read, 0), Retried::AlreadyDue),
            (verifying(1), Retried::BroughtForward),
            (verifying(0), Retried::Not(LookNotDue)),
            (standing(&hire("a-1"), State::Creating), Retried::AlreadyDue),
            (asking(ProblemCode::LuccaUnavailable), Retried::Resumed),
            (
                standing(&hire("a-1"), State::NeedsAttention),
                Retried::Resumed,
            ),
            (
                opened(&hire("a-1").incomplete(), 0),
                Retried::Not(Asks(ProblemCode::Incomplete)),
            ),
            (unlinked, Retried::Not(Asks(ProblemCode::PersonExists))),
            (standing(&hire("a-1"), State::Created), Retried::Not(Ended)),
            (
                standing(&hire("a-1"), State::Cancelled),
                Retried::Not(Ended),
            ),
        ];
        // Before the first look after the call, and after everything failed once.
        for (before, expected) in table {
            let now = match before.state() {
                State::Verifying if before.failures > 0 => at(21),
                _ => at(1),
            };
            let mut after = before.clone();
            after.decide(Decision::Resume, now).unwrap();
            let retried = Retried::of(&before, &after, now);
            assert_eq!(retried, expected, "{:?}", before.stage);
            let due_now = matches!(retried, Retried::Resumed | Retried::BroughtForward);
            assert_eq!(due_now, after.due() == Some(now), "{:?}", before.stage);
            if !due_now {
                assert_eq!(before.due(), after.due());
            }
        }
    }

    #[test]
    fn a_repetition_asks_again_what_may_be_answered_by_now_and_revives_nothing() {
        use ProblemCode::{
            AccountChanged, ApplicationShared, DateUnlikely, Expired, Incomplete, OutcomeUnknown,
        };
        let kept = [
            Incomplete,
            ApplicationShared,
            AccountChanged,
            DateUnlikely,
            OutcomeUnknown,
            Expired,
        ];
        for problem in ProblemCode::iter() {
            let mut onboarding = asking(problem);
            let changed = onboarding.decide(Decision::Nudge, at(5)).unwrap();
            assert_eq!(changed, !kept.contains(&problem), "{problem:?}");
            if changed {
                // The question was asked at second 0.
                assert_eq!(onboarding.due(), Some(at(10)), "{problem:?}");
            }
        }
        let mut unlinked = standing(&hire("a-1"), State::Created);
        unlinked.decide(Decision::Unlink, at(1)).unwrap();
        let mut cancelled = waiting(&Trouble::NoBudget, 1);
        cancelled.cancel(by_operator(1), at(1));
        for before in [unlinked, cancelled, standing(&hire("a-1"), State::Created)] {
            let mut after = before.clone();
            after.decide(Decision::Nudge, at(60)).unwrap();
            assert_eq!(after, before);
        }
    }

    #[test]
    fn tries_that_are_asked_for_do_not_end_the_schedule_earlier() {
        let mut onboarding = waiting(&Trouble::Read("503".into()), 2);
        for seconds in 1..100 {
            assert!(onboarding.decide(Decision::Nudge, at(seconds)).unwrap());
            let failed = Step::Failed {
                reason: Trouble::Read("503".into()),
                not_before: None,
            };
            onboarding.step(failed, &moment(seconds)).unwrap();
            assert_eq!(onboarding.failures, 2);
        }
    }

    #[test]
    fn an_account_that_answers_again_makes_due_what_waited_for_these_calls() {
        use CallKind::{Create, Read};
        let call = |cause: Cause| Trouble::Call(cause.into());
        let refused = call(Cause::Status { status: 503 });
        let table = [
            (waiting(&Trouble::Read("503".into()), 2), [true, false]),
            (waiting(&refused, 2), [false, true]),
            (waiting(&call(Cause::NoConnection), 2), [true, true]),
            (verifying(1), [true, false]),
            (verifying(0), [false, false]),
            (standing(&hire("a-1"), State::Created), [false, false]),
        ];
        for (before, expected) in table {
            for (kind, expected) in [Read, Create].into_iter().zip(expected) {
                let mut after = before.clone();
                let due = at(21);
                assert_eq!(after.recovered(kind, due, at(21)), expected);
                if expected {
                    assert_eq!(after.due(), Some(due));
                    assert_eq!(after.failures, before.failures);
                } else {
                    assert_eq!(after, before);
                }
                // What is due earlier stays so.
                assert!(!after.recovered(kind, at(22), at(22)));
            }
        }
    }

    #[test]
    fn what_was_given_up_goes_on_if_nothing_could_be_read_and_not_if_its_calls_failed() {
        for (reason, goes_on) in [
            (Trouble::Read("503".into()), true),
            (Trouble::Call("503".into()), false),
        ] {
            let steps = u32::try_from(moment(0).timing.retry_schedule.len()).unwrap();
            let mut onboarding = waiting(&reason, steps + 1);
            assert_eq!(onboarding.state(), State::NeedsAttention);
            let mut recovered = |kind| onboarding.recovered(kind, at(9), at(8));
            assert_eq!(recovered(CallKind::Read), goes_on);
            assert!(!recovered(CallKind::Create));
            let due = goes_on.then_some(at(9));
            assert_eq!(onboarding.due(), due);
        }
    }

    #[test]
    fn a_look_is_never_brought_forward_to_before_it_can_prove_something() {
        let mut onboarding = opened(&hire("a-1"), 0);
        onboarding.step(begin("login", 0), &moment(0)).unwrap();
        let cut = Evidence::NoAnswer("cut".into());
        onboarding.see(1, cut, None, &moment(1)).unwrap();
        for decision in [Decision::Resume, Decision::Nudge] {
            let before = onboarding.clone();
            onboarding.decide(decision, at(2)).unwrap();
            assert_eq!(onboarding, before);
        }
        assert!(!onboarding.recovered(CallKind::Read, at(2), at(2)));
    }
}
