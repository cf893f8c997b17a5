//! Time and randomness, passed in so that tests can hold them.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use uuid::Uuid;

/// A shared source of time and randomness.
pub type SharedClock = Arc<dyn Clock>;

/// A source of time and randomness; not for keys and nonces, which `db` makes.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock: for dates and times that people and other systems see.
    fn now(&self) -> Timestamp;
    /// Time since the machine booted, sleep included: for intervals that a jump of the wall clock
    /// must not change.
    fn since_boot(&self) -> Duration;
    /// Names the boot that [`Clock::since_boot`] counts from.
    fn boot_id(&self) -> String;
    /// A random number from 0 to 1, without 1.
    fn chance(&self) -> f64;
    /// A new id that sorts by time (UUIDv7).
    fn new_id(&self) -> Uuid;
}

/// The machine's clocks.
#[derive(Clone, Debug)]
pub struct SystemClock {
    boot_id: String,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clocks and randomness"
)]
impl SystemClock {
    /// Reads the name of this boot, which Linux gives in
    /// `/proc/sys/kernel/random/boot_id`. Where there is none, each process counts as a boot of
    /// its own, which is safe: budgets then wait a full window at start.
    pub fn new() -> Self {
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map(|id| id.trim().to_owned())
            .unwrap_or_else(|_| Uuid::new_v4().to_string());
        Self { boot_id }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clocks and randomness"
)]
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
        // The last 32 bits of a UUIDv4 are random.
        let bits = Uuid::new_v4().as_u64_pair().1 as u32;
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }

    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
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

    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_clock_runs_forward_and_chance_stays_below_1() {
        let clock = SystemClock::new();
        let first = clock.since_boot();
        assert!(first > Duration::ZERO && clock.since_boot() >= first);
        let chances: Vec<f64> = (0..100).map(|_| clock.chance()).collect();
        assert!(chances.iter().all(|it| (0.0..1.0).contains(it)));
        assert!(chances.iter().any(|it| it != &chances[0]));
        assert!(clock.new_id() < clock.new_id());
        assert!(!clock.boot_id().is_empty());
    }
}
