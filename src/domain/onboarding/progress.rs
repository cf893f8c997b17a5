//! What workers do to an onboarding, and what they see.
//!
//! A [`Step`] is fenced: only the worker that holds the lease may take it. Evidence is
//! not: what was seen of an attempt counts whoever saw it, and whenever.

mod evidence;
mod verification;

use jiff::Timestamp;

use super::{
    Findings, LuccaUser, Moment, Onboarding, Stage, State,
    machine::{Event, NoSuchMove},
};
use crate::domain::{
    attempt::{Attempt, Evidence, Intent},
    cause::{Cause, Failure, Trouble},
    field::Field,
    finding::{Candidate, Origin, Problem, Question, Reason},
    follow_up::{FollowUp, Task},
    retry,
};

pub use verification::Sighting;

/// What a worker decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing can be done before this time, through no fault of the hire.
    Wait {
        /// When to try again.
        until: Timestamp,
        /// What it waits for.
        reason: Trouble,
    },
    /// Something failed that may pass by itself.
    Failed {
        /// What failed.
        reason: Trouble,
        /// What the other side asked for.
        not_before: Option<std::time::Duration>,
    },
    /// A person has to decide.
    Ask {
        /// What.
        problem: Problem,
        /// What resolving brought to light.
        findings: Findings,
    },
    /// The person certainly is in Lucca already.
    Adopt {
        /// Who.
        user: LuccaUser,
        /// What resolving brought to light.
        findings: Findings,
    },
    /// A creation call is about to be made.
    Begin {
        /// Which.
        intent: Box<Intent>,
        /// What resolving brought to light.
        findings: Findings,
    },
    /// Lucca was asked whether the person exists.
    Looked {
        /// When the look began.
        at: Timestamp,
        /// What was seen.
        sighting: Sighting,
        /// Whether the key has proven that it sees future and former people.
        visibility_proven: bool,
    },
}

impl Onboarding {
    /// Whether the outcome of the latest attempt must be found out because its worker
    /// vanished: its lease has ended while it was `CREATING`.
    pub fn recover(&mut self, moment: &Moment) -> bool {
        if self.state() != State::Creating {
            return false;
        }
        let ended = self.attempts.last().map_or(moment.now, |attempt| {
            attempt.ended_by(moment.timing.request_timeout)
        });
        self.last_error = Some(Trouble::Call(Cause::Stopped.into()));
        self.unknown_outcomes += 1;
        self.update_time = moment.now;
        let first_look = super::later(ended, moment.timing.settle_delay);
        self.start_verifying(Event::OutcomeUnknown, first_look)
            .is_ok()
    }

    /// The same when the worker's process has certainly ended: it sends nothing any more and
    /// its connections are closed, so that the call was over now at the latest.
    pub fn orphan(&mut self, moment: &Moment) -> bool {
        if self.state() != State::Creating {
            return false;
        }
        if let Some(attempt) = self.attempts.last_mut()
            && moment.now < attempt.ended_by(moment.timing.request_timeout)
        {
            attempt.add(Evidence::NoAnswer(Cause::Stopped.into()), moment.now);
        }
        self.recover(moment)
    }

    /// Takes a step.
    ///
    /// # Errors
    /// The step leads nowhere from the present state: a bug.
    pub fn step(&mut self, step: Step, moment: &Moment) -> Result<(), NoSuchMove> {
        self.update_time = moment.now;
        match step {
            Step::Wait { until, reason } => {
                self.postpone(until);
                self.last_error = Some(reason);
                Ok(())
            }
            Step::Failed { reason, not_before } => self.failed(reason, not_before, moment),
            Step::Ask { problem, findings } => {
                // What was found for a call that may have had effect is what was sent.
                if !self.has_open_attempt() {
                    self.findings = findings;
                }
                self.ask(problem, moment)
            }
            Step::Adopt { user, findings } if self.is_not(user.id) => {
                self.findings = findings;
                let candidate = Candidate::new(user.id, "", Reason::Unlinked);
                let problem = Problem::from(Question::PersonExists).with(vec![candidate]);
                self.ask(problem, moment)
            }
            Step::Adopt { user, findings } => {
                self.findings = findings;
                self.exists(user, moment)
            }
            Step::Begin { intent, findings } => {
                let due = moment.after(moment.timing.lease);
                self.enter(Event::Begin, Stage::Creating { due })?;
                self.findings = findings;
                self.set_since.clear();
                self.attempts.push(Attempt {
                    number: self.attempts.last().map_or(0, |last| last.number) + 1,
                    intent: *intent,
                    seen: Vec::new(),
                });
                Ok(())
            }
            Step::Looked {
                at,
                sighting,
                visibility_proven,
            } => self.looked(at, sighting, visibility_proven, moment),
        }
    }

    /// Tries again later, or asks a person when the schedule has ended. While an outcome
    /// is being found out nothing is given up: the last step of the schedule repeats.
    fn failed(
        &mut self,
        reason: Trouble,
        not_before: Option<std::time::Duration>,
        moment: &Moment,
    ) -> Result<(), NoSuchMove> {
        self.failures += 1;
        let schedule = &moment.timing.retry_schedule;
        let steps = u32::try_from(schedule.len()).unwrap_or(u32::MAX);
        let failures = match self.state() {
            State::Verifying => self.failures.min(steps),
            _ => self.failures,
        };
        match retry::decide(failures, schedule, not_before, moment.chance) {
            retry::Next::Again(after) => self.postpone(moment.after(after)),
            retry::Next::GiveUp => self.ask(Question::LuccaUnavailable.into(), moment)?,
        }
        self.last_error = Some(reason);
        Ok(())
    }

    fn ask(&mut self, problem: Problem, moment: &Moment) -> Result<(), NoSuchMove> {
        self.enter(Event::Ask, Stage::NeedsAttention { problem })?;
        if self.cancel_requested && !self.has_open_attempt() {
            self.end_cancelled(Event::Cancel, moment.now)?;
        }
        Ok(())
    }

    /// Asks for a correction, unless newer content that waited may be the correction.
    fn refused(&mut self, failure: Failure, moment: &Moment) -> Result<(), NoSuchMove> {
        let question = Question::LuccaRefused {
            fields: self.had_origin(Origin::LuccaDefault),
            default_fields: self.had_origin(Origin::TenantDefault),
        };
        self.ask(question.into(), moment)?;
        if self.state() == State::NeedsAttention {
            self.last_error = Some(Trouble::Call(failure));
            if self.adopt_pending() {
                self.reconsider(moment.now);
            }
        }
        Ok(())
    }

    /// The fields that the call took from the tenant's defaults, or left to those of Lucca's HR
    /// file: after a refusal they are looked at first.
    fn had_origin(&self, origin: Origin) -> Vec<Field> {
        let resolved = self.findings.resolution.iter();
        let had = resolved.filter(|it| it.origin == origin && it.field != Field::Manager);
        had.map(|it| it.field).collect()
    }

    /// Back to the turn after a call that had no effect; a withdrawal or newer content
    /// that waited for this counts now.
    fn back_to_its_turn(&mut self, event: Event, moment: &Moment) -> Result<(), NoSuchMove> {
        if self.leads(event)? == State::Cancelled {
            return self.end_cancelled(event, moment.now);
        }
        self.enter(event, Stage::Accepted { due: moment.now })?;
        if self.cancel_requested {
            return self.end_cancelled(Event::Cancel, moment.now);
        }
        if self.adopt_pending() {
            self.reconsider(moment.now);
        }
        Ok(())
    }

    /// Lets newer content count that waited for the outcome of an attempt.
    pub(super) fn adopt_pending(&mut self) -> bool {
        let Some(content) = self.pending.take() else {
            return false;
        };
        self.content = content;
        true
    }

    /// Ends it with an employee.
    pub(super) fn end_created(
        &mut self,
        user: LuccaUser,
        linked: bool,
        at: Timestamp,
    ) -> Result<(), NoSuchMove> {
        let created = Stage::Created {
            user,
            linked: Some(linked),
            end_time: Some(at),
        };
        self.enter(Event::InLucca, created)?;
        self.cancellation = None;
        self.ended();
        Ok(())
    }

    /// The employee exists.
    fn exists(&mut self, user: LuccaUser, moment: &Moment) -> Result<(), NoSuchMove> {
        let withdrawn = self.cancel_requested;
        self.end_created(user, false, moment.now)?;
        if withdrawn {
            let start = self.draft().contract_start_date;
            let follow_up = FollowUp::withdrawn(start, moment.now);
            self.findings.follow_ups.push(follow_up);
        }
        if self.has_open_attempt() {
            self.findings.follow_ups.push(Task::SecondCall.into());
        }
        let set_since = std::mem::take(&mut self.set_since);
        self.note_differences(set_since, moment.now);
        if let Some(pending) = self.pending.take() {
            self.content.event_time = pending.event_time.or(self.content.event_time);
            self.content.at_once = pending.at_once;
            self.note_said(pending.draft, moment.now);
        }
        self.update_time = moment.now;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
