//! What moves onboardings forward: claim → resolve → attempt → verify → record.
//!
//! The engine follows arrivals at once and sleeps until something is due. Each account
//! has a lane of its own, so that one account's trouble delays no other.

mod creation;
mod lane;
mod retention;
mod standing;
mod verification;

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::SharedClock,
    directory::{Directories, View},
    domain::{
        finding::{Problem, ProblemCode},
        ids::Account,
        onboarding::{Findings, Moment, Onboarding, State, Timing, later, progress::Step},
        resolve::NewPerson,
        tenant::Tenant,
    },
    lucca::{Access, LuccaClient, ReadError},
    store::{Claimed, Stepped, Store, StoreError},
    telemetry::Metrics,
};

use lane::Lane;

pub use retention::Retention;
pub use standing::Census;

/// The longest the engine sleeps without looking: the safety net under the wake-ups.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// How long a hire rests while its account is still being read.
const READING_REST: Duration = Duration::from_secs(1);

/// How long a hire of a disabled tenant rests.
const DISABLED_REST: Duration = Duration::from_secs(60);

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
            let claimed = self.store.claim(&account, free, self.moment()).await?;
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

    /// Does what can be done for one onboarding. What has not begun when the service is
    /// stopped is given back; what has begun is finished.
    async fn work(&self, claimed: Claimed, lane: &lane::Place, stop: &CancellationToken) {
        let onboarding = &claimed.onboarding;
        // Deciding may wait for Lucca or the budget, but not for as long as the claim
        // lasts. A creation, once begun, is not cut short.
        let patience = self.timing.lease / 2;
        let decided = tokio::select! {
            decided = tokio::time::timeout(patience, self.decide(onboarding)) => decided,
            () = stop.cancelled() => {
                let step = self.release(onboarding, "The service was stopped.");
                self.take(onboarding, claimed.token, step).await;
                return;
            }
        };
        let planned = match decided {
            Ok(Ok(Plan::Create(person, findings, tenant))) => self
                .attempt(&claimed, &tenant, &person, findings)
                .await
                .map(|step| step.map_or(Plan::Rest, Plan::Take)),
            Ok(planned) => planned,
            // A read that goes wrong ends by itself, and before. One that goes well goes on
            // without us.
            Err(_) => Ok(Plan::Take(Step::Wait {
                until: later(self.clock.now(), READING_REST),
                reason: "Waits for Lucca to be read: that takes long, or the account's calls are used up.".to_owned(),
            })),
        };
        let step = match planned {
            Ok(Plan::Take(step)) => step,
            Ok(_) => return lane.in_order(),
            Err(Stop::Budget(span)) => {
                lane.close(later(self.clock.now(), span));
                self.release(onboarding, "Waits for the account's budget of Lucca calls.")
            }
            Err(Stop::Read(error)) => self.unreadable(&error, lane, onboarding.state),
            Err(Stop::Store(error)) => {
                // The claim ends by itself.
                tracing::error!(onboarding = %onboarding.id, %error, "an onboarding could not be worked on");
                return;
            }
        };
        if !matches!(step, Step::Failed { .. }) {
            lane.in_order();
        }
        self.take(onboarding, claimed.token, step).await;
    }

    /// Takes a step of a worker that has not begun an attempt.
    async fn take(&self, onboarding: &Onboarding, token: u64, step: Step) -> Option<Stepped> {
        match self
            .store
            .step(onboarding.id, token, step, self.moment())
            .await
        {
            Ok(stepped) => {
                if let Stepped::Done(after) = &stepped {
                    self.moved(onboarding.state, after);
                }
                Some(stepped)
            }
            Err(error) => {
                tracing::error!(onboarding = %onboarding.id, %error, "a step could not be stored");
                None
            }
        }
    }

    fn moved(&self, from: State, after: &Onboarding) {
        if after.state == from {
            return;
        }
        self.metrics.transition(from.as_str(), after.state.as_str());
        tracing::info!(
            onboarding = %after.id,
            tenant = %after.key.tenant,
            from = from.as_str(),
            to = after.state.as_str(),
            problem = after.problem.as_ref().map(|problem| problem.code.as_str()),
            "onboarding moved"
        );
    }

    /// Gives the claim back; the turn stays the same.
    fn release(&self, onboarding: &Onboarding, reason: &str) -> Step {
        Step::Wait {
            until: onboarding.due.unwrap_or_else(|| self.clock.now()),
            reason: reason.to_owned(),
        }
    }

    /// What a failed read means for the one that needed it.
    fn unreadable(&self, error: &ReadError, lane: &lane::Place, state: State) -> Step {
        tracing::warn!(%error, state = state.as_str(), "Lucca could not be read");
        match error {
            ReadError::KeyRefused(_) => Step::Ask {
                problem: Problem::key_refused(),
                findings: Findings::default(),
            },
            error => {
                lane.trouble(self.clock.now());
                failed(format!("{error}."))
            }
        }
    }

    /// Decides what to do.
    async fn decide(&self, onboarding: &Onboarding) -> Result<Plan, Stop> {
        let Some(tenant) = self.store.tenant(&onboarding.key.tenant).await? else {
            return Ok(Plan::Take(Step::Wait {
                until: later(self.clock.now(), DISABLED_REST),
                reason: "The tenant does not exist any more.".to_owned(),
            }));
        };
        if let Some(step) = self.hindered(onboarding, &tenant) {
            return Ok(Plan::Take(step));
        }
        match onboarding.state {
            State::Accepted => self.resolve(onboarding, tenant).await,
            State::Verifying => self.look(onboarding, &tenant).await.map(Plan::Take),
            _ => Ok(Plan::Rest),
        }
    }

    /// What keeps the tenant's hires from being worked on.
    fn hindered(&self, onboarding: &Onboarding, tenant: &Tenant) -> Option<Step> {
        if tenant.account != onboarding.key.account {
            return Some(Step::Ask {
                problem: Problem::new(
                    ProblemCode::AccountChanged,
                    "The tenant points to another Lucca than when this hire came.",
                    "Confirm the hire again to create it in the present Lucca.",
                ),
                findings: onboarding.findings.clone(),
            });
        }
        // What a call did has to be found out, also when nothing new is to be done.
        let rests = tenant.disabled && onboarding.state != State::Verifying;
        rests.then(|| Step::Wait {
            until: later(self.clock.now(), DISABLED_REST),
            reason: "The tenant is disabled.".to_owned(),
        })
    }

    /// Remembers that a key has proven its sight.
    async fn note_sight(&self, tenant: &Tenant, view: &View) -> Result<bool, StoreError> {
        let (account, id, version) = (&tenant.account, &tenant.id, tenant.api_key.version);
        if self.store.sight_proven(account, id, version).await? {
            return Ok(true);
        }
        if view.sight_proven {
            self.store
                .prove_sight(account, id, version, self.clock.now())
                .await?;
        }
        Ok(view.sight_proven)
    }

    fn access(tenant: &Tenant) -> Access {
        Access::of(tenant)
    }
}

fn failed(reason: String) -> Step {
    Step::Failed {
        reason,
        not_before: None,
    }
}
