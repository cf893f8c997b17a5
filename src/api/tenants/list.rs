//! `ListTenants`.

use std::{collections::BTreeSet, sync::Arc};

use super::Tenants;
use crate::{
    api::{
        ApiError,
        call::Call,
        pages::{BATCH, Page, Tokens, page_size},
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
        let tokens = Tokens::new(self.store(), LIST);
        let parse = |text: &str| TenantId::parse(text).ok();
        let mut after = tokens.read(&request.page_token, parse)?;
        let mut page = Page::new(limit);
        let has_more = 'page: loop {
            let batch = match call.caller.tenants() {
                None => self.store().tenants(after.as_ref(), BATCH).await?,
                Some(ids) => self.some(ids, after.as_ref(), BATCH).await?,
            };
            for tenant in &batch {
                if !page.add(shown(tenant)) {
                    break 'page true;
                }
                after = Some(tenant.id.clone());
            }
            if batch.len() < BATCH {
                break false;
            }
        };
        let next = after.filter(|_| has_more).map(|id| id.to_string());
        Ok(v1::ListTenantsResponse {
            next_page_token: tokens.after(next)?,
            tenants: page.entries,
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
