//! Decides who gets units of something scarce, and who gets them next. Pure: it knows no clock and
//! no task.
//!
//! - A caller may hold only so many times as many units as it leaves free, so that no caller can
//!   take everything.
//! - When units become free, the caller that holds the fewest is served first, and of its
//!   requests those for the tenant that holds the fewest. Among equals the order of arrival counts.
//! - The queue is bounded. When it is full, the newest request of whoever has the most of them
//!   loses its place.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use crate::domain::ids::TenantId;

/// What a pool has, and how it is shared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolRules {
    /// Units for all callers.
    pub(crate) capacity: usize,
    /// Further units, for operators only.
    pub(crate) reserved: usize,
    /// The most requests that may wait.
    pub(crate) queue: usize,
    /// How many times as many units a caller may hold as it leaves free. A caller that holds
    /// nothing may take all that is free.
    pub(crate) ratio: usize,
}

/// A caller. Its calls as an operator and its other calls have shares of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Who {
    /// The name of the caller.
    pub(crate) caller: Arc<str>,
    /// Whether it may use the reserved units.
    pub(crate) is_operator: bool,
}

/// Whose request it is: a caller, and the tenant if the request names one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Party {
    /// The caller.
    pub(crate) who: Who,
    /// The tenant.
    pub(crate) tenant: Option<TenantId>,
}

/// Names a request that waits.
pub(crate) type Ticket = u64;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It has its units.
    Granted,
    /// It waits, and another request may have lost its place.
    Queued {
        /// The request.
        ticket: Ticket,
        /// The request that lost its place.
        evicted: Option<Ticket>,
    },
    /// The queue is full.
    Refused,
}

/// Units, who holds them, and who waits for them.
#[derive(Debug)]
pub(crate) struct FairPool {
    rules: PoolRules,
    /// Units that are held by anybody, and those held by others than operators.
    taken: usize,
    ordinary: usize,
    waiting: usize,
    /// Counts tickets and grants.
    count: u64,
    callers: HashMap<Who, Caller>,
    lines: HashMap<Party, Line>,
}

/// The sums over a caller's lines.
#[derive(Debug, Default)]
struct Caller {
    held: usize,
    waiting: usize,
    served: u64,
}

/// What a party holds, when it was last served, and its requests in the order of arrival.
#[derive(Debug, Default)]
struct Line {
    held: usize,
    served: u64,
    requests: VecDeque<Request>,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    ticket: Ticket,
    units: usize,
}

impl FairPool {
    /// A pool whose units are all free.
    pub(crate) fn new(rules: PoolRules) -> Self {
        Self {
            rules,
            taken: 0,
            ordinary: 0,
            waiting: 0,
            count: 0,
            callers: HashMap::new(),
            lines: HashMap::new(),
        }
    }

    /// The units that are held, and the requests that wait.
    pub(crate) fn load(&self) -> (usize, usize) {
        (self.taken, self.waiting)
    }

    /// Asks for units. A request is granted at once if it fits and no other one of its caller
    /// waits.
    pub(crate) fn ask(&mut self, party: &Party, units: usize) -> Asked {
        let own = self.callers.get(&party.who).map_or(0, |it| it.waiting);
        if own == 0 && self.fits(&party.who, units) {
            self.grant(party, units);
            return Asked::Granted;
        }
        let mut evicted = None;
        if self.waiting >= self.rules.queue {
            evicted = self.evict_for(party);
            if evicted.is_none() {
                return Asked::Refused;
            }
        }
        self.count += 1;
        let ticket = self.count;
        let line = self.lines.entry(party.clone()).or_default();
        line.requests.push_back(Request { ticket, units });
        self.callers.entry(party.who.clone()).or_default().waiting += 1;
        self.waiting += 1;
        Asked::Queued { ticket, evicted }
    }

    /// Grants the request that is next, if it fits.
    pub(crate) fn next(&mut self) -> Option<Ticket> {
        let ranked = self.lines.iter().filter_map(|(party, line)| {
            let first = line.requests.front()?;
            let caller = self.callers.get(&party.who)?;
            let order = (line.held, line.served, first.ticket);
            let rank = (caller.held, caller.served, order);
            self.fits(&party.who, first.units).then_some((rank, party))
        });
        let (_, party) = ranked.min_by_key(|(rank, _)| *rank)?;
        let party = party.clone();
        let first = self.remove(&party, |requests| requests.pop_front())?;
        self.grant(&party, first.units);
        Some(first.ticket)
    }

    /// Takes units back.
    pub(crate) fn release(&mut self, party: &Party, units: usize) {
        self.taken -= units;
        self.ordinary -= if party.who.is_operator { 0 } else { units };
        if let Some(line) = self.lines.get_mut(party) {
            line.held -= units;
        }
        if let Some(caller) = self.callers.get_mut(&party.who) {
            caller.held -= units;
        }
        self.tidy(party);
    }

    /// Removes a request that no longer waits.
    pub(crate) fn leave(&mut self, party: &Party, ticket: Ticket) {
        self.remove(party, |requests| {
            let place = requests.iter().position(|it| it.ticket == ticket)?;
            requests.remove(place)
        });
    }

    fn fits(&self, who: &Who, units: usize) -> bool {
        let rules = &self.rules;
        let all = (rules.capacity + rules.reserved).saturating_sub(self.taken);
        let free = match who.is_operator {
            true => all,
            false => all.min(rules.capacity.saturating_sub(self.ordinary)),
        };
        let held = self.callers.get(who).map_or(0, |it| it.held);
        free.checked_sub(units)
            .is_some_and(|left| held == 0 || held + units <= left.saturating_mul(rules.ratio))
    }

    fn grant(&mut self, party: &Party, units: usize) {
        self.count += 1;
        self.taken += units;
        self.ordinary += if party.who.is_operator { 0 } else { units };
        let line = self.lines.entry(party.clone()).or_default();
        (line.held, line.served) = (line.held + units, self.count);
        let caller = self.callers.entry(party.who.clone()).or_default();
        (caller.held, caller.served) = (caller.held + units, self.count);
    }

    /// Takes the place of the newest request of the caller, and there of the tenant, that would
    /// have the most in the queue; nothing if that is the newcomer itself.
    fn evict_for(&mut self, newcomer: &Party) -> Option<Ticket> {
        let callers = self.callers.iter();
        let waiting = |(who, it): &(&Who, &Caller)| it.waiting + usize::from(**who == newcomer.who);
        let most = callers.max_by_key(waiting).map(|(who, _)| who);
        let most = most.unwrap_or(&newcomer.who);
        let lines = self.lines.iter().filter(|(party, _)| party.who == *most);
        let waiting =
            |(party, it): &(&Party, &Line)| it.requests.len() + usize::from(*party == newcomer);
        let longest = lines.max_by_key(waiting).map(|(party, _)| party.clone());
        let longest = longest.filter(|party| party != newcomer)?;
        let newest = self.remove(&longest, |requests| requests.pop_back())?;
        Some(newest.ticket)
    }

    fn remove(
        &mut self,
        party: &Party,
        take: impl FnOnce(&mut VecDeque<Request>) -> Option<Request>,
    ) -> Option<Request> {
        let request = take(&mut self.lines.get_mut(party)?.requests)?;
        self.waiting -= 1;
        if let Some(caller) = self.callers.get_mut(&party.who) {
            caller.waiting -= 1;
        }
        self.tidy(party);
        Some(request)
    }

    /// Forgets who neither holds nor waits.
    fn tidy(&mut self, party: &Party) {
        let is_idle = |it: &Line| it.held == 0 && it.requests.is_empty();
        if self.lines.get(party).is_some_and(is_idle) {
            self.lines.remove(party);
        }
        let is_idle = |it: &Caller| it.held == 0 && it.waiting == 0;
        if self.callers.get(&party.who).is_some_and(is_idle) {
            self.callers.remove(&party.who);
        }
    }
}

#[cfg(test)]
mod tests;
