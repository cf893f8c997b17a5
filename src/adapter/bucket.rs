//! Token buckets: a burst, then one token at a fixed pace.

use std::{collections::HashMap, hash::Hash, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

/// The size of a burst, and the pace at which tokens come back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    burst: u32,
    pace: Duration,
}

impl Rate {
    /// `burst` tokens at once, one more every `pace`.
    pub(super) fn new(burst: u32, pace: Duration) -> Self {
        Self { burst, pace }
    }

    /// A minute's worth of tokens at once.
    pub(super) fn per_minute(number: u32) -> Self {
        Self::new(number, Duration::from_secs(60) / number.max(1))
    }
}

/// The tokens that are left. Full at first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket {
    /// When the bucket is full again; `None` if it is full.
    full: Option<Instant>,
}

impl Bucket {
    /// Whether a token is available.
    ///
    /// # Errors
    /// The time until one is.
    pub(super) fn look(&self, now: Instant, rate: Rate) -> Result<(), Duration> {
        let owed = self.full_after_one(now, rate).duration_since(now);
        match owed.checked_sub(rate.pace * rate.burst) {
            None | Some(Duration::ZERO) => Ok(()),
            Some(wait) => Err(wait),
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The time until one is available.
    pub(super) fn take(&mut self, now: Instant, rate: Rate) -> Result<(), Duration> {
        self.look(now, rate)?;
        self.full = Some(self.full_after_one(now, rate));
        Ok(())
    }

    fn full_after_one(&self, now: Instant, rate: Rate) -> Instant {
        self.full.filter(|full| *full > now).unwrap_or(now) + rate.pace
    }
}

/// A bucket for each key. Memory is bounded: beyond `most` keys the fullest buckets are
/// forgotten.
pub(super) struct Buckets<K> {
    rate: Rate,
    most: usize,
    table: Mutex<HashMap<K, Bucket>>,
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    pub(super) fn new(rate: Rate, most: usize) -> Self {
        Self {
            rate,
            most,
            table: Mutex::default(),
        }
    }

    /// As [`Bucket::look`].
    pub(super) fn look(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let bucket = self.table.lock().get(key).copied().unwrap_or_default();
        bucket.look(now, self.rate)
    }

    /// As [`Bucket::take`].
    pub(super) fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut table = self.table.lock();
        if table.len() >= self.most && !table.contains_key(&key) {
            forget_half(&mut table);
        }
        table.entry(key).or_default().take(now, self.rate)
    }
}

/// Forgets the fuller half of the buckets, which loses the least.
fn forget_half<K: Clone + Eq + Hash>(table: &mut HashMap<K, Bucket>) {
    let mut keys: Vec<(Option<Instant>, K)> = table
        .iter()
        .map(|(key, bucket)| (bucket.full, key.clone()))
        .collect();
    keys.sort_unstable_by_key(|(full, _)| *full);
    for (_, key) in &keys[..keys.len().div_ceil(2)] {
        table.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_a_burst_and_then_a_pace() {
        let rate = Rate::new(5, Duration::from_secs(2));
        let start = Instant::now();
        let mut bucket = Bucket::default();
        let mut take = |seconds: u64| bucket.take(start + Duration::from_secs(seconds), rate);
        assert!((0..5).all(|_| take(0).is_ok()));
        assert_eq!(take(0), Err(Duration::from_secs(2)));
        assert_eq!(take(1), Err(Duration::from_secs(1)));
        assert_eq!(take(2), Ok(()));
        assert!(take(2).is_err());
        assert!((0..5).all(|_| take(200).is_ok()));
        assert!(take(200).is_err());
    }

    #[test]
    fn looking_takes_nothing() {
        let (rate, now) = (Rate::per_minute(1), Instant::now());
        let mut bucket = Bucket::default();
        assert!((0..3).all(|_| bucket.look(now, rate).is_ok()));
        assert_eq!(bucket.take(now, rate), Ok(()));
        assert_eq!(bucket.look(now, rate), Err(Duration::from_secs(60)));
    }

    #[test]
    fn as_many_as_a_minute_brings_may_come_at_once() {
        let (rate, start) = (Rate::per_minute(3000), Instant::now());
        let mut bucket = Bucket::default();
        let taken = (0..4000).filter(|_| bucket.take(start, rate).is_ok());
        assert_eq!(taken.count(), 3000);
        let later = start + Duration::from_secs(30);
        let taken = (0..4000).filter(|_| bucket.take(later, rate).is_ok());
        assert_eq!(taken.count(), 1500);
    }

    #[test]
    fn keys_do_not_share_a_bucket() {
        let buckets = Buckets::new(Rate::per_minute(1), 10);
        let now = Instant::now();
        assert!(buckets.take("a", now).is_ok());
        assert!(buckets.take("a", now).is_err());
        assert!(buckets.look(&"b", now).is_ok());
        assert!(buckets.take("b", now).is_ok());
    }

    #[test]
    fn a_flood_of_keys_takes_no_more_room_and_frees_nobody_who_owes_much() {
        let buckets = Buckets::new(Rate::per_minute(2), 100);
        let now = Instant::now();
        for _ in 0..2 {
            buckets.take(0, now).unwrap();
        }
        for key in 1..10_000 {
            buckets.take(key, now).unwrap();
            assert!(buckets.table.lock().len() <= 100);
        }
        assert!(buckets.take(0, now).is_err());
    }
}
