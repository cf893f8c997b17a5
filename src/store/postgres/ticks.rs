//! The clock by which leases and budgets are measured: the database's.
//!
//! Replicas share the database but not a wall clock. Whether a claim or a place in a budget
//! is still held must not depend on which of them asks, so that the ends of both are set and
//! compared by `clock_timestamp()` of the server, in microseconds since 1970, which is all
//! the precision it has. Due times are dates of the service and stay as they are given.
//!
//! That clock is the wall clock of the server's machine. If it is put back, claims and
//! places are held for longer; if it is put forward by more than NTP's small corrections,
//! they end that much early.

use jiff::Timestamp;

use crate::clock::SharedClock;

/// The server's clock as SQL, in microseconds since 1970.
pub(super) const MICROS: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// Whose clock is asked.
#[derive(Clone)]
pub(super) enum Ticks {
    /// The server's.
    Server,
    /// One that a test moves; leases are measured by the moments given.
    #[cfg(test)]
    Held(std::sync::Arc<crate::clock::FakeClock>),
}

impl Ticks {
    /// What SQL about leases has to take for the time instead of the server's clock.
    pub(super) fn lease_time(&self, _now: Timestamp) -> Option<i64> {
        match self {
            Self::Server => None,
            #[cfg(test)]
            Self::Held(_) => Some(_now.as_microsecond()),
        }
    }

    /// The same for SQL about budgets.
    pub(super) fn budget_time(&self) -> Option<i64> {
        match self {
            Self::Server => None,
            #[cfg(test)]
            Self::Held(clock) => i64::try_from(clock.elapsed().as_micros()).ok(),
        }
    }

    /// When a moment of the server's clock comes by this process's clock, in microseconds.
    pub(super) fn here(&self, clock: &SharedClock, then: i64, server_now: i64) -> i64 {
        match self {
            Self::Server => clock
                .now()
                .as_microsecond()
                .saturating_add(then.saturating_sub(server_now)),
            #[cfg(test)]
            Self::Held(_) => then,
        }
    }
}

/// Whole microseconds, rounded up.
pub(super) fn micros(span: std::time::Duration) -> i64 {
    // Such a span does not end; a quarter leaves room to add it to a time.
    i64::try_from(span.as_nanos().div_ceil(1000)).unwrap_or(i64::MAX / 4)
}
