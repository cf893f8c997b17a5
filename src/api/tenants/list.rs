//! `ListTenants`.

use std::{collections::BTreeSet, sync::Arc};

use super::Tenants;
use crate::{
    api::{
        ApiError,
        call::Call,
        pages::{page, page_size, read_token},
    },
    domain::{ids::TenantId, tenant::Tenant},
    pb::{Faults, tenant::shown, v1},
};

/// Marks page tokens of this list.
const LIST: &str = "tenants";

impl Tenants {
    /// The tenants that the caller may see, a page at a time.
    pub(super) async fn list(
        self,
        call: Arc<Call>,
        request: v1::ListTenantsRequest,
    ) -> Result<v1::ListTenantsResponse, ApiError> {
        let mut faults = Faults::default();
        let limit = page_size(request.page_size, &mut faults);
        faults.check()?;
        let after = read_token(&request.page_token, LIST, |text| TenantId::parse(text).ok())?;
        let tenants = match call.caller.tenants() {
            None => self.store().tenants(after.as_ref(), limit + 1).await?,
            Some(ids) => self.some(ids, after.as_ref(), limit + 1).await?,
        };
        let (tenants, next_page_token) = page(tenants, limit, LIST, |it| it.id.to_string());
        Ok(v1::ListTenantsResponse {
            next_page_token,
            tenants: tenants.iter().map(shown).collect(),
        })
    }

    /// Those of these tenants that exist, in the order of their ids.
    async fn some(
        &self,
        ids: &[String],
        after: Option<&TenantId>,
        limit: usize,
    ) -> Result<Vec<Tenant>, ApiError> {
        let ids: BTreeSet<TenantId> = ids
            .iter()
            .filter_map(|id| TenantId::parse(id).ok())
            .filter(|id| after.is_none_or(|after| id > after))
            .collect();
        let mut tenants = Vec::new();
        for id in &ids {
            if tenants.len() == limit {
                break;
            }
            tenants.extend(self.store().tenant(id).await?);
        }
        Ok(tenants)
    }
}
