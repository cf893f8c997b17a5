//! Moves that what callers say, operators decide and workers see have in common.

use jiff::Timestamp;

use super::{
    Onboarding, State,
    cancellation::Cancellation,
    machine::{self, Event, Facts},
    submission::rehire,
};
use crate::domain::finding::Question;

impl Onboarding {
    /// Cancels at once, or once the outcome of the open attempt is known. Does nothing
    /// when it has ended.
    pub fn cancel(&mut self, why: Cancellation, now: Timestamp) {
        let facts = Facts {
            open_attempt: self.has_open_attempt() || self.state == State::Creating,
            cancel_requested: true,
        };
        let Ok(next) = machine::next(self.state, Event::Cancel, facts) else {
            return;
        };
        self.update_time = now;
        // Whoever wanted it first.
        self.cancellation.get_or_insert(why);
        match next {
            State::Cancelled => self.end(State::Cancelled, now),
            _ => {
                self.cancel_requested = true;
                if next != self.state {
                    self.start_verifying(now);
                }
            }
        }
    }

    /// Sets an onboarding that waits for a person going again: to its turn, or, while the
    /// outcome of an attempt is unknown, to verification. Returns whether it waited.
    pub fn resume(&mut self, now: Timestamp) -> bool {
        let facts = Facts {
            open_attempt: self.has_open_attempt(),
            cancel_requested: self.cancel_requested,
        };
        let Ok(next) = machine::next(self.state, Event::Resume, facts) else {
            return false;
        };
        self.update_time = now;
        match next {
            State::Verifying => self.start_verifying(now),
            _ => self.reconsider(now),
        }
        true
    }

    /// Puts the content in its turn anew, or asks for what it lacks. Only without an open
    /// attempt.
    pub(super) fn reconsider(&mut self, now: Timestamp) {
        self.failures = 0;
        self.doubts = 0;
        self.last_error = None;
        self.looks.clear();
        match self.draft().complete() {
            // Newer content does not answer whether this is the earlier employee.
            Ok(_) if self.earlier.is_some() && !self.create_anyway => {
                self.state = State::NeedsAttention;
                self.problem = Some(rehire(self.earlier.as_ref()));
                self.due = None;
            }
            Ok(_) => {
                self.state = State::Accepted;
                self.problem = None;
                self.due = Some(now);
            }
            Err(missing) => {
                self.state = State::NeedsAttention;
                self.problem = Some(Question::incomplete(missing, &self.content.remarks).into());
                self.due = None;
            }
        }
    }

    /// Starts to find out what became of the open attempt, with fresh looks.
    pub(super) fn start_verifying(&mut self, first_look: Timestamp) {
        self.state = State::Verifying;
        self.problem = None;
        self.looks.clear();
        self.failures = 0;
        self.due = Some(first_look);
    }

    /// Ends it. What waited when it is cancelled is cancelled with it.
    pub(super) fn end(&mut self, state: State, now: Timestamp) {
        self.state = state;
        self.end_time = Some(now);
        if state == State::Cancelled {
            self.adopt_pending();
        } else {
            self.cancellation = None;
        }
        self.due = None;
        self.problem = None;
        self.last_error = None;
        self.cancel_requested = false;
        self.erase_if_ended();
    }
}
