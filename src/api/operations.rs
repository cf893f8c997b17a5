//! `OperationsService`: every hire visible, and set free.

mod decide;
mod history;
mod list;

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{ApiError, Caller, Violations, audit::About, status::Statuses};
use crate::{
    domain::onboarding::decision::Decision,
    lucca::LuccaClient,
    pb::v1::{self, operations_service_server::OperationsService},
    store::HistoryEvent,
};

pub use decide::{read_mask, resume_all};

/// Entries of a page when the caller does not say.
const PAGE: usize = 50;

/// The most entries of a page.
const LARGEST_PAGE: usize = 500;

/// Answers `OperationsService`.
pub struct Operations {
    statuses: Statuses,
    client: Arc<LuccaClient>,
}

impl Operations {
    /// With what it needs.
    pub fn new(statuses: Statuses, client: Arc<LuccaClient>) -> Self {
        Self { statuses, client }
    }

    /// Notes how a call about an onboarding ended.
    async fn noted(
        &self,
        caller: &Caller,
        rpc: &'static str,
        id: &str,
        did: HistoryEvent,
        result: Result<v1::Onboarding, ApiError>,
    ) -> Result<v1::Onboarding, ApiError> {
        let audit = self.statuses.audit();
        let about = About::onboarding(id);
        audit.ended(caller, rpc, about, &result, Some(did)).await;
        result
    }
}

/// What a retry is about.
fn selected(request: &v1::RetryOnboardingsRequest) -> About {
    use v1::retry_onboardings_request::Selection;
    match &request.selection {
        Some(Selection::OnboardingId(id)) => About::onboarding(id),
        Some(Selection::Problem(problem)) => About::tenant(&problem.tenant),
        None => About::default(),
    }
}

/// Reads a page size: 0 is the default, more than the most counts as the most (AIP-158).
pub(super) fn page_size(size: i32, bad: &mut Violations) -> usize {
    match usize::try_from(size) {
        Ok(0) => PAGE,
        Ok(size) => size.min(LARGEST_PAGE),
        Err(_) => {
            bad.add("page_size", "must not be negative");
            PAGE
        }
    }
}

#[tonic::async_trait]
impl OperationsService for Operations {
    async fn list_onboardings(
        &self,
        request: Request<v1::ListOnboardingsRequest>,
    ) -> Result<Response<v1::ListOnboardingsResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        Ok(Response::new(
            self.list(&caller, request.into_inner()).await?,
        ))
    }

    async fn retry_onboardings(
        &self,
        request: Request<v1::RetryOnboardingsRequest>,
    ) -> Result<Response<v1::RetryOnboardingsResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let request = request.into_inner();
        let about = selected(&request);
        let retried = self.retry(&caller, request).await;
        let did = retried.as_ref().ok();
        let did = did.map(|count| HistoryEvent::Retried { resumed: *count });
        let rpc = "OperationsService/RetryOnboardings";
        let audit = self.statuses.audit();
        audit.ended(&caller, rpc, about, &retried, did).await;
        Ok(Response::new(v1::RetryOnboardingsResponse {
            retried_count: retried?,
        }))
    }

    async fn resolve_onboarding(
        &self,
        request: Request<v1::ResolveOnboardingRequest>,
    ) -> Result<Response<v1::ResolveOnboardingResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let request = request.into_inner();
        let id = request.onboarding_id.clone();
        let decision = decide::name(request.decision.as_ref());
        let did = HistoryEvent::Resolved { decision };
        let resolved = self.resolve(&caller, request).await;
        let rpc = "OperationsService/ResolveOnboarding";
        let onboarding = self.noted(&caller, rpc, &id, did, resolved).await?;
        Ok(Response::new(v1::ResolveOnboardingResponse {
            onboarding: Some(onboarding),
        }))
    }

    async fn cancel_onboarding(
        &self,
        request: Request<v1::CancelOnboardingRequest>,
    ) -> Result<Response<v1::CancelOnboardingResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let id = request.into_inner().onboarding_id;
        let decided = self.decide(&caller, &id, Decision::Cancel).await;
        let rpc = "OperationsService/CancelOnboarding";
        let onboarding = self
            .noted(&caller, rpc, &id, HistoryEvent::Called, decided)
            .await?;
        Ok(Response::new(v1::CancelOnboardingResponse {
            onboarding: Some(onboarding),
        }))
    }

    async fn erase_personal_data(
        &self,
        request: Request<v1::ErasePersonalDataRequest>,
    ) -> Result<Response<v1::ErasePersonalDataResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let id = request.into_inner().onboarding_id;
        let decided = self.decide(&caller, &id, Decision::Erase).await;
        let rpc = "OperationsService/ErasePersonalData";
        let onboarding = self
            .noted(&caller, rpc, &id, HistoryEvent::Called, decided)
            .await?;
        Ok(Response::new(v1::ErasePersonalDataResponse {
            onboarding: Some(onboarding),
        }))
    }

    async fn list_history(
        &self,
        request: Request<v1::ListHistoryRequest>,
    ) -> Result<Response<v1::ListHistoryResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        Ok(Response::new(
            self.history(&caller, request.into_inner()).await?,
        ))
    }
}
