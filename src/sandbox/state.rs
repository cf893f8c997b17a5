//! Everything the sandbox remembers, behind one lock.

use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    answer::Refusal,
    clock::Moment,
    company::{Company, Switches},
    fault::Fault,
    keys::Key,
    ledger::{Counters, Ledger},
    rate_limit::RateLimit,
};

/// What the sandbox remembers.
#[derive(Debug)]
pub(super) struct State {
    pub(super) company: Company,
    pub(super) switches: Switches,
    pub(super) keys: Vec<Key>,
    /// Oldest first.
    pub(super) faults: Vec<Fault>,
    pub(super) rate_limit: RateLimit,
    pub(super) ledger: Ledger,
}

impl State {
    /// The key with this value.
    pub(super) fn key(&self, value: Option<&str>) -> Option<&Key> {
        self.keys.iter().find(|key| Some(&*key.value) == value)
    }

    /// The caller behind a key, or the 401 for a missing or wrong one.
    pub(super) fn caller(&self, key: Option<&str>, now: Moment) -> Result<Caller, Refusal> {
        let key = self.key(key).cloned().ok_or_else(|| {
            let message = "Unauthorized: the API key is missing or wrong";
            Refusal::Product(401, message.to_owned())
        })?;
        Ok(Caller { key, now })
    }
}

/// Who calls, and when.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) key: Key,
    pub(super) now: Moment,
}

/// The state, and what else its users share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    pub(super) counters: watch::Sender<Counters>,
    pub(super) server_timeout: Duration,
    /// Calls under way and late executions, so that a stop can wait for them.
    pub(super) tasks: TaskTracker,
    /// Cancelled when the sandbox stops.
    pub(super) closing: CancellationToken,
}

impl Shared {
    pub(super) fn new(state: State, server_timeout: Duration) -> Self {
        Self {
            state: Mutex::new(state),
            counters: watch::Sender::default(),
            server_timeout,
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        }
    }

    /// The state, for as long as the guard is held. Never hold it across an await.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}
