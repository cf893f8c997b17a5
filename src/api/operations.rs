//! `OperationsService`: see every hire, and decide about the ones that are stuck.

mod decide;
mod history;
mod list;

use std::sync::Arc;

use super::{audit::About, call::service, shared::Shared};
use crate::{
    lucca::LuccaClient,
    pb::v1::{self, operations_service_server::OperationsService},
};

pub(super) use decide::read_mask;

/// Answers `OperationsService`.
#[derive(Clone)]
pub struct Operations {
    shared: Shared,
    client: Arc<LuccaClient>,
}

impl Operations {
    /// With what it needs.
    pub fn new(shared: Shared, client: Arc<LuccaClient>) -> Self {
        Self { shared, client }
    }
}

service! {
    OperationsService for Operations {
        list_onboardings(v1::ListOnboardingsRequest) -> v1::ListOnboardingsResponse
            => LIST_ONBOARDINGS, list, |it| Some(About::tenant(&it.tenant));
        retry_onboardings(v1::RetryOnboardingsRequest) -> v1::RetryOnboardingsResponse
            => RETRY_ONBOARDINGS, retry, |it| Some(decide::selected(it));
        resolve_onboarding(v1::ResolveOnboardingRequest) -> v1::ResolveOnboardingResponse
            => RESOLVE_ONBOARDING, resolve, |it| Some(About::onboarding(&it.onboarding_id));
        cancel_onboarding(v1::CancelOnboardingRequest) -> v1::CancelOnboardingResponse
            => CANCEL_ONBOARDING, cancel, |it| Some(About::onboarding(&it.onboarding_id));
        erase_personal_data(v1::ErasePersonalDataRequest) -> v1::ErasePersonalDataResponse
            => ERASE_PERSONAL_DATA, erase, |it| Some(About::onboarding(&it.onboarding_id));
        list_history(v1::ListHistoryRequest) -> v1::ListHistoryResponse
            => LIST_HISTORY, history, |it| Some(About::tenant(&it.tenant));
    }
}
