//! Forwards the events in the spool: in order for each hire, different hires in parallel.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::{self, JoinError, JoinSet},
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    hand_over::{HandOver, Later},
    retry::delay,
    spool::{Spool, Waiting},
    timing::Timing,
};
use crate::{clock::SharedClock, telemetry::Metrics};

/// Most hires handed over at the same time.
const AT_ONCE: usize = 16;
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

/// The tenant and the lane of each task under way.
type Busy = HashMap<task::Id, (String, Vec<u8>)>;

/// How a task ended.
type Ended = Result<(task::Id, Result<(), Later>), JoinError>;

/// While the service accepts nothing, only one event at a time is tried.
#[derive(Default)]
struct Pause {
    failures: u32,
    until: Option<Instant>,
}

impl Forwarder {
    /// Forwards until `stop`; then waits for the tasks under way.
    pub(super) async fn run(self, stop: CancellationToken) {
        let this = Arc::new(self);
        let mut tasks = JoinSet::new();
        let mut busy = Busy::new();
        let mut pause = Pause::default();
        while !stop.is_cancelled() {
            let wake = this.start_due(&mut tasks, &mut busy, &pause).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = this.stored.notified() => {}
                () = sleep_until(wake) => {}
                Some(ended) = tasks.join_next_with_id() => this.ended(ended, &mut busy, &mut pause),
            }
            while let Some(ended) = tasks.try_join_next_with_id() {
                this.ended(ended, &mut busy, &mut pause);
            }
        }
        // An event whose task does not end in time stays in the spool and is handed over again.
        let _ = timeout(this.timing.grace, async {
            while tasks.join_next().await.is_some() {}
        })
        .await;
    }

    /// Starts the tasks that may start, and returns when to read the spool again.
    async fn start_due(
        self: &Arc<Self>,
        tasks: &mut JoinSet<Result<(), Later>>,
        busy: &mut Busy,
        pause: &Pause,
    ) -> Instant {
        let now = Instant::now();
        let look = now + LOOK;
        if let Some(until) = pause.until.filter(|until| *until > now) {
            return until;
        }
        let most = if pause.failures > 0 { 1 } else { AT_ONCE };
        let free = most.saturating_sub(busy.len());
        if free == 0 {
            return look;
        }
        let time = self.clock.now();
        // Events under way are still in the spool and are found again.
        let heads = match self.spool.heads(time, free + busy.len()).await {
            Ok(heads) => heads,
            Err(error) => {
                tracing::error!(%error, "the spool cannot be read");
                return look;
            }
        };
        let mut started = 0;
        for event in heads {
            let lane = (event.tenant.clone(), event.lane.clone());
            if started < free && !busy.values().any(|other| *other == lane) {
                started += 1;
                let this = Arc::clone(self);
                let task = tasks.spawn(async move { this.forward(event).await });
                busy.insert(task.id(), lane);
            }
        }
        if started == free {
            return look;
        }
        let next = self.spool.next_due(time).await.ok().flatten();
        let wait = next.map(|due| due.duration_since(time).unsigned_abs());
        wait.map_or(look, |wait| look.min(now + wait))
    }

    async fn forward(&self, event: Waiting) -> Result<(), Later> {
        let result = self.hand_over.run(&event).await;
        let kept = match result {
            Ok(end) => {
                self.metrics.forward(end.into());
                self.spool.finish(&event, end).await
            }
            Err(later) => {
                self.metrics.forward("later");
                let wait = self.wait(event.attempts, later.at_least);
                let time = self.clock.now();
                let due = time.saturating_add(wait).unwrap_or(time);
                self.spool.postpone(&event, due).await
            }
        };
        if let Err(error) = kept {
            tracing::error!(%error, seq = event.seq, "the spool cannot be written to");
            // The event is found again at once, so slow down.
            tokio::time::sleep(self.wait(event.attempts.max(2), Duration::ZERO)).await;
        }
        result.map(|_| ())
    }

    fn ended(&self, ended: Ended, busy: &mut Busy, pause: &mut Pause) {
        let (id, result) = ended.unwrap_or_else(|error| {
            tracing::error!(%error, "handing over an event failed");
            // The event is found again at once, so slow down.
            let (pause, at_least) = (true, self.timing.retry_first);
            (error.id(), Err(Later { pause, at_least }))
        });
        busy.remove(&id);
        match result {
            Err(later) if later.pause => {
                let wait = self.wait(pause.failures, later.at_least);
                // Failures that overlap count as one.
                if pause.until.is_none_or(|until| until <= Instant::now()) {
                    pause.failures = pause.failures.saturating_add(1);
                    pause.until = Some(Instant::now() + wait);
                }
            }
            _ => *pause = Pause::default(),
        }
    }

    /// The wait before the next try: at least `at_least`, at most the longest wait.
    fn wait(&self, attempts: u32, at_least: Duration) -> Duration {
        let (first, longest) = (self.timing.retry_first, self.timing.retry_longest);
        let wait = delay(attempts, first, longest, self.clock.chance());
        wait.max(at_least).min(longest)
    }
}
