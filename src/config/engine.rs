//! Section `engine`.

use std::time::Duration;

use super::keys::Keys;

/// How long after it was decided a call that creates a person may still be sent.
pub const SEND_WINDOW: Duration = Duration::from_secs(5);

/// What moves hires forward.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Waits between tries, before jitter; when they are used up a person has to look.
    pub retry_schedule: Vec<Duration>,
    /// How long a worker owns a hire; more than [`SEND_WINDOW`], request time-out and settle delay.
    pub lease: Duration,
}

impl Engine {
    pub(super) fn read(keys: &mut Keys) -> Self {
        Self {
            retry_schedule: keys.durations("engine.retry_schedule"),
            lease: keys.duration("engine.lease"),
        }
    }
}
