//! The permit of one call.

use std::{sync::Arc, time::Duration};

use tokio::sync::OwnedMutexGuard;

use crate::{clock::SharedClock, store::Store};

/// The permit to make one call. It expires after the longest duration of a call, and one
/// window later it no longer counts against the limit, whether the call was made or not.
pub struct CallPermit {
    /// The permits in the store: of the account, and of the budget of keys that it has not accepted.
    pub(super) ids: Vec<i64>,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: SharedClock,
    /// The earliest time at which the store can have counted it, by the boot clock.
    pub(super) since: Duration,
    pub(super) longest: Duration,
    /// Held by the only call of a key that the account has not accepted.
    pub(super) trial: Option<OwnedMutexGuard<()>>,
}

impl std::fmt::Debug for CallPermit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallPermit")
            .field("ids", &self.ids)
            .finish()
    }
}

impl CallPermit {
    /// How long the call may still take; `None` if the permit has expired because the process
    /// or the machine was suspended.
    pub(crate) fn left(&self) -> Option<Duration> {
        let age = self.clock.since_boot().saturating_sub(self.since);
        self.longest.checked_sub(age).filter(|left| !left.is_zero())
    }

    /// Ends the call. A permit that is dropped instead counts as used for the longest duration
    /// of a call.
    pub async fn end(self) {
        for id in &self.ids {
            if let Err(error) = self.store.end_permit(*id).await {
                tracing::warn!(%error, "the end of a call to Lucca could not be stored; its permit expires later");
            }
        }
    }

    /// Returns the permit: the call was not made, and will not be.
    pub async fn give_back(self) {
        for id in &self.ids {
            if let Err(error) = self.store.give_back_permit(*id).await {
                tracing::warn!(%error, "the permit of a call that was not made could not be returned; it expires later");
            }
        }
    }
}
