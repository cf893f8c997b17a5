//! What sources say of hires. Each statement runs in one transaction, in which the hire that it means
//! is found, and is answered once it is durable.

pub(super) mod anonymised;
pub(super) mod early;
mod naming;
mod plan;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    Actor, Request, SourceKey, StoreError,
    backend::{Backend, HireContext, HireQuery, RequestQuery},
    change::{Plan, Write},
    quarantine::set_aside,
    records::{Purpose, Records},
};
use crate::domain::{
    field::Field,
    ids::{Account, ExternalId, OnboardingId},
    onboarding::{
        Onboarding,
        submission::{Hire, Kind, Verdict},
    },
};

pub(super) use early::Early;
pub(super) use naming::{Ids, candidates, hires_of_person};
use plan::{Said, plan_submit, plan_withdraw};

/// Takes what sources say.
#[async_trait]
pub trait StatementStore: Send + Sync + 'static {
    /// Hands a hire in. `id` is used if a new onboarding is made.
    async fn submit(
        &self,
        hire: Hire,
        request: Option<Request>,
        id: OnboardingId,
        by: Actor,
        now: Timestamp,
    ) -> Result<Submitted, StoreError>;

    /// What would become of a hire. Nothing is stored.
    async fn preview(
        &self,
        hire: Hire,
        id: OnboardingId,
        now: Timestamp,
    ) -> Result<Submitted, StoreError>;

    /// Withdraws a hire. `None`: it was not known, and only the withdrawal is remembered.
    async fn withdraw(
        &self,
        subject: Subject,
        by: Actor,
        now: Timestamp,
    ) -> Result<Option<Onboarding>, StoreError>;

    /// Erases every hire of a person whom the source has anonymised, and remembers the person.
    /// Returns the onboardings that were erased.
    async fn anonymise(
        &self,
        subject: Subject,
        by: Actor,
        now: Timestamp,
    ) -> Result<Vec<OnboardingId>, StoreError>;
}

/// Whom a statement is about, and when its source made it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The hire; or the person, if the source names nothing else.
    pub key: SourceKey,
    /// The person, beside the hire.
    pub person: Option<ExternalId>,
    /// The account of the tenant.
    pub account: Account,
    /// When the source said so, if it told.
    pub event_time: Option<Timestamp>,
    /// The source told another time, which is not believed.
    pub is_untimed: bool,
}

#[cfg(test)]
impl Subject {
    /// A hire whose statement names no person beside it.
    pub(crate) fn of(key: SourceKey, account: Account, event_time: Option<Timestamp>) -> Self {
        Self {
            key,
            person: None,
            account,
            event_time,
            is_untimed: false,
        }
    }
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
    /// Nothing is stored as a hire: the source has anonymised the person since, or the statement is
    /// an update that is kept until the hire is confirmed.
    NoHire,
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
            (Verdict::Changed | Verdict::Unchanged | Verdict::Ignored(_), Some(after)) => {
                Self::Stored(Box::new(after))
            }
            (Verdict::NotKnown, _) => Self::NotKnown,
            (_, None) | (Verdict::WrongRevision, _) => Self::WrongRevision,
        }
    }
}

impl Subject {
    /// How the hire is looked up.
    fn query(&self, records: &Records, kind: Kind) -> HireQuery {
        HireQuery {
            ids: Ids::of(records, &self.key, self.person.as_ref(), &self.account),
            kind,
            request: None,
        }
    }
}

/// Hands a hire in; if it `stores` nothing, the answer alone follows.
async fn take(
    store: &impl Backend,
    hire: Hire,
    request: Option<Request>,
    id: OnboardingId,
    by: Actor,
    now: Timestamp,
    stores: bool,
) -> Result<Submitted, StoreError> {
    let (records, key) = (store.records(), SourceKey::of(&hire.key));
    let tenant = key.tenant.as_str();
    let query = HireQuery {
        ids: Ids::of(records, &key, hire.person.as_ref(), &hire.key.account),
        kind: hire.kind(),
        request: request.map(|request| RequestQuery {
            id: records.index_in(tenant, Purpose::Request, &request.id),
            content: records.index_in(tenant, Purpose::Content, &request.content),
            older: [
                records.index(Purpose::Request, &request.id),
                records.index(Purpose::Content, &request.content),
            ],
        }),
    };
    let asked = query.clone();
    let plan = move |records: &Records, context| {
        let said = Said {
            records,
            query: &asked,
            hire: &hire,
            id,
            by: &by,
            now,
        };
        let mut plan = plan_submit(&said, context)?;
        if !stores {
            plan.writes.clear();
        }
        Ok(plan)
    };
    store.take_hire(query, plan).await
}

#[async_trait]
impl<B: Backend> StatementStore for B {
    async fn submit(
        &self,
        hire: Hire,
        request: Option<Request>,
        id: OnboardingId,
        by: Actor,
        now: Timestamp,
    ) -> Result<Submitted, StoreError> {
        let submitted = take(self, hire, request, id, by, now, true).await?;
        if let Submitted::Stored(onboarding) = &submitted {
            self.notify(onboarding.id);
        }
        Ok(submitted)
    }

    async fn preview(
        &self,
        hire: Hire,
        id: OnboardingId,
        now: Timestamp,
    ) -> Result<Submitted, StoreError> {
        take(self, hire, None, id, Actor::STORE, now, false).await
    }

    async fn withdraw(
        &self,
        subject: Subject,
        by: Actor,
        now: Timestamp,
    ) -> Result<Option<Onboarding>, StoreError> {
        let query = subject.query(self.records(), Kind::Withdrawal);
        let ids = query.ids.clone();
        let plan = move |records: &Records, context| {
            plan_withdraw(records, &ids, context, &subject, &by, now)
        };
        let withdrawn = self.take_hire(query, plan).await?;
        if let Some(onboarding) = &withdrawn {
            self.notify(onboarding.id);
        }
        Ok(withdrawn)
    }

    async fn anonymise(
        &self,
        subject: Subject,
        by: Actor,
        now: Timestamp,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        let query = subject.query(self.records(), Kind::Anonymization);
        let plan = Arc::new(move |records: &Records, context| match context {
            HireContext::Person { hires, unreadable } => {
                let plan = anonymised::plan(records, &subject, hires, &by, now)?;
                let answer = (plan.answer, unreadable);
                Ok(Plan {
                    writes: plan.writes,
                    answer,
                })
            }
            _ => Ok(Plan::answer((Vec::new(), None))),
        });
        // One that cannot be read keeps no other one from being erased: it is set aside.
        let (erased, unreadable) = loop {
            let plan = Arc::clone(&plan);
            let plan = move |records: &Records, context| plan(records, context);
            match self.try_take_hire(query.clone(), plan).await {
                Err(StoreError::Damaged(damaged)) => set_aside(self, &damaged).await?,
                done => break done?,
            }
        };
        erased.iter().for_each(|id| self.notify(*id));
        match unreadable {
            Some(unreadable) => Err(StoreError::Quarantined(Box::new(unreadable))),
            None => Ok(erased),
        }
    }
}

/// The statements that forget what is remembered of statements once nobody can mean it any more.
pub(super) fn forget_statements(now: Timestamp) -> Vec<Write> {
    vec![
        Write::Statement(early::forget_old(now)),
        Write::Statement(anonymised::forget_old(now)),
    ]
}
