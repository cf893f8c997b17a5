//! Whether the adapter can accept events, and the periodic checks that find out.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::{sync::watch, time::interval};
use tokio_util::sync::CancellationToken;

use super::{settings_cache::Access, spool::Waits, timing::Timing, webhook::Webhooks};

/// Ready while the spool accepts events and webhooks can be verified.
/// Clones share the state.
#[derive(Clone, Debug)]
pub(super) struct Readiness {
    parts: Arc<Mutex<Parts>>,
    ready: watch::Sender<bool>,
}

/// What readiness depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// Whether the spool accepts events.
    pub(super) spool: bool,
    /// Whether the settings that webhooks are verified by are cached or can be fetched.
    pub(super) settings: bool,
}

impl Readiness {
    /// Not ready until [`check_settings`] has found that settings are available.
    pub(super) fn new() -> Self {
        let parts = Parts {
            spool: true,
            settings: false,
        };
        Self {
            parts: Arc::new(Mutex::new(parts)),
            ready: watch::Sender::new(false),
        }
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut Parts)) {
        let mut parts = self.parts.lock();
        change(&mut parts);
        let ready = parts.spool && parts.settings;
        self.ready
            .send_if_modified(|now| std::mem::replace(now, ready) != ready);
    }

    pub(super) fn watch(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }
}

/// Checks whether webhooks can be verified. While any settings are cached the service is not
/// called: it may be away for as long as they are kept.
pub(super) async fn check_settings(webhooks: Webhooks, timing: Timing, stop: CancellationToken) {
    let mut rounds = interval(timing.settings_check);
    while stop.run_until_cancelled(rounds.tick()).await.is_some() {
        let settings = &webhooks.settings;
        let access = match settings.has_any() {
            true => Access::Given,
            false => settings.can_fetch().await,
        };
        let metrics = &webhooks.metrics;
        metrics.settings_denied(access == Access::Denied, settings.denied());
        let available = access == Access::Given;
        webhooks.readiness.set(|parts| parts.settings = available);
    }
}

/// Deletes what is old in the spool, and checks whether it accepts events.
pub(super) async fn check_spool(webhooks: Webhooks, timing: Timing, stop: CancellationToken) {
    let mut rounds = interval(timing.housekeeping);
    while stop.run_until_cancelled(rounds.tick()).await.is_some() {
        let now = webhooks.clock.now();
        let kept = webhooks.spool.keep_house(now, timing.retry_longest).await;
        let has_room = matches!(kept, Ok(true));
        webhooks.readiness.set(|parts| parts.spool = has_room);
        if let Err(error) = kept {
            tracing::error!(%error, "the spool cannot be cleaned up");
        }
        if let Ok((waiting, oldest)) = webhooks.spool.backlog().await {
            let age = oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0));
            let Waits { in_turn, apart } = waiting;
            webhooks.metrics.spool(in_turn, apart, age);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_the_spool_and_the_settings_are_needed() {
        let readiness = Readiness::new();
        let ready = readiness.watch();
        assert!(!*ready.borrow());
        for (spool, settings) in [(true, true), (false, true), (false, false), (true, false)] {
            readiness.set(|parts| *parts = Parts { spool, settings });
            assert_eq!(*ready.borrow(), spool && settings, "{spool} {settings}");
        }
    }
}
