//! What becomes of a withdrawal.

use jiff::Timestamp;

use super::{Ignored, Verdict, is_older};
use crate::domain::{
    follow_up::{FileAdvice, FollowUp, Task},
    onboarding::{Onboarding, State, cancellation::Cancellation},
};

/// What becomes of a withdrawal of a known hire. What was said before it must not undo it, in
/// whatever order it comes.
pub fn withdraw(latest: &mut Onboarding, event_time: Option<Timestamp>, now: Timestamp) -> Verdict {
    // The same withdrawal again does not take back what was confirmed since.
    let is_repeated = event_time.is_some() && event_time == latest.taken_back;
    if is_older(event_time, latest.confirmed_time().max(latest.taken_back))
        || is_repeated && !latest.is_taken_back()
    {
        return Verdict::Ignored(Ignored::Older);
    }
    latest.taken_back = event_time.max(latest.taken_back);
    match latest.state() {
        State::Cancelled => Verdict::Unchanged,
        State::Created => {
            if latest.is_withdrawn() {
                return Verdict::Unchanged;
            }
            let start = latest.wanted().contract_start_date;
            let follow_up = FollowUp::withdrawn(start, now);
            latest.findings.follow_ups.push(follow_up);
            latest.update_time = now;
            Verdict::Changed
        }
        _ if latest.cancel_requested => Verdict::Unchanged,
        _ => {
            // Whoever an earlier hire of the source created is not wanted either.
            if let Some(earlier) = latest
                .earlier
                .as_ref()
                .filter(|_| latest.replaces.is_none())
            {
                let follow_up = FollowUp::from(Task::WithdrawnAfterCreation {
                    earlier: Some(earlier.id),
                    advice: FileAdvice::default(),
                });
                latest.findings.follow_ups.push(follow_up);
            }
            latest.cancel(Cancellation::by_source(event_time, now), now);
            Verdict::Changed
        }
    }
}

impl Onboarding {
    /// Whether the source has taken the hire back and not confirmed it again.
    pub(super) fn is_taken_back(&self) -> bool {
        self.state() == State::Cancelled || self.cancel_requested || self.is_withdrawn()
    }

    /// Whether the hire was withdrawn after its creation.
    pub fn is_withdrawn(&self) -> bool {
        self.findings.follow_ups.iter().any(FollowUp::is_withdrawal)
    }
}
