//! Verifies the outcome of an attempt without a usable answer.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::{Engine, Stop};
use crate::{
    directory::{MAX_AGE, Recheck, Snapshot, View, Wanted},
    domain::{
        dates::CivilDate,
        lucca_id::LuccaId,
        onboarding::{
            Onboarding, State, earlier,
            progress::{Sighting, Step},
        },
        tenant::Tenant,
    },
    lucca::Priority,
    store::{Filter, Order},
};

/// The most people that are read to check whether a key still sees future employees.
const CONTROLS: usize = 20;

impl Engine {
    /// Looks once for the person whom the open attempt was to create: among everybody modified
    /// since before the call, and, if the look may prove an absence, by login and by e-mail
    /// address.
    ///
    /// The person is that of the attempt's body, because the hire may have changed since. One read
    /// of modified people serves every onboarding whose look was due before it. So an outage
    /// costs few calls per onboarding.
    pub(super) async fn look(
        &self,
        onboarding: &Onboarding,
        tenant: &Tenant,
    ) -> Result<Step, Stop> {
        let due = onboarding.due().unwrap_or_else(|| self.clock.now());
        let Some(attempt) = onboarding.open_attempts().last() else {
            // Evidence has settled the attempt since, so the result of the look does not matter.
            return Ok(Step::Looked {
                at: due,
                sighting: Sighting::Nobody,
                visibility_proven: true,
            });
        };
        let body = &attempt.intent.body;
        let priority = Priority::Verification;
        let view = self.directories.fresh(tenant, due, priority).await?;
        let at = view.snapshot.as_of;
        let mut visibility_proven = self.note_visibility(tenant, &view).await?;
        let look_for = |view, proven| self.recognised(onboarding, tenant, view, (body, at), proven);
        let (mut view, mut sighting) = look_for(view, visibility_proven).await?;
        if sighting == Sighting::Nobody && !onboarding.may_prove(at, &self.timing) {
            sighting = Sighting::NobodyModified;
        }
        if sighting == Sighting::Nobody {
            let text = |name: &str| body.get(name).and_then(Value::as_str);
            self.directories
                .look_up(tenant, text("login"), text("mail"))
                .await?;
            let found = self.directories.fresh(tenant, Timestamp::MIN, priority);
            (view, sighting) = look_for(found.await?, visibility_proven).await?;
        }
        if sighting == Sighting::Nobody && !visibility_proven {
            // The key may have been given the right since everything was read.
            let everything = Wanted {
                everything: onboarding.looks().first().copied().unwrap_or(at),
                ..Wanted::default()
            };
            let all = self.directories.fresh(tenant, everything, priority).await?;
            visibility_proven = self.note_visibility(tenant, &all).await?;
            (view, sighting) = look_for(all, visibility_proven).await?;
        }
        if matches!(sighting, Sighting::Ours(_)) && !visibility_proven {
            self.prove_visibility(onboarding, tenant, &view.snapshot)
                .await?;
        }
        let visibility_proven = visibility_proven
            && (sighting != Sighting::Nobody
                || self.sees_now(onboarding, tenant, &view.snapshot).await?);
        Ok(Step::Looked {
            at,
            sighting,
            visibility_proven,
        })
    }

    /// Whom the directory shows of an attempt with this body. Whoever is recognised was shown by a
    /// read since the look began, or is read again: they may have been deleted.
    async fn recognised(
        &self,
        onboarding: &Onboarding,
        tenant: &Tenant,
        mut view: View,
        (body, at): (&Value, Timestamp),
        visibility_proven: bool,
    ) -> Result<(View, Sighting), Stop> {
        loop {
            let sighting = view.snapshot.look_for(body);
            let (people, by_id_not_before) = match &sighting {
                Sighting::Ours(user) => (vec![user.id], at),
                Sighting::SomeoneElse(alike) => {
                    let ids = alike.iter().map(|it| it.id);
                    (ids.collect(), earlier(at, MAX_AGE))
                }
                Sighting::Nobody | Sighting::NobodyModified => (Vec::new(), at),
            };
            let recheck = Recheck {
                people: &people,
                not_before: at,
                by_id_not_before,
                visibility_proven,
                priority: Priority::Verification,
            };
            match self.recheck(&onboarding.key, tenant, recheck).await? {
                Some(newer) => view = newer,
                None => return Ok((view, sighting)),
            }
        }
    }

    /// Stores that a key sees future employees, if the person whom this service created is one.
    async fn prove_visibility(
        &self,
        onboarding: &Onboarding,
        tenant: &Tenant,
        known: &Snapshot,
    ) -> Result<(), Stop> {
        let start = onboarding.draft().contract_start_date;
        if start.is_some_and(|start| start > known.today) {
            let (account, id, version) = (&tenant.account, &tenant.id, tenant.api_key.version);
            self.store
                .prove_visibility(account, id, version, self.clock.now())
                .await?;
        }
        Ok(())
    }

    /// Whether the key sees future employees now, if the hire is one: the right may have been
    /// revoked since the key proved it. If no read as recent as the directory has shown future
    /// employees, some known ones are read. If none is known, nothing is proven.
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
        ids.extend(ours.filter_map(|it| it.lucca_user().map(|user| user.id)));
        // The latest ids: older people may have been removed since.
        let ids: Vec<LuccaId> = ids.into_iter().rev().take(CONTROLS).collect();
        let sees = self.directories.sees_future(tenant, &ids, known.as_of);
        Ok(sees.await?)
    }
}
