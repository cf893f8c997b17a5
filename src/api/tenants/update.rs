//! `UpdateTenant`: a change, and what it sets free.

use super::{ADMIN, TRIES, Tenants, UPDATE, changes, given};
use crate::{
    api::{ApiError, Caller, operations::resume_all},
    domain::{ids::TenantId, tenant::Tenant},
    pb::{
        tenant::{changed, shown, update},
        v1,
    },
    store::{HistoryEvent, Replaced},
};

impl Tenants {
    /// The tenant as it is now, and what was changed.
    async fn change(
        &self,
        caller: &Caller,
        request: v1::UpdateTenantRequest,
    ) -> Result<(Tenant, Vec<&'static str>), ApiError> {
        let sent = request.tenant.unwrap_or_default();
        let mask = request.update_mask.as_ref();
        let id = TenantId::parse(&sent.id).map_err(|_| ApiError::Internal)?;
        for _ in 0..TRIES {
            let stored = self.stored(&id).await?;
            let updated = self.rules(|rules| update(&stored, &sent, mask, rules))?;
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
            if !changed.is_empty() {
                let fields = changed.join(", ");
                let event = HistoryEvent::TenantChanged(changed.clone());
                let noted = self.noted(caller, UPDATE, &id, event);
                let replaced = self
                    .store()
                    .replace_tenant(&tenant, stored.update_time, noted);
                match replaced.await? {
                    Replaced::Done => {
                        tracing::info!(tenant = %id, by = %caller.name, fields, "tenant changed");
                    }
                    Replaced::Outdated => continue,
                    Replaced::OpenAttempts => return Err(ApiError::OpenAttempts(id.to_string())),
                }
            }
            if moves || tenant.api_key != stored.api_key {
                self.directories.forget(&stored.account);
                self.directories.forget(&tenant.account);
            }
            for problem in changes::may_solve(&updated.touched) {
                resume_all(&self.statuses, &caller.name, &id, problem.as_str()).await?;
            }
            let tenant = if changed.is_empty() { stored } else { tenant };
            return Ok((tenant, changed));
        }
        Err(ApiError::Conflict(
            "others change this tenant at the same time: try again",
        ))
    }

    /// Changes the tenant, and tells which fields that were.
    pub(super) async fn update(
        &self,
        caller: &Caller,
        mut request: v1::UpdateTenantRequest,
    ) -> Result<v1::UpdateTenantResponse, ApiError> {
        let tenant = given(caller, request.tenant.take())?;
        caller.tenant(&ADMIN, "tenant.id", &tenant.id)?;
        request.tenant = Some(tenant);
        let (tenant, changed) = self.change(caller, request).await?;
        Ok(v1::UpdateTenantResponse {
            tenant: Some(shown(&tenant)),
            changed_fields: changed.into_iter().map(str::to_owned).collect(),
        })
    }
}
