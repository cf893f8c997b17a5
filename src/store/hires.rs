//! What callers, operators and the retention time do to hires.

use std::{convert::Infallible, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    Actor, Request, SourceKey, StoreError,
    backend::{Backend, HireContext, HireQuery, RequestQuery, Rows},
    change::{Change, Plan, Stored, Write},
    quarantine::Damaged,
    records::{Purpose, Records, Source, millis},
    sql::{Statement, values},
};
use crate::{
    db::DbError,
    domain::{
        field::Field,
        ids::{Account, OnboardingId, TenantId},
        onboarding::{
            Onboarding,
            decision::{Decision, Refusal},
            earlier,
            lease::{By, Lease},
            refresh::Observation,
            retention::Fate,
            submission::{self, Hire, Verdict},
        },
    },
};

/// Changes hires from outside: in one transaction each, answered once it is durable.
#[async_trait]
pub trait HireStore: Send + Sync + 'static {
    /// Hands a hire in. `id` is used if a new onboarding is made.
    async fn submit(
        &self,
        hire: Hire,
        request: Option<Request>,
        id: OnboardingId,
        by: Actor,
        now: Timestamp,
    ) -> Result<Submitted, StoreError>;

    /// Withdraws a hire. `None`: it was not known, and only the withdrawal is remembered.
    async fn withdraw(
        &self,
        key: SourceKey,
        account: Account,
        event_time: Option<Timestamp>,
        by: Actor,
        now: Timestamp,
    ) -> Result<Option<Onboarding>, StoreError>;

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

/// What became of a hire that was handed in.
#[derive(Clone, Debug, PartialEq)]
pub enum Submitted {
    /// Stored or known: the onboarding as it is now.
    Stored(Box<Onboarding>),
    /// The employee exists already and these fields differ; nothing was stored.
    Differs(Box<Onboarding>, Vec<Field>),
    /// The caller expected another revision.
    WrongRevision,
    /// The request id was used with other content.
    RequestReused,
    /// Only some fields were given, for a hire that is not known or has been withdrawn.
    NotKnown,
    /// The tenant was deleted meanwhile.
    NoTenant,
}

impl Submitted {
    /// What became of a hire with this verdict; `after` is the latest episode of its source as
    /// it is now.
    pub fn of(verdict: Verdict, after: Option<Onboarding>) -> Self {
        match (verdict, after) {
            (Verdict::New(onboarding), _) => Self::Stored(onboarding),
            (Verdict::Differs(fields), Some(after)) => Self::Differs(Box::new(after), fields),
            (Verdict::Changed | Verdict::Unchanged, Some(after)) => Self::Stored(Box::new(after)),
            (Verdict::NotKnown, _) => Self::NotKnown,
            (_, None) | (Verdict::WrongRevision, _) => Self::WrongRevision,
        }
    }
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
        let change = Change::of(records, self, after, lease, actor, now);
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
        if *after == self.onboarding {
            return Ok(Vec::new());
        }
        let lease = self.lease.after(by, &self.onboarding, after);
        let change = Change::of(records, self, after, lease, actor, now)?;
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
    async fn submit(
        &self,
        hire: Hire,
        request: Option<Request>,
        id: OnboardingId,
        by: Actor,
        now: Timestamp,
    ) -> Result<Submitted, StoreError> {
        let records = self.records();
        let key = SourceKey::of(&hire.key);
        let person = hire.person.clone().map(|external_id| {
            let key = SourceKey {
                external_id,
                ..key.clone()
            };
            records.source(&key, &hire.key.account)
        });
        let query = HireQuery {
            source: records.source(&key, &hire.key.account),
            person,
            request: request.map(|request| {
                let tenant = hire.key.tenant.as_str();
                let content = records.index_in(tenant, Purpose::Content, &request.content);
                RequestQuery {
                    id: records.index_in(tenant, Purpose::Request, &request.id),
                    content,
                    older: [
                        records.index(Purpose::Request, &request.id),
                        records.index(Purpose::Content, &request.content),
                    ],
                }
            }),
        };
        let asked = query.clone();
        let plan = move |records: &Records, context| {
            plan_submit(records, &asked, context, &hire, id, &by, now)
        };
        let submitted = self.take_hire(query, plan).await?;
        if let Submitted::Stored(onboarding) = &submitted {
            self.notify(onboarding.id);
        }
        Ok(submitted)
    }

    async fn withdraw(
        &self,
        key: SourceKey,
        account: Account,
        event_time: Option<Timestamp>,
        by: Actor,
        now: Timestamp,
    ) -> Result<Option<Onboarding>, StoreError> {
        let source = self.records().source(&key, &account);
        let rows = Rows::Latest(source.clone());
        let plan = move |records: &Records, rows: Vec<Stored>| {
            let Some(before) = rows.first() else {
                return Ok(Plan {
                    writes: vec![Write::Statement(tombstone(&source, event_time, now))],
                    answer: None,
                });
            };
            let mut after = before.onboarding.clone();
            submission::withdraw(&mut after, event_time, now);
            Ok(Plan {
                writes: before.save(records, &after, By::Outside, &by, now)?,
                answer: Some(after),
            })
        };
        let withdrawn = self.change(rows, plan).await?;
        if let Some(onboarding) = &withdrawn {
            self.notify(onboarding.id);
        }
        Ok(withdrawn)
    }

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
            let mut writes = Vec::with_capacity(rows.len());
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

/// Remembers the withdrawal of a hire that is not known, with its latest time.
fn tombstone(source: &Source, event_time: Option<Timestamp>, now: Timestamp) -> Statement {
    let (tenant, account, system, index) = source.columns();
    let event_time = event_time.map(Timestamp::as_microsecond);
    Statement::new(
        "INSERT INTO tombstones (tenant, account, system, source_index, event_time, noted)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, account, system, source_index) DO UPDATE SET
            noted = excluded.noted, event_time = CASE
            WHEN tombstones.event_time >= excluded.event_time OR excluded.event_time IS NULL
            THEN tombstones.event_time ELSE excluded.event_time END",
        values![tenant, account, system, index, event_time, millis(now)],
    )
}

/// What becomes of a hire, given what it meets.
fn plan_submit(
    records: &Records,
    query: &HireQuery,
    context: HireContext,
    hire: &Hire,
    id: OnboardingId,
    by: &Actor,
    now: Timestamp,
) -> Result<Plan<Submitted>, StoreError> {
    let (before, withdrawn) = match context {
        HireContext::NoTenant => return Ok(Plan::answer(Submitted::NoTenant)),
        HireContext::Requested {
            content,
            onboarding,
        } => {
            // What an erased hire was asked with is not known any more.
            let same =
                content.is_empty() || query.request.is_some_and(|request| request.said(&content));
            return Ok(Plan::answer(match same {
                true => Submitted::Stored(onboarding),
                false => Submitted::RequestReused,
            }));
        }
        HireContext::Source { latest, withdrawn } => (latest, withdrawn),
    };
    let mut after = before.as_ref().map(|stored| stored.onboarding.clone());
    let verdict = submission::submit(after.as_mut(), withdrawn, hire, id, now);
    let mut writes = match (&before, &after, &verdict) {
        (_, _, Verdict::Differs(_)) => Vec::new(),
        (Some(before), Some(after), _) => before.save(records, after, By::Outside, by, now)?,
        _ => Vec::new(),
    };
    if let Verdict::New(onboarding) = &verdict {
        let change = Change::new(records, onboarding, by)?;
        writes.push(Write::Onboarding(Box::new(change)));
    }
    let answer = Submitted::of(verdict, after);
    if let (Some(request), Submitted::Stored(onboarding)) = (query.request, &answer) {
        // If another replica has just stored the same request id this fails, and the script
        // begins anew and finds it.
        writes.push(Write::Statement(Statement::new(
            "INSERT INTO requests (tenant, account, request_index, content_index, onboarding, noted)
             VALUES ($1, $2, $3, $4, $5, $6)",
            values![
                query.source.tenant.as_str(),
                query.source.account.as_str(),
                request.id,
                request.content,
                onboarding.id.to_string(),
                millis(now)
            ],
        )));
    }
    Ok(Plan { writes, answer })
}
