//! The rate limit: so many calls in any sliding window, for the whole domain.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Admits at most `limit` calls in any window, whoever makes them.
///
/// Lucca documents 50 requests a minute per domain, shared by all integrations of a customer
/// (`documentation/limits`). Refused calls do not count here; the ledger counts every call.
#[derive(Debug)]
pub(super) struct RateLimit {
    limit: usize,
    window: Duration,
    admitted: VecDeque<Instant>,
}

impl RateLimit {
    pub(super) fn new(limit: u32, window: Duration) -> Self {
        Self {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            window,
            admitted: VecDeque::new(),
        }
    }

    /// Admits a call at `now`, or returns how long it is until one would be admitted.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        let left = |first: &Instant| {
            let age = now.saturating_duration_since(*first);
            self.window.saturating_sub(age)
        };
        while self.admitted.front().is_some_and(|it| left(it).is_zero()) {
            self.admitted.pop_front();
        }
        if self.admitted.len() < self.limit {
            self.admitted.push_back(now);
            return Ok(());
        }
        Err(self.admitted.front().map_or(self.window, left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides_and_never_holds_more_than_the_limit() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut limit = RateLimit::new(2, Duration::from_secs(60));
        assert_eq!(limit.admit(at(0)), Ok(()));
        assert_eq!(limit.admit(at(50)), Ok(()));
        assert_eq!(limit.admit(at(59)), Err(Duration::from_secs(1)));
        assert_eq!(limit.admit(at(60)), Ok(()));
        assert_eq!(limit.admit(at(61)), Err(Duration::from_secs(49)));
    }

    #[test]
    fn nothing_passes_a_limit_of_zero() {
        let mut limit = RateLimit::new(0, Duration::from_secs(60));
        assert_eq!(limit.admit(Instant::now()), Err(Duration::from_secs(60)));
    }
}
