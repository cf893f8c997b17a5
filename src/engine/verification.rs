//! Finding out what became of an attempt without a usable answer.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Engine, Stop};
use crate::{
    directory::Snapshot,
    domain::{
        dates::CivilDate,
        lucca_id::LuccaId,
        onboarding::{
            Onboarding, State,
            progress::{Sighting, Step},
        },
        tenant::Tenant,
    },
    lucca::Priority,
    store::{Filter, Order},
};

/// How many people are asked for to tell whether a key sees such people still.
const CONTROLS: usize = 20;

impl Engine {
    /// Takes one look for the person that the open attempt was to create: over everybody
    /// modified since before it was sent, and, if it may prove an absence, by login and by
    /// e-mail address.
    ///
    /// The look is for the attempt's own body; what the hire says today may differ. One
    /// read of the modified serves every onboarding whose look was due before it: in an
    /// outage each of them costs two calls more, and not two with every look.
    pub(super) async fn look(
        &self,
        onboarding: &Onboarding,
        tenant: &Tenant,
    ) -> Result<Step, Stop> {
        let due = onboarding.due.unwrap_or_else(|| self.clock.now());
        let Some(attempt) = onboarding.open_attempts().last() else {
            // Settled by evidence that came since: the sighting will not matter.
            return Ok(Step::Looked {
                at: due,
                sighting: Sighting::Nobody,
                sight_proven: true,
            });
        };
        let body = &attempt.intent.body;
        let priority = Priority::Background;
        let view = self.directories.fresh(tenant, due, priority).await?;
        let at = view.snapshot.as_of;
        let sight_proven = self.note_visibility(tenant, &view).await?;
        let mut sighting = view.snapshot.look_for(body);
        if sighting == Sighting::Nobody && !onboarding.may_prove(at, &self.timing) {
            sighting = Sighting::NobodyModified;
        }
        if sighting == Sighting::Nobody {
            let text = |name: &str| body.get(name).and_then(Value::as_str);
            self.directories
                .look_up(tenant, text("login"), text("mail"))
                .await?;
            let view = self
                .directories
                .fresh(tenant, jiff::Timestamp::MIN, priority)
                .await?;
            sighting = view.snapshot.look_for(body);
        }
        if matches!(sighting, Sighting::Ours(_)) && !sight_proven {
            self.prove_by_own(onboarding, tenant, &view.snapshot)
                .await?;
        }
        let sight_proven = sight_proven
            && (sighting != Sighting::Nobody
                || self.sees_now(onboarding, tenant, &view.snapshot).await?);
        Ok(Step::Looked {
            at,
            sighting,
            sight_proven,
        })
    }

    /// Notes that a key sees people who have not started yet: a read has just shown one whom
    /// this service created.
    async fn prove_by_own(
        &self,
        onboarding: &Onboarding,
        tenant: &Tenant,
        known: &Snapshot,
    ) -> Result<(), Stop> {
        let start = onboarding.draft().contract_start_date;
        if start.is_some_and(|start| start > known.today) {
            let (account, id, version) = (&tenant.account, &tenant.id, tenant.api_key.version);
            self.store
                .prove_sight(account, id, version, self.clock.now())
                .await?;
        }
        Ok(())
    }

    /// Whether the key sees people who have not started yet at this moment, if the hire is one
    /// of them: a right may have been taken from it since it proved its sight. Unless a read
    /// as young as what is known has shown such people, somebody of whom it is known is asked
    /// for; without anybody nothing is proven.
    async fn sees_now(
        &self,
        onboarding: &Onboarding,
        tenant: &Tenant,
        known: &Snapshot,
    ) -> Result<bool, Stop> {
        let today = known.today;
        let is_future = |start: Option<CivilDate>| start.is_some_and(|start| start > today);
        if !is_future(onboarding.draft().contract_start_date) {
            return Ok(true);
        }
        let shown = known.people.values().filter(|it| it.is_future(today));
        let mut ids: BTreeSet<LuccaId> = shown.map(|it| it.id).collect();
        let created = Filter {
            tenant: Some(tenant.id.clone()),
            state: Some(State::Created),
            ..Filter::default()
        };
        let latest = self
            .store
            .list(created, Order::UpdateTime, None, CONTROLS)
            .await?;
        let ours = latest.onboardings.into_iter().filter(|it| {
            it.key.account == tenant.account && is_future(it.draft().contract_start_date)
        });
        ids.extend(ours.filter_map(|it| it.lucca_user.map(|user| user.id)));
        // The latest ones: who came long ago may have been removed since.
        let ids: Vec<LuccaId> = ids.into_iter().rev().take(CONTROLS).collect();
        let sees = self.directories.sees_future(tenant, &ids, known.as_of);
        Ok(sees.await?)
    }
}
