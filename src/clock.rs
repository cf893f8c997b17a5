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

/// A clock that stands still until a test moves it.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct FakeClock(std::sync::Mutex<Hands>);

#[cfg(test)]
#[derive(Debug)]
struct Hands {
    wall: Timestamp,
    since_boot: Duration,
    boots: u32,
    elapsed: Duration,
}

#[cfg(test)]
impl FakeClock {
    /// Midnight of 1 January 2027, an hour after the first boot.
    pub(crate) fn new() -> Self {
        Self(std::sync::Mutex::new(Hands {
            wall: Timestamp::constant(1_798_761_600, 0),
            since_boot: Duration::from_secs(3600),
            boots: 1,
            elapsed: Duration::ZERO,
        }))
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, span: Duration) {
        let mut hands = self.0.lock().unwrap();
        hands.wall += span;
        hands.since_boot += span;
        hands.elapsed += span;
    }

    /// How much time has passed in all.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().elapsed
    }

    /// Sets the wall clock only.
    pub(crate) fn set_wall(&self, wall: Timestamp) {
        self.0.lock().unwrap().wall = wall;
    }

    /// Boots the machine, so that it has been up for this long.
    pub(crate) fn reboot(&self, since_boot: Duration) {
        let mut hands = self.0.lock().unwrap();
        hands.boots += 1;
        hands.since_boot = since_boot;
    }
}

#[cfg(test)]
impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().wall
    }

    fn since_boot(&self) -> Duration {
        self.0.lock().unwrap().since_boot
    }

    fn boot_id(&self) -> String {
        format!("boot-{}", self.0.lock().unwrap().boots)
    }

    fn chance(&self) -> f64 {
        0.5
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
