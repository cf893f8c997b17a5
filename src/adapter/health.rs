//! Whether the adapter can take events.

use tokio::sync::watch;

/// Ready while the spool can be written to. Clones speak of the same adapter.
#[derive(Clone, Debug)]
pub(super) struct Health(watch::Sender<bool>);

impl Health {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(true))
    }

    pub(super) fn set_ready(&self, ready: bool) {
        self.0
            .send_if_modified(|now| std::mem::replace(now, ready) != ready);
    }

    pub(super) fn watch(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}
