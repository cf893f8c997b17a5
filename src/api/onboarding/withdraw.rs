//! `WithdrawHire`: a hire is taken back.

use std::{collections::BTreeMap, sync::Arc};

use super::Onboardings;
use crate::{
    api::{ApiError, audit::log_outcome, call::Call, shared::source_key},
    domain::{
        ids::{Account, TenantId},
        onboarding::State,
    },
    pb::{Faults, collaborator, v1},
    store::{HistoryEvent, Lookup, SourceKey},
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
        let (Some(tenant), Some(mut source)) = (tenant, source) else {
            return Err(faults.into());
        };
        source.leave_out_future(self.shared.now());
        let tenant = self.shared.tenant_for(&call, &tenant).await?;
        let (account, event_time) = (tenant.account.clone(), source.event_time);
        let key = self.hire_of(source_key(&tenant, source), &account).await?;
        let (store, now) = (self.shared.store(), self.shared.now());
        let withdrawn = store.withdraw(key, account, event_time, call.actor(), now);
        let Some(onboarding) = withdrawn.await? else {
            call.did(HistoryEvent::WithdrawnUnknown);
            return Ok(v1::WithdrawHireResponse::default());
        };
        log_outcome(&call.caller.name, "withdrawn", &onboarding);
        let onboarding = Some(self.shared.show(&call, &onboarding, Some(&tenant)).await?);
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
        latest.retain(|_, onboarding| !onboarding.erased && onboarding.state() != State::Cancelled);
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
