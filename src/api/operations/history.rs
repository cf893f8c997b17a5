//! `ListHistory`.

use std::sync::Arc;

use super::Operations;
use crate::{
    api::{
        ApiError,
        call::Call,
        pages::{Page, Tokens, page_size},
    },
    domain::ids::{OnboardingId, TenantId},
    pb::{Fault, Faults, v1, values::timestamp},
    store::{HistoryEntry, HistoryOf, Integrity, VerifiedHistory},
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
        if request.verify && request.onboarding_id.is_empty() {
            faults.add("onboarding_id", Fault::Missing);
        }
        faults.check()?;
        let store = self.shared.store();
        // For an onboarding alone, the caller has to be allowed in its tenant. With a tenant
        // beside it, nothing of another one is shown, nor whether there is one.
        let of_tenant = match (&tenant, onboarding) {
            (None, Some(id)) => store.tenant_of(id).await?,
            (tenant, _) => tenant.clone(),
        };
        call.caller.may(of_tenant.as_ref())?;
        let tokens = Tokens::new(&**store, LIST);
        let before = tokens.read(&request.page_token, |text| text.parse().ok())?;
        let verified = match onboarding.filter(|_| request.verify) {
            Some(id) if store.tenant_of(id).await? == of_tenant => {
                store.verified_history(id).await?
            }
            _ => None,
        };
        let verification = verified.as_ref().map(verification);
        let entries = match verified {
            Some(verified) => page_of(verified, before, limit + 1),
            None => {
                let of = HistoryOf { onboarding, tenant };
                let entries = store.history(of, before, limit + 1).await?;
                let unknown = v1::history_entry::Integrity::Unspecified;
                entries.into_iter().map(|entry| (entry, unknown)).collect()
            }
        };
        let mut page = Page::new(limit);
        let (mut last, mut next) = (None, None);
        for (entry, integrity) in entries {
            let number = entry.number.to_string();
            if !page.add(shown(entry, integrity, &call)) {
                next = last;
                break;
            }
            last = Some(number);
        }
        Ok(v1::ListHistoryResponse {
            entries: page.entries,
            next_page_token: tokens.after(next)?,
            verification,
        })
    }
}

fn verification(of: &VerifiedHistory) -> v1::HistoryVerification {
    let count = |wanted| {
        let entries = of.entries.iter();
        let count = entries
            .filter(|(_, integrity)| *integrity == wanted)
            .count();
        i32::try_from(count).unwrap_or(i32::MAX)
    };
    v1::HistoryVerification {
        intact: of.is_intact(),
        changed_count: count(Integrity::Changed),
        unproven_count: count(Integrity::Unproven),
        end_missing: !of.ends_well,
        removed_before: of.cut.as_ref().map(|cut| timestamp(cut.before)),
        remove_time: of.cut.as_ref().map(|cut| timestamp(cut.time)),
    }
}

/// Verified entries, the latest first, before the entry of this number.
fn page_of(
    verified: VerifiedHistory,
    before: Option<i64>,
    most: usize,
) -> Vec<(HistoryEntry, v1::history_entry::Integrity)> {
    use v1::history_entry::Integrity as Shown;
    let latest_first = verified.entries.into_iter().rev();
    let page = latest_first
        .filter(|(entry, _)| before.is_none_or(|before| entry.number < before))
        .take(most);
    let shown = |integrity| match integrity {
        Integrity::Intact => Shown::Intact,
        Integrity::Unproven => Shown::Unproven,
        Integrity::Changed => Shown::Changed,
    };
    page.map(|(entry, integrity)| (entry, shown(integrity)))
        .collect()
}

/// An entry as the caller may see it. Whoever may not act for the tenant that it names is another
/// tenant's caller. Its name is shown only to callers that may act for every tenant.
fn shown(
    entry: HistoryEntry,
    integrity: v1::history_entry::Integrity,
    call: &Call,
) -> v1::HistoryEntry {
    let denied = entry.outcome == ApiError::PermissionDenied.reason();
    let actor = match denied && call.caller.tenants().is_some() {
        true => String::new(),
        false => entry.actor,
    };
    let tenant = entry.tenant.map(|id| id.to_string());
    let onboarding = entry.onboarding.map(|id| id.to_string());
    v1::HistoryEntry {
        time: Some(timestamp(entry.time)),
        tenant: tenant.unwrap_or_default(),
        onboarding_id: onboarding.unwrap_or_default(),
        actor,
        event: entry.event,
        detail: entry.detail,
        rpc: entry.rpc,
        outcome: entry.outcome,
        integrity: integrity.into(),
    }
}
