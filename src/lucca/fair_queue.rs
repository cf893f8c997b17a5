//! The queue of the calls that wait for one account's budget: which of them is made next.
//!
//! Tenants take turns, so that many calls of one delay the few of another by one call each. No turn
//! is kept for a tenant without a waiting call. Of one tenant's calls, interactive and background
//! ones alternate. Calls that verify open attempts precede all others.

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
    /// When its latest calls were granted, by the boot clock.
    granted: VecDeque<Duration>,
}

impl FairQueue {
    /// Adds a call and returns its ticket.
    pub fn enter(&mut self, tenant: &TenantId, priority: Priority) -> u64 {
        let turns = self.tenants.entry(tenant.clone()).or_default();
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

    /// The ticket of the call that is made next.
    pub fn next(&self) -> Option<u64> {
        let rank = |it: &&Waiting| {
            let turns = self.tenants.get(&it.tenant);
            let yields = turns.is_some_and(|turns| turns.was_interactive)
                == (it.priority == Priority::Interactive);
            let turn = turns.map_or(0, |turns| turns.next);
            (
                it.priority != Priority::Verification,
                turn,
                yields,
                it.ticket,
            )
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
        }
    }

    /// How many calls of a tenant were granted after this time.
    pub fn calls_since(&mut self, tenant: &TenantId, time: Duration) -> usize {
        let Some(turns) = self.tenants.get_mut(tenant) else {
            return 0;
        };
        while turns.granted.front().is_some_and(|at| *at <= time) {
            turns.granted.pop_front();
        }
        turns.granted.len()
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
            tickets.insert(queue.enter(&tenant_id(tenant), *priority), index);
        }
        let mut order = Vec::new();
        while let Some(ticket) = queue.next() {
            queue.granted(ticket, Duration::ZERO);
            order.push(format!("{}{}", calls[tickets[&ticket]].0, tickets[&ticket]));
        }
        order
    }

    #[test]
    fn tenants_take_turns_and_verification_goes_first() {
        let table: [(&[(&str, Priority)], &[&str]); 5] = [
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
            let ticket = queue.enter(&busy, Background);
            queue.granted(ticket, Duration::ZERO);
        }
        let busy_tickets = [
            queue.enter(&busy, Background),
            queue.enter(&busy, Background),
        ];
        let idle_tickets = [
            queue.enter(&idle, Background),
            queue.enter(&idle, Background),
        ];
        for ticket in [
            idle_tickets[0],
            busy_tickets[0],
            idle_tickets[1],
            busy_tickets[1],
        ] {
            assert_eq!(queue.next(), Some(ticket));
            queue.granted(ticket, Duration::ZERO);
        }
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn calls_of_a_window_are_counted_by_tenant() {
        let mut queue = FairQueue::default();
        let (one, other) = (tenant_id("one"), tenant_id("other"));
        for seconds in [1, 2, 3] {
            let ticket = queue.enter(&one, Background);
            queue.granted(ticket, Duration::from_secs(seconds));
        }
        assert_eq!(queue.calls_since(&one, Duration::from_secs(1)), 2);
        assert_eq!(queue.calls_since(&one, Duration::from_secs(3)), 0);
        assert_eq!(queue.calls_since(&other, Duration::ZERO), 0);
    }
}
