//! `WithdrawHire`: a hire is taken back.

use std::sync::Arc;

use super::Onboardings;
use crate::{
    api::{ApiError, audit::log_outcome, call::Call, shared::subject},
    domain::ids::TenantId,
    pb::{Faults, collaborator, v1},
    store::HistoryEvent,
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
        let tenant = self.shared.tenant_for(&call, &tenant).await?;
        let (store, now) = (self.shared.store(), self.shared.now());
        let withdrawn = store.withdraw(subject(&tenant, source, now), call.actor(), now);
        let Some(onboarding) = withdrawn.await? else {
            call.did(HistoryEvent::WithdrawnUnknown);
            return Ok(v1::WithdrawHireResponse::default());
        };
        log_outcome(&call.caller.name, "withdrawn", &onboarding);
        let onboarding = Some(self.shared.show(&call, &onboarding, Some(&tenant)).await?);
        Ok(v1::WithdrawHireResponse { onboarding })
    }
}
