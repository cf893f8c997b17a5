//! The place in a queue, counted from places that were counted a moment ago.
//!
//! Every answer about a hire that waits tells its place. Counted from the front each time, a
//! thousand answers a second would walk a long queue a thousand times a second.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::domain::ids::Account;

/// What a queue is ordered by: when it is a hire's turn, and the order of arrival.
pub(super) type Rank = (i64, i64);

/// The rank before all others.
const FRONT: Rank = (i64::MIN, i64::MIN);

/// For how long a place counts: meanwhile those before it may have been served.
const FRESH: Duration = Duration::from_secs(2);

/// Between two remembered places are at least so many hires. A queue that is shorter is
/// counted whole, and no place in it is ever old.
const STEP: u32 = 256;

/// A place that was counted.
#[derive(Clone, Copy, Debug)]
struct Known {
    before: u32,
    counted: Instant,
}

/// What is known of the queues of accounts.
#[derive(Debug, Default)]
pub(super) struct Queues(Mutex<HashMap<Account, BTreeMap<Rank, Known>>>);

/// Where counting begins: at a place that is known, or at the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begin {
    /// The rank of that place: counted are those from it on.
    pub(super) from: Rank,
    known: Known,
    now: Instant,
}

impl Queues {
    /// Where to begin to count the place of a rank.
    pub(super) fn begin(&self, account: &Account, rank: Rank, now: Instant) -> Begin {
        let queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = queues.get(account).and_then(|known| {
            let mut nearest = known.range(..=rank).rev();
            nearest.find(|(_, known)| is_fresh(known, now))
        });
        let front = Known {
            before: 0,
            counted: now,
        };
        let (from, known) = known.map_or((FRONT, front), |(rank, known)| (*rank, *known));
        Begin { from, known, now }
    }

    /// The place of a rank, when so many were found between it and where counting began.
    pub(super) fn end(&self, account: &Account, rank: Rank, begin: Begin, between: u32) -> u32 {
        let before = begin.known.before.saturating_add(between);
        if between >= STEP {
            let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let known = queues.entry(account.clone()).or_default();
            known.retain(|_, known| is_fresh(known, begin.now));
            let counted = begin.known.counted;
            known.insert(rank, Known { before, counted });
        }
        before
    }
}

fn is_fresh(known: &Known, now: Instant) -> bool {
    now.saturating_duration_since(known.counted) < FRESH
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue of so many, ranked 0, 1, 2, …; what is walked to count is added up.
    struct Queue {
        queues: Queues,
        account: Account,
        served: i64,
        walked: u32,
        now: Instant,
    }

    impl Queue {
        fn new() -> Self {
            Self {
                queues: Queues::default(),
                account: Account::parse("acme.ilucca.example").unwrap(),
                served: 0,
                walked: 0,
                now: Instant::now(),
            }
        }

        fn place(&mut self, number: i64) -> u32 {
            let rank = (0, number);
            let begin = self.queues.begin(&self.account, rank, self.now);
            let first = match begin.from {
                FRONT => self.served,
                (_, from) => from.max(self.served),
            };
            let between = u32::try_from(number - first).unwrap();
            self.walked += between;
            self.queues.end(&self.account, rank, begin, between)
        }
    }

    #[test]
    fn a_short_queue_is_counted_whole_and_always_right() {
        let mut queue = Queue::new();
        let number = i64::from(STEP) - 1;
        assert_eq!(queue.place(number), STEP - 1);
        queue.served = 100;
        assert_eq!(queue.place(number), STEP - 101);
    }

    #[test]
    fn a_long_queue_is_walked_once_in_a_while_however_often_it_is_asked_for() {
        let mut queue = Queue::new();
        for number in 100_000..100_500 {
            assert_eq!(queue.place(number), u32::try_from(number).unwrap());
        }
        // Once whole, and then from the last place that is known.
        assert!(queue.walked < 100_000 + 500 * STEP, "{}", queue.walked);
    }

    #[test]
    fn a_place_is_never_older_than_what_it_was_counted_from() {
        let mut queue = Queue::new();
        assert_eq!(queue.place(1_000), 1_000);
        queue.served = 900;
        queue.now += FRESH / 2;
        // Counted from the place of a moment ago: too many, which errs on the late side.
        assert_eq!(queue.place(1_400), 1_400);
        queue.now += FRESH / 2;
        assert_eq!(queue.place(1_400), 500);
        assert_eq!(queue.place(1_000), 100);
    }

    #[test]
    fn accounts_have_queues_of_their_own() {
        let mut queue = Queue::new();
        assert_eq!(queue.place(1_000), 1_000);
        queue.account = Account::parse("other.ilucca.example").unwrap();
        queue.served = 500;
        assert_eq!(queue.place(1_000), 500);
    }
}
