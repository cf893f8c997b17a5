//! `UpdateTenant`: a change, and the hires that go on because of it.

use std::sync::Arc;

use super::{TRIES, Tenants, changes, given};
use crate::{
    api::{ApiError, call::Call, error::Conflict},
    domain::tenant::Tenant,
    pb::{
        tenant::{changed, shown, update},
        v1,
    },
    store::{HistoryEvent, Replaced},
};

/// What changes as well if somebody had put back an older row of the tenant.
const VERSION: &str = "version";

impl Tenants {
    /// Changes the tenant, and returns which fields changed.
    pub(super) async fn update(
        self,
        call: Arc<Call>,
        request: v1::UpdateTenantRequest,
    ) -> Result<v1::UpdateTenantResponse, ApiError> {
        let (tenant, changed) = self.change(&call, request).await?;
        Ok(v1::UpdateTenantResponse {
            tenant: Some(shown(&tenant)),
            changed_fields: changed.into_iter().map(str::to_owned).collect(),
        })
    }

    /// The tenant as it is now, and what was changed.
    async fn change(
        &self,
        call: &Call,
        request: v1::UpdateTenantRequest,
    ) -> Result<(Tenant, Vec<&'static str>), ApiError> {
        let sent = given(request.tenant)?;
        let mask = request.update_mask.as_ref();
        let id = call.caller.tenant("tenant.id", &sent.id)?;
        for _ in 0..TRIES {
            let stored = self.store().tenant_to_change(&id).await?;
            let (stored, is_last) =
                stored.ok_or_else(|| ApiError::TenantNotFound(id.to_string()))?;
            let updated = update(&stored, &sent, mask, &self.rules())?;
            let tenant = updated.tenant;
            let changed = changed(&stored, &tenant);
            let moves = tenant.account != stored.account;
            if request.verify_key {
                self.try_key(&tenant).await?;
            }
            if request.validate_only {
                if moves && self.store().has_open_attempts(&id).await? {
                    return Err(ApiError::OpenAttempts(id.to_string()));
                }
                return Ok((tenant, changed));
            }
            if !changed.is_empty() || !is_last {
                let mut noted = changed.clone();
                noted.extend((!is_last).then_some(VERSION));
                let fields = noted.join(", ");
                let event = HistoryEvent::TenantChanged(noted);
                let entry = self.entry(call, &id, event);
                let version = stored.update_time;
                match self.store().replace_tenant(&tenant, version, entry).await? {
                    Replaced::Done => {
                        tracing::info!(tenant = %id, by = %call.caller.name, fields, "tenant changed");
                    }
                    Replaced::Outdated => continue,
                    Replaced::OpenAttempts => return Err(ApiError::OpenAttempts(id.to_string())),
                }
            }
            if moves || tenant.api_key != stored.api_key {
                self.directories.forget(&id);
            }
            for problem in changes::may_solve(&updated.touched) {
                self.shared.retry_all(call, &id, problem.as_str()).await?;
            }
            let tenant = if changed.is_empty() && is_last {
                stored
            } else {
                tenant
            };
            return Ok((tenant, changed));
        }
        Err(ApiError::Conflict(Conflict::Tenant))
    }
}
