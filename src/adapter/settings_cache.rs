//! A cache of the tenants' webhook settings. Entries outlive an outage of the service.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;
use tonic::Code;

use super::{
    bucket::{Bucket, Rate},
    service::Service,
    tenant_settings::TenantSettings,
    timing::Timing,
};
use crate::domain::ids::TenantId;

/// Most entries before those without settings are dropped.
const MANY: usize = 10_000;
/// Fetches for one tenant that may follow each other at once.
const BURST: u32 = 5;
/// Fetches that unverified requests may cause at once, for all tenants together.
const UNVERIFIED_BURST: u32 = 200;

/// How long a denial counts for the readiness.
const DENIED_LATELY: Duration = Duration::from_secs(600);
/// Lines about denied settings that may follow each other at once, and the pace of further ones.
const DENIALS_LOGGED: u32 = 20;
const DENIALS_PACE: Duration = Duration::from_secs(30);

/// Whether the service gives settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Given,
    /// The token lacks the scope, or is not known.
    Denied,
    /// The service does not answer.
    Away,
}

/// Why there are no settings for a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// There is no such tenant.
    Unknown,
    /// The adapter's token may not read the tenant's settings: it lacks the scope or the tenant.
    /// The service does not tell whether there is such a tenant.
    Denied,
    /// The service does not answer, and the entry is too old.
    Away,
    /// Unverified requests have caused too many fetches; the next may come after this time.
    TooManyFetches(Duration),
}

/// On whose behalf settings are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Requester {
    /// An event that was authentic when it came.
    Event,
    /// A request whose proof has not been checked yet.
    Unverified,
    /// The same from an address with too many failed proofs: for it the settings of a tenant that
    /// is not in the cache are not fetched.
    Suspect,
}

/// A tenant's settings and their age.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) settings: Arc<TenantSettings>,
    /// Whether they are recent; if not, the service does not answer.
    pub(super) fresh: bool,
    pub(super) fetched: Instant,
}

/// The settings of all tenants. Clones share them.
#[derive(Clone)]
pub(super) struct SettingsCache {
    service: Service,
    timing: Timing,
    tenants: Arc<Mutex<HashMap<TenantId, Arc<Entry>>>>,
    /// Bounds the fetches for unverified requests: each made-up tenant costs one.
    unverified: Arc<Mutex<Bucket>>,
    /// Bounds the log lines about denied settings: each made-up tenant may cost one.
    denials: Arc<Mutex<Bucket>>,
}

impl SettingsCache {
    pub(super) fn new(service: Service, timing: Timing) -> Self {
        Self {
            service,
            timing,
            tenants: Arc::default(),
            unverified: Arc::default(),
            denials: Arc::default(),
        }
    }

    /// The settings, fetched if the entry is not recent.
    pub(super) async fn get(
        &self,
        tenant: &TenantId,
        requester: Requester,
    ) -> Result<Known, Missing> {
        let entry = self.entry(tenant);
        let is_fresh = || entry.state.lock().is_fresh(self.timing.settings_fresh);
        // A fresh entry is used without waiting for fetches.
        if !is_fresh() {
            // Held during the fetch, so that many webhooks at once cause one.
            let _turn = entry.fetching.lock().await;
            if !is_fresh() && self.may_fetch(&entry, requester)? {
                self.fetch(tenant, &entry).await;
            }
        }
        entry.state.lock().answer(&self.timing)
    }

    /// Whether the service has denied for some time that there is such a tenant. A single answer
    /// may come from a service that is being restored.
    pub(super) fn is_deleted(&self, tenant: &TenantId) -> bool {
        let since = self.entry(tenant).state.lock().denied_since;
        since.is_some_and(|since| since.elapsed() >= self.timing.deleted_after)
    }

    /// Whether any tenant's settings are in the cache and not too old.
    pub(super) fn has_any(&self) -> bool {
        let tenants = self.tenants.lock();
        tenants
            .values()
            .any(|entry| entry.state.lock().answer(&self.timing).is_ok())
    }

    /// Whether the settings of a tenant are in the cache, so that it is known to exist.
    pub(super) fn knows(&self, tenant: &TenantId) -> bool {
        let tenants = self.tenants.lock();
        let entry = tenants.get(tenant);
        entry.is_some_and(|entry| entry.state.lock().settings.is_some())
    }

    /// For how many tenants the token was lately found to lack a right.
    pub(super) fn denied(&self) -> usize {
        let tenants = self.tenants.lock();
        let is_denied = |entry: &&Arc<Entry>| {
            let denied = entry.state.lock().denied;
            denied.is_some_and(|at| at.elapsed() < DENIED_LATELY)
        };
        tenants.values().filter(is_denied).count()
    }

    /// Whether settings could be fetched. The service answers a request without a tenant with
    /// `INVALID_ARGUMENT` if the token has the right to fetch.
    pub(super) async fn can_fetch(&self) -> Access {
        let Err(status) = self.service.webhook_settings("").await else {
            return Access::Given;
        };
        match status.code() {
            Code::InvalidArgument => Access::Given,
            Code::PermissionDenied | Code::Unauthenticated => {
                tracing::error!(
                    "not ready: adapter.token needs the scope `adapter` in auth.tokens"
                );
                Access::Denied
            }
            code => {
                tracing::warn!(?code, "not ready: the service does not give settings");
                Access::Away
            }
        }
    }

    /// Settings newer than `old`, if they may be fetched now; otherwise the entry as it is.
    pub(super) async fn renew(&self, tenant: &TenantId, old: &Known) -> Result<Known, Missing> {
        let entry = self.entry(tenant);
        let _turn = entry.fetching.lock().await;
        let renewed = {
            let state = entry.state.lock();
            matches!(state.last, Some(Last::Known)) && state.fetched() > Some(old.fetched)
        };
        if !renewed && self.may_fetch_unverified(&entry)? {
            self.fetch(tenant, &entry).await;
        }
        entry.state.lock().answer(&self.timing)
    }

    fn may_fetch(&self, entry: &Entry, requester: Requester) -> Result<bool, Missing> {
        let is_known = entry.state.lock().settings.is_some();
        match requester {
            Requester::Suspect if !is_known => Err(Missing::TooManyFetches(Duration::ZERO)),
            Requester::Unverified if !is_known => self.may_fetch_unverified(entry),
            // These are bounded by the number of tenants.
            _ => Ok(self.take(entry)),
        }
    }

    /// Whether a fetch is within the rates of unverified requests and of the tenant. The former
    /// is checked first, so that tenants that exist and tenants that do not look the same when it
    /// is used up. It is charged only when the fetch takes place.
    fn may_fetch_unverified(&self, entry: &Entry) -> Result<bool, Missing> {
        let rate = Rate::new(UNVERIFIED_BURST, self.timing.strangers_pace);
        let now = Instant::now();
        let mut unverified = self.unverified.lock();
        let left = unverified.look(now, rate);
        left.map_err(Missing::TooManyFetches)?;
        let may = self.take(entry);
        if may {
            // It was just found to have a token.
            let _ = unverified.take(now, rate);
        }
        Ok(may)
    }

    fn take(&self, entry: &Entry) -> bool {
        let rate = Rate::new(BURST, self.timing.settings_pace);
        let mut state = entry.state.lock();
        state.fetches.take(Instant::now(), rate).is_ok()
    }

    async fn fetch(&self, tenant: &TenantId, entry: &Entry) {
        let answer = self.service.webhook_settings(tenant.as_str()).await;
        let mut state = entry.state.lock();
        let was_denied = matches!(state.last, Some(Last::Denied));
        let is_denied = matches!(&answer, Err(status) if status.code() == Code::NotFound);
        if answer.is_ok() {
            state.denied_since = None;
        } else if is_denied && state.denied_since.is_none() {
            state.denied_since = Some(Instant::now());
        }
        state.denied = None;
        state.last = Some(match answer {
            Ok(answer) => {
                let settings = Arc::new(TenantSettings::new(tenant, answer));
                state.settings = Some((settings, Instant::now()));
                Last::Known
            }
            Err(status) => match status.code() {
                Code::NotFound | Code::InvalidArgument => Last::Unknown,
                Code::PermissionDenied => {
                    if !was_denied {
                        self.log_denial(tenant);
                    }
                    state.denied = Some(Instant::now());
                    Last::Denied
                }
                code => {
                    tracing::error!(%tenant, ?code, "webhook settings cannot be fetched");
                    Last::Away
                }
            },
        });
        if matches!(state.last, Some(Last::Unknown)) {
            state.settings = None;
        }
    }

    fn log_denial(&self, tenant: &TenantId) {
        let rate = Rate::new(DENIALS_LOGGED, DENIALS_PACE);
        if self.denials.lock().take(Instant::now(), rate).is_ok() {
            tracing::error!(
                %tenant,
                scope = "adapter",
                "adapter.token may not read the tenant's settings: it needs this scope and this \
                 tenant in auth.tokens"
            );
        }
    }

    fn entry(&self, tenant: &TenantId) -> Arc<Entry> {
        let mut tenants = self.tenants.lock();
        if tenants.len() >= MANY && !tenants.contains_key(tenant) {
            // An entry that somebody holds is being fetched.
            tenants.retain(|_, entry| {
                Arc::strong_count(entry) > 1 || entry.state.lock().settings.is_some()
            });
        }
        Arc::clone(tenants.entry(tenant.clone()).or_default())
    }
}

/// The result of the last fetch.
#[derive(Clone, Copy)]
enum Last {
    Known,
    Unknown,
    Denied,
    Away,
}

#[derive(Default)]
struct Entry {
    state: Mutex<State>,
    /// Held by the one request that fetches.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    settings: Option<(Arc<TenantSettings>, Instant)>,
    last: Option<Last>,
    /// Since when the service says that there is no such tenant.
    denied_since: Option<Instant>,
    /// When the token was found to lack a right, if the last fetch found that.
    denied: Option<Instant>,
    /// Bounds the fetches that junk addressed to the tenant causes.
    fetches: Bucket,
}

impl State {
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
        let missing = match self.last {
            Some(Last::Denied) => Missing::Denied,
            _ => Missing::Away,
        };
        let (settings, fetched) = self.settings.as_ref().ok_or(missing)?;
        if fetched.elapsed() >= timing.settings_kept {
            return Err(missing);
        }
        Ok(Known {
            settings: Arc::clone(settings),
            fresh: fetched.elapsed() < timing.settings_fresh,
            fetched: *fetched,
        })
    }
}
