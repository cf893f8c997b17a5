//! For how long an onboarding knows a person.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Onboarding, Stage, State,
    cancellation::{Cancellation, CancelledBy},
    later,
};
use crate::domain::{dates::CivilDate, finding::Question};

/// What retention does to an onboarding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing, or not yet.
    Keep,
    /// It has ended: the person is forgotten.
    Forget,
    /// It has waited for a person in vain: it is cancelled, and the person forgotten.
    Expire,
}

impl Onboarding {
    /// From when the retention time counts; `None` while it does not.
    ///
    /// What was created is needed until the person has started, what was cancelled is not.
    /// What waits for a person counts from its last change or from the end of its start
    /// date, whichever is later. While a call's outcome is unknown the
    /// person may exist, and without the data nobody could find out.
    pub fn retained_from(&self) -> Option<Timestamp> {
        if self.erased {
            return None;
        }
        let ended = self.end_time().unwrap_or(self.update_time);
        match self.state() {
            State::Created => Some(ended.max(self.started_by())),
            State::Cancelled => Some(ended),
            State::NeedsAttention if !self.has_open_attempt() => {
                Some(self.update_time.max(self.started_by()))
            }
            _ => None,
        }
    }

    /// When its start date is over everywhere; the beginning of time if it has none.
    fn started_by(&self) -> Timestamp {
        let start = self.draft().contract_start_date;
        start.map_or(Timestamp::MIN, over_everywhere)
    }

    /// What becomes of it when personal data are kept for this long.
    pub fn fate(&self, kept: Duration, now: Timestamp) -> Fate {
        match self.retained_from() {
            Some(from) if later(from, kept) <= now => match self.state() {
                State::NeedsAttention => Fate::Expire,
                _ => Fate::Forget,
            },
            _ => Fate::Keep,
        }
    }

    /// Carries out [`Self::fate`] and tells which it was.
    pub fn retire(&mut self, kept: Duration, now: Timestamp) -> Fate {
        let fate = self.fate(kept, now);
        match fate {
            Fate::Keep => return fate,
            Fate::Forget => self.forget(),
            Fate::Expire => {
                self.cancel(Cancellation::new(CancelledBy::Expiry, now), now);
                self.forget();
                self.renew(Stage::Cancelled {
                    end_time: self.end_time(),
                    problem: Some(Question::Expired.into()),
                });
            }
        }
        self.update_time = now;
        fate
    }
}

/// When a day is over in every zone: at noon UTC of the next one, for none is more than
/// 12 hours behind.
fn over_everywhere(day: CivilDate) -> Timestamp {
    day.get()
        .tomorrow()
        .and_then(|next| TimeZone::UTC.to_timestamp(next.at(12, 0, 0, 0)))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
