//! What becomes of a withdrawal.

use jiff::Timestamp;

use super::is_older;
use crate::domain::{
    follow_up::{FileAdvice, FollowUp, Task},
    onboarding::{Onboarding, State, cancellation::Cancellation},
};

/// What becomes of a withdrawal of a known hire; whether it changes more than what
/// counts as old from now on.
pub fn withdraw(latest: &mut Onboarding, event_time: Option<Timestamp>, now: Timestamp) -> bool {
    let known = latest.pending.as_mut().unwrap_or(&mut latest.content);
    if is_older(event_time, known.event_time) {
        return false;
    }
    // What was said before the withdrawal must not undo it, in whatever order it comes.
    known.event_time = event_time.or(known.event_time);
    match latest.state() {
        State::Cancelled => false,
        State::Created => {
            if latest.is_withdrawn() {
                return false;
            }
            let start = latest.wanted().contract_start_date;
            let follow_up = FollowUp::withdrawn(start, now);
            latest.findings.follow_ups.push(follow_up);
            latest.update_time = now;
            true
        }
        _ if latest.cancel_requested => false,
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
            true
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
