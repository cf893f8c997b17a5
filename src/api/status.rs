//! How an onboarding is shown, and waiting until it has settled.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::broadcast::error::RecvError;

use super::{ApiError, audit::Audit};
use crate::{
    clock::SharedClock,
    domain::{
        dates::{CivilDate, today},
        onboarding::{Onboarding, State, Timing, later},
        tenant::{DEFAULT_TIME_ZONE, Tenant},
    },
    lucca::{Access, Gate},
    pb::{
        onboarding::{Turn, onboarding},
        v1,
    },
    store::{Lookup, Store},
};

/// Shows onboardings.
#[derive(Clone)]
pub struct Statuses {
    store: Arc<dyn Store>,
    gate: Arc<Gate>,
    clock: SharedClock,
    audit: Audit,
    timing: Arc<Timing>,
}

impl Statuses {
    /// With what it needs.
    pub fn new(
        store: Arc<dyn Store>,
        gate: Arc<Gate>,
        clock: SharedClock,
        timing: Arc<Timing>,
    ) -> Self {
        Self {
            audit: Audit::new(Arc::clone(&store), Arc::clone(&clock)),
            store,
            gate,
            clock,
            timing,
        }
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Writes down who called what.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// An onboarding as callers see it. The tenant is read if it is not at hand.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn show(
        &self,
        of: &Onboarding,
        tenant: Option<&Tenant>,
    ) -> Result<v1::Onboarding, ApiError> {
        let read;
        let tenant = match tenant {
            Some(tenant) => Some(tenant),
            None => {
                read = self.store.tenant(&of.key.tenant).await?;
                read.as_ref()
            }
        };
        let turn = self.turn(of, tenant).await?;
        Ok(onboarding(of, turn, self.day(tenant)))
    }

    /// The day in the zone of an onboarding's tenant.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn today(&self, of: &Onboarding) -> Result<CivilDate, ApiError> {
        let tenant = self.store.tenant(&of.key.tenant).await?;
        Ok(self.day(tenant.as_ref()))
    }

    fn day(&self, tenant: Option<&Tenant>) -> CivilDate {
        let zone = tenant.map_or(DEFAULT_TIME_ZONE, |tenant| tenant.time_zone.as_str());
        today(self.clock.now(), zone)
    }

    /// Where it stands in its account's queue, and what follows from the budget for the
    /// time by which the employee should exist.
    async fn turn(&self, of: &Onboarding, tenant: Option<&Tenant>) -> Result<Turn, ApiError> {
        let now = self.clock.now();
        // The most a creation needs beyond its turn.
        let one_call = self.timing.request_timeout;
        match (of.state, tenant) {
            (State::Creating, _) => Ok(Turn {
                before: 0,
                expected: Some(later(now, one_call)),
            }),
            (State::Accepted, Some(tenant)) => {
                let access = Access::of(tenant);
                let (place, left) =
                    tokio::try_join!(self.store.queue_position(of.id), self.gate.left(&access))?;
                let (before, rules) = (place.before, self.gate.rules());
                let limit = self.gate.limit(&access).max(1);
                let beyond = (before + 1).saturating_sub(left);
                let wait = rules.window.saturating_mul(beyond.div_ceil(limit));
                let start = of.due.map_or(now, |due| due.max(now));
                Ok(Turn {
                    before,
                    expected: Some(later(later(start, wait), one_call)),
                })
            }
            // The last look, and then the call anew.
            (State::Verifying, _) if !of.cancel_requested => Ok(Turn {
                before: 0,
                expected: of
                    .known_by(&self.timing)
                    .map(|known| later(known.max(now), one_call * 2)),
            }),
            _ => Ok(Turn::default()),
        }
    }

    /// The onboarding once it is `CREATED`, `CANCELLED` or in `NEEDS_ATTENTION`, or as it is
    /// when the wait ends.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn settled(
        &self,
        mut onboarding: Onboarding,
        wait: Duration,
    ) -> Result<Onboarding, ApiError> {
        // Listening begins before looking, so that no change is missed.
        let mut changes = self.store.changes();
        let end = tokio::time::Instant::now() + wait;
        loop {
            if let Some(now) = self.store.onboarding(Lookup::Id(onboarding.id)).await? {
                onboarding = now;
            }
            if !onboarding.state.is_active() {
                return Ok(onboarding);
            }
            loop {
                match tokio::time::timeout_at(end, changes.recv()).await {
                    Err(_) | Ok(Err(RecvError::Closed)) => return Ok(onboarding),
                    Ok(Ok(changed)) if changed != onboarding.id => {}
                    Ok(Ok(_) | Err(RecvError::Lagged(_))) => break,
                }
            }
        }
    }
}
