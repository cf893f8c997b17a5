//! Waiting for units of a [`FairPool`].

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::{
    sync::oneshot::{self, Sender},
    time::{Instant, timeout_at},
};

use super::pool::{Asked, FairPool, Party, PoolRules, Ticket};
use crate::{api::ApiError, telemetry::PoolGauges};

/// A pool whose requests wait for their turn. Clones share it.
#[derive(Clone)]
pub(crate) struct FairSemaphore(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    gauges: PoolGauges,
}

struct State {
    pool: FairPool,
    waiting: HashMap<Ticket, (Sender<Grant>, Party, usize)>,
}

/// Units that are held until this is dropped.
pub(crate) struct Grant {
    shared: Arc<Shared>,
    party: Party,
    units: usize,
}

/// A request in the queue. It leaves the queue when this is dropped.
struct Place<'a> {
    shared: &'a Arc<Shared>,
    party: &'a Party,
    ticket: Ticket,
}

impl FairSemaphore {
    /// All units are free.
    pub(crate) fn new(rules: PoolRules, gauges: PoolGauges) -> Self {
        let state = State {
            pool: FairPool::new(rules),
            waiting: HashMap::new(),
        };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            gauges,
        }))
    }

    /// Waits for units, until `end` at the latest.
    ///
    /// # Errors
    /// The queue is full, or the units are not free in time.
    pub(crate) async fn acquire(
        &self,
        party: &Party,
        units: usize,
        end: Instant,
    ) -> Result<Grant, ApiError> {
        let (sender, granted) = oneshot::channel();
        let shared = &self.0;
        let asked = shared.change(|state| {
            let asked = state.pool.ask(party, units);
            if let Asked::Queued { ticket, evicted } = asked {
                let request = (sender, party.clone(), units);
                state.waiting.insert(ticket, request);
                // The evicted request ends, because its sender is dropped.
                evicted.and_then(|it| state.waiting.remove(&it));
            }
            asked
        });
        let ticket = match asked {
            Asked::Granted => return Ok(shared.grant(party.clone(), units)),
            Asked::Queued { ticket, .. } => ticket,
            Asked::Refused => return Err(ApiError::Overloaded),
        };
        let _place = Place {
            shared,
            party,
            ticket,
        };
        let granted = timeout_at(end, granted).await;
        let granted = granted.ok().and_then(Result::ok);
        granted.ok_or(ApiError::Overloaded)
    }
}

impl Shared {
    /// Changes the state, and serves the requests that fit then.
    fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut State) -> T) -> T {
        let mut served = Vec::new();
        let result = {
            let mut state = self.state.lock();
            let result = change(&mut state);
            while let Some(ticket) = state.pool.next() {
                served.extend(state.waiting.remove(&ticket));
            }
            self.gauges.set(state.pool.load());
            result
        };
        // Without the lock: if the receiver has gone, the grant is dropped here, which takes the
        // lock again.
        for (sender, party, units) in served {
            let _ = sender.send(self.grant(party, units));
        }
        result
    }

    fn grant(self: &Arc<Self>, party: Party, units: usize) -> Grant {
        Grant {
            shared: Arc::clone(self),
            party,
            units,
        }
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        let release = |state: &mut State| state.pool.release(&self.party, self.units);
        self.shared.change(release);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.change(|state| {
            if state.waiting.remove(&self.ticket).is_some() {
                state.pool.leave(self.party, self.ticket);
            }
        });
    }
}
