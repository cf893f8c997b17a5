//! The tenants' webhook settings, asked for rarely and kept for when the service is away.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tonic::Code;

use super::{options::Timing, service::Service, tenant_settings::TenantSettings};
use crate::domain::ids::TenantId;

/// Tenants remembered before those that do not exist are forgotten.
const MANY: usize = 10_000;
/// Questions about one tenant that may follow each other at once.
const BURST: u32 = 5;

/// Why a tenant's settings are not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// There is no such tenant, as far as we may know.
    Unknown,
    /// The service cannot be asked, and what we knew is too old.
    Away,
}

/// Settings and how much they are worth.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) settings: Arc<TenantSettings>,
    /// Whether they are recent; if not, the service cannot be asked.
    pub(super) fresh: bool,
    fetched: Instant,
}

impl Known {
    /// Whether they were known before this moment already.
    pub(super) fn fetched_before(&self, moment: Instant) -> bool {
        self.fetched < moment
    }
}

/// The settings of all tenants. Clones share them.
#[derive(Clone)]
pub(super) struct SettingsCache {
    service: Service,
    timing: Timing,
    tenants: Arc<Mutex<HashMap<TenantId, Arc<tokio::sync::Mutex<Entry>>>>>,
}

impl SettingsCache {
    pub(super) fn new(service: Service, timing: Timing) -> Self {
        Self {
            service,
            timing,
            tenants: Arc::default(),
        }
    }

    /// The settings, asked for if they are not recent.
    pub(super) async fn get(&self, tenant: &TenantId) -> Result<Known, Missing> {
        let entry = self.entry(tenant);
        // Held while asking, so that many webhooks at once ask once.
        let mut entry = entry.lock().await;
        if !entry.is_fresh(self.timing.settings_fresh) {
            self.ask(tenant, &mut entry).await;
        }
        entry.answer(&self.timing)
    }

    /// Settings newer than `old`, if they may be asked for now; otherwise what is known.
    pub(super) async fn renew(&self, tenant: &TenantId, old: &Known) -> Result<Known, Missing> {
        let entry = self.entry(tenant);
        let mut entry = entry.lock().await;
        let renewed =
            matches!(&entry.last, Some(Last::Known) if entry.fetched() > Some(old.fetched));
        if !renewed {
            self.ask(tenant, &mut entry).await;
        }
        entry.answer(&self.timing)
    }

    async fn ask(&self, tenant: &TenantId, entry: &mut Entry) {
        if !entry
            .allowance
            .take(Instant::now(), self.timing.settings_pace)
        {
            return;
        }
        let had_settings = entry.settings.is_some();
        entry.last = Some(match self.service.webhook_settings(tenant.as_str()).await {
            Ok(answer) => {
                let settings = Arc::new(TenantSettings::new(tenant, answer));
                entry.settings = Some((settings, Instant::now()));
                Last::Known
            }
            Err(status) => match status.code() {
                Code::NotFound | Code::InvalidArgument => Last::Unknown,
                // Either there is no such tenant, or our token has lost its rights: if it
                // once had them, webhooks should be sent again rather than refused.
                Code::PermissionDenied if !had_settings => Last::Unknown,
                code => {
                    tracing::error!(%tenant, ?code, "webhook settings cannot be asked for");
                    Last::Away
                }
            },
        });
        if matches!(entry.last, Some(Last::Unknown)) {
            entry.settings = None;
        }
    }

    fn entry(&self, tenant: &TenantId) -> Arc<tokio::sync::Mutex<Entry>> {
        let mut tenants = self.tenants();
        if tenants.len() >= MANY && !tenants.contains_key(tenant) {
            // One that is locked is being asked about.
            tenants.retain(|_, entry| entry.try_lock().is_ok_and(|entry| entry.settings.is_some()));
        }
        Arc::clone(tenants.entry(tenant.clone()).or_default())
    }

    fn tenants(&self) -> MutexGuard<'_, HashMap<TenantId, Arc<tokio::sync::Mutex<Entry>>>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the last question brought.
#[derive(Clone, Copy)]
enum Last {
    Known,
    Unknown,
    Away,
}

#[derive(Default)]
struct Entry {
    settings: Option<(Arc<TenantSettings>, Instant)>,
    last: Option<Last>,
    allowance: Allowance,
}

impl Entry {
    fn fetched(&self) -> Option<Instant> {
        self.settings.as_ref().map(|(_, fetched)| *fetched)
    }

    fn is_fresh(&self, limit: Duration) -> bool {
        self.fetched()
            .is_some_and(|fetched| fetched.elapsed() < limit)
    }

    fn answer(&self, timing: &Timing) -> Result<Known, Missing> {
        if let (Some(Last::Unknown), None) = (self.last, &self.settings) {
            return Err(Missing::Unknown);
        }
        let (settings, fetched) = self.settings.as_ref().ok_or(Missing::Away)?;
        if fetched.elapsed() >= timing.settings_kept {
            return Err(Missing::Away);
        }
        Ok(Known {
            settings: Arc::clone(settings),
            fresh: fetched.elapsed() < timing.settings_fresh,
            fetched: *fetched,
        })
    }
}

/// Lets a few questions through at once and then one per pace, so that junk addressed to a
/// tenant does not become calls to the service.
#[derive(Default)]
struct Allowance {
    /// When all of the burst is available again.
    full: Option<Instant>,
}

impl Allowance {
    fn take(&mut self, now: Instant, pace: Duration) -> bool {
        let full = self.full.filter(|full| *full > now).unwrap_or(now);
        let next = full + pace;
        let allowed = next.duration_since(now) <= pace * BURST;
        if allowed {
            self.full = Some(next);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_a_burst_and_then_a_pace() {
        let pace = Duration::from_secs(2);
        let start = Instant::now();
        let mut allowance = Allowance::default();
        let mut allowed = |paces: u32| allowance.take(start + pace * paces, pace);
        assert!((0..BURST).all(|_| allowed(0)));
        assert!(!allowed(0));
        assert!(allowed(1));
        assert!(!allowed(1));
        assert!((0..BURST).all(|_| allowed(100)));
        assert!(!allowed(100));
    }
}
