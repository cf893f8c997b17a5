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
    /// Try again later.
    Later(Scope),
}

/// What waits with an event that has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The event, and with it its lane.
    Event,
    /// All events of the tenant.
    Tenant,
    /// All events of the tenant, which is disabled or deleted. They take no room of others.
    ApartTenant,
    /// All events: the service cannot be reached, or refuses the adapter.
    All,
}

/// The reason with which the service refuses every call for a disabled tenant.
const TENANT_DISABLED: &str = "TENANT_DISABLED";
/// The reason with which it refuses every call for a deleted tenant.
const TENANT_NOT_FOUND: &str = "TENANT_NOT_FOUND";
/// The reason with which it refuses what concerns a record in quarantine, until an operator repairs
/// or erases the record.
const QUARANTINED: &str = "QUARANTINED";

/// Decides about a hire that was not accepted, from the code and the reason of the answer.
pub(super) fn after_hand_over(code: Code, reason: &str) -> Next {
    match code {
        // The tenant will be enabled again, or deleted.
        Code::FailedPrecondition if reason == TENANT_DISABLED => Next::Later(Scope::ApartTenant),
        // The tenant's settings are fetched next, and tell whether it has been deleted.
        Code::NotFound if reason == TENANT_NOT_FOUND => Next::Later(Scope::ApartTenant),
        Code::FailedPrecondition if reason == QUARANTINED => Next::Later(Scope::Event),
        Code::Ok | Code::AlreadyExists => Next::Done,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange | Code::NotFound => {
            Next::Reject
        }
        // The token is wrong.
        Code::Unauthenticated => Next::Later(Scope::All),
        // One tenant may have reached a limit, or be slow, while others are served.
        Code::Unavailable
        | Code::ResourceExhausted
        | Code::DeadlineExceeded
        | Code::PermissionDenied => Next::Later(Scope::Tenant),
        Code::Aborted
        | Code::Cancelled
        | Code::DataLoss
        | Code::Internal
        | Code::Unimplemented
        | Code::Unknown => Next::Later(Scope::Event),
    }
}

/// Decides about a report that was not accepted. A refused report stays in the spool and does not
/// hold up later events of the hire.
pub(super) fn after_report(code: Code, reason: &str) -> Next {
    match code {
        Code::Unimplemented | Code::NotFound => Next::Reject,
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
            (Code::PermissionDenied, Next::Later(Scope::Tenant)),
            (Code::Aborted, Next::Later(Scope::Event)),
            (Code::Cancelled, Next::Later(Scope::Event)),
            (Code::DataLoss, Next::Later(Scope::Event)),
            (Code::DeadlineExceeded, Next::Later(Scope::Tenant)),
            (Code::Internal, Next::Later(Scope::Event)),
            (Code::ResourceExhausted, Next::Later(Scope::Tenant)),
            (Code::Unknown, Next::Later(Scope::Event)),
            (Code::Unavailable, Next::Later(Scope::Tenant)),
            (Code::Unauthenticated, Next::Later(Scope::All)),
            (Code::Unimplemented, Next::Later(Scope::Event)),
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
    fn what_is_of_a_disabled_tenant_waits_apart_and_an_event_for_a_record_in_quarantine_alone() {
        for (reason, scope) in [
            (TENANT_DISABLED, Scope::ApartTenant),
            (QUARANTINED, Scope::Event),
        ] {
            let refused = Code::FailedPrecondition;
            assert_eq!(after_hand_over(refused, reason), Next::Later(scope));
            assert_eq!(after_report(refused, reason), Next::Later(scope));
        }
    }

    #[test]
    fn an_event_of_a_deleted_tenant_waits_until_its_report_is_refused() {
        let apart = Next::Later(Scope::ApartTenant);
        assert_eq!(after_hand_over(Code::NotFound, TENANT_NOT_FOUND), apart);
        assert_eq!(after_report(Code::NotFound, TENANT_NOT_FOUND), Next::Reject);
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
