//! The history of calls: who called what, and how it ended. Entries are only ever added.
//!
//! A change of an onboarding or a tenant is stored together with its entry. This module adds the
//! entries for the calls themselves, as the table of RPCs says.

use std::{collections::HashMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::{ApiError, call::Call, rpc::History};
use crate::{
    clock::SharedClock,
    domain::{
        ids::{OnboardingId, TenantId},
        onboarding::Onboarding,
    },
    store::{HistoryEvent, NewHistoryEntry, Store},
};

/// The most entries for refused calls of one caller in a [`SPAN`], so that refused calls cannot
/// fill the disk.
const REFUSALS: u32 = 10;
const SPAN: SignedDuration = SignedDuration::from_mins(1);

/// After an entry for a read of a tenant's secrets, further reads by the same caller get no
/// entry for this long: the adapter reads them often.
const READS: SignedDuration = SignedDuration::from_hours(1);

/// The most entries an hour for events of one tenant that have no consequence: a system may
/// report every applicant.
const ACKNOWLEDGED: u32 = 100;

/// The most callers, or pairs of caller and tenant, that a limit remembers.
const REMEMBERED: usize = 10_000;

/// Writes entries.
#[derive(Clone)]
pub struct Audit {
    store: Arc<dyn Store>,
    clock: SharedClock,
    limits: Arc<Mutex<Limits>>,
}

/// The limits of entries that callers could add without end.
#[derive(Default)]
struct Limits {
    refused: Limit,
    read: Limit,
    acknowledged: Limit,
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
    /// The tenant with this id, if it is one.
    pub fn tenant(id: &str) -> Self {
        Self {
            tenant: TenantId::parse(id).ok(),
            onboarding: None,
        }
    }

    /// The onboarding with this id, if it is one.
    pub fn onboarding(id: &str) -> Self {
        Self {
            tenant: None,
            onboarding: OnboardingId::parse(id).ok(),
        }
    }

    /// The same, with the onboarding that the error names if none is known.
    fn or_named_by(self, error: Option<&ApiError>) -> Self {
        let named = match error {
            Some(ApiError::EmployeeExists { onboarding, .. }) => {
                OnboardingId::parse(onboarding).ok()
            }
            _ => None,
        };
        Self {
            onboarding: self.onboarding.or(named),
            ..self
        }
    }
}

/// Logs how a call left an onboarding: ids and codes, nothing of the person. `did` says what
/// the call did.
pub(super) fn log_outcome(caller: &str, did: &'static str, after: &Onboarding) {
    tracing::info!(
        onboarding = %after.id,
        tenant = %after.key.tenant,
        did,
        to = after.state().as_str(),
        reason = %after.reason(None),
        by = caller,
        "onboarding after a call"
    );
}

impl Audit {
    /// Writes to this store.
    pub fn new(store: Arc<dyn Store>, clock: SharedClock) -> Self {
        Self {
            store,
            clock,
            limits: Arc::default(),
        }
    }

    /// Adds an entry for a call that has ended, if its RPC has entries.
    pub async fn ended(&self, call: &Call, about: About, error: Option<&ApiError>) {
        let (outcome, did) = match (call.rpc.history, error) {
            (History::Nothing, _) => return,
            (_, Some(error)) => {
                let Some(reason) = refusal(error) else { return };
                let (who, now) = (&call.caller.name, self.clock.now());
                let admitted = self.limits.lock().refused.admit(who, now, SPAN, REFUSALS);
                let Some(left_out) = admitted else { return };
                (reason, HistoryEvent::Refused { left_out })
            }
            (history, None) => match (history, call.done()) {
                (_, Some(did)) => ("OK", did),
                (History::Calls, None) => ("OK", HistoryEvent::Called),
                _ => return,
            },
        };
        self.write(call, about.or_named_by(error), outcome, did)
            .await;
    }

    /// The entry for what a call changes, to be stored together with the change.
    pub fn change(&self, call: &Call, about: About, did: HistoryEvent) -> NewHistoryEntry {
        self.entry(call, about, "OK", did)
    }

    /// Adds an entry for a read of a tenant's secrets; once an hour for each caller.
    pub async fn secrets_read(&self, call: &Call, tenant: &TenantId) {
        let (who, now) = (pair(call, tenant), self.clock.now());
        let admitted = self.limits.lock().read.admit(&who, now, READS, 1);
        let Some(left_out) = admitted else { return };
        let did = HistoryEvent::SecretsRead { left_out };
        let about = About::tenant(tenant.as_str());
        self.write(call, about, "OK", did).await;
    }

    /// Whether an event without consequence may have an entry; with the number of events since the
    /// last entry that had none.
    pub fn has_room(&self, call: &Call, tenant: &TenantId) -> Option<u64> {
        let (who, now) = (pair(call, tenant), self.clock.now());
        let limit = &mut self.limits.lock().acknowledged;
        limit.admit(&who, now, READS, ACKNOWLEDGED)
    }

    async fn write(&self, call: &Call, mut about: About, outcome: &'static str, did: HistoryEvent) {
        if let (None, Some(id)) = (&about.tenant, about.onboarding) {
            about.tenant = self.store.tenant_of(id).await.ok().flatten();
        }
        let (rpc, by) = (call.rpc.name, &call.caller.name);
        let entry = self.entry(call, about, outcome, did);
        if let Err(error) = self.store.note(entry).await {
            tracing::error!(%error, rpc, %by, outcome, "a call has no entry in the history");
        }
    }

    fn entry(
        &self,
        call: &Call,
        about: About,
        outcome: &'static str,
        did: HistoryEvent,
    ) -> NewHistoryEntry {
        NewHistoryEntry {
            time: self.clock.now(),
            tenant: about.tenant,
            onboarding: about.onboarding,
            actor: call.actor(),
            event: did,
            outcome,
        }
    }
}

/// A caller and a tenant, as limits remember them.
fn pair(call: &Call, tenant: &TenantId) -> String {
    format!("{}\n{tenant}", call.caller.name)
}

/// Why a call was refused; `None` if it failed for another reason.
fn refusal(error: &ApiError) -> Option<&'static str> {
    match error {
        ApiError::Overloaded
        | ApiError::StoreUnavailable
        | ApiError::LuccaUnavailable
        | ApiError::DeadlineExceeded
        | ApiError::Internal => None,
        error => Some(error.reason()),
    }
}

/// The number of entries in the current span, by caller or by caller and tenant.
#[derive(Default)]
struct Limit(HashMap<String, Share>);

#[derive(Default)]
struct Share {
    since: Timestamp,
    had: u32,
    left_out: u64,
}

impl Limit {
    /// Whether one more entry is within `most` of a span; with the number left out before it.
    fn admit(&mut self, who: &str, now: Timestamp, span: SignedDuration, most: u32) -> Option<u64> {
        if self.0.len() >= REMEMBERED && !self.0.contains_key(who) {
            self.0
                .retain(|_, share| now.duration_since(share.since) < span);
            if self.0.len() >= REMEMBERED {
                return None;
            }
        }
        let share = self.0.entry(who.to_owned()).or_default();
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
            let error = ApiError::EmployeeExists {
                onboarding,
                user: None,
                fields: vec![],
            };
            About::tenant("acme").or_named_by(Some(&error))
        };
        let about = exists(id.to_string());
        assert_eq!(about.onboarding, Some(id));
        assert_eq!(about.tenant, TenantId::parse("acme").ok());
        assert_eq!(exists(String::new()).onboarding, None);
        let other = Some(&ApiError::Internal);
        assert_eq!(About::tenant("acme").or_named_by(other).onboarding, None);
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
