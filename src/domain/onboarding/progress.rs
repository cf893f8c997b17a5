//! What workers do to an onboarding, and what they see.
//!
//! A [`Step`] is fenced: only the worker that holds the lease may take it. Evidence is
//! not: what was seen of an attempt counts whoever saw it, and whenever.

use jiff::Timestamp;

use super::{
    Findings, LuccaUser, Moment, Onboarding, State, Timing,
    machine::{self, Event, Facts, NoSuchMove},
};
use crate::domain::{
    attempt::{Attempt, Evidence, Intent, LUCCA_TIMEOUT, Outcome, Seen},
    finding::{Candidate, Problem, ProblemCode},
    follow_up::FollowUp,
    lucca_id::LuccaId,
    retry,
};

/// What is told of a call whose worker vanished.
const STOPPED: &str = "The service stopped while the call was being made.";

/// What a worker decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing can be done before this time, through no fault of the hire.
    Wait {
        /// When to try again.
        until: Timestamp,
        /// What it waits for.
        reason: String,
    },
    /// Something failed that may pass by itself.
    Failed {
        /// What failed.
        reason: String,
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
        sight_proven: bool,
    },
}

/// What a look in Lucca showed.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// The person that an open attempt was to create.
    Ours(LuccaUser),
    /// Nobody who could be that person.
    Nobody,
    /// Someone who uses the login or an e-mail address, but does not match otherwise.
    SomeoneElse(Vec<Candidate>),
}

/// From when on a look proves that a call which ended then had no effect.
fn last_look(ended: Timestamp, timing: &Timing) -> Timestamp {
    super::later(super::later(ended, LUCCA_TIMEOUT), timing.verify_gap)
}

impl Onboarding {
    /// By when the last of the calls of unknown outcome has ended on our side.
    fn open_attempts_end(&self, timing: &Timing) -> Option<Timestamp> {
        self.open_attempts()
            .map(|attempt| attempt.ended_by(timing.request_timeout))
            .max()
    }

    /// When it will be known at the latest whether the person exists, if Lucca answers; the
    /// outcome of a call has to be unknown.
    pub fn known_by(&self, timing: &Timing) -> Option<Timestamp> {
        let last = last_look(self.open_attempts_end(timing)?, timing);
        Some(self.due.map_or(last, |due| due.max(last)))
    }

    /// Whether the outcome of the latest attempt must be found out because its worker
    /// vanished: its lease has ended while it was `CREATING`.
    pub fn recover(&mut self, moment: &Moment) -> bool {
        if self.state != State::Creating {
            return false;
        }
        let ended = self.attempts.last().map_or(moment.now, |attempt| {
            attempt.ended_by(moment.timing.request_timeout)
        });
        self.last_error = Some(STOPPED.to_owned());
        self.doubts += 1;
        self.start_verifying(super::later(ended, moment.timing.settle_delay));
        self.update_time = moment.now;
        true
    }

    /// The same when the worker's process has certainly ended: it sends nothing any more and
    /// its connections are closed, so that the call was over now at the latest.
    pub fn orphan(&mut self, moment: &Moment) -> bool {
        if self.state != State::Creating {
            return false;
        }
        if let Some(attempt) = self.attempts.last_mut()
            && moment.now < attempt.ended_by(moment.timing.request_timeout)
        {
            attempt.seen.push(Seen {
                time: moment.now,
                evidence: Evidence::NoAnswer(STOPPED.to_owned()),
            });
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
                self.due = Some(until);
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
            Step::Adopt { user, findings } => {
                self.findings = findings;
                self.exists(user, moment)
            }
            Step::Begin { intent, findings } => {
                self.state = self.next(Event::Begin)?;
                self.findings = findings;
                self.problem = None;
                self.set_since.clear();
                self.due = Some(moment.after(moment.timing.lease));
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
                sight_proven,
            } => self.looked(at, sighting, sight_proven, moment),
        }
    }

    /// Adds what was seen of an attempt and moves if it follows. Unfenced.
    ///
    /// `url` is the person's address, known when `evidence` names one.
    ///
    /// # Errors
    /// The evidence leads nowhere from the present state: a bug.
    pub fn see(
        &mut self,
        number: u32,
        evidence: Evidence,
        url: Option<String>,
        moment: &Moment,
    ) -> Result<(), NoSuchMove> {
        let was_open = self.has_open_attempt();
        let earlier_doubt = self
            .attempts
            .iter()
            .any(|earlier| earlier.number < number && earlier.was_in_doubt());
        let Some(attempt) = self
            .attempts
            .iter_mut()
            .find(|attempt| attempt.number == number)
        else {
            return Ok(());
        };
        // A refusal after an attempt in doubt may be the work of our own twin.
        let evidence = match evidence {
            Evidence::Refused(words) if earlier_doubt => Evidence::RefusedAfterDoubt(words),
            other => other,
        };
        attempt.seen.push(Seen {
            time: moment.now,
            evidence,
        });
        let (outcome, words) = (attempt.outcome(), attempt.last_words().map(str::to_owned));
        if self.state.is_terminal() {
            if let Outcome::Executed(user) = outcome {
                self.created_after_the_end(user, moment);
            }
            return Ok(());
        }
        self.update_time = moment.now;
        // The question what became of the attempt has answered itself.
        if self.state == State::NeedsAttention && was_open && !self.has_open_attempt() {
            self.start_verifying(moment.now);
        }
        match outcome {
            Outcome::Executed(id) => self.exists(
                LuccaUser {
                    id,
                    url: url.unwrap_or_default(),
                },
                moment,
            ),
            // What is seen of one attempt settles nothing while another is open.
            _ if self.open_attempts().any(|open| open.number != number) => Ok(()),
            Outcome::Unknown if self.state == State::Creating => {
                self.state = self.next(Event::Doubt)?;
                self.last_error = words;
                self.doubts += 1;
                self.start_verifying(moment.after(moment.timing.settle_delay));
                Ok(())
            }
            Outcome::Unknown => Ok(()),
            Outcome::Refused => match self.state {
                State::Creating | State::Verifying => {
                    self.refused(words.unwrap_or_default(), moment)
                }
                _ => Ok(()),
            },
            Outcome::KeyRefused => match self.state {
                State::Creating | State::Verifying => {
                    self.ask(Problem::key_refused(), moment)?;
                    self.last_error = words;
                    self.adopt_pending();
                    Ok(())
                }
                _ => Ok(()),
            },
            Outcome::NotExecuted => match self.state {
                State::Creating => {
                    let reason = words.unwrap_or_default();
                    self.back_to_its_turn(Event::NotExecuted, moment)?;
                    if self.state == State::Accepted {
                        self.failed(reason, None, moment)?;
                    }
                    Ok(())
                }
                State::Verifying => self.back_to_its_turn(Event::Absent, moment),
                _ => Ok(()),
            },
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            open_attempt: self.has_open_attempt(),
            cancel_requested: self.cancel_requested,
        }
    }

    fn next(&self, event: Event) -> Result<State, NoSuchMove> {
        machine::next(self.state, event, self.facts())
    }

    /// Tries again later, or asks a person when the schedule has ended. While an outcome
    /// is being found out nothing is given up: the last step of the schedule repeats.
    fn failed(
        &mut self,
        reason: String,
        not_before: Option<std::time::Duration>,
        moment: &Moment,
    ) -> Result<(), NoSuchMove> {
        self.failures += 1;
        let schedule = &moment.timing.retry_schedule;
        let failures = match self.state {
            State::Verifying => self
                .failures
                .min(u32::try_from(schedule.len()).unwrap_or(u32::MAX)),
            _ => self.failures,
        };
        match retry::decide(failures, schedule, not_before, moment.chance) {
            retry::Next::Again(after) => {
                self.due = Some(moment.after(after));
                self.last_error = Some(reason);
                Ok(())
            }
            retry::Next::GiveUp => {
                self.ask(
                    Problem::new(
                        ProblemCode::LuccaUnavailable,
                        "Lucca could not be used for as long as retries are scheduled.",
                        "Check that Lucca is reachable (CheckDefaults tells), then retry.",
                    ),
                    moment,
                )?;
                self.last_error = Some(reason);
                Ok(())
            }
        }
    }

    fn ask(&mut self, problem: Problem, moment: &Moment) -> Result<(), NoSuchMove> {
        self.state = self.next(Event::Ask)?;
        self.problem = Some(problem);
        self.due = None;
        if self.cancel_requested && !self.has_open_attempt() {
            self.end(State::Cancelled, moment.now);
        }
        Ok(())
    }

    /// Asks for a correction, unless newer content that waited may be the correction.
    fn refused(&mut self, words: String, moment: &Moment) -> Result<(), NoSuchMove> {
        self.ask(
            Problem::new(
                ProblemCode::LuccaRefused,
                "Lucca refused to create the employee; last_error has its own words.",
                "Correct what Lucca names, in the hire or in Lucca, then retry.",
            ),
            moment,
        )?;
        if self.state == State::NeedsAttention {
            self.last_error = Some(words);
            if self.adopt_pending() {
                self.reconsider(moment.now);
            }
        }
        Ok(())
    }

    /// Back to the turn after a call that had no effect; a withdrawal or newer content
    /// that waited for this counts now.
    fn back_to_its_turn(&mut self, event: Event, moment: &Moment) -> Result<(), NoSuchMove> {
        self.state = self.next(event)?;
        if self.state == State::Accepted && self.cancel_requested {
            self.state = self.next(Event::Cancel)?;
        }
        if self.state == State::Cancelled {
            self.end(State::Cancelled, moment.now);
            return Ok(());
        }
        self.looks.clear();
        self.due = Some(moment.now);
        if self.adopt_pending() {
            self.reconsider(moment.now);
        }
        Ok(())
    }

    /// Spreads attempts that vanish one after the other over the schedule: Lucca answers
    /// reads but not creations. The first is repeated at once.
    fn vanished(&mut self, moment: &Moment) -> Result<(), NoSuchMove> {
        if self.state != State::Accepted || self.doubts < 2 {
            return Ok(());
        }
        self.failures = self.doubts - 2;
        let reason = self.last_error.take().unwrap_or_default();
        self.failed(reason, None, moment)
    }

    /// Lets newer content count that waited for the outcome of an attempt.
    pub(super) fn adopt_pending(&mut self) -> bool {
        match self.pending.take() {
            Some(content) => {
                self.content = content;
                true
            }
            None => false,
        }
    }

    /// The employee exists.
    fn exists(&mut self, user: LuccaUser, moment: &Moment) -> Result<(), NoSuchMove> {
        self.state = self.next(Event::InLucca)?;
        let withdrawn = self.cancel_requested;
        self.end(State::Created, moment.now);
        self.lucca_user = Some(user);
        if withdrawn {
            let start = self.draft().contract_start_date;
            self.findings
                .follow_ups
                .push(FollowUp::withdrawn(start, moment.now));
        }
        if self.has_open_attempt() {
            self.findings.follow_ups.push(FollowUp::second_call());
        }
        let set_since = std::mem::take(&mut self.set_since);
        self.note_differences(set_since, moment.now);
        if let Some(pending) = self.pending.take() {
            self.content.event_time = pending.event_time.or(self.content.event_time);
            self.note_said(pending.draft, moment.now);
        }
        self.update_time = moment.now;
        Ok(())
    }

    /// A call proves to have created someone although the onboarding had ended without this
    /// user: against what Lucca promises, so somebody has to look.
    fn created_after_the_end(&mut self, user: LuccaId, moment: &Moment) {
        let follow_up = FollowUp::unexpected(user);
        let known = self.lucca_user.as_ref().is_some_and(|it| it.id == user);
        if !known && !self.findings.follow_ups.contains(&follow_up) {
            self.findings.follow_ups.push(follow_up);
            self.update_time = moment.now;
        }
    }

    /// What a look means: found, absent for certain, look again, or nobody can tell.
    fn looked(
        &mut self,
        at: Timestamp,
        sighting: Sighting,
        sight_proven: bool,
        moment: &Moment,
    ) -> Result<(), NoSuchMove> {
        let open: Vec<u32> = self.open_attempts().map(|attempt| attempt.number).collect();
        let ended = self.open_attempts_end(&moment.timing).unwrap_or(moment.now);
        let first_from = super::later(ended, moment.timing.settle_delay);
        let last_from = last_look(ended, &moment.timing);
        match sighting {
            Sighting::Ours(user) => {
                for number in open {
                    self.note(number, Evidence::Found(user.id), moment);
                }
                self.exists(user, moment)
            }
            // Our own person may still come to light beside the one who is like them.
            Sighting::SomeoneElse(_) if at < last_from => {
                self.failures = 0;
                self.due = Some(if at < first_from {
                    first_from
                } else {
                    last_from.max(moment.after(moment.timing.settle_delay))
                });
                Ok(())
            }
            Sighting::SomeoneElse(candidates) => self.ask(
                Problem::new(
                    ProblemCode::LoginTaken,
                    "A creation call of unknown outcome was made, and someone in Lucca is like that person in part: the same login or e-mail address, or the same name and start date, but not both.",
                    "Look at that person in Lucca. If it is the one hired, link it (ResolveOnboarding, link_existing); if not, amend the login if that person has it, then create_anyway, which has to name the attempts.",
                )
                .with(candidates), moment),
            Sighting::Nobody if at < first_from => {
                self.due = Some(first_from);
                Ok(())
            }
            Sighting::Nobody => {
                self.failures = 0;
                // A look from before the end, as it is known now, may have come too early.
                self.looks.retain(|look| *look >= first_from);
                self.looks.push(at);
                let proven = at >= last_from && self.looks.len() >= 2;
                if !proven {
                    self.due = Some(last_from.max(moment.after(moment.timing.settle_delay)));
                    return Ok(());
                }
                if !sight_proven {
                    return self.ask(Problem::new(
                        ProblemCode::OutcomeUnknown,
                        "A creation call was made without a usable answer, and the API key has not proven that it sees future and former employees.",
                        "Look in Lucca whether the person exists; give the key the rights to see future and former employees, then retry.",
                    ), moment);
                }
                let refused = self
                    .attempts
                    .iter()
                    .rev()
                    .find(|attempt| attempt.is_open() && attempt.was_refused())
                    .and_then(|attempt| attempt.last_words().map(str::to_owned));
                for number in open {
                    self.note(number, Evidence::Absent, moment);
                }
                match refused {
                    Some(words) if !self.cancel_requested => self.refused(words, moment),
                    _ => {
                        self.back_to_its_turn(Event::Absent, moment)?;
                        self.vanished(moment)
                    }
                }
            }
        }
    }

    fn note(&mut self, number: u32, evidence: Evidence, moment: &Moment) {
        if let Some(attempt) = self
            .attempts
            .iter_mut()
            .find(|attempt| attempt.number == number)
        {
            attempt.seen.push(Seen {
                time: moment.now,
                evidence,
            });
        }
    }
}

#[cfg(test)]
mod tests;
