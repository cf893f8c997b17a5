//! When to try again: a pure decision over a schedule that is data.

use std::time::Duration;

/// What to do after a failure that may pass by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again after this long.
    Again(Duration),
    /// The schedule has ended: a person has to look.
    GiveUp,
}

/// How much earlier or later than scheduled a retry may be, as a share.
const JITTER: f64 = 0.2;

/// Decides what follows the `failures`-th failure in a row.
///
/// `chance` is between 0 and 1 and spreads the retries; `not_before` is what the other
/// side asked for (`Retry-After`) and is never undercut.
pub fn decide(
    failures: u32,
    schedule: &[Duration],
    not_before: Option<Duration>,
    chance: f64,
) -> Next {
    let index = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(step) = schedule.get(index) else {
        return Next::GiveUp;
    };
    let factor = 1.0 + JITTER * (2.0 * chance.clamp(0.0, 1.0) - 1.0);
    let after = step.mul_f64(factor);
    Next::Again(not_before.map_or(after, |asked| after.max(asked)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(100)];

    #[test]
    fn the_schedule_is_followed_with_jitter_and_then_ends() {
        let table = [
            (1, None, 0.5, Next::Again(Duration::from_secs(10))),
            (1, None, 0.0, Next::Again(Duration::from_secs(8))),
            (2, None, 1.0, Next::Again(Duration::from_secs(120))),
            (3, None, 0.5, Next::GiveUp),
            (1, Some(30), 0.5, Next::Again(Duration::from_secs(30))),
            (2, Some(30), 0.5, Next::Again(Duration::from_secs(100))),
        ];
        for (failures, asked, chance, next) in table {
            let asked = asked.map(Duration::from_secs);
            assert_eq!(decide(failures, &SCHEDULE, asked, chance), next);
        }
    }
}
