//! Moves that what callers say, operators decide and workers see have in common.

use jiff::Timestamp;

use super::{
    Onboarding, Stage, State,
    cancellation::Cancellation,
    machine::{Event, NoSuchMove},
    submission::rehire,
};
use crate::domain::finding::Question;

impl Onboarding {
    /// Cancels at once, or once the outcome of the open attempt is known. Does nothing
    /// when it has ended.
    pub fn cancel(&mut self, why: Cancellation, now: Timestamp) {
        let Ok(next) = self.leads(Event::Cancel) else {
            return;
        };
        self.update_time = now;
        // The first one to cancel counts.
        self.cancellation.get_or_insert(why);
        if next == State::Cancelled {
            let _ = self.end_cancelled(Event::Cancel, now);
            return;
        }
        self.cancel_requested = true;
        if next != self.state() {
            let _ = self.start_verifying(Event::Cancel, now);
        }
    }

    /// Sets an onboarding that waits for a person going again: to its turn, or, while the
    /// outcome of an attempt is unknown, to verification. Returns whether it did: what waits
    /// because an operator took a link back goes on by an operator's decision only.
    pub fn resume(&mut self, now: Timestamp) -> bool {
        if self.is_unlinked() {
            return false;
        }
        let Ok(next) = self.leads(Event::Resume) else {
            return false;
        };
        self.update_time = now;
        if next == State::Verifying {
            let _ = self.start_verifying(Event::Resume, now);
        } else {
            self.reconsider(now);
        }
        true
    }

    /// Puts the content in its turn anew, or asks for what it lacks. Only without an open
    /// attempt.
    pub(super) fn reconsider(&mut self, now: Timestamp) {
        if self.is_unlinked() {
            return;
        }
        self.failures = 0;
        self.unknown_outcomes = 0;
        self.last_error = None;
        let stage = match self.draft().complete() {
            // Newer content does not answer whether this is the earlier employee.
            Ok(_) if self.earlier.is_some() && !self.create_anyway => Stage::NeedsAttention {
                problem: rehire(self.earlier.as_ref()),
            },
            Ok(_) => Stage::Accepted { due: now },
            Err(missing) => Stage::NeedsAttention {
                problem: Question::incomplete(missing, &self.content.remarks).into(),
            },
        };
        let event = match stage.state() {
            State::Accepted => Event::Resume,
            _ => Event::Ask,
        };
        if stage.state() == self.state() {
            self.renew(stage);
        } else {
            let _ = self.enter(event, stage);
        }
    }

    /// Starts to find out what became of the open attempt, with fresh looks.
    pub(super) fn start_verifying(
        &mut self,
        event: Event,
        first_look: Timestamp,
    ) -> Result<(), NoSuchMove> {
        let looks = Vec::new();
        let due = first_look;
        self.enter(event, Stage::Verifying { due, looks })?;
        self.failures = 0;
        Ok(())
    }

    /// Ends it without an employee; content that waited is cancelled with it.
    pub(super) fn end_cancelled(&mut self, event: Event, now: Timestamp) -> Result<(), NoSuchMove> {
        let cancelled = Stage::Cancelled {
            end_time: Some(now),
            problem: None,
        };
        self.enter(event, cancelled)?;
        self.adopt_pending();
        self.ended();
        Ok(())
    }

    /// What holds of every onboarding that has just ended.
    pub(super) fn ended(&mut self) {
        self.last_error = None;
        self.cancel_requested = false;
        self.erase_if_ended();
    }
}
