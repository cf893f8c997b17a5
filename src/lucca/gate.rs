//! The budget gate: every call to Lucca waits here for its permit.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::Access;
use crate::{
    clock::SharedClock,
    domain::ids::Account,
    store::{self, BudgetStore, StoreError},
};

/// How long background work stands back when somebody waits.
const YIELD: Duration = Duration::from_millis(50);

/// Who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// A person waits for the answer.
    Interactive,
    /// Nobody waits.
    Background,
}

/// The allowance.
#[derive(Clone, Copy, Debug)]
pub struct GateRules {
    /// Calls in any window.
    pub limit: u32,
    /// The window.
    pub window: Duration,
    /// The longest that a call can take.
    pub longest: Duration,
}

/// The right to make one call, soon: its place is others' one window after the longest that
/// a call can take, whether it was made or not.
pub struct Permit {
    id: i64,
    store: Arc<dyn BudgetStore>,
    clock: SharedClock,
    /// When the store can have counted it at the earliest, by the boot clock.
    since: Duration,
    longest: Duration,
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit").field("id", &self.id).finish()
    }
}

impl Permit {
    /// How long the call may still take; `None` if it must not be made any more: the process
    /// or the machine slept on the way, and others may have the place.
    pub(super) fn left(&self) -> Option<Duration> {
        let age = self.clock.since_boot().saturating_sub(self.since);
        self.longest.checked_sub(age).filter(|left| !left.is_zero())
    }

    /// Says that the call has ended. A permit that is dropped without counts as used for
    /// the longest time a call can take.
    pub async fn end(self) {
        if let Err(error) = self.store.end_permit(self.id).await {
            tracing::warn!(%error, "the end of a call to Lucca could not be noted; its place frees later");
        }
    }
}

impl Permit {
    /// Gives the place back: the call was not made, and will not be.
    pub async fn give_back(self) {
        if let Err(error) = self.store.give_back_permit(self.id).await {
            tracing::warn!(%error, "the place of a call that was not made could not be given back; it frees later");
        }
    }
}

/// One account's queue in this process.
struct Lane {
    interactive: watch::Sender<usize>,
    freed: Notify,
}

/// Gives permits.
pub struct Gate {
    store: Arc<dyn BudgetStore>,
    clock: SharedClock,
    rules: GateRules,
    lanes: Mutex<HashMap<Account, Arc<Lane>>>,
}

/// Counts an interactive call as waiting for as long as it lives.
struct Waiting<'a>(&'a Lane);

impl<'a> Waiting<'a> {
    fn new(lane: &'a Lane) -> Self {
        lane.interactive.send_modify(|count| *count += 1);
        Self(lane)
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
    /// With these rules.
    pub fn new(store: Arc<dyn BudgetStore>, clock: SharedClock, rules: GateRules) -> Self {
        Self {
            store,
            clock,
            rules,
            lanes: Mutex::default(),
        }
    }

    fn lane(&self, account: &Account) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry(account.clone()).or_insert_with(|| {
            Arc::new(Lane {
                interactive: watch::Sender::new(0),
                freed: Notify::new(),
            })
        });
        Arc::clone(lane)
    }

    /// The service's allowance.
    pub fn rules(&self) -> GateRules {
        self.rules
    }

    /// The calls that an account may make in any window.
    pub fn limit(&self, access: &Access) -> u32 {
        access.requests_per_window.unwrap_or(self.rules.limit)
    }

    /// Waits for the right to make one call. Interactive calls go before background ones.
    ///
    /// # Errors
    /// The store cannot tell.
    pub async fn permit(&self, access: &Access, priority: Priority) -> Result<Permit, StoreError> {
        let lane = self.lane(&access.account);
        let _waiting = (priority == Priority::Interactive).then(|| Waiting::new(&lane));
        loop {
            if priority == Priority::Background {
                // The sender lives as long as the lane: waiting cannot fail.
                let _ = lane
                    .interactive
                    .subscribe()
                    .wait_for(|count| *count == 0)
                    .await;
            }
            let freed = lane.freed.notified();
            match self.ask(access).await? {
                Ok(permit) => return Ok(permit),
                Err(span) => {
                    tokio::select! {
                        () = tokio::time::sleep(span.max(Duration::from_millis(5))) => {}
                        () = freed => {}
                    }
                }
            }
        }
    }

    /// The right to make one background call, or how long there is none.
    ///
    /// # Errors
    /// The store cannot tell.
    pub async fn try_permit(
        &self,
        access: &Access,
    ) -> Result<Result<Permit, Duration>, StoreError> {
        let lane = self.lane(&access.account);
        if *lane.interactive.borrow() > 0 {
            return Ok(Err(YIELD));
        }
        self.ask(access).await
    }

    /// Asks the store for one call, or how long there is none.
    async fn ask(&self, access: &Access) -> Result<Result<Permit, Duration>, StoreError> {
        let limit = self.limit(access);
        let (window, longest) = (self.rules.window, self.rules.longest);
        let since = self.clock.since_boot();
        let answer = self
            .store
            .take_permit(&access.account, limit, window, longest);
        Ok(match answer.await? {
            store::Permit::Granted(id) => Ok(Permit {
                id,
                store: Arc::clone(&self.store),
                clock: Arc::clone(&self.clock),
                since,
                longest,
            }),
            store::Permit::Wait(span) => Err(span),
        })
    }

    /// Lets no call to the account begin for this long.
    pub(super) async fn pause(&self, account: &Account, span: Duration) {
        if let Err(error) = self.store.pause_account(account, span).await {
            tracing::warn!(%error, %account, "a pause that Lucca asked for could not be noted");
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets those that wait look again.
    pub(super) fn wake(&self, account: &Account) {
        self.lane(account).freed.notify_waiters();
    }

    /// How many calls could begin now.
    ///
    /// # Errors
    /// The store cannot tell.
    pub async fn left(&self, access: &Access) -> Result<u32, StoreError> {
        self.store
            .budget_left(
                &access.account,
                self.limit(access),
                self.rules.window,
                self.rules.longest,
            )
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
    async fn a_permit_that_was_slept_over_is_not_used() {
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
        let mut access = Access::of(&tenant("acme"));
        access.requests_per_window = None;
        let slept_over = gate.try_permit(&access).await.unwrap().unwrap();
        assert_eq!(slept_over.left(), Some(LONGEST));
        clock.advance(Duration::from_secs(4));
        assert_eq!(slept_over.left(), Some(Duration::from_secs(6)));
        assert!(gate.try_permit(&access).await.unwrap().is_err());
        // As after a freeze: by now another has the place.
        clock.advance(LONGEST + rules.window);
        let others = gate.try_permit(&access).await.unwrap().unwrap();
        assert_eq!(slept_over.left(), None);
        assert_eq!(others.left(), Some(LONGEST));
        // Giving the old one back frees nothing of the new one's.
        slept_over.give_back().await;
        assert!(gate.try_permit(&access).await.unwrap().is_err());
    }
}
