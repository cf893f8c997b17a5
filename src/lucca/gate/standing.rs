//! What Lucca has answered to a tenant's key: whether the account has accepted it, and how long it
//! is not tried again after refusals.

use std::time::Duration;

/// The pause after the second refusal in a row; doubled by each further one. The first may be a
/// missing right.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// After so many refusals in a row a key counts as one that was never accepted.
const DOUBTED_AFTER: u32 = 2;

/// What one key has met.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// The version of the key.
    pub version: u32,
    accepted: bool,
    /// Refusals (401) in a row.
    refusals: u32,
    /// By the boot clock.
    paused_until: Duration,
}

impl Standing {
    pub fn new(version: u32, accepted: bool) -> Self {
        Self {
            version,
            accepted,
            refusals: 0,
            paused_until: Duration::ZERO,
        }
    }

    /// Whether the account has accepted the key, and still does as far as is known.
    pub fn is_accepted(&self) -> bool {
        self.accepted && self.refusals < DOUBTED_AFTER
    }

    /// How long the key is not tried again.
    pub fn pause(&self, now: Duration) -> Option<Duration> {
        let left = self.paused_until.saturating_sub(now);
        (!left.is_zero()).then_some(left)
    }

    /// Takes in an answer. Returns whether it is the first that accepts the key.
    pub fn answered(&mut self, status: u16, now: Duration) -> bool {
        match status {
            200..=299 => {
                self.refusals = 0;
                self.paused_until = Duration::ZERO;
                !std::mem::replace(&mut self.accepted, true)
            }
            401 => {
                self.refusals = self.refusals.saturating_add(1);
                if let Some(doublings) = self.refusals.checked_sub(DOUBTED_AFTER) {
                    let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings));
                    self.paused_until = now + pause.min(LONGEST_PAUSE);
                }
                false
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_success_accepts_a_key_and_refusals_in_a_row_pause_it_longer_each_time() {
        let now = Duration::from_secs(1000);
        let table: [(&[u16], bool, u64); 8] = [
            (&[], false, 0),
            (&[403, 404, 429, 500], false, 0),
            (&[200], true, 0),
            (&[200, 401], true, 0),
            (&[200, 401, 401], false, 1),
            (&[401, 401, 401, 401], false, 4),
            (&[401, 401, 401, 200, 401], true, 0),
            (&[401; 40], false, 600),
        ];
        for (answers, accepted, pause) in table {
            let mut standing = Standing::new(1, false);
            for status in answers {
                standing.answered(*status, now);
            }
            assert_eq!(standing.is_accepted(), accepted, "{answers:?}");
            let left = standing.pause(now).unwrap_or_default();
            assert_eq!(left, Duration::from_secs(pause), "{answers:?}");
        }
    }

    #[test]
    fn the_first_success_is_noticed_once() {
        let mut standing = Standing::new(1, false);
        let first = |status| standing.answered(status, Duration::ZERO);
        assert_eq!([401, 200, 200].map(first), [false, true, false]);
        assert!(!Standing::new(1, true).answered(200, Duration::ZERO));
    }
}
