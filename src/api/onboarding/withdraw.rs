//! `WithdrawHire`: a hire is taken back.

use std::{collections::BTreeMap, sync::Arc};

use super::{Onboardings, detached, read_source};
use crate::{
    api::{ApiError, Caller, Violations, audit::left},
    config::Scope,
    domain::{
        ids::{Account, TenantId},
        onboarding::State,
    },
    pb::v1,
    store::{self, Lookup},
};

impl Onboardings {
    /// The hire that a withdrawal means: the one that goes by the id, or the only one of the
    /// person who does.
    async fn meant_by(
        &self,
        key: store::SourceKey,
        account: &Account,
    ) -> Result<store::SourceKey, ApiError> {
        let lookup = Lookup::Source(key.clone(), account.clone());
        if self.store.onboarding(lookup).await?.is_some() {
            return Ok(key);
        }
        let ids = self
            .store
            .onboardings_of_person(key.clone(), account.clone());
        let mut latest = BTreeMap::new();
        for id in ids.await? {
            if let Some(onboarding) = self.store.onboarding(Lookup::Id(id)).await? {
                latest.insert(onboarding.key.external_id.as_str().to_owned(), onboarding);
            }
        }
        let meant: Vec<_> = latest
            .into_values()
            .filter(|it| it.state != State::Cancelled)
            .collect();
        match meant.as_slice() {
            [] => Ok(key),
            [one] => Ok(store::SourceKey {
                external_id: one.key.external_id.clone(),
                ..key
            }),
            _ => Err(ApiError::SeveralHires(key.external_id.as_str().to_owned())),
        }
    }

    /// Withdraws a hire; `None` if there is none yet, which is kept for when it comes.
    pub(super) async fn withdraw(
        &self,
        caller: &Caller,
        request: v1::WithdrawHireRequest,
    ) -> Result<Option<v1::Onboarding>, ApiError> {
        let mut bad = Violations::default();
        let tenant = bad.keep("tenant", TenantId::parse(&request.tenant));
        let source = read_source(request.source.as_ref(), "source", &mut bad);
        let (Some(tenant), Some(source)) = (tenant, source) else {
            return Err(bad.into());
        };
        caller.may(&[Scope::Caller, Scope::Adapter], Some(&tenant))?;
        let tenant = self.tenant(&tenant).await?;
        let key = store::SourceKey {
            tenant: tenant.id.clone(),
            system: source.system,
            external_id: source.external_id,
        };
        let account = tenant.account.clone();
        let by = store::Actor::calling(&caller.name, "OnboardingService/WithdrawHire");
        let key = self.meant_by(key, &account).await?;
        let (store, now) = (Arc::clone(&self.store), self.statuses.now());
        let withdrawn = detached(async move {
            let said = source.event_time;
            store.withdraw(key, account, said, by, now).await
        })
        .await??;
        match withdrawn {
            Some(onboarding) => {
                left(&caller.name, "withdrawn", &onboarding);
                let shown = self.statuses.show(&onboarding, Some(&tenant));
                shown.await.map(Some)
            }
            None => Ok(None),
        }
    }
}
