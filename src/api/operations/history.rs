//! What happened.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Operations, page_size};
use crate::{
    api::{ApiError, Caller, Violations},
    config::Scope,
    domain::ids::{OnboardingId, TenantId},
    pb::{v1, values::timestamp},
    store::{HistoryEntry, HistoryOf, Lookup},
};

impl Operations {
    pub(super) async fn history(
        &self,
        caller: &Caller,
        request: v1::ListHistoryRequest,
    ) -> Result<v1::ListHistoryResponse, ApiError> {
        let mut bad = Violations::default();
        let onboarding = (!request.onboarding_id.is_empty())
            .then(|| bad.keep("onboarding_id", OnboardingId::parse(&request.onboarding_id)))
            .flatten();
        let tenant = (!request.tenant.is_empty())
            .then(|| bad.keep("tenant", TenantId::parse(&request.tenant)))
            .flatten();
        let limit = page_size(request.page_size, &mut bad);
        bad.check()?;
        let store = self.statuses.store();
        // Whoever asks for an onboarding alone has to be allowed in its tenant. With a tenant
        // beside it nothing of another one is shown, nor whether there is one.
        let place = match (&tenant, onboarding) {
            (None, Some(id)) => {
                let found = store.onboarding(Lookup::Id(id)).await?;
                found.map(|found| found.key.tenant)
            }
            (tenant, _) => tenant.clone(),
        };
        caller.may(&[Scope::Operator], place.as_ref())?;
        let before = match request.page_token.as_str() {
            "" => None,
            token => Some(read_token(token).ok_or(ApiError::BadPageToken)?),
        };
        let of = HistoryOf { onboarding, tenant };
        let mut entries = store.history(of, before, limit + 1).await?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next_page_token = match entries.last() {
            Some(last) if more => URL_SAFE_NO_PAD.encode(last.number.to_string()),
            _ => String::new(),
        };
        Ok(v1::ListHistoryResponse {
            entries: entries.into_iter().map(shown).collect(),
            next_page_token,
        })
    }
}

fn read_token(token: &str) -> Option<i64> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?)
        .ok()?
        .parse()
        .ok()
}

fn shown(entry: HistoryEntry) -> v1::HistoryEntry {
    v1::HistoryEntry {
        time: Some(timestamp(entry.time)),
        tenant: entry.tenant.map(|id| id.to_string()).unwrap_or_default(),
        onboarding_id: entry
            .onboarding
            .map(|id| id.to_string())
            .unwrap_or_default(),
        actor: entry.actor,
        event: entry.event,
        detail: entry.detail,
        rpc: entry.rpc,
        outcome: entry.outcome,
    }
}
