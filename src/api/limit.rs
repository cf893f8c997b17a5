//! How many calls are worked on at the same time: as many as are finished in good time.

use std::time::Duration;

use tokio::time::Instant;

/// The fewest that are let in, however slow they are.
const FEWEST: usize = 4;

/// How many are let in before anything is known.
const FIRST: usize = 32;

/// How long, and over how many calls at least, it is looked before a decision.
const LOOK: Duration = Duration::from_millis(100);
const CALLS: u32 = 8;

/// A limit that follows the time calls take: a quarter fewer when they take longer than
/// they should, a tenth more when they do not and others wait.
///
/// A number of calls that is right for every disk and every machine does not exist; the
/// time that a caller finds long does.
#[derive(Debug)]
pub(super) struct Limit {
    most: usize,
    target: Duration,
    now: usize,
    since: Instant,
    calls: u32,
    time: Duration,
    was_wanted: bool,
}

impl Limit {
    /// At most so many; calls should take this long on average.
    pub(super) fn new(most: usize, target: Duration, now: Instant) -> Self {
        Self {
            most: most.max(1),
            target,
            now: FIRST.min(most.max(1)),
            since: now,
            calls: 0,
            time: Duration::ZERO,
            was_wanted: false,
        }
    }

    /// The limit.
    pub(super) fn get(&self) -> usize {
        self.now
    }

    /// A call has found no place.
    pub(super) fn wanted(&mut self) {
        self.was_wanted = true;
    }

    /// A call has taken so long.
    pub(super) fn took(&mut self, time: Duration, now: Instant) {
        self.calls += 1;
        self.time += time;
        if self.calls < CALLS || now.saturating_duration_since(self.since) < LOOK {
            return;
        }
        let mean = self.time / self.calls;
        if mean > self.target {
            let fewest = FEWEST.min(self.most);
            self.now = (self.now - self.now.div_ceil(4)).max(fewest);
        } else if self.was_wanted && mean < self.target.mul_f64(0.8) {
            self.now = (self.now + self.now.div_ceil(10)).min(self.most);
        }
        self.since = now;
        self.calls = 0;
        self.time = Duration::ZERO;
        self.was_wanted = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Duration = Duration::from_millis(50);

    /// The limit after looks at calls that took so many milliseconds.
    fn after(looks: &[(u64, bool)]) -> usize {
        let mut now = Instant::now();
        let mut limit = Limit::new(128, TARGET, now);
        for (millis, wanted) in looks {
            now += LOOK;
            if *wanted {
                limit.wanted();
            }
            for _ in 0..CALLS {
                limit.took(Duration::from_millis(*millis), now);
            }
        }
        limit.get()
    }

    #[test]
    fn the_limit_follows_the_time_that_calls_take() {
        let table = [
            (vec![], 32),
            (vec![(10, true)], 36),
            (vec![(10, true); 100], 128),
            // Nobody wanted more.
            (vec![(10, false); 100], 32),
            (vec![(45, true); 100], 32),
            (vec![(51, true)], 24),
            (vec![(5000, true); 100], 4),
            (
                [vec![(200, true); 100], vec![(10, true); 100]].concat(),
                128,
            ),
        ];
        for (looks, expected) in table {
            assert_eq!(after(&looks), expected, "{:?}", looks.first());
        }
    }

    #[test]
    fn one_slow_call_changes_nothing_and_a_small_service_stays_small() {
        let now = Instant::now();
        let mut limit = Limit::new(2, TARGET, now);
        assert_eq!(limit.get(), 2);
        limit.took(Duration::from_secs(9), now + LOOK);
        assert_eq!(limit.get(), 2);
        for _ in 0..100 {
            limit.took(Duration::from_secs(9), now + LOOK * 2);
        }
        assert_eq!(limit.get(), 2);
    }
}
