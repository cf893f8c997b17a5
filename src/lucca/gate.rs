//! The rate limiter: every call to Lucca needs a permit.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::Access;
use crate::{
    clock::SharedClock,
    domain::{ids::Account, tenant::Tenant},
    store::{self, BudgetStore, StoreError},
};

/// How long background work waits when interactive calls do.
const YIELD: Duration = Duration::from_millis(50);

/// Interactive calls go before background ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// A person waits for the answer.
    Interactive,
    /// Nobody waits.
    Background,
}

/// The rate limit of an account.
#[derive(Clone, Copy, Debug)]
pub struct GateRules {
    /// Calls in any window.
    pub limit: u32,
    /// The window.
    pub window: Duration,
    /// The longest duration of a call.
    pub longest: Duration,
}

/// The permit to make one call. It expires after the longest duration of a call, and one
/// window later it no longer counts against the limit, whether the call was made or not.
pub struct CallPermit {
    id: i64,
    store: Arc<dyn BudgetStore>,
    clock: SharedClock,
    /// The earliest time at which the store can have counted it, by the boot clock.
    since: Duration,
    longest: Duration,
}

impl std::fmt::Debug for CallPermit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallPermit").field("id", &self.id).finish()
    }
}

impl CallPermit {
    /// How long the call may still take; `None` if the permit has expired because the process
    /// or the machine was suspended.
    pub(super) fn left(&self) -> Option<Duration> {
        let age = self.clock.since_boot().saturating_sub(self.since);
        self.longest.checked_sub(age).filter(|left| !left.is_zero())
    }

    /// Ends the call. A permit that is dropped instead counts as used for the longest duration
    /// of a call.
    pub async fn end(self) {
        if let Err(error) = self.store.end_permit(self.id).await {
            tracing::warn!(%error, "the end of a call to Lucca could not be stored; its permit expires later");
        }
    }

    /// Returns the permit: the call was not made, and will not be.
    pub async fn give_back(self) {
        if let Err(error) = self.store.give_back_permit(self.id).await {
            tracing::warn!(%error, "the permit of a call that was not made could not be returned; it expires later");
        }
    }
}

/// The callers of one account that wait in this process.
struct AccountQueue {
    /// How many interactive calls wait.
    interactive: watch::Sender<usize>,
    /// Wakes callers when a call has ended.
    call_ended: Notify,
}

/// Gives out permits.
pub struct Gate {
    store: Arc<dyn BudgetStore>,
    clock: SharedClock,
    rules: GateRules,
    queues: Mutex<HashMap<Account, Arc<AccountQueue>>>,
}

/// Counts an interactive call as waiting for as long as it lives.
struct Waiting<'a>(&'a AccountQueue);

impl<'a> Waiting<'a> {
    fn new(queue: &'a AccountQueue) -> Self {
        queue.interactive.send_modify(|count| *count += 1);
        Self(queue)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0
            .interactive
            .send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Gate {
    /// A gate with these rules.
    pub fn new(store: Arc<dyn BudgetStore>, clock: SharedClock, rules: GateRules) -> Self {
        Self {
            store,
            clock,
            rules,
            queues: Mutex::default(),
        }
    }

    fn queue(&self, account: &Account) -> Arc<AccountQueue> {
        let mut queues = self.queues.lock();
        let queue = queues.entry(account.clone()).or_insert_with(|| {
            Arc::new(AccountQueue {
                interactive: watch::Sender::new(0),
                call_ended: Notify::new(),
            })
        });
        Arc::clone(queue)
    }

    /// The service's rate limit.
    pub fn rules(&self) -> GateRules {
        self.rules
    }

    /// The calls that an account may make in any window.
    pub fn limit(&self, tenant: &Tenant) -> u32 {
        tenant.requests_per_window.unwrap_or(self.rules.limit)
    }

    /// Waits for a permit. Interactive calls go before background ones.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn permit(&self, access: Access<'_>) -> Result<CallPermit, StoreError> {
        let queue = self.queue(&access.tenant.account);
        let interactive = access.priority == Priority::Interactive;
        let _waiting = interactive.then(|| Waiting::new(&queue));
        loop {
            if !interactive {
                // The sender lives as long as the queue: waiting cannot fail.
                let _ = queue
                    .interactive
                    .subscribe()
                    .wait_for(|count| *count == 0)
                    .await;
            }
            let call_ended = queue.call_ended.notified();
            match self.ask(access.tenant).await? {
                Ok(permit) => return Ok(permit),
                Err(span) => {
                    tokio::select! {
                        () = tokio::time::sleep(span.max(Duration::from_millis(5))) => {}
                        () = call_ended => {}
                    }
                }
            }
        }
    }

    /// A permit for a background call, or how long to wait for one.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn try_permit(
        &self,
        tenant: &Tenant,
    ) -> Result<Result<CallPermit, Duration>, StoreError> {
        let queue = self.queue(&tenant.account);
        if *queue.interactive.borrow() > 0 {
            return Ok(Err(YIELD));
        }
        self.ask(tenant).await
    }

    /// Asks the store for a permit, or how long to wait for one.
    async fn ask(&self, tenant: &Tenant) -> Result<Result<CallPermit, Duration>, StoreError> {
        let limit = self.limit(tenant);
        let (window, longest) = (self.rules.window, self.rules.longest);
        let since = self.clock.since_boot();
        let answer = self
            .store
            .take_permit(&tenant.account, limit, window, longest);
        Ok(match answer.await? {
            store::Permit::Granted(id) => Ok(CallPermit {
                id,
                store: Arc::clone(&self.store),
                clock: Arc::clone(&self.clock),
                since,
                longest,
            }),
            store::Permit::Wait(span) => Err(span),
        })
    }

    /// Gives out no permit for the account for this long.
    pub(super) async fn pause(&self, account: &Account, span: Duration) {
        if let Err(error) = self.store.pause_account(account, span).await {
            tracing::warn!(%error, %account, "a pause that Lucca asked for could not be stored");
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Wakes the callers that wait for a permit.
    pub(super) fn wake(&self, account: &Account) {
        self.queue(account).call_ended.notify_waiters();
    }

    /// How many calls could begin now.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn left(&self, tenant: &Tenant) -> Result<u32, StoreError> {
        let (window, longest) = (self.rules.window, self.rules.longest);
        self.store
            .budget_left(&tenant.account, self.limit(tenant), window, longest)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::FakeClock,
        db::Keyring,
        store::{conformance::tenants::tenant, sqlite::SqliteStore},
    };

    const LONGEST: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_permit_that_expired_while_the_process_slept_is_not_used() {
        let clock = Arc::new(FakeClock::new());
        let shared: SharedClock = clock.clone();
        let dir = tempfile::tempdir().unwrap();
        let keyring = Keyring::from_base64(["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]);
        let path = dir.path().join("budget.db");
        let store = SqliteStore::open(&path, keyring.unwrap(), Arc::clone(&shared));
        let rules = GateRules {
            limit: 1,
            window: Duration::from_secs(60),
            longest: LONGEST,
        };
        let gate = Gate::new(Arc::new(store.await.unwrap()), shared, rules);
        let mut tenant = tenant("acme");
        tenant.requests_per_window = None;
        let expired = gate.try_permit(&tenant).await.unwrap().unwrap();
        assert_eq!(expired.left(), Some(LONGEST));
        clock.advance(Duration::from_secs(4));
        assert_eq!(expired.left(), Some(Duration::from_secs(6)));
        assert!(gate.try_permit(&tenant).await.unwrap().is_err());
        // As after a freeze: another caller has the permit by now.
        clock.advance(LONGEST + rules.window);
        let others = gate.try_permit(&tenant).await.unwrap().unwrap();
        assert_eq!(expired.left(), None);
        assert_eq!(others.left(), Some(LONGEST));
        // Giving the old permit back does not free the new one.
        expired.give_back().await;
        assert!(gate.try_permit(&tenant).await.unwrap().is_err());
    }
}
