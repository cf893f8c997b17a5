//! Everything the sandbox remembers, behind one lock.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    clock::Moment,
    company::Company,
    fault::Faults,
    gate::Gate,
    keys::{Key, Rights},
    ledger::{Counters, Ledger},
    refusal::Refusal,
    switches::Switches,
};

/// What the sandbox remembers.
#[derive(Debug)]
pub(super) struct State {
    pub(super) company: Company,
    pub(super) switches: Switches,
    pub(super) keys: Vec<Key>,
    pub(super) faults: Faults,
    pub(super) gate: Gate,
    pub(super) ledger: Ledger,
}

impl State {
    /// The key with this value.
    pub(super) fn key(&self, value: Option<&str>) -> Option<&Key> {
        self.keys
            .iter()
            .find(|known| Some(known.value.as_str()) == value)
    }
}

/// Who calls, when: what a resource needs beside the request.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The id of the key, shown as the envelope's principal.
    pub(super) key: String,
    pub(super) rights: Rights,
    /// Codes of custom data that it is not shown.
    pub(super) hidden_data: Vec<String>,
    pub(super) now: Moment,
}

impl Caller {
    /// The caller behind a key, or the 401 of a missing or wrong one.
    pub(super) fn of(state: &State, key: Option<&str>, now: Moment) -> Result<Self, Refusal> {
        let key = state.key(key).ok_or_else(|| {
            Refusal::product(401, "Unauthorized: the API key is missing or wrong")
        })?;
        Ok(Self {
            key: key.id.clone(),
            rights: key.rights,
            hidden_data: key.hidden_data.clone(),
            now,
        })
    }
}

/// The state and what its users share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    pub(super) counters: watch::Sender<Counters>,
    pub(super) server_timeout: Duration,
    /// Calls under way and late executions, so that they can be waited for.
    pub(super) tasks: TaskTracker,
    /// Set when the sandbox stops.
    pub(super) closing: CancellationToken,
}

impl Shared {
    pub(super) fn new(state: State, server_timeout: Duration) -> Self {
        Self {
            state: Mutex::new(state),
            counters: watch::Sender::new(Counters::default()),
            server_timeout,
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        }
    }

    /// The state, for as long as the guard is held. Never hold it across an await.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
