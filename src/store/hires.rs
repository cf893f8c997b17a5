//! What operators, looks at employees and the retention time do to hires.

use std::{convert::Infallible, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    Actor, StoreError,
    backend::{Backend, Rows},
    change::{Change, Plan, Stored, Write},
    events::HistoryEvent,
    quarantine::Damaged,
    records::Records,
    statements::forget_statements,
};
use crate::{
    db::DbError,
    domain::{
        ids::{OnboardingId, TenantId},
        onboarding::{
            Onboarding,
            decision::{Decision, Refusal},
            earlier,
            lease::{By, Lease},
            refresh::Observation,
            retention::Fate,
        },
    },
};

/// Changes hires: in one transaction each, answered once it is durable.
#[async_trait]
pub trait HireStore: Send + Sync + 'static {
    /// Records what a look at an employee showed. `None`: there is no such onboarding.
    async fn observe(
        &self,
        id: OnboardingId,
        by: Actor,
        seen: Observation,
    ) -> Result<Option<Onboarding>, StoreError>;

    /// Carries out what an operator decides. `None`: there is no such onboarding.
    async fn decide(
        &self,
        id: OnboardingId,
        actor: &str,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Option<Decided>, StoreError>;

    /// Applies the retention time to at most this many onboardings of a tenant, the oldest first.
    /// Several replicas may do so at once.
    async fn retire(
        &self,
        tenant: &TenantId,
        kept: Duration,
        now: Timestamp,
        limit: usize,
    ) -> Result<Retired, StoreError>;
}

/// What became of an operator's decision.
pub type Decided = Result<Box<Onboarding>, Refusal>;

/// What retention did to the onboardings of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// Those that had ended and whose person was erased.
    pub forgotten: Vec<OnboardingId>,
    /// Those that waited for a person for too long and were cancelled.
    pub expired: Vec<OnboardingId>,
    /// There may be more to do at once.
    pub more: bool,
}

impl Stored {
    /// What a change writes, as one of several: if it cannot be read back, this one is set aside and
    /// the others go on.
    pub(super) fn change(
        &self,
        records: &Records,
        after: &Onboarding,
        lease: Lease,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Change, StoreError> {
        let change = Change::of(records, self, after, lease, actor, Vec::new(), now);
        change.map_err(|error| match error {
            StoreError::NotReadBack => StoreError::Damaged(vec![Damaged::unwritable(self)]),
            error => error,
        })
    }

    /// What follows from a change: nothing if nothing changed.
    pub(super) fn save(
        &self,
        records: &Records,
        after: &Onboarding,
        by: By,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Vec<Write>, StoreError> {
        self.save_noting(records, after, by, actor, Vec::new(), now)
    }

    /// The same with more entries of the history, which are added whether or not anything changed.
    pub(super) fn save_noting(
        &self,
        records: &Records,
        after: &Onboarding,
        by: By,
        actor: &Actor,
        also: Vec<HistoryEvent>,
        now: Timestamp,
    ) -> Result<Vec<Write>, StoreError> {
        if *after == self.onboarding && also.is_empty() {
            return Ok(Vec::new());
        }
        let lease = self.lease.after(by, &self.onboarding, after);
        let change = Change::of(records, self, after, lease, actor, also, now)?;
        Ok(vec![Write::Onboarding(Box::new(change))])
    }
}

/// Lets `edit` change one onboarding, saves the difference and notifies. `None`: there is none.
pub(super) async fn edit<E: Send + 'static>(
    store: &impl Backend,
    id: OnboardingId,
    (by, actor): (By, Actor),
    now: Timestamp,
    edit: impl Fn(&mut Onboarding) -> Result<(), E> + Send + Sync + 'static,
) -> Result<Option<Result<Box<Onboarding>, E>>, StoreError> {
    let plan = move |records: &Records, rows: Vec<Stored>| {
        let Some(before) = rows.first() else {
            return Ok(Plan::answer(None));
        };
        let mut after = before.onboarding.clone();
        if let Err(refusal) = edit(&mut after) {
            return Ok(Plan::answer(Some(Err(refusal))));
        }
        Ok(Plan {
            writes: before.save(records, &after, by, &actor, now)?,
            answer: Some(Ok(Box::new(after))),
        })
    };
    let edited = store.change(Rows::Id(id), plan).await?;
    if let Some(Ok(_)) = &edited {
        store.notify(id);
    }
    Ok(edited)
}

#[async_trait]
impl<B: Backend> HireStore for B {
    async fn observe(
        &self,
        id: OnboardingId,
        by: Actor,
        seen: Observation,
    ) -> Result<Option<Onboarding>, StoreError> {
        let observed = edit(self, id, (By::Outside, by), seen.at, move |onboarding| {
            onboarding.observe(&seen);
            Ok::<_, Infallible>(())
        });
        Ok(observed.await?.map(|Ok(after)| *after))
    }

    async fn decide(
        &self,
        id: OnboardingId,
        actor: &str,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Option<Decided>, StoreError> {
        let who = (By::Outside, Actor::named(actor));
        let unlinks = decision == Decision::Unlink;
        let decided = edit(self, id, who, now, move |onboarding| {
            onboarding.decide(decision.clone(), now).map(|_| ())
        });
        match decided.await {
            // An open attempt reserves its login again, which somebody else has by now.
            Err(StoreError::Database(DbError::Conflict)) if unlinks => {
                Ok(Some(Err(Refusal::LoginReserved)))
            }
            decided => decided,
        }
    }

    async fn retire(
        &self,
        tenant: &TenantId,
        kept: Duration,
        now: Timestamp,
        limit: usize,
    ) -> Result<Retired, StoreError> {
        let rows = Rows::Retained {
            tenant: tenant.clone(),
            from: earlier(now, kept),
            limit,
        };
        let plan = move |records: &Records, rows: Vec<Stored>| {
            let mut retired = Retired {
                more: rows.len() >= limit,
                ..Retired::default()
            };
            let mut writes = forget_statements(now);
            for before in rows {
                let mut after = before.onboarding.clone();
                match after.retire(kept, now) {
                    Fate::Forget => retired.forgotten.push(after.id),
                    Fate::Expire => retired.expired.push(after.id),
                    // An older version stored an earlier time than the true one: that is mended.
                    Fate::Keep => {}
                }
                let lease = before.lease.after(By::Outside, &before.onboarding, &after);
                let actor = Actor::RETENTION;
                let change = before.change(records, &after, lease, &actor, now)?;
                writes.push(Write::Onboarding(Box::new(change)));
            }
            Ok(Plan {
                writes,
                answer: retired,
            })
        };
        let retired = self.change(rows, plan).await?;
        for id in retired.forgotten.iter().chain(&retired.expired) {
            self.notify(*id);
        }
        Ok(retired)
    }
}
