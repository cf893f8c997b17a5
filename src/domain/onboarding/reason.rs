//! Why an onboarding moved, in codes: for the history and the logs, without personal data.

use std::borrow::Cow;

use super::{Onboarding, State};
use crate::domain::attempt::{Evidence, Outcome};

impl Onboarding {
    /// Why it stands where it does, coming from a state (`None`: it has just arrived): the
    /// problem's code; what a creation call came to, when that made it move; `LINKED` when
    /// nothing had to be sent; else nothing.
    pub fn reason(&self, from: Option<State>) -> Cow<'static, str> {
        if let Some(problem) = &self.problem {
            return problem.code.as_str().into();
        }
        if self.state == State::Created {
            let executed = |it: &Outcome| matches!(it, Outcome::Executed(_));
            let sent = self.attempts.iter().any(|it| executed(&it.outcome()));
            return if sent { "" } else { "LINKED" }.into();
        }
        let called = matches!(from, Some(State::Creating | State::Verifying));
        let back = matches!(
            self.state,
            State::Accepted | State::Verifying | State::Cancelled
        );
        match self.attempts.last() {
            Some(attempt) if called && back && from != Some(self.state) => {
                match attempt.seen.last() {
                    Some(seen) => seen.evidence.code(),
                    // Its worker vanished.
                    None => "NO_ANSWER: STOPPED".into(),
                }
            }
            _ => "".into(),
        }
    }
}

impl Evidence {
    /// What was seen, as codes: a kind and, if known, the HTTP status or how the connection
    /// ended. Of the words nothing else is taken, for Lucca's own may name a person.
    pub fn code(&self) -> Cow<'static, str> {
        let (kind, words) = match self {
            Self::Created(_) => return "CREATED".into(),
            Self::Found(_) => return "FOUND".into(),
            Self::Absent => return "NOT_IN_LUCCA".into(),
            Self::Overridden => return "OVERRIDDEN".into(),
            Self::NotExecuted(words) => ("NOT_EXECUTED", words),
            Self::KeyRefused(words) => ("KEY_REFUSED", words),
            Self::Refused(words) | Self::RefusedBeside(words) => ("REFUSED", words),
            Self::RefusedAfterDoubt(words) => ("REFUSED_AFTER_DOUBT", words),
            Self::NoAnswer(words) => ("NO_ANSWER", words),
        };
        match cause(words) {
            Some(cause) => format!("{kind}: {cause}").into(),
            None => kind.into(),
        }
    }
}

/// What words tell that no person can be in: a status in front, or a known phrase.
fn cause(words: &str) -> Option<Cow<'static, str>> {
    let known = match words {
        "no connection" => "NO_CONNECTION",
        "no answer in time" => "TIMEOUT",
        "the answer was cut" | "the connection was cut" => "CONNECTION_CUT",
        "the answer is too large" => "ANSWER_TOO_LARGE",
        "a success without a user id" => "NO_USER_ID",
        super::progress::STOPPED => "STOPPED",
        _ => return status(words).map(|status| format!("STATUS_{status}").into()),
    };
    Some(known.into())
}

/// The HTTP status that words begin with.
fn status(words: &str) -> Option<u16> {
    let words = words.strip_prefix("status ").unwrap_or(words);
    let first = words.split(' ').next()?;
    let is_status = first.len() == 3 && first.bytes().all(|it| it.is_ascii_digit());
    first
        .parse()
        .ok()
        .filter(|it| is_status && (100..600).contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        attempt::tests::attempt,
        onboarding::fixtures::{hire, standing},
    };

    #[test]
    fn what_a_call_came_to_is_told_in_codes_and_nothing_of_lucca_s_words() {
        use Evidence::{KeyRefused, NoAnswer, NotExecuted, Refused};
        let table = [
            (
                NotExecuted("no connection".into()),
                "NOT_EXECUTED: NO_CONNECTION",
            ),
            (NotExecuted("status 429".into()), "NOT_EXECUTED: STATUS_429"),
            (
                NotExecuted("429 Slow down, Ada".into()),
                "NOT_EXECUTED: STATUS_429",
            ),
            (NotExecuted("Ada Lovelace".into()), "NOT_EXECUTED"),
            (NotExecuted(String::new()), "NOT_EXECUTED"),
            (KeyRefused("status 403".into()), "KEY_REFUSED: STATUS_403"),
            (
                Refused("400 ada@example.org is taken".into()),
                "REFUSED: STATUS_400",
            ),
            (Refused("0612345678 is no number".into()), "REFUSED"),
            (Refused("999 Ada".into()), "REFUSED"),
            (NoAnswer("no answer in time".into()), "NO_ANSWER: TIMEOUT"),
            (NoAnswer("status 503".into()), "NO_ANSWER: STATUS_503"),
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
        back.attempts = vec![attempt(&[Evidence::NotExecuted("status 429".into())])];
        let reason = |it: &Onboarding, from| it.reason(Some(from)).into_owned();
        assert_eq!(reason(&back, State::Creating), "NOT_EXECUTED: STATUS_429");
        assert_eq!(reason(&back, State::NeedsAttention), "");
        back.state = State::Creating;
        assert_eq!(reason(&back, State::Accepted), "");
        back.state = State::Verifying;
        back.attempts = vec![attempt(&[])];
        assert_eq!(reason(&back, State::Creating), "NO_ANSWER: STOPPED");
    }
}
