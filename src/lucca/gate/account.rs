//! What this process knows of one account: its waiting calls, its keys, its tenants.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{Access, fair_queue::FairQueue, standing::Standing};
use crate::domain::ids::TenantId;

/// What this process knows of an account.
#[derive(Default)]
pub(super) struct AccountState {
    pub queue: Mutex<FairQueue>,
    /// Wakes waiting calls when the queue has changed or a call has ended.
    pub changed: Notify,
    keys: Mutex<HashMap<KeyOf, Arc<KeyState>>>,
    /// How many tenants share the account, and when they were counted.
    pub tenants: Mutex<Option<(Duration, u32)>>,
}

/// Whose key is meant: the stored one of a tenant, or one that is only tried.
type KeyOf = (TenantId, bool);

#[derive(Default)]
pub(super) struct KeyState {
    pub standing: Mutex<Option<Standing>>,
    /// Held by the only call of a key that the account has not accepted.
    pub trial: Arc<tokio::sync::Mutex<()>>,
}

/// A waiting call's place in the queue; it leaves the queue when dropped.
pub(super) struct Place<'a> {
    pub account: &'a AccountState,
    pub ticket: u64,
}

impl Place<'_> {
    /// Whether this call is made next, in a window that began at this time.
    pub fn is_next(&self, window: Duration) -> bool {
        self.account.queue.lock().next(window) == Some(self.ticket)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.account.queue.lock().leave(self.ticket);
        self.account.changed.notify_waiters();
    }
}

impl AccountState {
    /// The state of the key of these calls.
    pub fn key(&self, access: Access<'_>) -> Arc<KeyState> {
        let whose = (access.tenant.id.clone(), access.is_trial);
        Arc::clone(self.keys.lock().entry(whose).or_default())
    }
}
