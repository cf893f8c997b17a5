//! Moves that what callers say, operators decide and workers see have in common.

use jiff::Timestamp;

use super::{
    Findings, Onboarding, Stage, State,
    cancellation::Cancellation,
    machine::{Event, NoSuchMove},
};
use crate::domain::{
    finding::{Problem, Question},
    resolve::Outlook,
    sense,
};

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

    /// Puts the content in its turn anew, or asks for what it lacks and what does not fit together.
    /// Only without an open attempt.
    pub(super) fn reconsider(&mut self, now: Timestamp) {
        if self.is_unlinked() {
            return;
        }
        self.failures = 0;
        self.unknown_outcomes = 0;
        self.last_error = None;
        let stage = match self.asked() {
            Some(problem) => Stage::NeedsAttention { problem },
            None => Stage::Accepted { due: now },
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
        self.settle_as_earlier(now);
    }

    /// Ends the question whether a later start is a new contract once the start is no later any
    /// more: what is wanted is the employee who exists.
    pub(super) fn settle_as_earlier(&mut self, now: Timestamp) {
        let asks_that_alone = |it: &Problem| it.questions.as_slice() == [Question::StartsAgain];
        let (Some(user), Some(created)) = (self.earlier.clone(), self.earlier_draft.clone()) else {
            return;
        };
        let starts_later = self.draft().contract_start_date > created.contract_start_date;
        if starts_later
            || self.has_open_attempt()
            || !self.problem().is_some_and(asks_that_alone)
            || self.end_created(user, false, now).is_err()
        {
            return;
        }
        let said = std::mem::replace(&mut self.content.draft, created);
        self.nothing_was_sent();
        self.note_said(said, now);
        self.update_time = now;
    }

    /// What has to be asked before a worker looks at the hire, all at once.
    fn asked(&self) -> Option<Problem> {
        let questions = sense::questions(&self.draft(), &self.content.remarks);
        let questions = questions.into_iter().map(Problem::from);
        Problem::all(self.standing_questions().chain(questions))
    }

    /// What newer content does not answer: whose application it is, and whether this is the earlier
    /// employee.
    fn standing_questions(&self) -> impl Iterator<Item = Problem> {
        let shared = self.shared_application.as_ref().map(|application| {
            let application = application.as_str().to_owned();
            Problem::from(Question::ApplicationShared { application })
        });
        let open = self.earlier.is_some() && !self.create_anyway;
        let starts_again = open.then(|| self.rehire());
        shared.into_iter().chain(starts_again)
    }

    /// Adds to what is asked of a hire that waits for its data what else will be asked of it, so
    /// that one answer sets it going.
    pub(super) fn foresee(&mut self, outlook: Option<&Outlook>) {
        let Some(outlook) = outlook.filter(|_| self.waits_for_data()) else {
            return;
        };
        let (problem, findings) = self.foreseen(outlook);
        if let Some(problem) = problem {
            self.renew(Stage::NeedsAttention { problem });
            self.findings = findings;
        }
    }

    /// Whether it waits because it lacks something or does not fit together.
    pub fn waits_for_data(&self) -> bool {
        let waits = self.state() == State::NeedsAttention && !self.has_open_attempt();
        let lacks = || !sense::questions(&self.draft(), &self.content.remarks).is_empty();
        waits && !self.is_unlinked() && lacks()
    }

    /// Shows what will be asked, beside what is `known` already, of a hire that is not stored.
    pub fn preview(&mut self, outlook: &Outlook, known: Option<Problem>) {
        if self.state() != State::Accepted {
            return;
        }
        let (problem, findings) = self.foreseen(outlook);
        if let Some(problem) = Problem::all(known.into_iter().chain(problem)) {
            let _ = self.enter(Event::Ask, Stage::NeedsAttention { problem });
            self.findings = findings;
        }
    }

    fn foreseen(&self, outlook: &Outlook) -> (Option<Problem>, Findings) {
        let remarks = &self.content.remarks;
        let (problem, findings) = outlook.foresee(&self.draft(), remarks, &self.amendment);
        let all = self.standing_questions().chain(problem);
        (Problem::all(all), findings)
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
