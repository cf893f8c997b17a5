//! `WithdrawHire`: a hire is taken back.

use std::{collections::BTreeMap, sync::Arc};

use super::Onboardings;
use crate::{
    api::{
        ApiError,
        audit::{Did, log_outcome},
        call::Call,
    },
    domain::{
        ids::{Account, TenantId},
        onboarding::State,
    },
    pb::{Faults, collaborator, v1},
    store::{Lookup, SourceKey},
};

impl Onboardings {
    /// Withdraws a hire. If there is none yet, the withdrawal is kept for when it comes.
    pub(super) async fn withdraw(
        self,
        call: Arc<Call>,
        request: v1::WithdrawHireRequest,
    ) -> Result<v1::WithdrawHireResponse, ApiError> {
        let mut faults = Faults::default();
        let tenant = faults.keep("tenant", TenantId::parse(&request.tenant));
        let source = collaborator::source(request.source.as_ref(), "source", &mut faults);
        let (Some(tenant), Some(source)) = (tenant, source) else {
            return Err(faults.into());
        };
        call.caller.may(Some(&tenant))?;
        let tenant = self.shared.tenant(&tenant).await?;
        let key = SourceKey {
            tenant: tenant.id.clone(),
            system: source.system,
            external_id: source.external_id,
        };
        let (account, actor) = (tenant.account.clone(), &call.caller.name);
        let key = self.hire_of(key, &account).await?;
        let (store, now) = (self.shared.store(), self.shared.now());
        let withdrawn = store.withdraw(key, account, source.event_time, actor, now);
        let onboarding = match withdrawn.await? {
            Some(onboarding) => {
                log_outcome(actor, "withdrawn", &onboarding);
                Some(self.shared.show(&call, &onboarding, Some(&tenant)).await?)
            }
            None => {
                call.did(Did {
                    event: "WITHDRAWN_UNKNOWN",
                    detail: "kept, for the hire may come later".to_owned(),
                });
                None
            }
        };
        Ok(v1::WithdrawHireResponse { onboarding })
    }

    /// The hire that a withdrawal means: the one with this id, or the only one of the person
    /// with this id.
    async fn hire_of(&self, key: SourceKey, account: &Account) -> Result<SourceKey, ApiError> {
        let store = self.shared.store();
        let lookup = Lookup::Source(key.clone(), account.clone());
        if store.onboarding(lookup).await?.is_some() {
            return Ok(key);
        }
        let ids = store.onboardings_of_person(key.clone(), account.clone());
        let mut latest = BTreeMap::new();
        for id in ids.await? {
            if let Some(onboarding) = store.onboarding(Lookup::Id(id)).await? {
                latest.insert(onboarding.key.external_id.as_str().to_owned(), onboarding);
            }
        }
        latest.retain(|_, onboarding| onboarding.state() != State::Cancelled);
        let mut hires = latest.into_values();
        match (hires.next(), hires.next()) {
            (None, _) => Ok(key),
            (Some(one), None) => Ok(SourceKey::of(&one.key)),
            (Some(_), Some(_)) => Err(ApiError::PersonHasSeveralHires(
                key.external_id.as_str().to_owned(),
            )),
        }
    }
}
