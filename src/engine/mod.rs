//! What moves onboardings forward: claim → resolve → attempt → verify → record.
//!
//! The engine follows arrivals at once and sleeps until something is due. Each account
//! has a lane of its own, so that one account's trouble delays no other.

mod creation;
mod lane;
mod retention;
mod standing;
mod verification;
mod worker;

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::SharedClock,
    directory::{Directories, View},
    domain::{
        ids::Account,
        onboarding::{Findings, Moment, Timing, progress::Step},
        resolve::NewPerson,
        tenant::Tenant,
    },
    lucca::{LuccaClient, ReadError},
    store::{Store, StoreError},
    telemetry::Metrics,
};

use lane::Lane;

pub use retention::Retention;
pub use standing::Census;

/// The longest the engine sleeps without looking: the safety net under the wake-ups.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// Moves onboardings forward.
pub struct Engine {
    store: Arc<dyn Store>,
    client: Arc<LuccaClient>,
    directories: Arc<Directories>,
    clock: SharedClock,
    timing: Arc<Timing>,
    metrics: Metrics,
    freed: Notify,
}

/// What a worker has decided.
enum Plan {
    /// Nothing is to be done.
    Rest,
    /// To take a step.
    Take(Step),
    /// To create this person.
    Create(Box<NewPerson>, Findings, Box<Tenant>),
}

/// Why a worker stopped before it could decide.
enum Stop {
    /// Nothing can be sent for this long.
    Budget(Duration),
    /// Lucca could not be read.
    Read(ReadError),
    /// The store could not answer.
    Store(StoreError),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => Self::Store(error),
            ReadError::TooMany(pause) => Self::Budget(pause),
            error => Self::Read(error),
        }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Engine {
    /// With what it needs.
    pub fn new(
        store: Arc<dyn Store>,
        client: Arc<LuccaClient>,
        directories: Arc<Directories>,
        clock: SharedClock,
        timing: Arc<Timing>,
        metrics: Metrics,
    ) -> Self {
        Self {
            store,
            client,
            directories,
            clock,
            timing,
            metrics,
            freed: Notify::new(),
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            now: self.clock.now(),
            timing: Arc::clone(&self.timing),
            chance: self.clock.chance(),
        }
    }

    /// Works until told to stop; then claims nothing more and waits for what is under way.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        self.take_over().await;
        let workers = TaskTracker::new();
        let mut changes = self.store.changes();
        let mut lanes: HashMap<Account, Arc<Lane>> = HashMap::new();
        while !stop.is_cancelled() {
            let next = match self.dispatch(&mut lanes, &workers, &stop).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(%error, "the store does not answer; hires wait");
                    None
                }
            };
            let sleep = next.map_or(LONGEST_SLEEP, |next| {
                Duration::try_from(next.duration_since(self.clock.now()))
                    .unwrap_or_default()
                    .clamp(Duration::from_millis(1), LONGEST_SLEEP)
            });
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(sleep) => {}
                () = self.freed.notified() => {}
                // Missed changes are found by looking.
                _ = changes.recv() => while changes.try_recv().is_ok() {},
            }
        }
        workers.close();
        workers.wait().await;
    }

    /// Goes on with what a process that has ended was working on.
    async fn take_over(&self) {
        match self.store.take_over(self.moment()).await {
            Ok(ids) if ids.is_empty() => {}
            Ok(ids) => {
                let many = ids.len();
                tracing::info!(many, "going on with what was under way at the last end");
                for id in ids {
                    tracing::info!(onboarding = %id, "its process ended while it was under way");
                }
            }
            Err(error) => {
                tracing::error!(%error, "what was under way at the last end waits for its leases");
            }
        }
    }

    /// Hands everything that is due to workers, as far as lanes allow; tells when to look
    /// again.
    async fn dispatch(
        self: &Arc<Self>,
        lanes: &mut HashMap<Account, Arc<Lane>>,
        workers: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Option<Timestamp>, StoreError> {
        let now = self.clock.now();
        for account in self.store.due_accounts(now).await? {
            let lane = Arc::clone(lanes.entry(account.clone()).or_default());
            let free = lane.free(now);
            if free == 0 {
                continue;
            }
            let claimed = self.store.lease(&account, free, self.moment()).await?;
            for claimed in claimed {
                let (engine, place) = (Arc::clone(self), Lane::enter(&lane));
                let stop = stop.clone();
                workers.spawn(async move {
                    engine.work(claimed, &place, &stop).await;
                    drop(place);
                    engine.freed.notify_one();
                });
            }
        }
        let closed: Vec<Account> = lanes
            .iter()
            .filter(|(_, lane)| lane.free(now) == 0)
            .map(|(account, _)| account.clone())
            .collect();
        let reopening = lanes.values().filter_map(|lane| lane.reopens(now)).min();
        let due = self.store.next_due(&closed).await?;
        Ok([due, reopening].into_iter().flatten().min())
    }

    /// Remembers that a key has proven its sight.
    async fn note_sight(&self, tenant: &Tenant, view: &View) -> Result<bool, StoreError> {
        let (account, id, version) = (&tenant.account, &tenant.id, tenant.api_key.version);
        if self.store.visibility_proven(account, id, version).await? {
            return Ok(true);
        }
        if view.sight_proven {
            self.store
                .prove_visibility(account, id, version, self.clock.now())
                .await?;
        }
        Ok(view.sight_proven)
    }
}
