//! `ListTenants`.

use std::collections::BTreeSet;

use super::{ADMIN, Tenants, pages};
use crate::{
    api::{ApiError, Caller, Violations, operations::page_size},
    domain::{ids::TenantId, tenant::Tenant},
    pb::{tenant::shown, v1},
};

impl Tenants {
    /// The tenants that the caller may see, a page at a time.
    pub(super) async fn list(
        &self,
        caller: &Caller,
        request: &v1::ListTenantsRequest,
    ) -> Result<v1::ListTenantsResponse, ApiError> {
        caller.has(&ADMIN)?;
        let mut bad = Violations::default();
        let limit = page_size(request.page_size, &mut bad);
        bad.check()?;
        let after = pages::read_token(&request.page_token)?;
        // One more than a page tells whether there is a next one.
        let mut tenants = match caller.tenants() {
            None => self.store().tenants(after.as_ref(), limit + 1).await?,
            Some(ids) => self.some(ids, after.as_ref(), limit + 1).await?,
        };
        let more = tenants.len() > limit;
        tenants.truncate(limit);
        let last = tenants.last().filter(|_| more);
        Ok(v1::ListTenantsResponse {
            next_page_token: last.map(|it| pages::token(&it.id)).unwrap_or_default(),
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
