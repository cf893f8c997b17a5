//! `OperationsService`: every hire visible, and set free.

mod decide;
mod history;
mod list;

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{Caller, Violations, status::Statuses};
use crate::{
    domain::onboarding::decision::Decision,
    lucca::LuccaClient,
    pb::v1::{self, operations_service_server::OperationsService},
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
        let retried_count = self.retry(&caller, request.into_inner()).await?;
        Ok(Response::new(v1::RetryOnboardingsResponse {
            retried_count,
        }))
    }

    async fn resolve_onboarding(
        &self,
        request: Request<v1::ResolveOnboardingRequest>,
    ) -> Result<Response<v1::ResolveOnboardingResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let onboarding = self.resolve(&caller, request.into_inner()).await?;
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
        let onboarding = self.decide(&caller, &id, Decision::Cancel).await?;
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
        let onboarding = self.decide(&caller, &id, Decision::Erase).await?;
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
