//! `TenantService`: customers, their keys and their settings.

mod changes;
mod deletion;
mod keys;
mod list;
mod update;

use std::{sync::Arc, time::Duration};

use super::{
    ApiError,
    audit::About,
    call::{Call, service},
    shared::Shared,
};
use crate::{
    directory::DirectoryCache,
    domain::{ids::TenantId, lucca_url::HostRules, tenant::Tenant},
    lucca::{Access, LuccaClient},
    pb::{
        Fault, Faults,
        tenant::{Rules, change_time, deliveries_message, parse, shown},
        v1::{self, tenant_service_server::TenantService},
    },
    store::{HistoryEvent, NewHistoryEntry, Store},
};

/// How often a change is tried when others change the tenant at the same time.
const TRIES: usize = 5;

/// How long trying a key may take.
const KEY_TIMEOUT: Duration = Duration::from_secs(30);

/// Answers `TenantService`.
#[derive(Clone)]
pub struct Tenants {
    shared: Shared,
    client: Arc<LuccaClient>,
    directories: Arc<DirectoryCache>,
    hosts: Arc<HostRules>,
}

impl Tenants {
    /// With what it needs.
    pub fn new(
        shared: Shared,
        client: Arc<LuccaClient>,
        directories: Arc<DirectoryCache>,
        hosts: HostRules,
    ) -> Self {
        Self {
            shared,
            client,
            directories,
            hosts: Arc::new(hosts),
        }
    }

    fn store(&self) -> &dyn Store {
        &**self.shared.store()
    }

    fn rules(&self) -> Rules<'_> {
        Rules {
            now: self.shared.now(),
            hosts: &self.hosts,
        }
    }

    /// The tenant with a new update time, for a change of it.
    fn touched(&self, stored: &Tenant) -> Tenant {
        Tenant {
            update_time: change_time(Some(stored), self.shared.now()),
            ..stored.clone()
        }
    }

    /// The history entry for a change of a tenant.
    fn entry(&self, call: &Call, id: &TenantId, event: HistoryEvent) -> NewHistoryEntry {
        let about = About::tenant(id.as_str());
        self.shared.audit().change(call, about, event)
    }

    async fn create(
        self,
        call: Arc<Call>,
        request: v1::CreateTenantRequest,
    ) -> Result<v1::CreateTenantResponse, ApiError> {
        let sent = given(request.tenant)?;
        // A bad id is named below, together with every other bad field.
        if let Ok(id) = TenantId::parse(&sent.id) {
            call.caller.may(Some(&id))?;
        }
        let tenant = parse(&sent, None, &self.rules())?;
        let exists = || ApiError::TenantExists(tenant.id.to_string());
        if self.store().tenant(&tenant.id).await?.is_some() {
            return Err(exists());
        }
        if request.verify_key {
            self.try_key(&tenant).await?;
        }
        if !request.validate_only {
            let entry = self.entry(&call, &tenant.id, HistoryEvent::TenantCreated);
            if !self.store().insert_tenant(&tenant, entry).await? {
                return Err(exists());
            }
            tracing::info!(tenant = %tenant.id, by = %call.caller.name, "tenant created");
        }
        Ok(v1::CreateTenantResponse {
            tenant: Some(shown(&tenant)),
        })
    }

    async fn get(
        self,
        call: Arc<Call>,
        request: v1::GetTenantRequest,
    ) -> Result<v1::GetTenantResponse, ApiError> {
        let id = call.caller.tenant("tenant", &request.tenant)?;
        let mut tenant = shown(&self.shared.tenant(&id).await?);
        let seen = self.store().deliveries(&id).await?;
        tenant.webhook_deliveries = Some(deliveries_message(seen));
        Ok(v1::GetTenantResponse {
            tenant: Some(tenant),
        })
    }

    /// Whether Lucca accepts the tenant's key.
    async fn try_key(&self, tenant: &Tenant) -> Result<(), ApiError> {
        let probe = self.client.probe(Access::trial(tenant));
        match tokio::time::timeout(KEY_TIMEOUT, probe).await {
            Ok(tried) => Ok(tried.map(|_| ())?),
            Err(_) => Err(ApiError::LuccaUnavailable),
        }
    }
}

fn given(tenant: Option<v1::Tenant>) -> Result<v1::Tenant, Faults> {
    tenant.ok_or_else(|| Faults::one("tenant", Fault::Missing))
}

/// The tenant of a request that carries one.
fn carried(tenant: Option<&v1::Tenant>) -> Option<About> {
    Some(tenant.map_or_else(About::default, |tenant| About::tenant(&tenant.id)))
}

service! {
    TenantService for Tenants, type RotateEncryptionKeysStream = keys::Rotation {
        create_tenant(v1::CreateTenantRequest) -> v1::CreateTenantResponse
            => CREATE_TENANT, create, |it| carried(it.tenant.as_ref());
        get_tenant(v1::GetTenantRequest) -> v1::GetTenantResponse
            => GET_TENANT, get, |it| Some(About::tenant(&it.tenant));
        list_tenants(v1::ListTenantsRequest) -> v1::ListTenantsResponse
            => LIST_TENANTS, list, |_| None;
        update_tenant(v1::UpdateTenantRequest) -> v1::UpdateTenantResponse
            => UPDATE_TENANT, update, |it| carried(it.tenant.as_ref());
        delete_tenant(v1::DeleteTenantRequest) -> v1::DeleteTenantResponse
            => DELETE_TENANT, delete, |it| Some(About::tenant(&it.tenant));
        rotate_encryption_keys(v1::RotateEncryptionKeysRequest) -> keys::Rotation
            => ROTATE_ENCRYPTION_KEYS, rotate, |_| Some(About::default());
    }
}

#[cfg(test)]
mod tests;
