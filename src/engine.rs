//! Moves onboardings forward: claim → resolve → attempt → verify → record.
//!
//! The engine wakes when a hire arrives or something is due. Each lane, which is a tenant at an
//! account, has a queue of its own, so that the failures and the many hires of one delay no other.

mod creation;
mod lane_queue;
mod presence;
mod recovery;
mod retention;
mod verification;
mod waiting_count;
mod worker;

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::SharedClock,
    directory::{DirectoryCache, View},
    domain::{
        onboarding::{Findings, Moment, Timing, progress::Step},
        resolve::NewPerson,
        tenant::Tenant,
    },
    lucca::{LuccaClient, ReadError},
    store::{Lane, Store, StoreError, in_share},
    telemetry::Metrics,
};

use lane_queue::LaneQueue;
use recovery::Recovered;

pub use retention::Retention;
pub use waiting_count::WaitingGauge;

/// The longest sleep between two dispatches, in case a wake-up is missed.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// Moves onboardings forward.
pub struct Engine {
    store: Arc<dyn Store>,
    client: Arc<LuccaClient>,
    directories: Arc<DirectoryCache>,
    clock: SharedClock,
    timing: Arc<Timing>,
    metrics: Metrics,
    /// Wakes the dispatcher when a worker is done.
    worker_done: Notify,
    recovered: Recovered,
}

/// What a worker has decided.
enum Plan {
    /// Nothing is to be done.
    Rest,
    /// A step is to be stored.
    Take(Step),
    /// This person is to be created.
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
            ReadError::TooMany(pause) | ReadError::NoBudget(pause) => Self::Budget(pause),
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
        directories: Arc<DirectoryCache>,
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
            worker_done: Notify::new(),
            recovered: Recovered::default(),
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            now: self.clock.now(),
            timing: Arc::clone(&self.timing),
            chance: self.clock.chance(),
        }
    }

    /// Works until `stop`; then claims nothing more and waits for running workers.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        self.take_over().await;
        let workers = TaskTracker::new();
        let mut changes = self.store.changes();
        let mut queues: HashMap<Lane, Arc<LaneQueue>> = HashMap::new();
        while !stop.is_cancelled() {
            let next = match self.dispatch(&mut queues, &workers, &stop).await {
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
                () = self.worker_done.notified() => {}
                recovered = self.client.gate().recovered() => for (account, kind) in recovered {
                    let lanes = queues.iter().filter(|(lane, _)| lane.account == account);
                    lanes.for_each(|(_, queue)| queue.reopen());
                    let (engine, stop) = (Arc::clone(&self), stop.clone());
                    workers.spawn(async move { engine.wake(&account, kind, &stop).await });
                },
                // A missed change is found by the next dispatch.
                _ = changes.recv() => while changes.try_recv().is_ok() {},
            }
        }
        workers.close();
        workers.wait().await;
    }

    /// Takes over the leases of a process that has ended.
    async fn take_over(&self) {
        match self.store.take_over(self.moment()).await {
            Ok(ids) if ids.is_empty() => {}
            Ok(ids) => {
                let many = ids.len();
                tracing::info!(
                    many,
                    "taking over onboardings that an ended process was working on"
                );
                for id in ids {
                    tracing::info!(onboarding = %id, "taken over from an ended process");
                }
            }
            Err(error) => {
                tracing::error!(%error, "leases of an ended process could not be taken over; they will expire");
            }
        }
    }

    /// Hands due onboardings to workers, as far as the queues allow. Returns the time of the next
    /// dispatch.
    async fn dispatch(
        self: &Arc<Self>,
        queues: &mut HashMap<Lane, Arc<LaneQueue>>,
        workers: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Option<Timestamp>, StoreError> {
        let now = self.clock.now();
        let mut next = None;
        let mut failed = Ok(());
        for (lane, due) in self.store.due_times().await? {
            let queue = Arc::clone(queues.entry(lane.clone()).or_default());
            let free = queue.free(now);
            let mut time = match free {
                // A worker that is done wakes the dispatcher as well.
                0 => queue.reopens(now),
                _ => Some(due),
            };
            if free > 0 && due <= now {
                let share = lane.tenant.as_str();
                let lease = self.store.lease(&lane, free, self.moment());
                let claimed = match in_share(share, lease).await {
                    Ok(claimed) => claimed,
                    // The other lanes go on.
                    Err(error) => {
                        failed = Err(error);
                        continue;
                    }
                };
                // A lane with no free place has more to do when a worker is done.
                time = (claimed.len() < free).then_some(now);
                for claimed in claimed {
                    let (engine, permit) = (Arc::clone(self), LaneQueue::enter(&queue));
                    let stop = stop.clone();
                    workers.spawn(in_share(share, async move {
                        engine.work(claimed, &permit, &stop).await;
                        drop(permit);
                        engine.worker_done.notify_one();
                    }));
                }
            }
            next = [next, time].into_iter().flatten().min();
        }
        failed?;
        Ok(next)
    }

    /// Stores that a key has proven that it sees future and former employees, if it has.
    async fn note_visibility(&self, tenant: &Tenant, view: &View) -> Result<bool, StoreError> {
        let (account, id, version) = (&tenant.account, &tenant.id, tenant.api_key.version);
        if self.store.visibility_proven(account, id, version).await? {
            return Ok(true);
        }
        if view.visibility_proven {
            self.store
                .prove_visibility(account, id, version, self.clock.now())
                .await?;
        }
        Ok(view.visibility_proven)
    }
}
