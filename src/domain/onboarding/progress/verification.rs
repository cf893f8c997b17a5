//! What looks in Lucca mean for calls of unknown outcome.

use jiff::Timestamp;

use crate::domain::{
    attempt::{Evidence, LUCCA_TIMEOUT},
    cause::{Cause, Trouble},
    finding::{Candidate, Problem, Question, Reason},
    onboarding::{
        LuccaUser, Moment, Onboarding, State, Timing, later,
        machine::{Event, NoSuchMove},
    },
};

/// What a look in Lucca showed.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// The person that an open attempt was to create.
    Ours(LuccaUser),
    /// Nobody who could be that person, neither among those modified since before the call
    /// nor by login and e-mail address.
    Nobody,
    /// Nobody among those modified since before the call; more was not asked, for the look
    /// came too early to prove an absence.
    NobodyModified,
    /// Someone who uses the login or an e-mail address, but does not match otherwise.
    SomeoneElse(Vec<Candidate>),
}

/// From when on a look proves that a call which ended then had no effect.
fn last_look(ended: Timestamp, timing: &Timing) -> Timestamp {
    later(later(ended, LUCCA_TIMEOUT), timing.verify_gap)
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
        Some(self.due().map_or(last, |due| due.max(last)))
    }

    /// Whether a look that begins then could prove that the calls of unknown outcome had no
    /// effect, if it shows nobody.
    pub fn may_prove(&self, at: Timestamp, timing: &Timing) -> bool {
        self.open_attempts_end(timing).is_some_and(|ended| {
            let first_from = later(ended, timing.settle_delay);
            let looked_before = self.looks().iter().any(|look| *look >= first_from);
            looked_before && at >= last_look(ended, timing)
        })
    }

    /// What a look means: found, absent for certain, look again, or nobody can tell.
    pub(super) fn looked(
        &mut self,
        at: Timestamp,
        sighting: Sighting,
        visibility_proven: bool,
        moment: &Moment,
    ) -> Result<(), NoSuchMove> {
        let ended = self.open_attempts_end(&moment.timing).unwrap_or(moment.now);
        let first_from = later(ended, moment.timing.settle_delay);
        let last_from = last_look(ended, &moment.timing);
        let thorough = sighting == Sighting::Nobody;
        let sighting = match sighting {
            Sighting::Ours(user) if self.is_not(user.id) => {
                Sighting::SomeoneElse(vec![Candidate::new(user.id, "", Reason::Unlinked)])
            }
            other => other,
        };
        match sighting {
            Sighting::Ours(user) => {
                self.answer_open(&Evidence::Found(user.id), moment.now);
                self.exists(user, moment)
            }
            // Our own person may still come to light beside the one who is like them.
            Sighting::SomeoneElse(_) if at < last_from => {
                self.failures = 0;
                self.postpone(if at < first_from {
                    first_from
                } else {
                    last_from.max(moment.after(moment.timing.settle_delay))
                });
                Ok(())
            }
            Sighting::SomeoneElse(candidates) => {
                let has_login = candidates.iter().any(|it| it.has_login);
                let question = Question::SomeoneSimilar { has_login };
                self.ask(Problem::from(question).with(candidates), moment)
            }
            Sighting::Nobody | Sighting::NobodyModified if at < first_from => {
                self.failures = 0;
                self.postpone(first_from);
                Ok(())
            }
            Sighting::Nobody | Sighting::NobodyModified => {
                self.failures = 0;
                // A look from before the end, as it is known now, may have come too early.
                self.add_look(at, first_from);
                let proven = thorough && at >= last_from && self.looks().len() >= 2;
                if !proven {
                    self.postpone(last_from.max(moment.after(moment.timing.settle_delay)));
                    return Ok(());
                }
                if !visibility_proven {
                    return self.ask(Question::NotProvenAbsent.into(), moment);
                }
                let refused = self.open_attempts().filter(|it| it.was_refused()).last();
                let refused = refused.and_then(|attempt| attempt.last_failure().cloned());
                self.answer_open(&Evidence::Absent, moment.now);
                match refused {
                    Some(failure) if !self.cancel_requested => self.refused(failure, moment),
                    _ => {
                        self.back_to_its_turn(Event::Absent, moment)?;
                        self.vanished(moment)
                    }
                }
            }
        }
    }

    /// Spreads attempts that vanish one after the other over the schedule: Lucca answers
    /// reads but not creations. The first is repeated at once.
    fn vanished(&mut self, moment: &Moment) -> Result<(), NoSuchMove> {
        if self.state() != State::Accepted || self.unknown_outcomes < 2 {
            return Ok(());
        }
        self.failures = self.unknown_outcomes - 2;
        let reason = self.last_error.take();
        let reason = reason.unwrap_or(Trouble::Call(Cause::Unspecified.into()));
        self.failed(reason, None, moment)
    }
}
