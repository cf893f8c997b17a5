//! `AdapterService`: what the webhook adapter needs, and nothing else.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{ApiError, Caller, Resource};
use crate::{
    config::Scope,
    pb::{
        tenant::webhook_with_values,
        v1::{self, adapter_service_server::AdapterService},
    },
    store::Store,
};

/// Answers `AdapterService`.
pub struct Adapters {
    store: Arc<dyn Store>,
}

impl Adapters {
    /// With what it needs.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    async fn settings(
        &self,
        caller: &Caller,
        tenant: &str,
    ) -> Result<v1::GetWebhookSettingsResponse, ApiError> {
        let id = caller.tenant(&[Scope::Adapter], "tenant", tenant)?;
        let tenant = self.store.tenant(&id).await?;
        let tenant = tenant.ok_or_else(|| ApiError::NotFound(Resource::Tenant, id.to_string()))?;
        Ok(v1::GetWebhookSettingsResponse {
            webhook: Some(webhook_with_values(&tenant.webhook)),
            time_zone: tenant.time_zone,
            disabled: tenant.disabled,
        })
    }
}

#[tonic::async_trait]
impl AdapterService for Adapters {
    async fn get_webhook_settings(
        &self,
        request: Request<v1::GetWebhookSettingsRequest>,
    ) -> Result<Response<v1::GetWebhookSettingsResponse>, Status> {
        let caller = Caller::of(request.extensions())?;
        let settings = self.settings(caller, &request.get_ref().tenant).await?;
        Ok(Response::new(settings))
    }

    async fn report_event(
        &self,
        request: Request<v1::ReportEventRequest>,
    ) -> Result<Response<v1::ReportEventResponse>, Status> {
        let caller = Caller::of(request.extensions())?;
        caller.tenant(&[Scope::Adapter], "tenant", &request.get_ref().tenant)?;
        Err(ApiError::Unimplemented(
            "keeping reported events is not built yet; the adapter logs them",
        )
        .into())
    }
}
