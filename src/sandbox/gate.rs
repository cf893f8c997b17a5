//! The request limit: so many calls in any sliding window, for the whole domain.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Admits at most so many calls in any window, whoever makes them.
///
/// Lucca documents 50 requests a minute per domain, shared by all integrations of a customer.
/// Refused calls do not count here; the ledger counts every call.
#[derive(Debug)]
pub(super) struct Gate {
    limit: usize,
    window: Duration,
    admitted: VecDeque<Instant>,
}

impl Gate {
    pub(super) fn new(limit: u32, window: Duration) -> Self {
        Self {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            window,
            admitted: VecDeque::new(),
        }
    }

    /// Admits a call at `now`, or says how long until one would be admitted.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        while let Some(first) = self.admitted.front() {
            if now.saturating_duration_since(*first) < self.window {
                break;
            }
            self.admitted.pop_front();
        }
        if self.admitted.len() < self.limit {
            self.admitted.push_back(now);
            return Ok(());
        }
        let wait = self.admitted.front().map_or(self.window, |first| {
            self.window
                .saturating_sub(now.saturating_duration_since(*first))
        });
        Err(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides_and_never_holds_more_than_the_limit() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut gate = Gate::new(2, Duration::from_secs(60));
        assert_eq!(gate.admit(at(0)), Ok(()));
        assert_eq!(gate.admit(at(50)), Ok(()));
        assert_eq!(gate.admit(at(59)), Err(Duration::from_secs(1)));
        assert_eq!(gate.admit(at(60)), Ok(()));
        assert_eq!(gate.admit(at(61)), Err(Duration::from_secs(49)));
    }

    #[test]
    fn nothing_passes_a_limit_of_zero() {
        let mut gate = Gate::new(0, Duration::from_secs(60));
        assert_eq!(gate.admit(Instant::now()), Err(Duration::from_secs(60)));
    }
}
