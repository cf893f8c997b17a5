//! What is seen of an attempt, and what follows from it.

use crate::domain::{
    attempt::{Attempt, Evidence, Outcome},
    cause::{Cause, Failure, Trouble},
    finding::Question,
    follow_up::{FollowUp, Task},
    lucca_id::LuccaId,
    onboarding::{
        LuccaUser, Moment, Onboarding, State,
        machine::{Event, NoSuchMove},
    },
};

/// Stands for a failure that was not told.
const UNSPECIFIED: Failure = Failure {
    cause: Cause::Unspecified,
    said: None,
};

impl Onboarding {
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
        let may_be_twin = |it: &Attempt| it.number < number && it.was_ever_unknown();
        let earlier_unknown = self.attempts.iter().any(may_be_twin);
        let Some(attempt) = self.attempts.iter_mut().find(|it| it.number == number) else {
            return Ok(());
        };
        // The reason of a refusal may be an earlier attempt whose outcome is unknown.
        let evidence = match evidence {
            Evidence::Refused(failure) | Evidence::RefusedBeside(failure) if earlier_unknown => {
                Evidence::RefusedAfterUnknown(failure)
            }
            other => other,
        };
        let beside = matches!(evidence, Evidence::RefusedBeside(_));
        attempt.add(evidence, moment.now);
        let outcome = attempt.outcome();
        let failure = attempt.last_failure().cloned();
        if self.state().is_terminal() {
            if let Outcome::Executed(user) = outcome {
                self.created_after_the_end(user, moment);
            }
            return Ok(());
        }
        self.update_time = moment.now;
        // The question what became of the attempt has answered itself.
        if self.state() == State::NeedsAttention && was_open && !self.has_open_attempt() {
            self.start_verifying(Event::Answered, moment.now)?;
        }
        let state = self.state();
        let awaited = matches!(state, State::Creating | State::Verifying);
        match outcome {
            Outcome::Executed(id) => {
                let url = url.unwrap_or_default();
                self.exists(LuccaUser { id, url }, moment)
            }
            // What is seen of one attempt settles nothing while another is open.
            _ if self.open_attempts().any(|open| open.number != number) => Ok(()),
            Outcome::Unknown if state == State::Creating => {
                self.last_error = failure.map(Trouble::Call);
                self.unknown_outcomes += 1;
                self.start_verifying(
                    Event::OutcomeUnknown,
                    moment.after(moment.timing.settle_delay),
                )
            }
            Outcome::Refused if awaited => {
                self.refused(failure.unwrap_or(UNSPECIFIED), moment)?;
                // The question is who that is, not what Lucca minds.
                if beside && self.state() == State::NeedsAttention {
                    self.reconsider(moment.now);
                }
                Ok(())
            }
            Outcome::KeyRefused if awaited => {
                self.ask(Question::CreationNotAllowed.into(), moment)?;
                self.last_error = failure.map(Trouble::Call);
                self.adopt_pending();
                Ok(())
            }
            Outcome::NotExecuted if state == State::Creating => {
                self.back_to_its_turn(Event::NotExecuted, moment)?;
                if self.state() == State::Accepted {
                    let failure = failure.unwrap_or(UNSPECIFIED);
                    self.failed(Trouble::Call(failure), None, moment)?;
                }
                Ok(())
            }
            Outcome::NotExecuted if state == State::Verifying => {
                self.back_to_its_turn(Event::Absent, moment)
            }
            _ => Ok(()),
        }
    }

    /// A call proves to have created someone although the onboarding had ended without this
    /// user: against what Lucca promises, so somebody has to look.
    fn created_after_the_end(&mut self, user: LuccaId, moment: &Moment) {
        let follow_up = FollowUp::from(Task::UnexpectedUser { user: Some(user) });
        let known = self.lucca_user().is_some_and(|it| it.id == user);
        if !known && !self.findings.follow_ups.contains(&follow_up) {
            self.findings.follow_ups.push(follow_up);
            self.update_time = moment.now;
        }
    }
}
