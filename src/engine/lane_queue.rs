//! How many onboardings of one lane are worked on at the same time, and the circuit breaker of
//! the lane.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use parking_lot::Mutex;

use crate::domain::onboarding::later;

/// Onboardings of one lane that are worked on at the same time.
const WIDTH: usize = 8;

/// How long the queue is closed after the first failure in a row; doubled by each further one.
const FIRST_REST: Duration = Duration::from_secs(1);

/// The longest time that failures close the queue.
const LONGEST_REST: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct State {
    busy: usize,
    /// Failures in a row.
    failures: u32,
    closed_until: Option<Timestamp>,
}

impl State {
    /// Permits that are left. While Lucca fails, one probe at a time is made.
    fn left(&self) -> usize {
        let width = if self.failures > 0 { 1 } else { WIDTH };
        width.saturating_sub(self.busy)
    }

    fn close(&mut self, until: Timestamp) {
        self.closed_until = self.closed_until.max(Some(until));
    }
}

/// One lane's share of the workers.
#[derive(Debug, Default)]
pub(super) struct LaneQueue(Mutex<State>);

/// The permit to work on one onboarding of a lane; returned when dropped.
#[derive(Debug)]
pub(super) struct WorkPermit {
    queue: Arc<LaneQueue>,
    /// How many failures there were when it was taken.
    failures: u32,
}

impl LaneQueue {
    /// How many more onboardings may be worked on now.
    pub fn free(&self, now: Timestamp) -> usize {
        let state = self.0.lock();
        match state.closed_until {
            Some(until) if until > now => 0,
            _ => state.left(),
        }
    }

    /// When a queue that is closed for a time opens again.
    pub fn reopens(&self, now: Timestamp) -> Option<Timestamp> {
        let state = self.0.lock();
        state
            .closed_until
            .filter(|until| *until > now && state.left() > 0)
    }

    /// Lucca answers again: a queue that failures have closed opens.
    pub fn reopen(&self) {
        let mut state = self.0.lock();
        if std::mem::take(&mut state.failures) > 0 {
            state.closed_until = None;
        }
    }

    /// Takes a permit.
    pub fn enter(queue: &Arc<Self>) -> WorkPermit {
        let mut state = queue.0.lock();
        state.busy += 1;
        WorkPermit {
            queue: Arc::clone(queue),
            failures: state.failures,
        }
    }
}

impl WorkPermit {
    /// Lucca answered.
    pub fn in_order(&self) {
        self.queue.0.lock().failures = 0;
    }

    /// Closes the queue until this time.
    pub fn close(&self, until: Timestamp) {
        self.queue.0.lock().close(until);
    }

    /// Lucca failed: the queue is closed, longer each time. Workers that ran at the same time
    /// have met the same failure, which counts once.
    pub fn trouble(&self, now: Timestamp) {
        let mut state = self.queue.0.lock();
        if state.failures > self.failures {
            return;
        }
        let rest = FIRST_REST
            .saturating_mul(2_u32.saturating_pow(state.failures.min(10)))
            .min(LONGEST_REST);
        state.failures = state.failures.saturating_add(1);
        state.close(later(now, rest));
    }
}

impl Drop for WorkPermit {
    fn drop(&mut self) {
        let mut state = self.queue.0.lock();
        state.busy = state.busy.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_closed_longer_after_each_failure_and_then_lets_one_probe_through() {
        let queue = Arc::new(LaneQueue::default());
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(queue.free(now), WIDTH);
        let permit = LaneQueue::enter(&queue);
        permit.trouble(now);
        assert_eq!(queue.free(now), 0);
        drop(permit);
        assert_eq!(queue.reopens(now), Some(later(now, FIRST_REST)));
        let after = later(now, FIRST_REST);
        assert_eq!(queue.free(after), 1);
        let probe = LaneQueue::enter(&queue);
        assert_eq!(queue.free(after), 0);
        probe.trouble(after);
        drop(probe);
        assert_eq!(queue.reopens(after), Some(later(after, FIRST_REST * 2)));
        let probe = LaneQueue::enter(&queue);
        probe.in_order();
        drop(probe);
        assert_eq!(queue.free(later(after, FIRST_REST * 2)), WIDTH);
    }

    #[test]
    fn a_queue_that_failures_have_closed_opens_when_lucca_answers_and_one_without_budget_does_not()
    {
        let queue = Arc::new(LaneQueue::default());
        let now = Timestamp::UNIX_EPOCH;
        LaneQueue::enter(&queue).trouble(now);
        assert_eq!(queue.free(now), 0);
        queue.reopen();
        assert_eq!(queue.free(now), WIDTH);
        LaneQueue::enter(&queue).close(later(now, LONGEST_REST));
        queue.reopen();
        assert_eq!(queue.free(now), 0);
    }

    #[test]
    fn workers_that_fail_together_close_their_queue_once() {
        let queue = Arc::new(LaneQueue::default());
        let now = Timestamp::UNIX_EPOCH;
        let permits: Vec<WorkPermit> = (0..WIDTH).map(|_| LaneQueue::enter(&queue)).collect();
        for permit in permits {
            permit.trouble(now);
        }
        assert_eq!(queue.reopens(now), Some(later(now, FIRST_REST)));
    }
}
