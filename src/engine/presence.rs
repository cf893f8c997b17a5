//! Reads people again by their ids on whom a decision about a hire rests.

use std::time::Duration;

use jiff::Timestamp;

use super::{Engine, Stop, creation::resolved_in};
use crate::{
    directory::{MAX_AGE, Missing, Recheck, View, Wanted},
    domain::{
        cause::{Cause, Failure},
        dates::today,
        field::Field,
        finding::{Candidate, Problem, Question, Reason},
        lucca_id::LuccaId,
        onboarding::{BusinessKey, Onboarding, earlier, refresh::Observation},
        resolve::{Lookups as _, NewPerson, Resolved},
        tenant::Tenant,
    },
    lucca::Priority,
    store::{Actor, StoreError},
};

/// The timeout of the reads after a refusal, which is stored only afterwards.
const REFUSAL_READ_TIMEOUT: Duration = Duration::from_secs(5);

/// For how long what is read after a refusal serves other refusals, unless Lucca says that
/// something is not there.
const REFUSALS_SHARE: Duration = Duration::from_secs(30);

/// The people on whom the result of resolving a hire rests.
fn rests_on(resolved: &Resolved, onboarding: &Onboarding) -> Vec<LuccaId> {
    match resolved {
        Resolved::Ready(..) => replaced(onboarding).into_iter().collect(),
        Resolved::Exists(user, _) => vec![user.id],
        Resolved::Asks(problem, _) => {
            let is_person = |it: &&Candidate| it.field.is_none_or(|it| it == Field::Manager);
            let people = problem.candidates.iter().filter(is_person);
            people.map(|it| it.id).collect()
        }
    }
}

/// The earlier employee whom a new one is to replace, unless an operator has decided.
fn replaced(onboarding: &Onboarding) -> Option<LuccaId> {
    onboarding.replaces.filter(|_| !onboarding.create_anyway)
}

/// Nobody is created in place of an employee who may still be in Lucca.
pub(super) fn unless_replaced(
    resolved: Resolved,
    onboarding: &Onboarding,
    view: &View,
) -> Resolved {
    match (resolved, replaced(onboarding)) {
        (Resolved::Ready(_, findings), Some(id)) if view.snapshot.may_be_there(id) => {
            let shown = !view.snapshot.unseen.contains(&id);
            let reason = if shown {
                Reason::EarlierHire
            } else {
                Reason::NotShown
            };
            let problem = Problem::from(Question::EarlierEmployee { shown });
            Resolved::Asks(problem.with(vec![Candidate::new(id, "", reason)]), findings)
        }
        (resolved, _) => resolved,
    }
}

/// How recently Lucca must have been read for a decision about a hire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since {
    /// For what is final: the last change of the hire.
    pub last_change: Timestamp,
    /// For a question: one read serves all new hires for a while. Whoever has done something
    /// about the hire, or about Lucca and has it tried again, is answered by a newer one.
    pub asked: Timestamp,
}

impl Since {
    /// For a hire that is resolved now.
    pub fn of(onboarding: &Onboarding, now: Timestamp) -> Self {
        let last_change = onboarding.update_time.min(now);
        let is_new = onboarding.update_time == onboarding.create_time;
        Self {
            last_change,
            asked: match is_new {
                true => earlier(now, MAX_AGE),
                false => last_change,
            },
        }
    }
}

impl Engine {
    /// The directory after those on whom the result rests were read again; `None` if they were
    /// read recently enough.
    pub(super) async fn read_again(
        &self,
        onboarding: &Onboarding,
        tenant: &Tenant,
        resolved: &Resolved,
        since: Since,
        visibility_proven: bool,
    ) -> Result<Option<View>, Stop> {
        let by_id_not_before = match resolved {
            Resolved::Asks(..) => since.asked,
            Resolved::Exists(..) | Resolved::Ready(..) => since.last_change,
        };
        let people = rests_on(resolved, onboarding);
        let recheck = Recheck {
            people: &people,
            not_before: since.last_change,
            by_id_not_before,
            visibility_proven,
            priority: Priority::Background,
        };
        self.recheck(&onboarding.key, tenant, recheck).await
    }

    /// Reads people again, and notes with the hires whose employees are missing that they are.
    pub(super) async fn recheck(
        &self,
        key: &BusinessKey,
        tenant: &Tenant,
        recheck: Recheck<'_>,
    ) -> Result<Option<View>, Stop> {
        let began = self.clock.now();
        let Some(rechecked) = self.directories.recheck(tenant, recheck).await? else {
            return Ok(None);
        };
        for missing in rechecked.missing {
            match self.note_missing(key, tenant, missing, began).await {
                // It goes on without what cannot be read.
                Ok(()) | Err(StoreError::Quarantined(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(rechecked.view))
    }

    /// Whether Lucca has changed since the directory was read, so that the same call would not be
    /// made again: somebody like the person has appeared, or the manager or a unit has gone.
    /// That may explain a refusal.
    pub(super) async fn changed_meanwhile(
        &self,
        onboarding: &Onboarding,
        tenant: &Tenant,
        sent: (&NewPerson, Timestamp),
        refusal: &Failure,
    ) -> bool {
        let changed = self.would_differ(onboarding, tenant, sent, refusal);
        let changed = tokio::time::timeout(REFUSAL_READ_TIMEOUT, changed).await;
        matches!(changed, Ok(Ok(true)))
    }

    async fn would_differ(
        &self,
        onboarding: &Onboarding,
        tenant: &Tenant,
        (person, sent_time): (&NewPerson, Timestamp),
        refusal: &Failure,
    ) -> Result<bool, Stop> {
        let priority = Priority::Verification;
        let differs = |view: &View| {
            let resolved = resolved_in(view, onboarding, &person.collaborator, tenant);
            let ids = |it: &NewPerson| (it.manager, it.establishment, it.department, it.role);
            !matches!(resolved, Resolved::Ready(now, _) if ids(&now) == ids(person))
        };
        let now = self.clock.now();
        let view = self.directories.fresh(tenant, now, priority).await?;
        if differs(&view) {
            return Ok(true);
        }
        // Something that the call names is not there, or something else is wrong.
        let shared = earlier(sent_time, REFUSALS_SHARE);
        let since = match refusal.cause {
            Cause::Status { status: 404 } => sent_time,
            _ => shared,
        };
        let head = person.department.and_then(|it| view.snapshot.head(it));
        let people: Vec<LuccaId> = person.manager.or(head).into_iter().collect();
        let recheck = Recheck {
            people: &people,
            not_before: sent_time,
            by_id_not_before: since,
            visibility_proven: self.note_visibility(tenant, &view).await?,
            priority,
        };
        if let Some(view) = self.recheck(&onboarding.key, tenant, recheck).await?
            && differs(&view)
        {
            return Ok(true);
        }
        let units = Wanted {
            units: since,
            units_after_refusal: shared,
            ..Wanted::default()
        };
        let view = self.directories.fresh(tenant, units, priority).await?;
        Ok(differs(&view))
    }

    async fn note_missing(
        &self,
        key: &BusinessKey,
        tenant: &Tenant,
        missing: Missing,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for hire in self.store.with_employee(key, missing.id).await? {
            let seen = Observation {
                user: missing.id,
                employee: None,
                visibility_proven: missing.deleted,
                shown_before: true,
                at,
                today: today(at, &tenant.time_zone),
                labels: tenant.labels.clone(),
            };
            self.store.observe(hire.id, Actor::ENGINE, seen).await?;
        }
        Ok(())
    }
}
