//! The stage of an onboarding. No other file writes it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    LuccaUser, Onboarding, State,
    machine::{self, Event, Facts, NoSuchMove},
};
use crate::domain::finding::Problem;

/// A state with the data that only this state has. It is stored flat, beside the other data of
/// the onboarding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stage {
    /// Waits for its turn or for a retry.
    Accepted {
        /// When it is to be worked on.
        due: Timestamp,
    },
    /// A creation call is being made.
    Creating {
        /// When the worker's lease ends.
        due: Timestamp,
    },
    /// The outcome of a creation call is being found out.
    Verifying {
        /// When the next look in Lucca is to be taken.
        due: Timestamp,
        /// Looks that found nobody since the last attempt ended.
        #[serde(default)]
        looks: Vec<Timestamp>,
    },
    /// A person has to decide or correct something.
    NeedsAttention {
        /// What.
        problem: Problem,
    },
    /// The employee exists.
    Created {
        /// The employee.
        #[serde(rename = "lucca_user")]
        user: LuccaUser,
        /// Whether an operator named the employee; `None` if version 0.1 stored it.
        #[serde(default)]
        linked: Option<bool>,
        /// When that was stored; `None` if it ended before this was kept.
        end_time: Option<Timestamp>,
    },
    /// Ended without an employee.
    Cancelled {
        /// When; `None` if it ended before this was kept.
        end_time: Option<Timestamp>,
        /// Why, if its retention time was over.
        problem: Option<Problem>,
    },
}

impl Stage {
    /// The state without its data.
    pub fn state(&self) -> State {
        match self {
            Self::Accepted { .. } => State::Accepted,
            Self::Creating { .. } => State::Creating,
            Self::Verifying { .. } => State::Verifying,
            Self::NeedsAttention { .. } => State::NeedsAttention,
            Self::Created { .. } => State::Created,
            Self::Cancelled { .. } => State::Cancelled,
        }
    }
}

/// The stage of an onboarding, which only this file can change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CurrentStage(Stage);

impl CurrentStage {
    /// The stage in which an onboarding is opened.
    pub(super) fn opened(stage: Stage) -> Self {
        Self(stage)
    }
}

impl Onboarding {
    /// The state.
    pub fn state(&self) -> State {
        self.stage.0.state()
    }

    /// The problem that stops it, or why it expired.
    pub fn problem(&self) -> Option<&Problem> {
        match &self.stage.0 {
            Stage::NeedsAttention { problem } => Some(problem),
            Stage::Cancelled { problem, .. } => problem.as_ref(),
            _ => None,
        }
    }

    /// When the next step is due; `None` when nothing happens by itself.
    pub fn due(&self) -> Option<Timestamp> {
        match self.stage.0 {
            Stage::Accepted { due } | Stage::Creating { due } | Stage::Verifying { due, .. } => {
                Some(due)
            }
            _ => None,
        }
    }

    /// The employee, once in Lucca.
    pub fn lucca_user(&self) -> Option<&LuccaUser> {
        match &self.stage.0 {
            Stage::Created { user, .. } => Some(user),
            _ => None,
        }
    }

    /// Whether an operator named the employee; `None` if that is not known.
    pub(super) fn is_linked(&self) -> Option<bool> {
        match &self.stage.0 {
            Stage::Created { linked, .. } => *linked,
            _ => None,
        }
    }

    /// When it ended.
    pub fn end_time(&self) -> Option<Timestamp> {
        match self.stage.0 {
            Stage::Created { end_time, .. } | Stage::Cancelled { end_time, .. } => end_time,
            _ => None,
        }
    }

    /// Looks in Lucca that found nobody since the last attempt ended.
    pub fn looks(&self) -> &[Timestamp] {
        match &self.stage.0 {
            Stage::Verifying { looks, .. } => looks,
            _ => &[],
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            open_attempt: self.has_open_attempt(),
            cancel_requested: self.cancel_requested,
        }
    }

    /// The state after an event.
    pub(super) fn leads(&self, event: Event) -> Result<State, NoSuchMove> {
        machine::next(self.state(), event, self.facts())
    }

    /// Moves on an event to the stage that it leads to.
    pub(super) fn enter(&mut self, event: Event, stage: Stage) -> Result<(), NoSuchMove> {
        let from = self.state();
        if self.leads(event)? != stage.state() {
            return Err(NoSuchMove { from, event });
        }
        self.stage.0 = stage;
        Ok(())
    }

    /// Replaces the data of the state. A stage of another state is ignored.
    pub(super) fn renew(&mut self, stage: Stage) {
        if stage.state() == self.state() {
            self.stage.0 = stage;
        }
    }

    /// Sets another time for the next step, if there is one.
    pub(super) fn postpone(&mut self, until: Timestamp) {
        match &mut self.stage.0 {
            Stage::Accepted { due } | Stage::Creating { due } | Stage::Verifying { due, .. } => {
                *due = until;
            }
            _ => {}
        }
    }

    /// Adds a look that found nobody, and drops looks from before `since`.
    pub(super) fn add_look(&mut self, at: Timestamp, since: Timestamp) {
        if let Stage::Verifying { looks, .. } = &mut self.stage.0 {
            looks.retain(|look| *look >= since);
            looks.push(at);
        }
    }

    /// Forgets why it expired.
    pub(super) fn forget_problem(&mut self) {
        if let Stage::Cancelled { problem, .. } = &mut self.stage.0 {
            *problem = None;
        }
    }

    /// Sets any stage, without a move.
    #[cfg(test)]
    pub(crate) fn put(&mut self, stage: Stage) {
        self.stage.0 = stage;
    }

    /// Sets any state, with the data of the fixtures.
    #[cfg(test)]
    pub(crate) fn put_into(&mut self, state: State) {
        use super::fixtures::{hire, standing};
        self.stage = standing(&hire("a-1"), state).stage;
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::domain::onboarding::fixtures::{hire, standing};

    #[test]
    fn every_stage_is_read_back_with_its_data() {
        for state in State::iter() {
            let onboarding = standing(&hire("a-1"), state);
            let stored = serde_json::to_value(&onboarding).unwrap();
            assert_eq!(stored["state"], state.as_str());
            let mut read: Onboarding = serde_json::from_value(stored).unwrap();
            read.attempts.clone_from(&onboarding.attempts);
            assert_eq!(read, onboarding);
        }
    }

    #[test]
    fn a_stored_state_without_its_data_is_refused() {
        for (state, member) in [
            (State::Accepted, "due"),
            (State::NeedsAttention, "problem"),
            (State::Created, "lucca_user"),
        ] {
            let onboarding = standing(&hire("a-1"), state);
            let mut stored = serde_json::to_value(&onboarding).unwrap();
            stored[member] = serde_json::Value::Null;
            assert!(serde_json::from_value::<Onboarding>(stored).is_err());
        }
    }

    #[test]
    fn only_a_move_of_the_machine_leads_to_another_state() {
        let mut onboarding = standing(&hire("a-1"), State::Created);
        let before = onboarding.clone();
        let due = onboarding.create_time;
        let accepted = Stage::Accepted { due };
        assert!(onboarding.enter(Event::Resume, accepted.clone()).is_err());
        onboarding.renew(accepted);
        onboarding.postpone(due);
        assert_eq!(onboarding, before);
        let mut accepted = standing(&hire("a-1"), State::Accepted);
        let wrong = Stage::Verifying { due, looks: vec![] };
        assert!(accepted.enter(Event::Begin, wrong).is_err());
    }
}
