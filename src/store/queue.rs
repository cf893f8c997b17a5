//! The position in a queue, counted from positions that were counted a moment ago.
//!
//! Every answer about a waiting hire tells its position. A thousand answers a second that each
//! count a long queue from the front would read the whole queue a thousand times a second.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::domain::ids::Account;

/// The sort key of a queue: when a hire is due, and the order of arrival.
pub(super) type Rank = (i64, i64);

/// The rank before all others.
const FRONT: Rank = (i64::MIN, i64::MIN);

/// For how long a counted position is used: those before it may be served meanwhile.
const FRESH: Duration = Duration::from_secs(2);

/// The least distance of two remembered positions. A shorter queue is counted whole, so that no
/// position in it is ever old.
const STEP: u32 = 256;

/// A position that was counted.
#[derive(Clone, Copy, Debug)]
struct Known {
    before: u32,
    counted: Instant,
}

/// The remembered positions in the queues of accounts.
#[derive(Debug, Default)]
pub(super) struct Queues(Mutex<HashMap<Account, BTreeMap<Rank, Known>>>);

/// Where counting starts: at a remembered position, or at the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// The rank of that position. It is counted itself.
    pub(super) from: Rank,
    known: Known,
    now: Instant,
}

impl Queues {
    /// Where to start counting the position of a rank.
    pub(super) fn start(&self, account: &Account, rank: Rank, now: Instant) -> Start {
        let queues = self.0.lock();
        let known = queues.get(account).and_then(|known| {
            let mut nearest = known.range(..=rank).rev();
            nearest.find(|(_, known)| is_fresh(known, now))
        });
        let front = Known {
            before: 0,
            counted: now,
        };
        let (from, known) = known.map_or((FRONT, front), |(rank, known)| (*rank, *known));
        Start { from, known, now }
    }

    /// The position of a rank with so many hires between it and where counting started.
    pub(super) fn finish(&self, account: &Account, rank: Rank, start: Start, between: u32) -> u32 {
        let before = start.known.before.saturating_add(between);
        if between >= STEP {
            let mut queues = self.0.lock();
            let known = queues.entry(account.clone()).or_default();
            known.retain(|_, known| is_fresh(known, start.now));
            let counted = start.known.counted;
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
            let start = self.queues.start(&self.account, rank, self.now);
            let first = match start.from {
                FRONT => self.served,
                (_, from) => from.max(self.served),
            };
            let between = u32::try_from(number - first).unwrap();
            self.walked += between;
            self.queues.finish(&self.account, rank, start, between)
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
