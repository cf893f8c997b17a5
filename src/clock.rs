//! Time and chance, passed in so that tests can hold them.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

/// A shared source of time and chance.
pub type SharedClock = Arc<dyn Clock>;

/// Tells the time and rolls the dice.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock: for dates and times that people and other systems see.
    fn now(&self) -> Timestamp;
    /// Time since the machine booted, sleep included: for spans that must not follow a
    /// jump of the wall clock.
    fn since_boot(&self) -> Duration;
    /// Names the boot that [`Clock::since_boot`] counts from.
    fn boot_id(&self) -> String;
    /// A number between 0 and 1.
    fn chance(&self) -> f64;
}

/// The machine's clocks.
#[derive(Clone, Debug)]
pub struct SystemClock {
    boot_id: String,
}

impl SystemClock {
    /// Reads the name of this boot, which Linux gives in
    /// `/proc/sys/kernel/random/boot_id`. Where there is none, each process counts as
    /// its own boot, which is safe: budgets then wait a full window at start.
    pub fn new() -> Self {
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map(|id| id.trim().to_owned())
            .unwrap_or_else(|_| uuid::Uuid::new_v4().to_string());
        Self { boot_id }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn since_boot(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(
            u64::try_from(time.tv_sec).unwrap_or_default(),
            u32::try_from(time.tv_nsec).unwrap_or_default(),
        )
    }

    fn boot_id(&self) -> String {
        self.boot_id.clone()
    }

    fn chance(&self) -> f64 {
        // The random half of a UUIDv4 is as good a die as any here.
        let bits = uuid::Uuid::new_v4().as_u64_pair().1 & 0xffff_ffff;
        f64::from(u32::try_from(bits).unwrap_or_default()) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_clock_runs_forward_and_chance_stays_between_0_and_1() {
        let clock = SystemClock::new();
        let first = clock.since_boot();
        assert!(first > Duration::ZERO && clock.since_boot() >= first);
        assert!((0..100).all(|_| (0.0..=1.0).contains(&clock.chance())));
        assert!(!clock.boot_id().is_empty());
    }
}
