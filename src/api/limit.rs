//! How many calls are worked on at the same time: as many as finish in good time.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// The lower bound of the limit, however slow calls are.
const FEWEST: usize = 8;

/// The limit before anything is known.
const FIRST: usize = 32;

/// A decision is based on this much time, and at least on so many calls.
const SAMPLE: Duration = Duration::from_millis(100);
const CALLS: u32 = 8;

/// Good time for a method is this many times the best mean time of its calls, so that they can
/// share work (such as one sync of the disk), but never less than this.
const STRETCH: u32 = 2;
const SHORTEST: Duration = Duration::from_millis(10);

/// The best is remembered for this long at least, and for twice as long at most.
const MEMORY: Duration = Duration::from_secs(120);

/// A limit that follows the time calls take: a quarter fewer when they take longer than
/// good time, a tenth more when they do not and others wait.
///
/// No fixed number is right for every disk and every machine. Good time is learned when there
/// is little to do; an overload that lasts for minutes slowly forgets it, up to the time in
/// the settings.
#[derive(Debug)]
pub(super) struct Limit {
    most: usize,
    longest: Duration,
    now: usize,
    sample: Sample,
    best: HashMap<&'static str, Best>,
}

/// The calls since the last decision.
#[derive(Debug)]
struct Sample {
    since: Instant,
    calls: u32,
    /// Number of calls, and the sum of their times.
    methods: HashMap<&'static str, (u32, Duration)>,
    was_wanted: bool,
}

/// The shortest mean time of a method's calls, lately and before that.
#[derive(Debug)]
struct Best {
    since: Instant,
    lately: Duration,
    before: Option<Duration>,
}

impl Best {
    fn see(&mut self, mean: Duration, now: Instant) -> Duration {
        if now.saturating_duration_since(self.since) > MEMORY {
            self.before = Some(self.lately);
            self.lately = mean;
            self.since = now;
        }
        self.lately = self.lately.min(mean);
        self.before.map_or(self.lately, |it| it.min(self.lately))
    }
}

impl Sample {
    fn new(since: Instant) -> Self {
        Self {
            since,
            calls: 0,
            methods: HashMap::new(),
            was_wanted: false,
        }
    }
}

impl Limit {
    /// At most `most` calls; good time is never more than `longest`.
    pub(super) fn new(most: usize, longest: Duration, now: Instant) -> Self {
        Self {
            most: most.max(1),
            longest,
            now: FIRST.min(most.max(1)),
            sample: Sample::new(now),
            best: HashMap::new(),
        }
    }

    /// The limit now.
    pub(super) fn get(&self) -> usize {
        self.now
    }

    /// A call has found no permit.
    pub(super) fn wanted(&mut self) {
        self.sample.was_wanted = true;
    }

    /// A call of a method has taken this long.
    pub(super) fn took(&mut self, method: &'static str, time: Duration, now: Instant) {
        let (calls, sum) = self.sample.methods.entry(method).or_default();
        *calls += 1;
        *sum += time;
        self.sample.calls += 1;
        let passed = now.saturating_duration_since(self.sample.since);
        if self.sample.calls < CALLS || passed < SAMPLE {
            return;
        }
        let sample = std::mem::replace(&mut self.sample, Sample::new(now));
        let (mut took, mut good) = (Duration::ZERO, Duration::ZERO);
        for (method, (calls, sum)) in sample.methods {
            took += sum;
            good += self.good_time(method, sum / calls, now) * calls;
        }
        if took > good {
            let fewest = FEWEST.min(self.most);
            self.now = (self.now - self.now.div_ceil(4)).max(fewest);
        } else if sample.was_wanted && took < good.mul_f64(0.8) {
            self.now = (self.now + self.now.div_ceil(10)).min(self.most);
        }
    }

    /// Good time for a method whose calls have taken `mean` on average.
    fn good_time(&mut self, method: &'static str, mean: Duration, now: Instant) -> Duration {
        let best = self.best.entry(method).or_insert(Best {
            since: now,
            lately: mean,
            before: None,
        });
        let best = best.see(mean, now);
        (best * STRETCH).max(SHORTEST).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_millis(50);

    struct Watched(Limit, Instant);

    impl Watched {
        fn new() -> Self {
            let now = Instant::now();
            Self(Limit::new(128, LONGEST, now), now)
        }

        /// The limit after this many samples of calls that took so many milliseconds.
        fn after(&mut self, samples: u32, millis: u64, wanted: bool) -> usize {
            self.after_calls_of("write", samples, millis, wanted)
        }

        fn after_calls_of(
            &mut self,
            method: &'static str,
            samples: u32,
            millis: u64,
            wanted: bool,
        ) -> usize {
            for _ in 0..samples {
                self.1 += SAMPLE;
                if wanted {
                    self.0.wanted();
                }
                for _ in 0..CALLS {
                    self.0.took(method, Duration::from_millis(millis), self.1);
                }
            }
            self.0.get()
        }
    }

    #[test]
    fn the_limit_grows_while_calls_are_quick_and_others_wait() {
        let mut limit = Watched::new();
        assert_eq!(limit.after(0, 0, false), 32);
        assert_eq!(limit.after(100, 10, false), 32);
        assert_eq!(limit.after(1, 10, true), 36);
        assert_eq!(limit.after(100, 15, true), 128);
    }

    #[test]
    fn the_limit_shrinks_while_calls_take_more_than_twice_the_best() {
        let mut limit = Watched::new();
        limit.after(1, 10, false);
        assert_eq!(limit.after(1, 20, true), 32);
        assert_eq!(limit.after(1, 21, true), 24);
        assert_eq!(limit.after(100, 21, true), 8);
        assert_eq!(limit.after(100, 12, true), 128);
    }

    #[test]
    fn a_method_is_slow_or_quick_by_its_own_measure() {
        let mut limit = Watched::new();
        limit.after_calls_of("read", 10, 1, false);
        assert_eq!(limit.after(100, 20, true), 128);
        assert_eq!(limit.after_calls_of("read", 1, 11, true), 96);
    }

    #[test]
    fn calls_of_a_few_milliseconds_are_quick_and_slow_ones_are_slow_at_any_time() {
        let mut limit = Watched::new();
        limit.after(1, 1, true);
        assert_eq!(limit.after(100, 3, true), 128);
        let mut limit = Watched::new();
        assert_eq!(limit.after(1, 51, true), 24);
        assert_eq!(limit.after(100, 400, true), 8);
    }

    #[test]
    fn what_calls_take_at_best_is_forgotten_slowly() {
        let mut limit = Watched::new();
        limit.after(1, 10, false);
        assert_eq!(limit.after(1_000, 30, true), 8);
        // After a few minutes thirty milliseconds are as good as it gets.
        limit.after(2_000, 30, true);
        assert_eq!(limit.after(100, 35, true), 128);
    }

    #[test]
    fn one_slow_call_changes_nothing_and_a_small_service_stays_small() {
        let now = Instant::now();
        let mut limit = Limit::new(2, LONGEST, now);
        assert_eq!(limit.get(), 2);
        limit.took("write", Duration::from_secs(9), now + SAMPLE);
        assert_eq!(limit.get(), 2);
        for _ in 0..100 {
            limit.took("write", Duration::from_secs(9), now + SAMPLE * 2);
        }
        assert_eq!(limit.get(), 2);
    }
}
