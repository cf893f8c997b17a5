//! What operators decide.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    LuccaUser, Onboarding, State,
    machine::{self, Event, Facts},
};
use crate::domain::{
    amendment::Amendment,
    attempt::{Evidence, Outcome, Seen},
    collaborator::Draft,
    field::Field,
    finding::ProblemCode,
    follow_up::plan_for_adopted,
};

/// What an operator decides about an onboarding.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Try again.
    Resume,
    /// Create no employee.
    Cancel,
    /// The employee is this one.
    Link(LuccaUser),
    /// Create a new employee although something speaks against it. Names the attempts of
    /// unknown outcome that this overrides.
    CreateAnyway(BTreeSet<u32>),
    /// These values count, whatever the source says.
    Amend(Box<Amendment>),
    /// Forget the person.
    Erase,
}

/// Why a decision cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not wait for a person.
    #[error("the onboarding does not wait for a decision")]
    NotWaiting,
    /// It has ended.
    #[error("the onboarding has ended")]
    Ended,
    /// Nothing that speaks against a creation can be overridden: what is missing stays
    /// missing.
    #[error("there is no question of a person who may be the same")]
    NothingToOverride,
    /// Attempts of unknown outcome are not named.
    #[error("attempts of unknown outcome must be acknowledged: {0:?}")]
    OpenAttempts(Vec<u32>),
}

impl Onboarding {
    /// Carries out a decision; tells whether anything changed.
    ///
    /// # Errors
    /// The decision does not fit; nothing was changed.
    pub fn decide(&mut self, decision: Decision, now: Timestamp) -> Result<bool, Refusal> {
        let waiting = self.state == State::NeedsAttention;
        match decision {
            Decision::Resume => Ok(self.resume(now)),
            Decision::Cancel => match self.state {
                State::Created => Err(Refusal::Ended),
                State::Cancelled => Ok(false),
                _ => {
                    self.cancel(now);
                    Ok(true)
                }
            },
            Decision::Link(user) if waiting => {
                self.answer_open(&Evidence::Found(user.id), now);
                let put_off = self.earlier.is_some();
                self.link(user, now);
                if put_off {
                    self.note_differences([Field::ContractStartDate], now);
                }
                Ok(true)
            }
            Decision::CreateAnyway(acknowledged) if waiting => {
                let overridable = self.problem.as_ref().is_some_and(|problem| {
                    matches!(
                        problem.code,
                        ProblemCode::PersonExists
                            | ProblemCode::Rehire
                            | ProblemCode::LoginTaken
                            | ProblemCode::OutcomeUnknown
                    )
                });
                if !overridable && !self.has_open_attempt() {
                    return Err(Refusal::NothingToOverride);
                }
                let unnamed: Vec<u32> = self
                    .open_attempts()
                    .map(|attempt| attempt.number)
                    .filter(|number| !acknowledged.contains(number))
                    .collect();
                if !unnamed.is_empty() {
                    return Err(Refusal::OpenAttempts(unnamed));
                }
                self.answer_open(&Evidence::Overridden, now);
                self.create_anyway = true;
                self.adopt_pending();
                self.resume(now);
                Ok(true)
            }
            Decision::Amend(amendment) if waiting || self.state == State::Accepted => {
                let before = self.draft();
                self.amendment.add(&amendment);
                if self.has_open_attempt() {
                    self.set_since.extend(before.differences(&self.draft()));
                }
                self.content.revision += 1;
                self.update_time = now;
                if !self.resume(now) {
                    self.reconsider(now);
                }
                Ok(true)
            }
            Decision::Link(_) | Decision::CreateAnyway(_) | Decision::Amend(_) => {
                Err(Refusal::NotWaiting)
            }
            Decision::Erase => {
                if self.erased || self.erase_requested {
                    return Ok(false);
                }
                self.erase_requested = true;
                self.cancel(now);
                self.update_time = now;
                self.erase_if_ended();
                Ok(true)
            }
        }
    }

    /// What counts: what the source says, with what operators have set.
    pub fn draft(&self) -> Draft {
        self.amendment.over(&self.content.draft)
    }

    /// Forgets the person, once it has ended and that was asked for: what stays are ids,
    /// dates and states.
    pub fn erase_if_ended(&mut self) {
        if self.erase_requested && !self.erased && self.state.is_terminal() {
            self.forget();
        }
    }

    /// Forgets the person. The start date stays: by it a later hire of the same source is
    /// told from a repetition.
    pub(super) fn forget(&mut self) {
        self.erased = true;
        let start = self.content.draft.contract_start_date;
        self.content.draft = Draft {
            contract_start_date: start.or(self.draft().contract_start_date),
            ..Draft::default()
        };
        self.content.remarks.clear();
        self.pending = None;
        self.said_since = None;
        self.amendment = Amendment::default();
        self.findings.resolution.clear();
        self.findings.warnings.clear();
        self.problem = None;
        self.last_error = None;
        for attempt in &mut self.attempts {
            attempt.forget();
        }
    }

    /// Adds evidence to every attempt of unknown outcome.
    fn answer_open(&mut self, evidence: &Evidence, now: Timestamp) {
        for attempt in self.attempts.iter_mut().filter(|attempt| attempt.is_open()) {
            attempt.seen.push(Seen {
                time: now,
                evidence: evidence.clone(),
            });
        }
    }

    /// The employee is known. `NEEDS_ATTENTION` leads there whatever else is the case.
    fn link(&mut self, user: LuccaUser, now: Timestamp) {
        let facts = Facts {
            open_attempt: false,
            cancel_requested: self.cancel_requested,
        };
        if machine::next(self.state, Event::InLucca, facts).is_ok() {
            if !self.was_sent() {
                self.nothing_was_sent();
            }
            self.end(State::Created, now);
            self.lucca_user = Some(user);
            self.adopt_pending();
            self.update_time = now;
        }
    }

    /// Whether a call has created the employee.
    fn was_sent(&self) -> bool {
        self.attempts
            .iter()
            .any(|attempt| matches!(attempt.outcome(), Outcome::Executed(_)))
    }

    /// The employee was in Lucca already: what would have been sent was not, and what
    /// follows from it is nobody's work.
    fn nothing_was_sent(&mut self) {
        self.findings.resolution.clear();
        let start = self.draft().contract_start_date;
        self.findings.follow_ups = start
            .map(|start| plan_for_adopted(start, self.key.account.is_swiss()))
            .unwrap_or_default();
    }
}
