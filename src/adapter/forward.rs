//! Forwards the events in the spool: in order for each hire, different hires in parallel. Tenants
//! take turns, and a tenant whose events cannot be handed over waits alone.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::{self, JoinError, JoinSet},
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    hand_over::{HandOver, Later},
    retry::{Scope, delay},
    spool::{Heads, Spool, SpoolError, UNREADABLE, Waiting},
    timing::Timing,
};
use crate::{clock::SharedClock, db::in_share, telemetry::Metrics};

/// Most hires handed over at the same time.
const AT_ONCE: usize = 16;
/// Most hires of one tenant among them.
const TENANT_AT_ONCE: usize = 4;
/// The longest time between two reads of the spool.
const LOOK: Duration = Duration::from_secs(5);

/// Hands over the events in the spool.
pub(super) struct Forwarder {
    pub(super) hand_over: HandOver,
    pub(super) spool: Spool,
    /// Notified when an event is stored.
    pub(super) stored: Arc<Notify>,
    pub(super) metrics: Metrics,
    pub(super) clock: SharedClock,
    pub(super) timing: Timing,
}

/// The tenant and the number of the event of each task under way.
type Busy = HashMap<task::Id, (String, i64)>;

/// How a task ended.
type Ended = Result<(task::Id, Result<(), Later>), JoinError>;

/// What is under way, and what waits after failures.
#[derive(Default)]
struct Progress {
    tasks: JoinSet<Result<(), Later>>,
    busy: Busy,
    /// While nothing can be handed over, only one event at a time is tried.
    pause: Pause,
    /// While nothing of a tenant can be handed over, only one of its events at a time is tried.
    tenants: HashMap<String, Pause>,
    /// The tenant whose event was started last: the next one is first in the next turn.
    last: String,
}

/// A wait that grows with each failure.
#[derive(Default)]
struct Pause {
    failures: u32,
    until: Option<Instant>,
}

impl Pause {
    fn ends_after(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }

    /// How many events may be tried at once.
    fn most(&self, usual: usize) -> usize {
        if self.failures > 0 { 1 } else { usual }
    }

    /// Failures that overlap count as one.
    fn extend(&mut self, wait: impl FnOnce(u32) -> Duration) {
        let now = Instant::now();
        if self.ends_after(now).is_none() {
            self.until = Some(now + wait(self.failures));
            self.failures = self.failures.saturating_add(1);
        }
    }
}

impl Progress {
    /// The tenants whose turn it is, and how many of their events may be found, those included
    /// that are under way: they are still in the spool.
    fn turns(&self, mut waiting: Vec<String>, now: Instant) -> Vec<(String, usize)> {
        let next = waiting.partition_point(|tenant| *tenant <= self.last);
        waiting.rotate_left(next);
        let turn = |tenant: String| {
            let pause = self.tenants.get(&tenant);
            if pause.is_some_and(|pause| pause.ends_after(now).is_some()) {
                return None;
            }
            let most = self.most_of(&tenant);
            (self.busy_of(&tenant) < most).then_some((tenant, most))
        };
        waiting.into_iter().filter_map(turn).collect()
    }

    fn most_of(&self, tenant: &str) -> usize {
        let pause = self.tenants.get(tenant);
        pause.map_or(TENANT_AT_ONCE, |pause| pause.most(TENANT_AT_ONCE))
    }

    fn busy_of(&self, tenant: &str) -> usize {
        self.busy.values().filter(|(it, _)| it == tenant).count()
    }

    /// The end of the next pause of a tenant.
    fn next_end(&self, now: Instant) -> Option<Instant> {
        let ends = self.tenants.values();
        ends.filter_map(|pause| pause.ends_after(now)).min()
    }

    fn may_start(&self, event: &Waiting) -> bool {
        self.busy_of(&event.tenant) < self.most_of(&event.tenant)
    }
}

impl Forwarder {
    /// Forwards until `stop`; then waits for the tasks under way.
    pub(super) async fn run(self, stop: CancellationToken) {
        let this = Arc::new(self);
        let mut progress = Progress::default();
        while !stop.is_cancelled() {
            let wake = match this.start_due(&mut progress).await {
                Ok(wake) => wake,
                Err(error) => {
                    tracing::error!(%error, "the spool cannot be read");
                    Instant::now() + LOOK
                }
            };
            let Progress { tasks, .. } = &mut progress;
            tokio::select! {
                () = stop.cancelled() => {}
                () = this.stored.notified() => {}
                () = sleep_until(wake) => {}
                Some(ended) = tasks.join_next_with_id() => this.ended(ended, &mut progress),
            }
            while let Some(ended) = progress.tasks.try_join_next_with_id() {
                this.ended(ended, &mut progress);
            }
        }
        // An event whose task does not end in time stays in the spool and is handed over again.
        let _ = timeout(this.timing.grace, async {
            while progress.tasks.join_next().await.is_some() {}
        })
        .await;
    }

    /// Starts the tasks that may start, and returns when to read the spool again.
    async fn start_due(self: &Arc<Self>, progress: &mut Progress) -> Result<Instant, SpoolError> {
        let now = Instant::now();
        let look = now + LOOK;
        if let Some(until) = progress.pause.ends_after(now) {
            return Ok(until);
        }
        let under_way = progress.busy.len();
        let free = progress.pause.most(AT_ONCE).saturating_sub(under_way);
        if free == 0 {
            return Ok(look);
        }
        let time = self.clock.now();
        let turns = progress.turns(self.spool.tenants().await?, now);
        let busy = progress.busy.values().map(|(_, seq)| *seq).collect();
        let heads = self.spool.heads(time, turns, free, busy).await?;
        self.note_damage(&heads, progress).await?;
        let mut started = 0;
        for event in heads.events {
            if started < free && progress.may_start(&event) {
                started += 1;
                self.start(event, progress);
            }
        }
        if started == free {
            return Ok(look);
        }
        let next = self.spool.next_due(time).await?;
        let next = next.map(|due| now + due.duration_since(time).unsigned_abs());
        let next = next.into_iter().chain(progress.next_end(now)).min();
        Ok(next.map_or(look, |next| look.min(next)))
    }

    fn start(self: &Arc<Self>, event: Waiting, progress: &mut Progress) {
        let (tenant, seq) = (event.tenant.clone(), event.seq);
        progress.last.clone_from(&tenant);
        let this = Arc::clone(self);
        let task = progress
            .tasks
            .spawn(async move { this.forward(event).await });
        progress.busy.insert(task.id(), (tenant, seq));
    }

    /// Sets damaged events aside, and lets a tenant wait whose events cannot be read.
    async fn note_damage(&self, heads: &Heads, progress: &mut Progress) -> Result<(), SpoolError> {
        for tenant in &heads.failed {
            let pause = progress.tenants.entry(tenant.clone()).or_default();
            pause.extend(|failures| self.wait(failures, Duration::ZERO));
        }
        if heads.damaged.is_empty() {
            return Ok(());
        }
        for _ in &heads.damaged {
            self.metrics.reported("UNREADABLE", UNREADABLE);
        }
        self.spool.set_aside(heads.damaged.clone()).await?;
        // What stands behind them may start now.
        self.stored.notify_one();
        Ok(())
    }

    async fn forward(&self, event: Waiting) -> Result<(), Later> {
        let share = event.tenant.as_str();
        let result = self.hand_over.run(&event).await;
        let kept = match result {
            Ok(end) => {
                self.metrics.forward(end.into());
                in_share(share, self.spool.finish(&event, end)).await
            }
            Err(later) => {
                self.metrics.forward("later");
                let wait = self.wait(event.attempts, later.at_least);
                let time = self.clock.now();
                let due = time.saturating_add(wait).unwrap_or(time);
                let apart = later.scope == Scope::ApartTenant;
                in_share(share, self.spool.postpone(&event, due, apart)).await
            }
        };
        if let Err(error) = kept {
            tracing::error!(%error, seq = event.seq, "the spool cannot be written to");
            // The event is found again at once, so slow down.
            tokio::time::sleep(self.wait(event.attempts.max(2), Duration::ZERO)).await;
        }
        result.map(|_| ())
    }

    fn ended(&self, ended: Ended, progress: &mut Progress) {
        let (id, result) = ended.unwrap_or_else(|error| {
            tracing::error!(%error, "handing over an event failed");
            // The event is found again at once, so slow down.
            (error.id(), Err(Scope::Tenant.into()))
        });
        let Some((tenant, _)) = progress.busy.remove(&id) else {
            return;
        };
        let extend = |pause: &mut Pause, later: Later| {
            pause.extend(|failures| self.wait(failures, later.at_least));
        };
        match result {
            Err(later) if later.scope == Scope::All => extend(&mut progress.pause, later),
            Err(later) if later.scope != Scope::Event => {
                progress.pause = Pause::default();
                extend(progress.tenants.entry(tenant).or_default(), later);
            }
            _ => {
                progress.pause = Pause::default();
                progress.tenants.remove(&tenant);
            }
        }
    }

    /// The wait before the next try: at least `at_least`, at most the longest wait.
    fn wait(&self, attempts: u32, at_least: Duration) -> Duration {
        let (first, longest) = (self.timing.retry_first, self.timing.retry_longest);
        let wait = delay(attempts, first, longest, self.clock.chance());
        wait.max(at_least).min(longest)
    }
}
