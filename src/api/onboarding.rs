//! `OnboardingService`: hires in, status out.

mod create;
mod find;
mod hire;
mod seen;
mod watch;
mod withdraw;

use std::{future::Future, sync::Arc};

use tonic::{Request, Response, Status};

use seen::{READERS, seen};

use super::{
    ApiError, Caller, Resource, Violations,
    audit::About,
    checks::{allowance_only, check_defaults},
    guard::Deadline,
    language::language,
    places::Place,
    refresh::Refresher,
    status::Statuses,
};
use crate::{
    checks::{Checks, Language},
    config::Scope,
    domain::{finding::Warning, ids::TenantId, tenant::Tenant},
    pb::{
        REMARKS,
        collaborator::{self as wire, Source},
        v1::{self, onboarding_service_server::OnboardingService},
    },
    store::{HistoryEvent, Store},
};

/// Answers `OnboardingService`.
pub struct Onboardings {
    store: Arc<dyn Store>,
    statuses: Statuses,
    checks: Checks,
    refresher: Refresher,
}

impl Onboardings {
    /// With what it needs.
    pub fn new(statuses: Statuses, checks: Checks, refresher: Refresher) -> Self {
        Self {
            store: Arc::clone(statuses.store()),
            statuses,
            checks,
            refresher,
        }
    }

    async fn tenant(&self, id: &TenantId) -> Result<Tenant, ApiError> {
        let tenant = self.store.tenant(id).await?;
        tenant.ok_or_else(|| ApiError::NotFound(Resource::Tenant, id.to_string()))
    }

    async fn check(
        &self,
        caller: &Caller,
        request: v1::CheckDefaultsRequest,
        language: Language,
    ) -> Result<v1::CheckDefaultsResponse, ApiError> {
        let scopes = [Scope::Caller, Scope::Operator, Scope::Admin];
        let id = caller.tenant(&scopes, "tenant", &request.tenant)?;
        let mut violations = Vec::new();
        let sample = request
            .sample
            .map(|sample| wire::draft(&sample, "sample", &mut violations));
        let mut bad = Violations::default();
        for (path, description) in violations {
            bad.add(path, description);
        }
        bad.check()?;
        let tenant = self.tenant(&id).await?;
        if request.allowance_only {
            return allowance_only(&self.checks, &tenant).await;
        }
        check_defaults(&self.checks, &tenant, sample.as_ref(), language).await
    }
}

/// Runs a write to its end even if the caller goes away meanwhile.
pub(super) async fn detached<T: Send + 'static>(
    write: impl Future<Output = T> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(write).await.map_err(|_| ApiError::Internal)
}

/// Parses a source, and notes what is bad about it.
fn read_source(given: Option<&v1::Source>, path: &str, bad: &mut Violations) -> Option<Source> {
    let mut violations = Vec::new();
    let source = wire::source(given, path, &mut violations);
    for (path, description) in violations {
        bad.add(path, description);
    }
    source
}

/// What the intake remarked, by the codes it sent along.
fn remarks<T>(request: &Request<T>) -> Vec<Warning> {
    request
        .metadata()
        .get(REMARKS)
        .and_then(|value| value.to_str().ok())
        .into_iter()
        .flat_map(|codes| codes.split(','))
        .filter_map(|code| Warning::remark(code.trim()))
        .collect()
}

#[tonic::async_trait]
impl OnboardingService for Onboardings {
    async fn create_collaborator(
        &self,
        request: Request<v1::CreateCollaboratorRequest>,
    ) -> Result<Response<v1::CreateCollaboratorResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let place = request.extensions().get::<Place>().cloned();
        let remarks = remarks(&request);
        let request = request.into_inner();
        let (about, stores) = (About::tenant(&request.tenant), !request.validate_only);
        let onboarding = self.create(&caller, place, remarks, request).await;
        if stores {
            // What it did is noted with the onboarding.
            let rpc = "OnboardingService/CreateCollaborator";
            let audit = self.statuses.audit();
            audit.ended(&caller, rpc, about, &onboarding, None).await;
        }
        Ok(Response::new(v1::CreateCollaboratorResponse {
            onboarding: Some(seen(&caller, onboarding?)),
        }))
    }

    async fn check_defaults(
        &self,
        request: Request<v1::CheckDefaultsRequest>,
    ) -> Result<Response<v1::CheckDefaultsResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let language = language(request.metadata());
        Ok(Response::new(
            self.check(&caller, request.into_inner(), language).await?,
        ))
    }

    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let deadline = Deadline::of(request.extensions());
        let place = request.extensions().get::<Place>().cloned();
        let request = request.into_inner();
        let onboarding = self.find(&caller, request.key).await?;
        let onboarding = if request.refresh {
            caller.has(&READERS)?;
            // Lucca is waited for.
            if let Some(place) = place {
                place.wait()?;
            }
            let refresher = self.refresher.clone();
            // What was paid for with a call is kept even if the caller goes away.
            detached(async move { refresher.show(&caller, onboarding, deadline).await }).await??
        } else {
            seen(&caller, self.statuses.show(&onboarding, None).await?)
        };
        Ok(Response::new(v1::GetStatusResponse {
            onboarding: Some(onboarding),
        }))
    }

    type WatchStatusStream = watch::Watch;

    async fn watch_status(
        &self,
        request: Request<v1::WatchStatusRequest>,
    ) -> Result<Response<Self::WatchStatusStream>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let place = request.extensions().get::<Place>().cloned();
        let key = request.into_inner().key;
        Ok(Response::new(self.watched(&caller, place, key).await?))
    }

    async fn withdraw_hire(
        &self,
        request: Request<v1::WithdrawHireRequest>,
    ) -> Result<Response<v1::WithdrawHireResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let request = request.into_inner();
        let about = About::tenant(&request.tenant);
        let onboarding = self.withdraw(&caller, request).await;
        let did = onboarding.as_ref().ok().filter(|it| it.is_none());
        let did = did.map(|_| HistoryEvent::WithdrawnUnknown);
        let rpc = "OnboardingService/WithdrawHire";
        let audit = self.statuses.audit();
        audit.ended(&caller, rpc, about, &onboarding, did).await;
        Ok(Response::new(v1::WithdrawHireResponse {
            onboarding: onboarding?.map(|onboarding| seen(&caller, onboarding)),
        }))
    }
}
