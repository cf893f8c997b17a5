//! The tenants' webhook settings, asked for rarely and kept for when the service is away.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tonic::Code;

use super::{
    bucket::{Bucket, Rate},
    service::Service,
    tenant_settings::TenantSettings,
    timing::Timing,
};
use crate::domain::ids::TenantId;

/// Tenants remembered before those that do not exist are forgotten.
const MANY: usize = 10_000;
/// Questions about one tenant that may follow each other at once.
const BURST: u32 = 5;
/// The same for all questions that strangers bring about.
const STRANGERS_BURST: u32 = 200;

/// Why a tenant's settings are not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// There is no such tenant, as far as we may know.
    Unknown,
    /// The service cannot be asked, and what we knew is too old.
    Away,
    /// The service has been asked too much for strangers; it may be again after this time.
    TooManyQuestions(Duration),
}

/// On whose behalf settings are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// An event that was authentic when it came.
    Event,
    /// A request that may be anybody's.
    Stranger,
    /// A request from where too many have failed: for it the service is not asked about a
    /// tenant nobody has proven to be.
    Suspect,
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
    tenants: Arc<Mutex<HashMap<TenantId, Arc<Entry>>>>,
    /// What strangers may bring about: names that nobody has cost a question each.
    strangers: Arc<Mutex<Bucket>>,
}

impl SettingsCache {
    pub(super) fn new(service: Service, timing: Timing) -> Self {
        Self {
            service,
            timing,
            tenants: Arc::default(),
            strangers: Arc::default(),
        }
    }

    /// The settings, asked for if they are not recent.
    pub(super) async fn get(&self, tenant: &TenantId, asker: Asker) -> Result<Known, Missing> {
        let entry = self.entry(tenant);
        let is_fresh = || lock(&entry.state).is_fresh(self.timing.settings_fresh);
        // Those who need not ask need not wait for those who do.
        if !is_fresh() {
            // Held while asking, so that many webhooks at once ask once.
            let _turn = entry.turn.lock().await;
            if !is_fresh() && self.may_ask(&entry, asker)? {
                self.ask(tenant, &entry).await;
            }
        }
        lock(&entry.state).answer(&self.timing)
    }

    /// Whether the settings of any tenant are known and count still.
    pub(super) fn knows_any(&self) -> bool {
        let tenants = lock(&self.tenants);
        tenants
            .values()
            .any(|entry| lock(&entry.state).answer(&self.timing).is_ok())
    }

    /// Whether the service would answer a question: asked about no tenant, it refuses the
    /// question itself only to a token that may ask.
    pub(super) async fn can_ask(&self) -> bool {
        match self.service.webhook_settings("").await {
            Ok(_) => true,
            Err(status) if status.code() == Code::InvalidArgument => true,
            Err(status) => {
                let code = status.code();
                tracing::warn!(?code, "not ready: the service does not give settings");
                false
            }
        }
    }

    /// Settings newer than `old`, if they may be asked for now; otherwise what is known.
    pub(super) async fn renew(&self, tenant: &TenantId, old: &Known) -> Result<Known, Missing> {
        let entry = self.entry(tenant);
        let _turn = entry.turn.lock().await;
        let renewed = {
            let state = lock(&entry.state);
            matches!(state.last, Some(Last::Known)) && state.fetched() > Some(old.fetched)
        };
        if !renewed && self.stranger_may_ask(&entry)? {
            self.ask(tenant, &entry).await;
        }
        lock(&entry.state).answer(&self.timing)
    }

    fn may_ask(&self, entry: &Entry, asker: Asker) -> Result<bool, Missing> {
        let is_known = lock(&entry.state).settings.is_some();
        match asker {
            Asker::Suspect if !is_known => Err(Missing::TooManyQuestions(Duration::ZERO)),
            Asker::Stranger if !is_known => self.stranger_may_ask(entry),
            // There are no more of these than there are tenants.
            _ => Ok(self.take(entry)),
        }
    }

    /// Whether a question is within the allowances of strangers and of the tenant. The former
    /// comes first, so that a tenant that exists and one that does not look the same when it
    /// is used up; and a question not asked is not counted.
    fn stranger_may_ask(&self, entry: &Entry) -> Result<bool, Missing> {
        let rate = Rate::new(STRANGERS_BURST, self.timing.strangers_pace);
        let now = Instant::now();
        let mut strangers = lock(&self.strangers);
        let left = strangers.look(now, rate);
        left.map_err(Missing::TooManyQuestions)?;
        let may = self.take(entry);
        if may {
            // It has just been looked at.
            let _ = strangers.take(now, rate);
        }
        Ok(may)
    }

    fn take(&self, entry: &Entry) -> bool {
        let rate = Rate::new(BURST, self.timing.settings_pace);
        let mut state = lock(&entry.state);
        state.questions.take(Instant::now(), rate).is_ok()
    }

    async fn ask(&self, tenant: &TenantId, entry: &Entry) {
        let answer = self.service.webhook_settings(tenant.as_str()).await;
        let mut state = lock(&entry.state);
        let had_settings = state.settings.is_some();
        state.last = Some(match answer {
            Ok(answer) => {
                let settings = Arc::new(TenantSettings::new(tenant, answer));
                state.settings = Some((settings, Instant::now()));
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
        if matches!(state.last, Some(Last::Unknown)) {
            state.settings = None;
        }
    }

    fn entry(&self, tenant: &TenantId) -> Arc<Entry> {
        let mut tenants = lock(&self.tenants);
        if tenants.len() >= MANY && !tenants.contains_key(tenant) {
            // One that somebody holds is being asked about.
            tenants.retain(|_, entry| {
                Arc::strong_count(entry) > 1 || lock(&entry.state).settings.is_some()
            });
        }
        Arc::clone(tenants.entry(tenant.clone()).or_default())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    state: Mutex<State>,
    /// Whose turn it is to ask.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    settings: Option<(Arc<TenantSettings>, Instant)>,
    last: Option<Last>,
    /// So that junk addressed to a tenant does not become calls to the service.
    questions: Bucket,
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
