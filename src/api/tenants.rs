//! `TenantService`: customers, their keys and their settings.

mod changes;
mod deletion;
mod keys;
mod list;
mod pages;
mod update;

use std::{sync::Arc, time::Duration};

use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    ApiError, Caller, Resource, Violations,
    audit::{About, Did},
    onboarding::detached,
    status::Statuses,
};
use crate::{
    config::Scope,
    directory::DirectoryCache,
    domain::{ids::TenantId, lucca_url::HostRules, tenant::Tenant},
    lucca::{Access, LuccaClient, Priority},
    pb::{
        tenant::{Rules, change_time, parse, shown},
        v1::{self, RotateEncryptionKeysResponse, tenant_service_server::TenantService},
    },
    store::{Noted, Store},
};

/// How often a change is tried anew when others change the tenant at the same time.
const TRIES: usize = 5;

/// How much progress may wait to be told.
const PROGRESS: usize = 8;

/// How long trying a key may take.
const TRY: Duration = Duration::from_secs(30);

/// Calls that change a tenant, as the history names them.
const CREATE: &str = "TenantService/CreateTenant";
const UPDATE: &str = "TenantService/UpdateTenant";
const DELETE: &str = "TenantService/DeleteTenant";

const ADMIN: [Scope; 1] = [Scope::Admin];

/// Answers `TenantService`.
#[derive(Clone)]
pub struct Tenants {
    statuses: Statuses,
    client: Arc<LuccaClient>,
    directories: Arc<DirectoryCache>,
    hosts: Arc<HostRules>,
}

impl Tenants {
    /// With what it needs.
    pub fn new(
        statuses: Statuses,
        client: Arc<LuccaClient>,
        directories: Arc<DirectoryCache>,
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

    /// The tenant as of now, for a change of it.
    fn later(&self, stored: &Tenant) -> Tenant {
        Tenant {
            update_time: change_time(Some(stored), self.statuses.now()),
            ..stored.clone()
        }
    }

    async fn stored(&self, id: &TenantId) -> Result<Tenant, ApiError> {
        let tenant = self.store().tenant(id).await?;
        tenant.ok_or_else(|| ApiError::NotFound(Resource::Tenant, id.to_string()))
    }

    /// The entry for a change of a tenant.
    fn noted(
        &self,
        caller: &Caller,
        rpc: &'static str,
        id: &TenantId,
        event: &'static str,
        detail: String,
    ) -> Noted {
        let audit = self.statuses.audit();
        audit.change(caller, rpc, id, Did { event, detail })
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
            self.try_key(&tenant).await?;
        }
        if request.validate_only {
            return Ok(shown(&tenant));
        }
        let noted = self.noted(caller, CREATE, &tenant.id, "TENANT_CREATED", String::new());
        if !self.store().insert_tenant(&tenant, noted).await? {
            return Err(ApiError::TenantExists(tenant.id.to_string()));
        }
        tracing::info!(tenant = %tenant.id, by = %caller.name, "tenant created");
        Ok(shown(&tenant))
    }

    /// Whether Lucca takes the tenant's key.
    async fn try_key(&self, tenant: &Tenant) -> Result<(), ApiError> {
        let access = Access::of(tenant);
        let probe = self.client.probe(&access, Priority::Interactive);
        match tokio::time::timeout(TRY, probe).await {
            Ok(tried) => Ok(tried.map(|_| ())?),
            Err(_) => Err(ApiError::LuccaUnavailable),
        }
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
        let (service, request) = (self.clone(), request.into_inner());
        // Goes on to its end, also when the caller goes away meanwhile.
        let tenant = detached(async move {
            let about = About::tenant(&request.tenant.clone().unwrap_or_default().id);
            let created = service.create(&caller, request).await;
            let audit = service.statuses.audit();
            audit.ended(&caller, CREATE, about, &created, None).await;
            created
        })
        .await??;
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
        let (service, request) = (self.clone(), request.into_inner());
        // A change and the hires that it sets free go together, also when the caller goes away
        // meanwhile.
        let answer = detached(async move {
            let about = About::tenant(&request.tenant.clone().unwrap_or_default().id);
            let updated = service.update(&caller, request).await;
            let audit = service.statuses.audit();
            audit.ended(&caller, UPDATE, about, &updated, None).await;
            updated
        })
        .await??;
        Ok(Response::new(answer))
    }

    type RotateEncryptionKeysStream = ReceiverStream<Result<RotateEncryptionKeysResponse, Status>>;

    async fn rotate_encryption_keys(
        &self,
        request: Request<v1::RotateEncryptionKeysRequest>,
    ) -> Result<Response<Self::RotateEncryptionKeysStream>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let allowed = caller.may(&ADMIN, None);
        let rpc = "TenantService/RotateEncryptionKeys";
        let audit = self.statuses.audit();
        audit
            .ended(&caller, rpc, About::default(), &allowed, None)
            .await;
        allowed?;
        let (sender, receiver) = tokio::sync::mpsc::channel(PROGRESS);
        tokio::spawn(self.clone().rotate(caller, sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn delete_tenant(
        &self,
        request: Request<v1::DeleteTenantRequest>,
    ) -> Result<Response<v1::DeleteTenantResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let (service, request) = (self.clone(), request.into_inner());
        // Goes on to its end, also when the caller's deadline passes.
        let answer = detached(async move {
            let about = About::tenant(&request.tenant);
            let deleted = service.delete(&caller, &request).await;
            let audit = service.statuses.audit();
            audit.ended(&caller, DELETE, about, &deleted, None).await;
            deleted
        })
        .await??;
        Ok(Response::new(answer))
    }
}

#[cfg(test)]
mod tests;
