//! The queue of the calls that wait for one account's budget: which of them is made next.
//!
//! Calls that verify open attempts go first. Then go the tenants that have not had their share of
//! the window, and then the others, who may not use all of it. Tenants take turns, so that many calls
//! of one delay the few of another by one call each. No turn is kept for a tenant without a waiting
//! call. Of one tenant's calls, interactive and background ones alternate.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use super::Priority;
use crate::domain::ids::TenantId;

#[derive(Debug, Default)]
pub(super) struct FairQueue {
    waiting: Vec<Waiting>,
    tenants: HashMap<TenantId, Turns>,
    /// The turn of the latest call: a tenant that comes back takes its next turn no earlier.
    turn: u64,
    tickets: u64,
}

#[derive(Debug)]
struct Waiting {
    ticket: u64,
    tenant: TenantId,
    priority: Priority,
}

/// The turns of one tenant.
#[derive(Debug, Default)]
struct Turns {
    next: u64,
    was_interactive: bool,
    /// How many calls of a window are its share, if it shares the account.
    share: Option<usize>,
    /// When its latest calls were granted, by the boot clock.
    granted: VecDeque<Duration>,
}

impl FairQueue {
    /// Adds a call and returns its ticket.
    pub fn enter(&mut self, tenant: &TenantId, priority: Priority, share: Option<usize>) -> u64 {
        let turns = self.tenants.entry(tenant.clone()).or_default();
        turns.share = share;
        turns.next = turns.next.max(self.turn);
        self.tickets += 1;
        self.waiting.push(Waiting {
            ticket: self.tickets,
            tenant: tenant.clone(),
            priority,
        });
        self.tickets
    }

    /// Removes a call that no longer waits.
    pub fn leave(&mut self, ticket: u64) {
        self.waiting.retain(|it| it.ticket != ticket);
    }

    /// The ticket of the call that is made next, in a window that began at this time.
    pub fn next(&self, window: Duration) -> Option<u64> {
        let rank = |it: &&Waiting| {
            let turns = self.tenants.get(&it.tenant);
            let yields = turns.is_some_and(|turns| turns.was_interactive)
                == (it.priority == Priority::Interactive);
            let turn = turns.map_or(0, |turns| turns.next);
            let has_had = self.has_had_its_share(&it.tenant, window);
            let class = (it.priority != Priority::Verification, has_had);
            (class, turn, yields, it.ticket)
        };
        self.waiting.iter().min_by_key(rank).map(|it| it.ticket)
    }

    /// Counts the turn of a call that was granted now.
    pub fn granted(&mut self, ticket: u64, now: Duration) {
        let Some(place) = self.waiting.iter().position(|it| it.ticket == ticket) else {
            return;
        };
        let call = self.waiting.remove(place);
        if let Some(turns) = self.tenants.get_mut(&call.tenant) {
            self.turn = self.turn.max(turns.next);
            turns.next += 1;
            turns.was_interactive = call.priority == Priority::Interactive;
            turns.granted.push_back(now);
            // Only as many matter as make a share.
            while turns.granted.len() > turns.share.unwrap_or(0) {
                turns.granted.pop_front();
            }
        }
    }

    /// Whether a tenant has had its share in a window that began at this time.
    pub fn has_had_its_share(&self, tenant: &TenantId, window: Duration) -> bool {
        self.tenants.get(tenant).is_some_and(|turns| {
            let calls = turns.granted.iter().rev().take_while(|at| **at > window);
            turns.share.is_some_and(|share| calls.count() >= share)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Priority::{Background, Interactive, Verification},
        *,
    };
    use crate::domain::onboarding::fixtures::tenant_id;

    /// The tenants in the order of their calls.
    fn order(calls: &[(&str, Priority)]) -> Vec<String> {
        let mut queue = FairQueue::default();
        let mut tickets = HashMap::new();
        for (index, (tenant, priority)) in calls.iter().enumerate() {
            tickets.insert(queue.enter(&tenant_id(tenant), *priority, None), index);
        }
        let mut order = Vec::new();
        while let Some(ticket) = queue.next(Duration::ZERO) {
            queue.granted(ticket, Duration::ZERO);
            order.push(format!("{}{}", calls[tickets[&ticket]].0, tickets[&ticket]));
        }
        order
    }

    #[test]
    fn tenants_take_turns_and_verification_goes_first() {
        type Calls = &'static [(&'static str, Priority)];
        let table: [(Calls, &[&str]); 5] = [
            (&[("aa", Background), ("aa", Background)], &["aa0", "aa1"]),
            (
                &[
                    ("aa", Background),
                    ("aa", Background),
                    ("aa", Background),
                    ("bb", Background),
                ],
                &["aa0", "bb3", "aa1", "aa2"],
            ),
            (
                &[
                    ("aa", Interactive),
                    ("aa", Interactive),
                    ("aa", Background),
                    ("bb", Background),
                ],
                &["aa0", "bb3", "aa2", "aa1"],
            ),
            (
                &[
                    ("aa", Interactive),
                    ("bb", Background),
                    ("bb", Verification),
                ],
                &["bb2", "aa0", "bb1"],
            ),
            (
                &[
                    ("aa", Background),
                    ("aa", Interactive),
                    ("aa", Background),
                    ("aa", Interactive),
                ],
                &["aa1", "aa0", "aa3", "aa2"],
            ),
        ];
        for (calls, expected) in table {
            assert_eq!(order(calls), expected, "{calls:?}");
        }
    }

    #[test]
    fn a_tenant_that_comes_back_goes_before_one_that_never_left_but_saves_no_turns() {
        let mut queue = FairQueue::default();
        let (busy, idle) = (tenant_id("busy"), tenant_id("idle"));
        for _ in 0..10 {
            let ticket = queue.enter(&busy, Background, None);
            queue.granted(ticket, Duration::ZERO);
        }
        let busy_tickets = [
            queue.enter(&busy, Background, None),
            queue.enter(&busy, Background, None),
        ];
        let idle_tickets = [
            queue.enter(&idle, Background, None),
            queue.enter(&idle, Background, None),
        ];
        for ticket in [
            idle_tickets[0],
            busy_tickets[0],
            idle_tickets[1],
            busy_tickets[1],
        ] {
            assert_eq!(queue.next(Duration::ZERO), Some(ticket));
            queue.granted(ticket, Duration::ZERO);
        }
        assert_eq!(queue.next(Duration::ZERO), None);
    }

    #[test]
    fn who_has_had_a_share_of_the_window_goes_after_those_who_have_not() {
        let mut queue = FairQueue::default();
        let (one, other) = (tenant_id("one"), tenant_id("other"));
        for seconds in [1, 2, 3] {
            let ticket = queue.enter(&one, Background, Some(2));
            queue.granted(ticket, Duration::from_secs(seconds));
        }
        for (window, expected) in [(0, true), (1, true), (2, false), (3, false)] {
            let window = Duration::from_secs(window);
            assert_eq!(queue.has_had_its_share(&one, window), expected);
            assert!(!queue.has_had_its_share(&other, window));
        }
        let first = queue.enter(&one, Background, Some(2));
        let second = queue.enter(&other, Background, Some(2));
        assert_eq!(queue.next(Duration::ZERO), Some(second));
        let verification = queue.enter(&one, Verification, Some(2));
        assert_eq!(queue.next(Duration::ZERO), Some(verification));
        queue.leave(verification);
        queue.leave(second);
        assert_eq!(queue.next(Duration::ZERO), Some(first));
    }
}
