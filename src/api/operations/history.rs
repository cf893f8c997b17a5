//! `ListHistory`.

use std::sync::Arc;

use super::Operations;
use crate::{
    api::{
        ApiError,
        call::Call,
        pages::{page, page_size, read_token},
    },
    domain::ids::{OnboardingId, TenantId},
    pb::{Faults, v1, values::timestamp},
    store::{HistoryEntry, HistoryOf},
};

/// Marks page tokens of this list.
const LIST: &str = "history";

impl Operations {
    pub(super) async fn history(
        self,
        call: Arc<Call>,
        request: v1::ListHistoryRequest,
    ) -> Result<v1::ListHistoryResponse, ApiError> {
        let mut faults = Faults::default();
        let id = &request.onboarding_id;
        let onboarding = faults.optional("onboarding_id", id, OnboardingId::parse);
        let tenant = faults.optional("tenant", &request.tenant, TenantId::parse);
        let limit = page_size(request.page_size, &mut faults);
        faults.check()?;
        let store = self.shared.store();
        // For an onboarding alone, the caller has to be allowed in its tenant. With a tenant
        // beside it, nothing of another one is shown, nor whether there is one.
        let of_tenant = match (&tenant, onboarding) {
            (None, Some(id)) => store.tenant_of(id).await?,
            (tenant, _) => tenant.clone(),
        };
        call.caller.may(of_tenant.as_ref())?;
        let before = read_token(&request.page_token, LIST, |text| text.parse().ok())?;
        let of = HistoryOf { onboarding, tenant };
        let entries = store.history(of, before, limit + 1).await?;
        let (entries, next_page_token) = page(entries, limit, LIST, |it| it.number.to_string());
        Ok(v1::ListHistoryResponse {
            entries: entries.into_iter().map(shown).collect(),
            next_page_token,
        })
    }
}

fn shown(entry: HistoryEntry) -> v1::HistoryEntry {
    let tenant = entry.tenant.map(|id| id.to_string());
    let onboarding = entry.onboarding.map(|id| id.to_string());
    v1::HistoryEntry {
        time: Some(timestamp(entry.time)),
        tenant: tenant.unwrap_or_default(),
        onboarding_id: onboarding.unwrap_or_default(),
        actor: entry.actor,
        event: entry.event,
        detail: entry.detail,
        rpc: entry.rpc,
        outcome: entry.outcome,
    }
}
