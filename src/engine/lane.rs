//! One account's share of the workers, and its breaker.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use crate::domain::onboarding::later;

/// Onboardings of one account that are worked on at the same time.
const WIDTH: usize = 8;

/// How long a lane rests after its first failure in a row; doubled by each further one.
const FIRST_REST: Duration = Duration::from_secs(1);

/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Inside {
    busy: usize,
    failures: u32,
    closed_until: Option<Timestamp>,
}

/// One account's share of the workers. While its Lucca fails one probe at a time is made.
#[derive(Debug, Default)]
pub(super) struct Lane(Mutex<Inside>);

/// A worker's place in a lane; left when dropped.
#[derive(Debug)]
pub(super) struct Place {
    lane: Arc<Lane>,
    /// How many failures there had been when it was taken.
    failures: u32,
}

impl Lane {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many more onboardings may be worked on now.
    pub fn free(&self, now: Timestamp) -> usize {
        let inside = self.inside();
        if inside.closed_until.is_some_and(|until| until > now) {
            return 0;
        }
        let width = if inside.failures > 0 { 1 } else { WIDTH };
        width.saturating_sub(inside.busy)
    }

    /// When a lane that is closed by time opens again.
    pub fn reopens(&self, now: Timestamp) -> Option<Timestamp> {
        let inside = self.inside();
        let width = if inside.failures > 0 { 1 } else { WIDTH };
        inside
            .closed_until
            .filter(|until| *until > now && inside.busy < width)
    }

    /// Takes a place.
    pub fn enter(lane: &Arc<Self>) -> Place {
        let mut inside = lane.inside();
        inside.busy += 1;
        Place {
            lane: Arc::clone(lane),
            failures: inside.failures,
        }
    }
}

impl Place {
    /// Lucca answered.
    pub fn in_order(&self) {
        self.lane.inside().failures = 0;
    }

    /// Nothing goes before this time.
    pub fn close(&self, until: Timestamp) {
        let mut inside = self.lane.inside();
        inside.closed_until = inside.closed_until.max(Some(until));
    }

    /// Lucca failed: the lane rests, longer each time. Those who were at work together have
    /// met the same trouble, which counts once.
    pub fn trouble(&self, now: Timestamp) {
        let mut inside = self.lane.inside();
        if inside.failures > self.failures {
            return;
        }
        let rest = FIRST_REST
            .saturating_mul(2_u32.saturating_pow(inside.failures.min(10)))
            .min(LONGEST_REST);
        inside.failures = inside.failures.saturating_add(1);
        inside.closed_until = inside.closed_until.max(Some(later(now, rest)));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.lane.inside();
        inside.busy = inside.busy.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_in_trouble_rests_longer_each_time_and_then_lets_one_probe_through() {
        let lane = Arc::new(Lane::default());
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(lane.free(now), WIDTH);
        let place = Lane::enter(&lane);
        place.trouble(now);
        assert_eq!(lane.free(now), 0);
        drop(place);
        assert_eq!(lane.reopens(now), Some(later(now, FIRST_REST)));
        let after = later(now, FIRST_REST);
        assert_eq!(lane.free(after), 1);
        let probe = Lane::enter(&lane);
        assert_eq!(lane.free(after), 0);
        probe.trouble(after);
        drop(probe);
        assert_eq!(lane.reopens(after), Some(later(after, FIRST_REST * 2)));
        let probe = Lane::enter(&lane);
        probe.in_order();
        drop(probe);
        assert_eq!(lane.free(later(after, FIRST_REST * 2)), WIDTH);
    }

    #[test]
    fn workers_that_fail_together_let_their_lane_rest_once() {
        let lane = Arc::new(Lane::default());
        let now = Timestamp::UNIX_EPOCH;
        let places: Vec<Place> = (0..WIDTH).map(|_| Lane::enter(&lane)).collect();
        for place in places {
            place.trouble(now);
        }
        assert_eq!(lane.reopens(now), Some(later(now, FIRST_REST)));
    }
}
