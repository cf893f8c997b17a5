//! `TenantService`: customers, their keys and their settings.

mod changes;
mod pages;

use std::{collections::BTreeSet, sync::Arc};

use tonic::{Request, Response, Status};

use super::{
    ApiError, Caller, Resource, Violations,
    onboarding::detached,
    operations::{page_size, resume_all},
    status::Statuses,
};
use crate::{
    config::Scope,
    directory::Directories,
    domain::{ids::TenantId, lucca_url::HostRules, tenant::Tenant},
    lucca::{Access, LuccaClient, Priority},
    pb::{
        tenant::{Rules, parse, shown, update},
        v1::{self, tenant_service_server::TenantService},
    },
    store::{Replaced, Store},
};

/// How often a change is tried anew when others change the tenant at the same time.
const TRIES: usize = 5;

const ADMIN: [Scope; 1] = [Scope::Admin];

/// Answers `TenantService`.
#[derive(Clone)]
pub struct Tenants {
    statuses: Statuses,
    client: Arc<LuccaClient>,
    directories: Arc<Directories>,
    hosts: Arc<HostRules>,
}

impl Tenants {
    /// With what it needs.
    pub fn new(
        statuses: Statuses,
        client: Arc<LuccaClient>,
        directories: Arc<Directories>,
        hosts: HostRules,
    ) -> Self {
        Self {
            statuses,
            client,
            directories,
            hosts: Arc::new(hosts),
        }
    }

    fn store(&self) -> &dyn Store {
        &**self.statuses.store()
    }

    fn rules<T>(&self, read: impl FnOnce(&Rules<'_>) -> T) -> T {
        read(&Rules {
            now: self.statuses.now(),
            hosts: &self.hosts,
        })
    }

    async fn stored(&self, id: &TenantId) -> Result<Tenant, ApiError> {
        let tenant = self.store().tenant(id).await?;
        tenant.ok_or_else(|| ApiError::NotFound(Resource::Tenant, id.to_string()))
    }

    async fn create(
        &self,
        caller: &Caller,
        request: v1::CreateTenantRequest,
    ) -> Result<v1::Tenant, ApiError> {
        let sent = given(caller, request.tenant)?;
        match TenantId::parse(&sent.id) {
            Ok(id) => caller.may(&ADMIN, Some(&id))?,
            // Named below, together with whatever else is bad.
            Err(_) => caller.has(&ADMIN)?,
        }
        let tenant = self.rules(|rules| parse(&sent, None, rules))?;
        if self.store().tenant(&tenant.id).await?.is_some() {
            return Err(ApiError::TenantExists(tenant.id.to_string()));
        }
        if request.verify_key {
            let access = Access::of(&tenant);
            self.client.probe(&access, Priority::Interactive).await?;
        }
        let (store, new) = (Arc::clone(self.statuses.store()), tenant.clone());
        if !detached(async move { store.insert_tenant(&new).await }).await?? {
            return Err(ApiError::TenantExists(tenant.id.to_string()));
        }
        tracing::info!(tenant = %tenant.id, by = %caller.name, "tenant created");
        Ok(shown(&tenant))
    }

    async fn list(
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

    async fn change(
        &self,
        caller: &Caller,
        request: v1::UpdateTenantRequest,
    ) -> Result<Tenant, ApiError> {
        let sent = request.tenant.unwrap_or_default();
        let mask = request.update_mask.as_ref();
        let id = TenantId::parse(&sent.id).map_err(|_| ApiError::Internal)?;
        for _ in 0..TRIES {
            let stored = self.stored(&id).await?;
            let updated = self.rules(|rules| update(&stored, &sent, mask, rules))?;
            let tenant = updated.tenant;
            let replaced = self.store().replace_tenant(&tenant, stored.update_time);
            match replaced.await? {
                Replaced::Done => {}
                Replaced::Outdated => continue,
                Replaced::OpenAttempts => return Err(ApiError::OpenAttempts(id.to_string())),
            }
            if changes::other_sight(&updated.touched) {
                self.directories.forget(&stored.account);
                self.directories.forget(&tenant.account);
            }
            for problem in changes::may_solve(&updated.touched) {
                resume_all(&self.statuses, &caller.name, &id, problem.as_str()).await?;
            }
            return Ok(tenant);
        }
        Err(ApiError::Conflict(
            "others change this tenant at the same time: try again",
        ))
    }
}

fn given(caller: &Caller, tenant: Option<v1::Tenant>) -> Result<v1::Tenant, ApiError> {
    tenant.ok_or_else(|| match caller.has(&ADMIN) {
        Ok(()) => {
            let mut bad = Violations::default();
            bad.add("tenant", "must be given");
            bad.into()
        }
        Err(denied) => denied,
    })
}

#[tonic::async_trait]
impl TenantService for Tenants {
    async fn create_tenant(
        &self,
        request: Request<v1::CreateTenantRequest>,
    ) -> Result<Response<v1::CreateTenantResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let tenant = self.create(&caller, request.into_inner()).await?;
        Ok(Response::new(v1::CreateTenantResponse {
            tenant: Some(tenant),
        }))
    }

    async fn get_tenant(
        &self,
        request: Request<v1::GetTenantRequest>,
    ) -> Result<Response<v1::GetTenantResponse>, Status> {
        let caller = Caller::of(request.extensions())?;
        let id = caller.tenant(&ADMIN, "tenant", &request.get_ref().tenant)?;
        Ok(Response::new(v1::GetTenantResponse {
            tenant: Some(shown(&self.stored(&id).await?)),
        }))
    }

    async fn list_tenants(
        &self,
        request: Request<v1::ListTenantsRequest>,
    ) -> Result<Response<v1::ListTenantsResponse>, Status> {
        let caller = Caller::of(request.extensions())?;
        Ok(Response::new(self.list(caller, request.get_ref()).await?))
    }

    async fn update_tenant(
        &self,
        request: Request<v1::UpdateTenantRequest>,
    ) -> Result<Response<v1::UpdateTenantResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let mut request = request.into_inner();
        let tenant = given(&caller, request.tenant.take())?;
        let id = caller.tenant(&ADMIN, "tenant.id", &tenant.id)?;
        request.tenant = Some(tenant);
        // A change and the hires that it sets free go together, also when the caller
        // goes away meanwhile.
        let (service, by) = (self.clone(), caller.clone());
        let tenant = detached(async move { service.change(&by, request).await }).await??;
        tracing::info!(tenant = %id, by = %caller.name, "tenant changed");
        Ok(Response::new(v1::UpdateTenantResponse {
            tenant: Some(shown(&tenant)),
        }))
    }

    async fn delete_tenant(
        &self,
        request: Request<v1::DeleteTenantRequest>,
    ) -> Result<Response<v1::DeleteTenantResponse>, Status> {
        let caller = Caller::of(request.extensions())?;
        caller.tenant(&ADMIN, "tenant", &request.get_ref().tenant)?;
        Err(ApiError::Unimplemented(
            "deleting a tenant is not built yet; set `disabled` with UpdateTenant: nothing is then accepted or created",
        )
        .into())
    }
}

#[cfg(test)]
mod tests;
