//! Leases and budgets are measured by the clock of the database server.
//!
//! Replicas share the database but not a clock. Whether a lease is valid or a call counts must not
//! depend on the replica that asks. So the ends of both are set and compared by `clock_timestamp()` of
//! the server, in microseconds since 1970, which is its precision. Due times come from the clocks of
//! the service and are stored as given.
//!
//! It is the wall clock of the server's machine. If it is set back, leases and calls last longer. If it
//! is set forward by more than the small corrections of NTP, they end earlier by as much.

use std::time::Duration;

use jiff::Timestamp;

use super::session::PostgresSession;
use crate::{
    clock::SharedClock,
    store::{
        backend::Dialect,
        change::{Change, LeaseChange},
        sql::Values,
    },
};

/// The server's clock as SQL, in microseconds since 1970.
pub(super) const MICROS: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// The clock in use.
#[derive(Clone)]
pub(super) enum Ticks {
    /// The server's.
    Server,
    /// One that a test moves. Leases are measured by the moments that the test gives.
    #[cfg(test)]
    Held(std::sync::Arc<crate::clock::FakeClock>),
}

impl Ticks {
    /// The time for SQL about leases, if it is not the server's clock.
    pub(super) fn lease_time(&self, _now: Timestamp) -> Option<i64> {
        match self {
            Self::Server => None,
            #[cfg(test)]
            Self::Held(_) => Some(_now.as_microsecond()),
        }
    }

    /// The time for SQL about budgets, if it is not the server's clock.
    pub(super) fn budget_time(&self) -> Option<i64> {
        match self {
            Self::Server => None,
            #[cfg(test)]
            Self::Held(clock) => i64::try_from(clock.elapsed().as_micros()).ok(),
        }
    }

    /// Converts a time of the server's clock to this process's clock, in microseconds.
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

/// Leases and reservations end by the server's clock, a span from now; `wake` is always the due
/// time.
impl Dialect for PostgresSession<'_> {
    fn now(&self, values: &mut Values, now: Timestamp) -> String {
        let now = values.add(self.ticks.lease_time(now));
        format!("coalesce({now}, {MICROS})")
    }

    fn span(&self, span: Duration) -> i64 {
        micros(span)
    }

    fn hold(&self, values: &mut Values, now: Timestamp, until: Timestamp) -> String {
        let span = until.duration_since(now).as_micros();
        let span = values.add(i64::try_from(span).unwrap_or_default());
        format!("lease_end = {} + {span}", self.now(values, now))
    }

    fn lease(&self, values: &mut Values, change: &Change) -> Option<String> {
        let wake = format!("wake = {}", values.add(change.due));
        Some(match change.lease {
            LeaseChange::Keep => wake,
            LeaseChange::Hold(until) => {
                let hold = self.hold(values, change.now, until);
                format!("{wake}, {hold}")
            }
            LeaseChange::End => format!("{wake}, lease_end = NULL"),
        })
    }
}

/// Whole microseconds, rounded up.
pub(super) fn micros(span: Duration) -> i64 {
    // A span that is longer never ends. A quarter of the range leaves room to add it to a time.
    i64::try_from(span.as_nanos().div_ceil(1000)).unwrap_or(i64::MAX / 4)
}
