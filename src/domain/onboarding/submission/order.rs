//! Which of two statements counts: the later one by the source's times, else by their arrival.

use jiff::Timestamp;
use strum::IntoStaticStr;

use super::Hire;
use crate::domain::{
    collaborator::Draft,
    onboarding::{Content, Onboarding, cancellation::CancelledBy},
};

/// The most contents of one time that are remembered.
const AT_ONCE: usize = 4;

/// Why a statement has no effect. The words are those of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Ignored {
    /// The source has said something later.
    Older,
    /// It repeats what was said before the hire was withdrawn or cancelled.
    SaidBeforeCancellation,
    /// The person was erased.
    Erased,
    /// The source has anonymised the person since.
    Anonymized,
}

/// Whether a statement of time `new` is older than one of time `known`. Without both times, and
/// at the same time, the order of arrival counts.
pub(super) fn is_older(new: Option<Timestamp>, known: Option<Timestamp>) -> bool {
    matches!((new, known), (Some(new), Some(known)) if new < known)
}

/// What is remembered with a new content: the contents that the source has said at the same time.
/// `last` is the last one of `known`.
pub(super) fn said_at_once(hire: &Hire, known: &Content, last: &Draft) -> Vec<Draft> {
    if hire.event_time.is_none() || hire.event_time != known.event_time {
        return Vec::new();
    }
    let surplus = (known.at_once.len() + 1).saturating_sub(AT_ONCE);
    let all = known.at_once.iter().chain([last]);
    all.skip(surplus).cloned().collect()
}

impl Onboarding {
    /// The latest time of what the source has said of the hire.
    pub(super) fn known_time(&self) -> Option<Timestamp> {
        let pending = self.pending.as_ref().and_then(|it| it.event_time);
        pending.max(self.content.event_time).max(self.taken_back)
    }

    /// When the source last said the whole hire. Earlier versions did not tell it from an update.
    pub(super) fn confirmed_time(&self) -> Option<Timestamp> {
        let known = self.pending.as_ref().unwrap_or(&self.content);
        self.confirmed.or(known.event_time)
    }

    /// Why a statement that is not older has no effect all the same: it repeats what was said
    /// before.
    pub(super) fn ignores(&self, hire: &Hire) -> Option<Ignored> {
        let known = self.pending.as_ref().unwrap_or(&self.content);
        let last = self.said_since.as_ref().unwrap_or(&known.draft);
        let is_same = |said: &Draft| said.differences(&hire.draft).is_empty();
        if !self.is_taken_back() {
            let was_replaced = hire.event_time.is_some() && hire.event_time == known.event_time;
            let replaced = || known.at_once.iter().any(is_same) && !is_same(last);
            return (was_replaced && replaced()).then_some(Ignored::Older);
        }
        let at_that_time = match hire.event_time {
            Some(_) => hire.event_time == known.event_time,
            // A confirmation without a time is the later one by its arrival. It does not undo what an
            // operator or an erasure has decided.
            None => self
                .cancellation
                .is_some_and(|it| matches!(it.by, CancelledBy::Operator | CancelledBy::Erasure)),
        };
        let was_said = || self.erased || is_same(last) || known.at_once.iter().any(is_same);
        (at_that_time && was_said()).then_some(Ignored::SaidBeforeCancellation)
    }
}
