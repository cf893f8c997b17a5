//! Who called what, and how it ended: entries of the history, only ever added to.
//!
//! What a call changes in an onboarding or a tenant is noted by the store in the same
//! transaction. Here come the calls themselves: those of operators and administrators, those
//! that are refused, and those by which secrets leave. Reads make no entries otherwise.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use super::{ApiError, Caller};
use crate::{
    clock::SharedClock,
    domain::{
        ids::{OnboardingId, TenantId},
        onboarding::Onboarding,
    },
    store::{Actor, HistoryEvent, Lookup, NewHistoryEntry, Store},
};

/// The most entries about refused calls of one caller in a [`SPAN`]: nobody fills the disk
/// by being refused.
const REFUSALS: u32 = 10;
const SPAN: SignedDuration = SignedDuration::from_mins(1);

/// For how long further reads of a tenant's secrets by the same caller make no entry of
/// their own: the adapter reads them again and again.
const READS: SignedDuration = SignedDuration::from_hours(1);

/// The most entries about events of one tenant from which nothing follows, in an hour: a
/// system may tell of everybody who ever applies.
const ACKNOWLEDGED: u32 = 100;

/// The most callers, or callers and tenants, of which is remembered what they have done.
const REMEMBERED: usize = 10_000;

/// Writes entries.
#[derive(Clone)]
pub struct Audit {
    store: Arc<dyn Store>,
    clock: SharedClock,
    refused: Arc<Mutex<Limit>>,
    read: Arc<Mutex<Limit>>,
    acknowledged: Arc<Mutex<Limit>>,
}

/// What a call is about.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The tenant.
    pub tenant: Option<TenantId>,
    /// The onboarding.
    pub onboarding: Option<OnboardingId>,
}

impl About {
    /// A tenant, by what a caller calls it.
    pub fn tenant(id: &str) -> Self {
        Self {
            tenant: TenantId::parse(id).ok(),
            onboarding: None,
        }
    }

    /// An onboarding, by what a caller calls it.
    pub fn onboarding(id: &str) -> Self {
        Self {
            tenant: None,
            onboarding: OnboardingId::parse(id).ok(),
        }
    }
}

impl About {
    /// As it is, or the onboarding that the error names.
    fn or_of<T>(self, result: &Result<T, ApiError>) -> Self {
        let named = match result {
            Err(ApiError::Exists { onboarding, .. }) => OnboardingId::parse(onboarding).ok(),
            _ => None,
        };
        Self {
            onboarding: self.onboarding.or(named),
            ..self
        }
    }
}

/// Logs where a call has left an onboarding: ids and codes, nothing of the person. `did` says
/// what it did.
pub(super) fn left(caller: &str, did: &'static str, after: &Onboarding) {
    tracing::info!(
        onboarding = %after.id,
        tenant = %after.key.tenant,
        did,
        to = after.state.as_str(),
        reason = %after.reason(None),
        by = caller,
        "onboarding told of"
    );
}

impl Audit {
    /// Writes to this store.
    pub fn new(store: Arc<dyn Store>, clock: SharedClock) -> Self {
        Self {
            store,
            clock,
            refused: Arc::default(),
            read: Arc::default(),
            acknowledged: Arc::default(),
        }
    }

    /// Notes how a call ended. `rpc` is its name, `Service/Call`; `did` what to say if it
    /// was carried out, `None` if that is noted elsewhere or is nothing to be noted.
    pub async fn ended<T>(
        &self,
        caller: &Caller,
        rpc: &'static str,
        about: About,
        result: &Result<T, ApiError>,
        did: Option<HistoryEvent>,
    ) {
        let now = self.clock.now();
        let (outcome, did) = match (result, did) {
            (Ok(_), None) => return,
            (Ok(_), Some(did)) => ("OK", did),
            (Err(error), _) => {
                let Some(reason) = refusal(error) else { return };
                let Some(left_out) = locked(&self.refused).admit(&caller.name, now, SPAN, REFUSALS)
                else {
                    return;
                };
                (reason, HistoryEvent::Refused { left_out })
            }
        };
        let about = about.or_of(result);
        self.write(caller, rpc, about, outcome, did, now).await;
    }

    /// The entry for what a caller changes in a tenant, to be stored with the change.
    pub fn change(
        &self,
        caller: &Caller,
        rpc: &'static str,
        tenant: &TenantId,
        did: HistoryEvent,
    ) -> NewHistoryEntry {
        let about = About::tenant(tenant.as_str());
        entry(caller, rpc, about, "OK", did, self.clock.now())
    }

    /// Notes that secrets of a tenant were given out; once an hour for each caller.
    pub async fn secrets_read(&self, caller: &Caller, rpc: &'static str, tenant: &TenantId) {
        let now = self.clock.now();
        let who = format!("{}\n{tenant}", caller.name);
        let Some(left_out) = locked(&self.read).admit(&who, now, READS, 1) else {
            return;
        };
        let did = HistoryEvent::SecretsRead { left_out };
        let about = About::tenant(tenant.as_str());
        self.write(caller, rpc, about, "OK", did, now).await;
    }

    /// Whether one more event of a tenant from which nothing follows may have an entry; with
    /// how many before it had none.
    pub fn has_room(&self, caller: &Caller, tenant: &TenantId) -> Option<u64> {
        let (who, now) = (format!("{}\n{tenant}", caller.name), self.clock.now());
        locked(&self.acknowledged).admit(&who, now, READS, ACKNOWLEDGED)
    }

    async fn write(
        &self,
        caller: &Caller,
        rpc: &'static str,
        about: About,
        outcome: &'static str,
        did: HistoryEvent,
        now: Timestamp,
    ) {
        let About { tenant, onboarding } = about;
        let tenant = match (tenant, onboarding) {
            (None, Some(id)) => {
                let found = self.store.onboarding(Lookup::Id(id)).await;
                found.ok().flatten().map(|found| found.key.tenant)
            }
            (tenant, _) => tenant,
        };
        let about = About { tenant, onboarding };
        let noted = entry(caller, rpc, about, outcome, did, now);
        if let Err(error) = self.store.note(noted).await {
            tracing::error!(%error, rpc, by = %caller.name, outcome, "a call could not be noted");
        }
    }
}

fn entry(
    caller: &Caller,
    rpc: &'static str,
    about: About,
    outcome: &'static str,
    event: HistoryEvent,
    time: Timestamp,
) -> NewHistoryEntry {
    NewHistoryEntry {
        time,
        tenant: about.tenant,
        onboarding: about.onboarding,
        actor: Actor::calling(&caller.name, rpc),
        event,
        outcome,
    }
}

/// Why a call was refused; `None` if it was not, but could not be answered.
fn refusal(error: &ApiError) -> Option<&'static str> {
    match error {
        ApiError::Overloaded
        | ApiError::Unavailable
        | ApiError::LuccaUnavailable
        | ApiError::DeadlineExceeded
        | ApiError::Internal => None,
        error => Some(error.reason()),
    }
}

fn locked(limit: &Mutex<Limit>) -> std::sync::MutexGuard<'_, Limit> {
    limit.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How much each of many has had in its present span.
#[derive(Default)]
struct Limit(HashMap<String, Share>);

struct Share {
    since: Timestamp,
    had: u32,
    left_out: u64,
}

impl Limit {
    /// Whether one more is within `most` of a span; with how many were left out before.
    fn admit(&mut self, who: &str, now: Timestamp, span: SignedDuration, most: u32) -> Option<u64> {
        if self.0.len() >= REMEMBERED && !self.0.contains_key(who) {
            self.0
                .retain(|_, share| now.duration_since(share.since) < span);
            if self.0.len() >= REMEMBERED {
                return None;
            }
        }
        let share = self.0.entry(who.to_owned()).or_insert(Share {
            since: now,
            had: 0,
            left_out: 0,
        });
        let age = now.duration_since(share.since);
        if age >= span || age.is_negative() {
            share.since = now;
            share.had = 0;
        }
        if share.had >= most {
            share.left_out += 1;
            return None;
        }
        share.had += 1;
        Some(std::mem::take(&mut share.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_refusal_that_names_an_onboarding_is_about_it() {
        let id = OnboardingId::new(uuid::Uuid::from_u128(7));
        let exists = |onboarding: String| {
            let error = ApiError::Exists {
                onboarding,
                user: None,
                fields: vec![],
            };
            About::tenant("acme").or_of::<()>(&Err(error))
        };
        let about = exists(id.to_string());
        assert_eq!(about.onboarding, Some(id));
        assert_eq!(about.tenant, TenantId::parse("acme").ok());
        assert_eq!(exists(String::new()).onboarding, None);
        let other = Err(ApiError::Internal);
        assert_eq!(About::tenant("acme").or_of::<()>(&other).onboarding, None);
    }

    #[test]
    fn a_caller_has_its_share_and_what_is_left_out_is_counted() {
        let mut limit = Limit::default();
        let mut admit = |who: &str, second| limit.admit(who, at(second), SPAN, 2);
        assert_eq!(admit("one", 0), Some(0));
        assert_eq!(admit("one", 1), Some(0));
        assert_eq!(admit("one", 2), None);
        assert_eq!(admit("other", 2), Some(0));
        assert_eq!(admit("one", 59), None);
        assert_eq!(admit("one", 60), Some(2));
        assert_eq!(admit("one", 61), Some(0));
        // A clock that was set back locks nobody out.
        assert_eq!(admit("one", -3600), Some(0));
    }

    #[test]
    fn what_is_remembered_of_callers_is_bounded() {
        let mut limit = Limit::default();
        for number in 0..REMEMBERED {
            assert_eq!(limit.admit(&number.to_string(), at(0), SPAN, 1), Some(0));
        }
        assert_eq!(limit.admit("one more", at(1), SPAN, 1), None);
        assert_eq!(limit.admit("one more", at(61), SPAN, 1), Some(0));
        assert_eq!(limit.0.len(), 1);
    }
}
