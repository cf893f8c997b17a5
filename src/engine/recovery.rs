//! What goes on by itself once an account answers again.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::domain::{cause::CallKind, ids::Account, onboarding::later};

/// The time between two hires that an account's recovery makes due. Lucca may just have come back.
const SPREAD: Duration = Duration::from_millis(50);

/// The most by which chance delays all of them: accounts often recover together.
const JITTER: Duration = Duration::from_secs(1);

/// The shortest time between two recoveries of an account that make hires due. A hire whose calls
/// alone fail would otherwise be tried again with every good answer to another.
const REST: Duration = Duration::from_secs(15);

/// When hires were last made due because an account recovered.
pub(super) type Recovered = Mutex<HashMap<(Account, CallKind), Timestamp>>;

impl Engine {
    /// Makes due what waits because calls of a kind to the account failed, the most urgent first.
    pub(super) async fn wake(&self, account: &Account, kind: CallKind, stop: &CancellationToken) {
        let now = self.clock.now();
        let waiting = match self.store.postponed(account, None, now).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::error!(%account, %error, "hires that wait for an account could not be found");
                return;
            }
        };
        if waiting.is_empty() {
            return;
        }
        let before = self.recovered.lock().get(&(account.clone(), kind)).copied();
        let start = before.map_or(now, |before| later(before, REST).max(now));
        let first = later(start, JITTER.mul_f64(self.clock.chance()));
        let mut woken = 0_u32;
        for id in waiting {
            if stop.is_cancelled() {
                break;
            }
            let due = later(first, SPREAD.saturating_mul(woken));
            match self.store.recovered(id, kind, due, self.clock.now()).await {
                Ok(true) => woken += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(onboarding = %id, %error, "a hire could not be made due");
                }
            }
        }
        if woken > 0 {
            let key = (account.clone(), kind);
            self.recovered.lock().insert(key, start);
            tracing::info!(%account, woken, "an account answers again; hires that waited are due");
        }
    }
}
