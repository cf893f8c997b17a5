//! What the services share: the store, the history, and how an onboarding is shown.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::{
    ApiError,
    audit::{Audit, log_outcome},
    call::Call,
};
use crate::{
    clock::SharedClock,
    config::Scope,
    directory::DirectoryCache,
    domain::{
        dates::{CivilDate, today},
        ids::{OnboardingId, TenantId},
        lucca_id::LuccaId,
        onboarding::{
            Onboarding, State, Timing,
            decision::{Decision, Refusal},
            later,
        },
        tenant::{DEFAULT_TIME_ZONE, Tenant},
    },
    lucca::Gate,
    pb::{
        Fault, Faults,
        collaborator::Source,
        onboarding::{Turn, onboarding},
        v1,
    },
    store::{Filter, Lookup, Order, SourceKey, Store, StoreError, Subject},
};

/// The scopes that see the person of a hire.
pub(super) const READERS: [Scope; 2] = [Scope::Caller, Scope::Operator];

/// Onboardings read at once.
const PAGE: usize = 500;

/// What the services share.
#[derive(Clone)]
pub struct Shared {
    store: Arc<dyn Store>,
    gate: Arc<Gate>,
    directories: Arc<DirectoryCache>,
    clock: SharedClock,
    audit: Audit,
    timing: Arc<Timing>,
    stop: CancellationToken,
}

impl Shared {
    /// With what it needs. Calls that only wait are answered at `stop`.
    pub fn new(
        store: Arc<dyn Store>,
        gate: Arc<Gate>,
        directories: Arc<DirectoryCache>,
        clock: SharedClock,
        timing: Arc<Timing>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            audit: Audit::new(Arc::clone(&store), Arc::clone(&clock)),
            store,
            gate,
            directories,
            clock,
            timing,
            stop,
        }
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The directories of all accounts.
    pub fn directories(&self) -> &Arc<DirectoryCache> {
        &self.directories
    }

    /// The history of calls.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// A new id.
    pub fn new_id(&self) -> uuid::Uuid {
        self.clock.new_id()
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The tenant with this id.
    ///
    /// # Errors
    /// There is none.
    pub async fn tenant(&self, id: &TenantId) -> Result<Tenant, ApiError> {
        let tenant = self.store.tenant(id).await?;
        tenant.ok_or_else(|| ApiError::TenantNotFound(id.to_string()))
    }

    /// The tenant with this id, if the caller may act for it.
    ///
    /// # Errors
    /// The caller may not, or there is none.
    pub async fn tenant_for(&self, call: &Call, id: &TenantId) -> Result<Tenant, ApiError> {
        call.caller.may(Some(id))?;
        self.tenant(id).await
    }

    /// An onboarding as the caller may see it, in the caller's language. The tenant is read if
    /// it is not given.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn show(
        &self,
        call: &Call,
        of: &Onboarding,
        tenant: Option<&Tenant>,
    ) -> Result<v1::Onboarding, ApiError> {
        let read;
        let tenant = match tenant {
            Some(tenant) => Some(tenant),
            None => {
                read = self.tenant_if_readable(of).await?;
                read.as_ref()
            }
        };
        let turn = self.turn(call, of, tenant).await?;
        let shared = self.shares_employee(of).await?;
        let shown = onboarding(of, turn, shared, self.day(tenant), call.language);
        let readable = call.caller.has(&READERS).is_ok();
        Ok(if readable {
            shown
        } else {
            without_person(shown)
        })
    }

    /// Whether a withdrawn hire has an employee whom another hire of the tenant wants.
    async fn shares_employee(&self, of: &Onboarding) -> Result<bool, ApiError> {
        match of.lucca_user() {
            Some(user) if !of.wants_employee() => self.is_wanted_elsewhere(of, user.id).await,
            _ => Ok(false),
        }
    }

    /// Whether another hire of the tenant wants this employee.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn is_wanted_elsewhere(
        &self,
        of: &Onboarding,
        user: LuccaId,
    ) -> Result<bool, ApiError> {
        let same = self.store.with_employee(&of.key, user).await?;
        let wanted = |it: &Onboarding| it.id != of.id && it.wants_employee();
        Ok(same.iter().any(wanted))
    }

    /// The day in the time zone of an onboarding's tenant.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn today(&self, of: &Onboarding) -> Result<CivilDate, ApiError> {
        Ok(self.day(self.tenant_if_readable(of).await?.as_ref()))
    }

    /// The tenant of an onboarding, unless it is in quarantine: its hires are shown all the same.
    async fn tenant_if_readable(&self, of: &Onboarding) -> Result<Option<Tenant>, ApiError> {
        let tenant = self.store.tenant(&of.key.tenant).await;
        Ok(StoreError::if_readable(tenant)?)
    }

    /// The day in the time zone of a tenant.
    pub fn day(&self, tenant: Option<&Tenant>) -> CivilDate {
        let zone = tenant.map_or(DEFAULT_TIME_ZONE, |tenant| tenant.time_zone.as_str());
        today(self.clock.now(), zone)
    }

    /// An onboarding's place in its account's queue, and when the employee should exist at the
    /// latest with the current budget.
    async fn turn(
        &self,
        call: &Call,
        of: &Onboarding,
        tenant: Option<&Tenant>,
    ) -> Result<Turn, ApiError> {
        let now = self.clock.now();
        // The most a creation needs once it is its turn.
        let one_call = self.timing.request_timeout;
        match (of.state(), tenant) {
            (State::Creating, _) => Ok(Turn {
                before: 0,
                expected: Some(later(now, one_call)),
            }),
            (State::Accepted, Some(tenant)) => {
                // A caller of some tenants is not told how many hires of others wait.
                let only = call.caller.tenants().map(|_| &tenant.id);
                let (position, left) = tokio::try_join!(
                    self.store.queue_position(of.id, only),
                    self.gate.left(tenant)
                )?;
                let (before, rules) = (position.before, self.gate.rules());
                let limit = self.gate.limit(tenant).max(1);
                let beyond = (before + 1).saturating_sub(left);
                let wait = rules.window.saturating_mul(beyond.div_ceil(limit));
                let start = of.due().map_or(now, |due| due.max(now));
                Ok(Turn {
                    before,
                    expected: Some(later(later(start, wait), one_call)),
                })
            }
            // The last look, and then the call again.
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
    /// when the wait ends or the service stops.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn settled(
        &self,
        mut onboarding: Onboarding,
        wait: Duration,
    ) -> Result<Onboarding, ApiError> {
        // Listening begins before reading, so that no change is missed.
        let mut changes = self.store.changes();
        let end = tokio::time::Instant::now() + wait;
        loop {
            if let Some(now) = self.store.onboarding(Lookup::Id(onboarding.id)).await? {
                onboarding = now;
            }
            if !onboarding.state().is_active() {
                return Ok(onboarding);
            }
            let has_more = tokio::select! {
                () = self.stop.cancelled() => false,
                () = tokio::time::sleep_until(end) => false,
                has_more = changed(&mut changes, onboarding.id) => has_more,
            };
            if !has_more {
                return Ok(onboarding);
            }
        }
    }

    /// An onboarding, if the caller may act for its tenant, or for this one if there is none.
    ///
    /// # Errors
    /// The caller may not, or it is in quarantine.
    pub async fn onboarding(
        &self,
        call: &Call,
        lookup: Lookup,
        tenant: Option<&TenantId>,
    ) -> Result<Option<Onboarding>, ApiError> {
        let found = self.store.onboarding(lookup).await;
        let of = match &found {
            Ok(found) => found.as_ref().map(|it| it.key.tenant.clone()),
            Err(StoreError::Quarantined(record)) => record.tenant_id(),
            Err(_) => None,
        };
        call.caller.may(of.as_ref().or(tenant))?;
        Ok(found?)
    }

    /// Reads every onboarding that passes the filter, page by page.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn for_each(
        &self,
        filter: Filter,
        mut each: impl FnMut(&Onboarding),
    ) -> Result<(), ApiError> {
        let mut after = None;
        loop {
            let page = self.store.list(filter.clone(), Order::Urgency, after, PAGE);
            let page = page.await?;
            page.onboardings.iter().for_each(&mut each);
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Carries out a decision about an onboarding. `did` says in the log what the call did.
    ///
    /// # Errors
    /// The onboarding's state does not allow it.
    pub async fn decide(
        &self,
        call: &Call,
        id: OnboardingId,
        decision: Decision,
        did: &'static str,
    ) -> Result<Onboarding, ApiError> {
        let (actor, now) = (&call.caller.name, self.now());
        let decision = self.foreseeing(id, decision).await?;
        match self.store.decide(id, actor, decision, now).await? {
            Some(Ok(onboarding)) => {
                log_outcome(actor, did, &onboarding);
                Ok(*onboarding)
            }
            Some(Err(refusal)) => Err(refused(refusal, id)),
            None => Err(ApiError::OnboardingNotFound(id.to_string())),
        }
    }
}

/// Waits until an onboarding may have changed; `false` once the channel is closed.
pub(super) async fn changed(changes: &mut Receiver<OnboardingId>, id: OnboardingId) -> bool {
    loop {
        match changes.recv().await {
            Ok(other) if other != id => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}

/// The key of the hire with this source.
pub(super) fn source_key(tenant: &Tenant, source: Source) -> SourceKey {
    SourceKey {
        tenant: tenant.id.clone(),
        system: source.system,
        external_id: source.external_id,
    }
}

/// The hire of a statement with this source.
pub(super) fn subject(tenant: &Tenant, mut source: Source, now: Timestamp) -> Subject {
    Subject {
        is_untimed: source.leave_out_future(now),
        person: source.person.take(),
        event_time: source.event_time,
        account: tenant.account.clone(),
        key: source_key(tenant, source),
    }
}

fn refused(refusal: Refusal, id: OnboardingId) -> ApiError {
    match refusal {
        Refusal::NotWaiting => ApiError::NotWaiting(id.to_string()),
        Refusal::Ended => ApiError::Ended(id.to_string()),
        Refusal::NothingToLink => ApiError::NothingToLink(id.to_string()),
        Refusal::NotLinked => ApiError::NotLinked(id.to_string()),
        Refusal::Unconfirmed { fields, held } => ApiError::LinkUnconfirmed {
            onboarding: id.to_string(),
            fields,
            held,
        },
        Refusal::NothingToOverride => ApiError::NothingToOverride(id.to_string()),
        Refusal::LoginTaken => ApiError::LoginTaken(id.to_string()),
        Refusal::LoginReserved => ApiError::LoginReserved(id.to_string()),
        Refusal::OpenAttempts(numbers) => {
            unacknowledged("create_anyway.acknowledged_attempts", &numbers)
        }
    }
}

/// The refusal if attempts of unknown outcome are not named in this field.
pub(super) fn unacknowledged(path: &str, numbers: &[u32]) -> ApiError {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    let fault = Fault::MissingAttempts {
        numbers: numbers.join(", "),
    };
    Faults::one(path, fault).into()
}

/// An onboarding as an adapter sees it. An adapter only hands in hires: a stolen adapter token must
/// not reveal a person, nor whether a guess at what is stored was right.
fn without_person(onboarding: v1::Onboarding) -> v1::Onboarding {
    let source = onboarding.source.map(|source| v1::Source {
        system: source.system,
        external_id: source.external_id,
        ..v1::Source::default()
    });
    v1::Onboarding {
        id: onboarding.id,
        tenant: onboarding.tenant,
        source,
        episode: onboarding.episode,
        state: onboarding.state,
        cancel_requested: onboarding.cancel_requested,
        create_time: onboarding.create_time,
        ..v1::Onboarding::default()
    }
}
