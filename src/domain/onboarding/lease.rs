//! Who may move an onboarding, and when it is somebody's turn.
//!
//! Stores keep a [`Lease`] beside each onboarding and change both in one transaction, by
//! the rules here.

use jiff::Timestamp;

use super::{Moment, Onboarding, State};

/// A worker's exclusive right to move an onboarding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Fencing token. It grows when the lease is acquired and when it ends; a step with an older
    /// token is refused.
    pub token: u64,
    /// Whether the worker with this token holds it.
    pub held: bool,
    /// When a worker should look at it: the due time, or the end of the lease. `None`:
    /// never.
    pub wake: Option<Timestamp>,
}

/// What came of acquiring a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseOutcome {
    /// The worker may go on.
    Granted,
    /// Its worker had vanished; it may go on.
    GrantedRecovered,
    /// Its worker had vanished; nothing is due yet.
    Recovered,
}

/// Who changes an onboarding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The worker that holds the lease, by a step.
    Step,
    /// Anyone who saw something of an attempt.
    Evidence,
    /// A caller or an operator.
    Outside,
}

impl Lease {
    /// The lease of an onboarding that no worker holds.
    pub fn free(due: Option<Timestamp>) -> Self {
        Self {
            token: 0,
            held: false,
            wake: due,
        }
    }

    /// Whether the worker with this token may take a step.
    pub fn covers(&self, token: u64) -> bool {
        self.held && self.token == token
    }

    /// Whether a worker may acquire it now. Stores select what is due by the same rule.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.wake.is_some_and(|wake| wake <= now)
    }

    /// Acquires the lease of an onboarding that is due, and recovers the onboarding if its
    /// worker has vanished.
    pub fn acquire(&mut self, onboarding: &mut Onboarding, moment: &Moment) -> LeaseOutcome {
        let recovered = onboarding.recover(moment);
        if recovered {
            self.end(onboarding);
            if !self.is_due(moment.now) {
                return LeaseOutcome::Recovered;
            }
        }
        *self = Self {
            token: self.token + 1,
            held: true,
            wake: Some(moment.after(moment.timing.lease)),
        };
        if recovered {
            LeaseOutcome::GrantedRecovered
        } else {
            LeaseOutcome::Granted
        }
    }

    /// Ends the lease of a worker whose process has certainly ended, and starts to verify the
    /// call it was making. Returns whether a worker held the lease.
    pub fn void(&mut self, onboarding: &mut Onboarding, moment: &Moment) -> bool {
        let was_held = self.held;
        if was_held {
            onboarding.orphan(moment);
            self.end(onboarding);
        }
        was_held
    }

    /// The lease after a change: it goes on, for as long as it did unless the change sets
    /// another end, or it ends. What changes nothing leaves it as it is.
    #[must_use]
    pub fn after(mut self, by: By, before: &Onboarding, after: &Onboarding) -> Self {
        if before == after {
            return self;
        }
        if self.held && goes_on(by, before, after) {
            if after.due() != before.due() {
                self.wake = after.due();
            }
        } else {
            self.end(after);
        }
        self
    }

    fn end(&mut self, onboarding: &Onboarding) {
        self.token += 1;
        self.held = false;
        self.wake = onboarding.due();
    }
}

/// Whether a worker keeps its lease after a change.
///
/// A step releases it, except the step that begins a call. A change from outside ends the lease
/// unless a call is under way: the worker's decision rests on content that is outdated.
pub fn goes_on(by: By, before: &Onboarding, after: &Onboarding) -> bool {
    let same_state = after.state() == before.state();
    match by {
        By::Step => after.state() == State::Creating,
        By::Evidence => same_state,
        By::Outside => {
            let same_content = after.content.revision == before.content.revision;
            same_state && (after.state() != State::Accepted || same_content)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        attempt::Evidence,
        onboarding::{
            fixtures::{at, begin, hire, moment, opened, standing},
            submission::submit,
        },
    };

    fn held(due: i64) -> Lease {
        Lease {
            token: 7,
            held: true,
            wake: Some(at(due)),
        }
    }

    #[test]
    fn only_the_token_of_a_lease_that_is_held_covers_a_step() {
        assert!(held(0).covers(7));
        assert!(!held(0).covers(6));
        let given_back = Lease {
            held: false,
            ..held(0)
        };
        assert!(!given_back.covers(7));
    }

    #[test]
    fn a_lease_lasts_as_long_as_leases_do_and_has_a_token_of_its_own() {
        let mut onboarding = opened(&hire("a-1"), 0);
        let mut lease = Lease::free(onboarding.due());
        assert!(lease.is_due(at(0)) && !lease.is_due(at(-1)));
        assert_eq!(
            lease.acquire(&mut onboarding, &moment(0)),
            LeaseOutcome::Granted
        );
        assert!(lease.covers(1));
        assert!(!lease.is_due(at(59)) && lease.is_due(at(60)));
    }

    #[test]
    fn what_was_creating_is_recovered_by_the_lease_and_granted_if_a_look_is_due() {
        let mut onboarding = standing(&hire("a-1"), State::Creating);
        let mut lease = held(60);
        let early = lease.acquire(&mut onboarding.clone(), &moment(20));
        assert_eq!(early, LeaseOutcome::Recovered);
        assert!(!lease.held && lease.wake == Some(at(25)));
        lease = held(60);
        let granted = lease.acquire(&mut onboarding, &moment(60));
        assert_eq!(granted, LeaseOutcome::GrantedRecovered);
        assert_eq!(onboarding.state(), State::Verifying);
        assert!(lease.covers(9));
    }

    #[test]
    fn a_lease_whose_process_has_ended_is_void_and_its_call_ended_now_at_the_latest() {
        let timeout = moment(0).timing.request_timeout;
        // The call may be sent until second 5 and take until 15; looks are taken 10 s later.
        for (now, ended, due) in [(2, 2, 12), (14, 14, 24), (15, 15, 25), (500, 15, 25)] {
            let mut onboarding = standing(&hire("a-1"), State::Creating);
            let mut lease = held(60);
            assert!(lease.void(&mut onboarding, &moment(now)));
            assert_eq!(onboarding.state(), State::Verifying);
            assert_eq!(onboarding.attempts[0].ended_by(timeout), at(ended));
            assert!(onboarding.has_open_attempt());
            assert_eq!(onboarding.due(), Some(at(due)));
            assert_eq!((lease.held, lease.token), (false, 8));
            assert_eq!(lease.wake, onboarding.due());
            assert!(!lease.void(&mut onboarding, &moment(now)), "twice");
        }
        let mut onboarding = standing(&hire("a-1"), State::Accepted);
        let before = onboarding.clone();
        let mut lease = held(60);
        assert!(lease.void(&mut onboarding, &moment(2)));
        assert_eq!(onboarding, before);
        assert!(!lease.covers(7) && lease.is_due(at(2)));
    }

    #[test]
    fn a_step_gives_the_lease_back_unless_it_begins_a_call() {
        let before = opened(&hire("a-1"), 0);
        let mut begun = before.clone();
        begun.step(begin("login", 0), &moment(0)).unwrap();
        let lease = held(30).after(By::Step, &before, &begun);
        assert!(lease.covers(7) && lease.wake == Some(at(60)));
        assert_eq!(held(30).after(By::Step, &begun, &begun), held(30));
        let lease = held(30).after(By::Step, &begun, &before);
        assert!(!lease.covers(7) && lease.wake == before.due());
    }

    #[test]
    fn evidence_that_moves_nothing_leaves_the_lease() {
        let before = standing(&hire("a-1"), State::Verifying);
        let mut after = before.clone();
        let cut = Evidence::NoAnswer("cut".into());
        after.see(1, cut, None, &moment(1)).unwrap();
        assert_eq!(held(30).after(By::Evidence, &before, &after), held(30));
        let not_sent = Evidence::NotExecuted("not sent".into());
        after.see(1, not_sent, None, &moment(1)).unwrap();
        let lease = held(30).after(By::Evidence, &before, &after);
        assert!(!lease.held && lease.token == 8);
    }

    #[test]
    fn newer_content_ends_a_lease_unless_a_call_is_under_way() {
        for (state, goes_on) in [(State::Accepted, false), (State::Creating, true)] {
            let before = standing(&hire("a-1"), state);
            let mut after = before.clone();
            let amended = hire("a-1").titled("Cheffe");
            submit(Some(&mut after), None, &amended, before.id, at(1));
            let lease = held(30).after(By::Outside, &before, &after);
            assert_eq!(lease.covers(7), goes_on, "{state:?}");
        }
    }
}
