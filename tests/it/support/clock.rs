//! The machine's clock, which a test can put forward.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use lucca_onboarding::clock::{Clock, SystemClock};
use uuid::Uuid;

/// The machine's clock, and by how many seconds it was put forward.
#[derive(Default)]
pub struct MovableClock(SystemClock, AtomicU64);

impl MovableClock {
    /// Lets time pass.
    pub fn pass(&self, seconds: u64) {
        self.1.fetch_add(seconds, Ordering::SeqCst);
    }

    fn passed(&self) -> Duration {
        Duration::from_secs(self.1.load(Ordering::SeqCst))
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        self.0.now() + self.passed()
    }

    fn since_boot(&self) -> Duration {
        self.0.since_boot() + self.passed()
    }

    fn boot_id(&self) -> String {
        self.0.boot_id()
    }

    fn chance(&self) -> f64 {
        self.0.chance()
    }

    fn new_id(&self) -> Uuid {
        self.0.new_id()
    }
}
