//! What an answer of the service means for an event, and when to try again. Pure.

use std::time::Duration;

use tonic::Code;

/// What to do after a call has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: the service has what the event says.
    Done,
    /// Report that the service refuses the event; trying again would not help.
    Reject,
    /// Try again later; others may go on.
    Later,
    /// The service accepts nothing from the adapter now, so other events need not be tried.
    Pause,
}

/// Reasons of refusals that somebody will resolve: a disabled tenant is enabled or deleted, a record
/// in quarantine is repaired or erased.
const WAITING: [&str; 2] = ["TENANT_DISABLED", "QUARANTINED"];

/// Decides about a hire that was not accepted, from the code and the reason of the answer.
pub(super) fn after_hand_over(code: Code, reason: &str) -> Next {
    match code {
        Code::FailedPrecondition if WAITING.contains(&reason) => Next::Later,
        Code::Ok | Code::AlreadyExists => Next::Done,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange | Code::NotFound => {
            Next::Reject
        }
        // The service does not run, or the token is wrong.
        Code::Unavailable | Code::Unauthenticated => Next::Pause,
        Code::PermissionDenied
        | Code::Aborted
        | Code::Cancelled
        | Code::DataLoss
        | Code::DeadlineExceeded
        | Code::Internal
        | Code::ResourceExhausted
        | Code::Unimplemented
        | Code::Unknown => Next::Later,
    }
}

/// Decides about a report that was not accepted. A refused report stays in the spool and does not
/// hold up later events of the hire.
pub(super) fn after_report(code: Code, reason: &str) -> Next {
    match code {
        Code::Unimplemented => Next::Reject,
        other => after_hand_over(other, reason),
    }
}

/// The wait after `attempts + 1` failures: doubles each time up to `longest`. Half of it is jitter
/// (`chance` from 0 to 1), so that events that failed together are not tried together.
pub(super) fn delay(attempts: u32, first: Duration, longest: Duration, chance: f64) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(attempts));
    let whole = doubled.min(longest);
    whole / 2 + (whole / 2).mul_f64(chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_hand_over_decides() {
        for (code, next) in [
            (Code::Ok, Next::Done),
            (Code::AlreadyExists, Next::Done),
            (Code::InvalidArgument, Next::Reject),
            (Code::FailedPrecondition, Next::Reject),
            (Code::OutOfRange, Next::Reject),
            (Code::NotFound, Next::Reject),
            (Code::PermissionDenied, Next::Later),
            (Code::Aborted, Next::Later),
            (Code::Cancelled, Next::Later),
            (Code::DataLoss, Next::Later),
            (Code::DeadlineExceeded, Next::Later),
            (Code::Internal, Next::Later),
            (Code::ResourceExhausted, Next::Later),
            (Code::Unknown, Next::Later),
            (Code::Unavailable, Next::Pause),
            (Code::Unauthenticated, Next::Pause),
            (Code::Unimplemented, Next::Later),
        ] {
            assert_eq!(after_hand_over(code, "ANY"), next, "{code:?}");
            let report = if code == Code::Unimplemented {
                Next::Reject
            } else {
                next
            };
            assert_eq!(after_report(code, "ANY"), report, "{code:?}");
        }
    }

    #[test]
    fn an_event_waits_for_a_disabled_tenant_and_for_a_record_in_quarantine() {
        for reason in WAITING {
            let refused = Code::FailedPrecondition;
            assert_eq!(after_hand_over(refused, reason), Next::Later);
            assert_eq!(after_report(refused, reason), Next::Later);
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_half_of_each_is_chance() {
        let (first, longest) = (Duration::from_millis(200), Duration::from_secs(60));
        for (attempts, millis) in [(0, 200), (1, 400), (2, 800), (8, 51_200), (9, 60_000)] {
            let at = |roll| delay(attempts, first, longest, roll);
            assert_eq!(at(0.0), Duration::from_millis(millis / 2), "{attempts}");
            assert_eq!(at(1.0), Duration::from_millis(millis), "{attempts}");
            assert!(at(0.2) < at(0.8));
        }
        assert_eq!(delay(u32::MAX, first, longest, 1.0), longest);
    }
}
