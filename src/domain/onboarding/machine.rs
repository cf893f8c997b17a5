//! The states of an onboarding and every move between them.
//!
//! A move that is not here is a bug, and refused.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

/// The state of an onboarding.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Stored; waits for its turn or for a retry.
    Accepted,
    /// A creation call is being made.
    Creating,
    /// The service looks for the outcome of a creation call.
    Verifying,
    /// An operator has to decide or correct something.
    NeedsAttention,
    /// The employee exists.
    Created,
    /// Ended without an employee.
    Cancelled,
}

impl State {
    /// Whether it has ended: only an operator who takes a wrong link back leads out of it.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Created | Self::Cancelled)
    }

    /// Whether the service goes on by itself.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Accepted | Self::Creating | Self::Verifying)
    }

    /// The state as people see it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What happens to an onboarding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter)]
pub enum Event {
    /// An attempt's intent is committed.
    Begin,
    /// The person is in Lucca: created by an attempt, or certainly the same.
    InLucca,
    /// The attempt had no effect for certain and may be repeated.
    NotExecuted,
    /// Lucca refused the attempt, or there is a question for an operator.
    Ask,
    /// The attempt's outcome is not known.
    OutcomeUnknown,
    /// Two looks have proven that the person is not in Lucca.
    Absent,
    /// The hire is withdrawn or cancelled.
    Cancel,
    /// An operator or newer content lets the work go on.
    Resume,
    /// Evidence shows the outcome. The same follows as during verification.
    Answered,
    /// An operator says that the employee is not the person hired.
    Unlink,
}

/// Facts that the move depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Facts {
    /// An attempt's outcome is unknown.
    pub open_attempt: bool,
    /// A cancellation waits for the outcome.
    pub cancel_requested: bool,
}

/// A move that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no move from {from:?} on {event:?}")]
pub struct NoSuchMove {
    /// The state before.
    pub from: State,
    /// The event.
    pub event: Event,
}

/// The state after an event.
///
/// While an outcome is unknown, `Cancel` leads to `VERIFYING` or stays in `CREATING`, and the
/// caller keeps the request. The facts are those *after* the event's evidence has been added.
///
/// # Errors
/// The move does not exist.
pub fn next(from: State, event: Event, facts: Facts) -> Result<State, NoSuchMove> {
    use State::{Accepted, Cancelled, Created, Creating, NeedsAttention, Verifying};
    let Facts {
        open_attempt,
        cancel_requested,
    } = facts;
    let after_absence = if cancel_requested {
        Cancelled
    } else {
        Accepted
    };
    Ok(match (from, event) {
        (Accepted, Event::Begin) if !open_attempt => Creating,
        (Accepted | Creating | Verifying | NeedsAttention, Event::InLucca) => Created,
        (Creating, Event::NotExecuted) if !open_attempt => Accepted,
        (Accepted | Creating, Event::Ask) if !open_attempt => NeedsAttention,
        (Verifying, Event::Ask) => NeedsAttention,
        (Creating, Event::OutcomeUnknown) => Verifying,
        (Verifying, Event::Absent) if !open_attempt => after_absence,
        (Accepted | NeedsAttention, Event::Cancel) if !open_attempt => Cancelled,
        (NeedsAttention, Event::Cancel) => Verifying,
        (Creating | Verifying, Event::Cancel) => from,
        (NeedsAttention, Event::Resume) if open_attempt => Verifying,
        (NeedsAttention, Event::Resume) => Accepted,
        (Created, Event::Unlink) => NeedsAttention,
        (NeedsAttention, Event::Answered) if !open_attempt => Verifying,
        _ => return Err(NoSuchMove { from, event }),
    })
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    /// The moves of the contract, state by state.
    const MOVES: [(State, &[State]); 6] = [
        (
            State::Accepted,
            &[
                State::Creating,
                State::Created,
                State::NeedsAttention,
                State::Cancelled,
            ],
        ),
        (
            State::Creating,
            &[
                State::Created,
                State::Accepted,
                State::Verifying,
                State::NeedsAttention,
            ],
        ),
        (
            State::Verifying,
            &[
                State::Created,
                State::Accepted,
                State::Cancelled,
                State::NeedsAttention,
            ],
        ),
        (
            State::NeedsAttention,
            &[
                State::Accepted,
                State::Verifying,
                State::Created,
                State::Cancelled,
            ],
        ),
        (State::Created, &[State::NeedsAttention]),
        (State::Cancelled, &[]),
    ];

    fn facts() -> impl Iterator<Item = Facts> {
        [(false, false), (false, true), (true, false), (true, true)]
            .into_iter()
            .map(|(open_attempt, cancel_requested)| Facts {
                open_attempt,
                cancel_requested,
            })
    }

    #[test]
    fn exactly_the_moves_of_the_contract_exist() {
        for (from, allowed) in MOVES {
            let mut reached: Vec<State> = Event::iter()
                .flat_map(|event| facts().filter_map(move |facts| next(from, event, facts).ok()))
                .filter(|to| *to != from)
                .collect();
            reached.sort();
            reached.dedup();
            let mut allowed = allowed.to_vec();
            allowed.sort();
            assert_eq!(reached, allowed, "from {from:?}");
        }
    }

    #[test]
    fn no_state_lets_a_call_begin_while_an_attempt_is_open() {
        for from in State::iter() {
            for facts in facts().filter(|facts| facts.open_attempt) {
                assert!(next(from, Event::Begin, facts).is_err());
                for event in Event::iter() {
                    let to = next(from, event, facts);
                    assert!(
                        to != Ok(State::Accepted) && to != Ok(State::Cancelled),
                        "{from:?} {event:?} {facts:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn only_an_operator_who_takes_a_link_back_leads_out_of_a_terminal_state() {
        for from in State::iter().filter(|state| state.is_terminal()) {
            for event in Event::iter().filter(|event| *event != Event::Unlink) {
                for facts in facts() {
                    assert!(next(from, event, facts).is_err());
                }
            }
        }
    }

    #[test]
    fn a_cancellation_is_carried_out_once_absence_is_proven() {
        let facts = Facts {
            open_attempt: false,
            cancel_requested: true,
        };
        assert_eq!(
            next(State::Verifying, Event::Absent, facts),
            Ok(State::Cancelled)
        );
    }
}
