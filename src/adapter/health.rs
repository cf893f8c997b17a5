//! Whether the adapter can take events.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Ready while the spool takes events and webhooks can be told from forgeries: with settings
/// that are known, or by asking the service. Clones speak of the same adapter.
#[derive(Clone, Debug)]
pub(super) struct Health {
    parts: Arc<Mutex<Parts>>,
    ready: watch::Sender<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Parts {
    spool: bool,
    settings: bool,
}

impl Health {
    /// Not ready until it is known that settings are to be had.
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

    /// The spool takes events, or does not.
    pub(super) fn spool(&self, takes: bool) {
        self.set(|parts| parts.spool = takes);
    }

    /// Settings by which webhooks are verified are to be had, or are not.
    pub(super) fn settings(&self, to_be_had: bool) {
        self.set(|parts| parts.settings = to_be_had);
    }

    fn set(&self, change: impl FnOnce(&mut Parts)) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut parts);
        let ready = parts.spool && parts.settings;
        self.ready
            .send_if_modified(|now| std::mem::replace(now, ready) != ready);
    }

    pub(super) fn watch(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_the_spool_and_the_settings_are_needed() {
        let health = Health::new();
        let ready = health.watch();
        assert!(!*ready.borrow());
        for (spool, settings) in [(true, true), (false, true), (false, false), (true, false)] {
            health.spool(spool);
            health.settings(settings);
            assert_eq!(*ready.borrow(), spool && settings, "{spool} {settings}");
        }
    }
}
