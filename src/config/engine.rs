//! Section `engine`.

use std::time::Duration;

use super::keys::{Keys, section};

/// How long after it was decided a call that creates a person may still be sent.
pub const SEND_WINDOW: Duration = Duration::from_secs(5);

section! {
    /// What moves hires forward.
    Engine {
        /// Waits between tries, before jitter; when they are used up, a person has to look.
        pub retry_schedule: Vec<Duration> = Keys::durations,
        /// How long a worker's lease on a hire lasts; longer than [`SEND_WINDOW`], the request
        /// time-out and the settle delay together.
        pub lease: Duration = Keys::duration,
    }
}
