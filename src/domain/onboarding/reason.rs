//! Why an onboarding moved, in codes: for the history and the logs, without personal data.

use std::borrow::Cow;

use super::{Onboarding, State};
use crate::domain::{
    attempt::{Evidence, Outcome},
    cause::Cause,
};

impl Onboarding {
    /// Why it stands where it does, coming from a state (`None`: it has just arrived): the
    /// problem's codes; what a creation call came to, when that made it move; `LINKED` when
    /// nothing had to be sent; else nothing.
    pub fn reason(&self, from: Option<State>) -> Cow<'static, str> {
        if let Some(problem) = self.problem() {
            return problem.codes_as_text().into();
        }
        if self.state() == State::Created {
            let executed = |it: &Outcome| matches!(it, Outcome::Executed(_));
            let sent = self.attempts.iter().any(|it| executed(&it.outcome()));
            return if sent { "" } else { "LINKED" }.into();
        }
        let called = matches!(from, Some(State::Creating | State::Verifying));
        let back = matches!(
            self.state(),
            State::Accepted | State::Verifying | State::Cancelled
        );
        match self.attempts.last() {
            Some(attempt) if called && back && from != Some(self.state()) => {
                match attempt.seen.last() {
                    Some(seen) => seen.evidence.code(),
                    // Its worker vanished.
                    None => Evidence::NoAnswer(Cause::Stopped.into()).code(),
                }
            }
            _ => "".into(),
        }
    }
}

impl Evidence {
    /// What was seen, as codes: a kind and the cause, if known. Lucca's own sentence is left
    /// out, for it may name a person.
    pub fn code(&self) -> Cow<'static, str> {
        let kind: &'static str = self.into();
        match self.failure().and_then(|failure| failure.cause.word()) {
            Some(cause) => format!("{kind}: {cause}").into(),
            None => kind.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        attempt::tests::attempt,
        cause::Failure,
        onboarding::fixtures::{hire, standing},
    };

    #[test]
    fn what_a_call_came_to_is_told_in_codes_and_nothing_of_lucca_s_words() {
        use Evidence::{KeyRefused, NoAnswer, NotExecuted, Refused, RefusedBeside};
        let status = |status| Failure::status(status, Some("Slow down, Ada".into()));
        let table = [
            (
                NotExecuted(Cause::NoConnection.into()),
                "NOT_EXECUTED: NO_CONNECTION",
            ),
            (NotExecuted(status(429)), "NOT_EXECUTED: STATUS_429"),
            (NotExecuted("Ada Lovelace".into()), "NOT_EXECUTED"),
            (KeyRefused(status(403)), "KEY_REFUSED: STATUS_403"),
            (Refused(status(400)), "REFUSED: STATUS_400"),
            (RefusedBeside(status(400)), "REFUSED: STATUS_400"),
            (NoAnswer(Cause::Timeout.into()), "NO_ANSWER: TIMEOUT"),
            (Evidence::Absent, "NOT_IN_LUCCA"),
            (Evidence::Overridden, "OVERRIDDEN"),
        ];
        for (evidence, code) in table {
            assert_eq!(evidence.code(), code, "{evidence:?}");
        }
    }

    #[test]
    fn a_call_is_the_reason_of_the_move_it_caused_and_of_no_other() {
        let mut back = standing(&hire("a-1"), State::Accepted);
        assert_eq!(back.reason(None), "");
        back.attempts = vec![attempt(&[Evidence::NotExecuted(Failure::status(
            429, None,
        ))])];
        let reason = |it: &Onboarding, from| it.reason(Some(from)).into_owned();
        assert_eq!(reason(&back, State::Creating), "NOT_EXECUTED: STATUS_429");
        assert_eq!(reason(&back, State::NeedsAttention), "");
        back.put_into(State::Creating);
        assert_eq!(reason(&back, State::Accepted), "");
        back.put_into(State::Verifying);
        back.attempts = vec![attempt(&[])];
        assert_eq!(reason(&back, State::Creating), "NO_ANSWER: STOPPED");
    }
}
