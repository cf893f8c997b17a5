//! The rate limiter: every call to Lucca needs a permit.
//!
//! Tenants of one account share its budget. A tenant takes part only once the account has
//! accepted its own key. Until then its calls come from a small budget of their own, one at a time,
//! and never wait: anybody can name any address, but only Lucca gives out keys.

mod account;
mod fair_queue;
mod permit;
mod recovery;
mod standing;

use std::{collections::HashMap, sync::Arc, time::Duration};

pub use permit::CallPermit;
pub(super) use recovery::Heard;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::{sync::OwnedMutexGuard, time::Instant};

use super::{Access, ReadError};
use crate::{
    clock::SharedClock,
    domain::{cause::CallKind, ids::Account, tenant::Tenant},
    store::{self, Store, StoreError},
};
use account::{AccountState, KeyState, Place};
use recovery::Recoveries;
use standing::Standing;

/// The shortest pause between two questions to the store.
const SHORTEST_WAIT: Duration = Duration::from_millis(5);

/// The longest pause of a call that is not next before it looks at the queue again.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How soon a call that could not wait for its turn is tried again.
const NEXT_TRY: Duration = Duration::from_millis(50);

/// The longest time that a call with a key that the account has not accepted waits.
const LONGEST_TRIAL_WAIT: Duration = Duration::from_secs(5);

/// How long the number of an account's tenants is cached.
const COUNT_AGE: Duration = Duration::from_secs(60);

/// What a call is for, in the order of its right of way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// The outcome of an open attempt is verified.
    Verification,
    /// A person waits for the answer.
    Interactive,
    /// Nobody waits.
    Background,
}

/// The rate limit of an account.
#[derive(Clone, Copy, Debug)]
pub struct GateRules {
    /// Calls in any window.
    pub limit: u32,
    /// The window.
    pub window: Duration,
    /// The longest duration of a call.
    pub longest: Duration,
}

/// Gives out permits.
pub struct Gate {
    store: Arc<dyn Store>,
    clock: SharedClock,
    rules: GateRules,
    accounts: Mutex<HashMap<Account, Arc<AccountState>>>,
    recoveries: Recoveries,
}

impl Gate {
    /// A gate with these rules.
    pub fn new(store: Arc<dyn Store>, clock: SharedClock, rules: GateRules) -> Self {
        Self {
            store,
            clock,
            rules,
            accounts: Mutex::default(),
            recoveries: Recoveries::default(),
        }
    }

    fn account(&self, account: &Account) -> Arc<AccountState> {
        Arc::clone(self.accounts.lock().entry(account.clone()).or_default())
    }

    /// The service's rate limit.
    pub fn rules(&self) -> GateRules {
        self.rules
    }

    /// The calls that an account may make in any window.
    pub fn limit(&self, tenant: &Tenant) -> u32 {
        tenant.requests_per_window.unwrap_or(self.rules.limit)
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// [`ReadError::KeyRefused`] if Lucca has just refused the key, [`ReadError::NoBudget`] if the
    /// account has not accepted it and it may not be tried yet, [`ReadError::Store`].
    pub async fn permit(&self, access: Access<'_>) -> Result<CallPermit, ReadError> {
        self.permit_within(access, None).await
    }

    /// The same, but waits no longer than this. [`ReadError::NoBudget`] says when to come back.
    ///
    /// # Errors
    /// Those of [`Self::permit`], and [`ReadError::NoBudget`].
    pub async fn permit_within(
        &self,
        access: Access<'_>,
        patience: Option<Duration>,
    ) -> Result<CallPermit, ReadError> {
        let account = self.account(&access.tenant.account);
        let key = account.key(access);
        let takes_part = |standing: &Standing| {
            let is_accepted = !access.is_trial && standing.is_accepted();
            is_accepted || access.priority == Priority::Verification
        };
        if takes_part(&self.standing(access, &key).await?) {
            return self.wait(access, &account, patience).await;
        }
        // Further calls of the key wait: if this one is accepted, they are ordinary calls.
        let turn = Arc::clone(&key.trial).lock_owned().await;
        let standing = self.standing(access, &key).await?;
        if takes_part(&standing) {
            drop(turn);
            return self.wait(access, &account, patience).await;
        }
        if let Some(pause) = standing.pause(self.clock.since_boot()) {
            return Err(match access.is_trial {
                true => ReadError::NoBudget(pause),
                false => ReadError::KeyRefused(401),
            });
        }
        self.trial(access.tenant, &account, turn).await
    }

    /// What the key has met, read from the store once.
    async fn standing(&self, access: Access<'_>, key: &KeyState) -> Result<Standing, StoreError> {
        let version = access.tenant.api_key.version;
        let known = key.standing.lock().clone();
        if let Some(known) = known.filter(|it| it.version == version || access.is_trial) {
            return Ok(known);
        }
        let (account, tenant) = (&access.tenant.account, &access.tenant.id);
        let accepted =
            !access.is_trial && self.store.key_accepted(account, tenant, version).await?;
        let standing = Standing::new(version, accepted);
        Ok(key.standing.lock().insert(standing).clone())
    }

    /// Takes in an answer to a call with the tenant's key.
    pub(super) async fn answered(&self, access: Access<'_>, status: u16) {
        let Tenant { account, id, .. } = access.tenant;
        let version = access.tenant.api_key.version;
        let known = self.account(account);
        let key = known.key(access);
        let is_first = match &mut *key.standing.lock() {
            Some(standing) if standing.version == version || access.is_trial => {
                standing.answered(status, self.clock.since_boot())
            }
            _ => false,
        };
        if !is_first || access.is_trial {
            return;
        }
        *known.tenants.lock() = None;
        let stored = self.store.accept_key(account, id, version, self.now());
        if let Err(error) = stored.await {
            tracing::warn!(%error, tenant = %id, "that Lucca accepts a key could not be stored; it is tried again after a restart");
        }
    }

    /// A permit for a key that the account has not accepted: from the budget that all such keys
    /// share, and only while the account has calls to spare. It waits outside the queue, and not
    /// long.
    async fn trial(
        &self,
        tenant: &Tenant,
        account: &AccountState,
        turn: OwnedMutexGuard<()>,
    ) -> Result<CallPermit, ReadError> {
        let mut limit = self.rules.limit;
        let (shared, trials) = (tenant.account.of_unproven_keys(), (limit / 10).max(2));
        if self.tenants(tenant, account).await? > 0 {
            limit -= reserve(limit);
        }
        loop {
            let span = match self.ask(&shared, trials).await? {
                Err(span) => span,
                Ok(mut permit) => match self.ask(&tenant.account, limit).await? {
                    Ok(of_account) => {
                        permit.ids.extend(of_account.ids);
                        permit.trial = Some(turn);
                        return Ok(permit);
                    }
                    Err(span) => {
                        permit.give_back().await;
                        span
                    }
                },
            };
            if span > LONGEST_TRIAL_WAIT {
                return Err(ReadError::NoBudget(span));
            }
            tokio::time::sleep(span.max(SHORTEST_WAIT)).await;
        }
    }

    /// Waits in the account's queue.
    async fn wait(
        &self,
        access: Access<'_>,
        account: &AccountState,
        patience: Option<Duration>,
    ) -> Result<CallPermit, ReadError> {
        let deadline = patience.map(|patience| Instant::now() + patience);
        let Tenant {
            id, account: name, ..
        } = access.tenant;
        let limit = self.limit(access.tenant);
        let tenants = self.tenants(access.tenant, account).await?;
        let share = (tenants > 1).then(|| limit.div_ceil(tenants) as usize);
        let ticket = account.queue.lock().enter(id, access.priority, share);
        let place = Place { account, ticket };
        account.changed.notify_waiters();
        loop {
            let changed = account.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let mut span = LONGEST_PAUSE;
            let window = self.clock.since_boot().saturating_sub(self.rules.window);
            if place.is_next(window) {
                // Who has had a share leaves the last few calls to the others, so that a lone hire
                // of a quiet tenant need not wait until a window has passed.
                let is_last = access.priority != Priority::Verification
                    && account.queue.lock().has_had_its_share(id, window);
                let kept = if is_last { reserve(limit) } else { 0 };
                match self.ask(name, limit - kept).await? {
                    Ok(permit) => {
                        let now = self.clock.since_boot();
                        account.queue.lock().granted(ticket, now);
                        return Ok(permit);
                    }
                    Err(free) => span = free.max(SHORTEST_WAIT),
                }
            }
            match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => return Err(ReadError::NoBudget(NEXT_TRY)),
                // Whoever comes back a little early is in the queue when the call is free.
                Some(left) if span > LONGEST_PAUSE && span > left => {
                    return Err(ReadError::NoBudget(span - left / 2));
                }
                Some(left) => span = span.min(left),
                None => {}
            }
            tokio::select! {
                () = tokio::time::sleep(span) => {}
                () = changed => {}
            }
        }
    }

    /// How many tenants share the tenant's account: those whose key it has accepted.
    async fn tenants(&self, tenant: &Tenant, account: &AccountState) -> Result<u32, StoreError> {
        let now = self.clock.since_boot();
        let counted = *account.tenants.lock();
        if let Some((at, tenants)) = counted
            && now < at + COUNT_AGE
        {
            return Ok(tenants);
        }
        let tenants = self.store.accepted_tenants(&tenant.account).await?;
        *account.tenants.lock() = Some((now, tenants));
        Ok(tenants)
    }

    /// Asks the store for a permit, or how long to wait for one.
    async fn ask(
        &self,
        account: &Account,
        limit: u32,
    ) -> Result<Result<CallPermit, Duration>, StoreError> {
        let (window, longest) = (self.rules.window, self.rules.longest);
        let since = self.clock.since_boot();
        let answer = self.store.take_permit(account, limit, window, longest);
        Ok(match answer.await? {
            store::Permit::Granted(id) => Ok(CallPermit {
                ids: vec![id],
                store: Arc::clone(&self.store),
                clock: Arc::clone(&self.clock),
                since,
                longest,
                trial: None,
            }),
            store::Permit::Wait(span) => Err(span),
        })
    }

    /// Gives out no permit for the account for this long.
    pub(super) async fn pause(&self, account: &Account, span: Duration) {
        if let Err(error) = self.store.pause_account(account, span).await {
            tracing::warn!(%error, %account, "a pause that Lucca asked for could not be stored");
        }
    }

    /// Takes in what a call to a path says of an account.
    pub(super) fn hear(&self, account: &Account, kind: CallKind, path: &str, heard: Heard) {
        self.recoveries.hear(account, kind, path, heard);
    }

    /// Waits until accounts answer calls of a kind again, or for the first time.
    pub async fn recovered(&self) -> Vec<(Account, CallKind)> {
        self.recoveries.next().await
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Wakes the callers that wait for a permit.
    pub(super) fn wake(&self, account: &Account) {
        self.account(account).changed.notify_waiters();
    }

    /// How many calls could begin now.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn left(&self, tenant: &Tenant) -> Result<u32, StoreError> {
        let (window, longest) = (self.rules.window, self.rules.longest);
        self.store
            .budget_left(&tenant.account, self.limit(tenant), window, longest)
            .await
    }
}

/// The calls of a window that are kept for tenants that have not had their share.
fn reserve(limit: u32) -> u32 {
    (limit / 8).max(1).min(limit.saturating_sub(1))
}

#[cfg(test)]
mod tests;
