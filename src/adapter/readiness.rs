//! Whether the adapter can accept events, and the periodic checks that find out.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::{sync::watch, time::interval};
use tokio_util::sync::CancellationToken;

use super::{timing::Timing, webhook::Webhooks};

/// Ready while the spool accepts events and forged webhooks can be told from authentic ones.
/// Clones share the state.
#[derive(Clone, Debug)]
pub(super) struct Readiness {
    parts: Arc<Mutex<Parts>>,
    ready: watch::Sender<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Parts {
    spool: bool,
    settings: bool,
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

    /// Whether the spool accepts events.
    pub(super) fn set_spool(&self, accepts: bool) {
        self.set(|parts| parts.spool = accepts);
    }

    /// Whether the settings that webhooks are verified by are known or can be asked for.
    pub(super) fn set_settings(&self, available: bool) {
        self.set(|parts| parts.settings = available);
    }

    fn set(&self, change: impl FnOnce(&mut Parts)) {
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

/// Finds out whether webhooks can be verified. While any settings are known the service is not
/// asked: it may be away for as long as they are kept.
pub(super) async fn check_settings(webhooks: Webhooks, timing: Timing, stop: CancellationToken) {
    let mut rounds = interval(timing.settings_check);
    while stop.run_until_cancelled(rounds.tick()).await.is_some() {
        let settings = &webhooks.settings;
        let available = settings.knows_any() || settings.can_ask().await;
        webhooks.readiness.set_settings(available);
    }
}

/// Deletes what is old in the spool, and finds out whether it accepts events.
pub(super) async fn check_spool(webhooks: Webhooks, timing: Timing, stop: CancellationToken) {
    let mut rounds = interval(timing.housekeeping);
    while stop.run_until_cancelled(rounds.tick()).await.is_some() {
        let now = webhooks.clock.now();
        let kept = webhooks.spool.keep_house(now, timing.retry_longest).await;
        webhooks.readiness.set_spool(matches!(kept, Ok(true)));
        if let Err(error) = kept {
            tracing::error!(%error, "the spool cannot be cleaned up");
        }
        if let Ok((waiting, oldest)) = webhooks.spool.backlog().await {
            let age = oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0));
            webhooks.metrics.spool(waiting, age);
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
            readiness.set_spool(spool);
            readiness.set_settings(settings);
            assert_eq!(*ready.borrow(), spool && settings, "{spool} {settings}");
        }
    }
}
