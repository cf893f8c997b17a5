//! What workers do: lease what is due, take steps, add what they saw.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    Actor, StoreError,
    backend::{Backend, BeginContext, Rows},
    change::{Plan, Stored, Write},
    hires::edit,
    records::{Purpose, Records, account, millis, onboarding_id},
    sql::{Row, Values, values},
};
use crate::domain::{
    attempt::Evidence,
    cause::CallKind,
    finding::ProblemCode,
    ids::{Account, OnboardingId, TenantId},
    onboarding::{
        Moment, Onboarding,
        lease::{By, LeaseOutcome},
        machine::NoSuchMove,
        progress::Step,
    },
};

/// The hires of one tenant at one account. Each lane is worked on by itself, so that many hires of
/// one tenant do not delay another's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    /// The account.
    pub account: Account,
    /// The tenant.
    pub tenant: TenantId,
}

/// The lane of a row that begins with account and tenant. One that cannot be read is passed over:
/// it must not keep the others from their work.
pub(super) fn lane(row: &Row) -> Option<Lane> {
    let lane = || -> Result<Lane, StoreError> {
        let tenant = TenantId::parse(&row.get::<String>(1)?);
        Ok(Lane {
            account: account(row.get(0)?)?,
            tenant: tenant.map_err(|_| StoreError::Malformed)?,
        })
    };
    let lane = lane().inspect_err(|error| {
        tracing::error!(%error, "the account or tenant of a waiting hire cannot be read");
    });
    lane.ok()
}

/// When something is due.
#[async_trait]
pub trait ScheduleStore: Send + Sync + 'static {
    /// When something is due first in each lane. The cost follows the number of lanes, however many
    /// hires wait in them.
    async fn due_times(&self) -> Result<Vec<(Lane, Timestamp)>, StoreError>;
}

/// Moves onboardings forward. Steps are fenced by the token of a lease; evidence is not.
#[async_trait]
pub trait WorkStore: ScheduleStore {
    /// Ends the leases of workers whose process has certainly ended, and tells which onboardings
    /// they held. Called before the first lease is granted. Does nothing where several processes
    /// can open the database.
    async fn take_over(&self, moment: Moment) -> Result<Vec<OnboardingId>, StoreError>;

    /// Grants leases on what is due in a lane, the longest due first. What was `CREATING`
    /// when its lease ended comes back `VERIFYING`.
    async fn lease(
        &self,
        lane: &Lane,
        limit: usize,
        moment: Moment,
    ) -> Result<Vec<LeaseGrant>, StoreError>;

    /// Takes a step, if the lease with this token still holds.
    async fn step(
        &self,
        id: OnboardingId,
        token: u64,
        step: Step,
        moment: Moment,
    ) -> Result<Stepped, StoreError>;

    /// Adds what was seen of an attempt, whoever saw it. `None`: there is no such onboarding.
    async fn see(
        &self,
        id: OnboardingId,
        attempt: u32,
        evidence: Evidence,
        url: Option<String>,
        moment: Moment,
    ) -> Result<Option<Onboarding>, StoreError>;

    /// The hires of an account, or of a tenant there, that may wait because Lucca did not answer:
    /// those whose next step is planned for later, and those that were given up for that reason.
    /// The most urgent come first.
    async fn postponed(
        &self,
        account: &Account,
        tenant: Option<&TenantId>,
        now: Timestamp,
    ) -> Result<Vec<OnboardingId>, StoreError>;

    /// Lucca answers calls of a kind again: makes a hire due at `due` that waits because they
    /// failed. Tells whether it did.
    async fn recovered(
        &self,
        id: OnboardingId,
        kind: CallKind,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}

/// A worker's lease on an onboarding.
#[derive(Clone, Debug)]
pub struct LeaseGrant {
    /// The onboarding.
    pub onboarding: Onboarding,
    /// The fencing token.
    pub token: u64,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub enum Stepped {
    /// Taken: the onboarding as it is now.
    Done(Box<Onboarding>),
    /// The lease has ended, or the onboarding has changed: nothing was done.
    Fenced,
    /// Another onboarding creates, or has just created, a person with the same login.
    Blocked(OnboardingId),
}

#[async_trait]
impl<B: Backend + ScheduleStore> WorkStore for B {
    async fn take_over(&self, moment: Moment) -> Result<Vec<OnboardingId>, StoreError> {
        if !self.inherits_leases() {
            return Ok(Vec::new());
        }
        let plan = move |records: &Records, rows: Vec<Stored>| {
            let (mut writes, mut ids) = (Vec::new(), Vec::new());
            for before in rows {
                let (mut lease, mut after) = (before.lease, before.onboarding.clone());
                lease.void(&mut after, &moment);
                let engine = Actor::ENGINE;
                let change = before.change(records, &after, lease, &engine, moment.now)?;
                writes.push(Write::Onboarding(Box::new(change)));
                ids.push(after.id);
            }
            Ok(Plan {
                writes,
                answer: ids,
            })
        };
        let ids = self.change(Rows::Leased, plan).await?;
        ids.iter().for_each(|id| self.notify(*id));
        Ok(ids)
    }

    async fn lease(
        &self,
        lane: &Lane,
        limit: usize,
        moment: Moment,
    ) -> Result<Vec<LeaseGrant>, StoreError> {
        let rows = Rows::Due {
            lane: lane.clone(),
            now: moment.now,
            limit,
        };
        let plan = move |records: &Records, rows| plan_leases(records, rows, &moment);
        let (granted, recovered) = self.change(rows, plan).await?;
        recovered.into_iter().for_each(|id| self.notify(id));
        Ok(granted)
    }

    async fn step(
        &self,
        id: OnboardingId,
        token: u64,
        step: Step,
        moment: Moment,
    ) -> Result<Stepped, StoreError> {
        let login = match &step {
            Step::Begin { intent, .. } => {
                Some(self.records().index(Purpose::Login, &intent.reserved_login))
            }
            _ => None,
        };
        let now = moment.now;
        let plan =
            move |records: &Records, found| plan_step(records, found, token, step.clone(), &moment);
        let stepped = self.take_step(id, login, now, plan).await?;
        if let Stepped::Done(_) = &stepped {
            self.notify(id);
        }
        Ok(stepped)
    }

    async fn see(
        &self,
        id: OnboardingId,
        attempt: u32,
        evidence: Evidence,
        url: Option<String>,
        moment: Moment,
    ) -> Result<Option<Onboarding>, StoreError> {
        let who = (By::Evidence, Actor::ENGINE);
        let seen = edit(self, id, who, moment.now, move |onboarding| {
            onboarding.see(attempt, evidence.clone(), url.clone(), &moment)
        });
        let seen: Option<Result<_, NoSuchMove>> = seen.await?;
        Ok(seen.transpose()?.map(|after| *after))
    }

    async fn postponed(
        &self,
        account: &Account,
        tenant: Option<&TenantId>,
        now: Timestamp,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        let mut values = Values(values![account.as_str(), millis(now)]);
        let of_tenant = tenant.map_or(String::new(), |tenant| {
            format!("AND tenant = {}", values.add(tenant.as_str()))
        });
        // Two seeks in an index each, however many onboardings there are.
        let sql = format!(
            "SELECT id FROM (
                SELECT id, urgency, seq FROM onboardings
                WHERE account = $1 AND wake > $2 {of_tenant} AND {unleased}
                UNION ALL
                SELECT id, urgency, seq FROM onboardings
                WHERE account = $1 AND problem = '{unavailable}'
                    AND state = 'NEEDS_ATTENTION' {of_tenant}
             ) AS waiting ORDER BY urgency, seq",
            unleased = Self::UNLEASED,
            unavailable = ProblemCode::LuccaUnavailable.as_str(),
        );
        let rows = self.query(sql, values.0).await?;
        // A damaged id is found by the sweep.
        let ids = rows
            .iter()
            .filter_map(|row| onboarding_id(row.get(0).ok()?).ok());
        Ok(ids.collect())
    }

    async fn recovered(
        &self,
        id: OnboardingId,
        kind: CallKind,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let who = (By::Outside, Actor::ENGINE);
        let edited = edit(self, id, who, now, move |onboarding| {
            match onboarding.recovered(kind, due, now) {
                true => Ok(()),
                false => Err(()),
            }
        });
        Ok(matches!(edited.await?, Some(Ok(_))))
    }
}

/// Leases that are granted, and the onboardings that were found lost while `CREATING`.
type Leases = (Vec<LeaseGrant>, Vec<OnboardingId>);

fn plan_leases(
    records: &Records,
    rows: Vec<Stored>,
    moment: &Moment,
) -> Result<Plan<Leases>, StoreError> {
    let (mut granted, mut recovered) = (Vec::with_capacity(rows.len()), Vec::new());
    let (mut writes, mut leased) = (Vec::new(), Vec::new());
    for before in rows {
        let (mut lease, mut after) = (before.lease, before.onboarding.clone());
        let outcome = lease.acquire(&mut after, moment);
        if outcome == LeaseOutcome::Granted {
            leased.push(before.seq);
        } else {
            let engine = Actor::ENGINE;
            let change = before.change(records, &after, lease, &engine, moment.now)?;
            writes.push(Write::Onboarding(Box::new(change)));
            recovered.push(after.id);
        }
        if outcome != LeaseOutcome::Recovered {
            granted.push(LeaseGrant {
                onboarding: after,
                token: lease.token,
            });
        }
    }
    if !leased.is_empty() {
        writes.push(Write::Leases {
            rows: leased,
            now: moment.now,
            until: moment.after(moment.timing.lease),
        });
    }
    Ok(Plan {
        writes,
        answer: (granted, recovered),
    })
}

/// What becomes of a step. An attempt begins only at the account that the tenant points to, since
/// what a worker has read of the tenant may be outdated, and only if nobody else has the login.
fn plan_step(
    records: &Records,
    found: Option<(Stored, Option<BeginContext>)>,
    token: u64,
    step: Step,
    moment: &Moment,
) -> Result<Plan<Stepped>, StoreError> {
    let Some((before, context)) = found.filter(|(before, _)| before.lease.covers(token)) else {
        return Ok(Plan::answer(Stepped::Fenced));
    };
    let mut after = before.onboarding.clone();
    if let Some(context) = context {
        if context.account.is_some_and(|it| it != after.key.account) {
            return Ok(Plan::answer(Stepped::Fenced));
        }
        if let Some(other) = context.reserved_by {
            return Ok(Plan::answer(Stepped::Blocked(other)));
        }
    }
    after.step(step, moment)?;
    Ok(Plan {
        writes: before.save(records, &after, By::Step, &Actor::ENGINE, moment.now)?,
        answer: Stepped::Done(Box::new(after)),
    })
}
