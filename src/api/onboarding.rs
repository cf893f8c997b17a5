//! `OnboardingService`: hires in, status out.

mod create;
mod find;
mod hire;
mod quota;
mod watch;
mod withdraw;

use std::sync::Arc;

use super::{
    ApiError,
    audit::About,
    call::{Call, detached, service},
    checks::{allowance, response},
    refresh::Refresher,
    shared::{READERS, Shared},
};
use crate::{
    checks::Checks,
    pb::{
        Faults,
        collaborator::{self, Source},
        v1::{self, onboarding_service_server::OnboardingService},
    },
    store::StoreError,
};

pub(super) use hire::check_size;
use quota::Quota;

/// Answers `OnboardingService`.
#[derive(Clone)]
pub struct Onboardings {
    shared: Shared,
    checks: Arc<Checks>,
    refresher: Refresher,
    quota: Quota,
}

impl Onboardings {
    /// With what it needs; a tenant may have at most `most` onboardings.
    pub fn new(shared: Shared, checks: Checks, refresher: Refresher, most: u64) -> Self {
        Self {
            quota: Quota::new(most),
            shared,
            checks: Arc::new(checks),
            refresher,
        }
    }

    async fn check(
        self,
        call: Arc<Call>,
        request: v1::CheckDefaultsRequest,
    ) -> Result<v1::CheckDefaultsResponse, ApiError> {
        let id = call.caller.tenant("tenant", &request.tenant)?;
        let mut faults = Faults::default();
        let sample = request.sample.as_ref();
        let sample = sample.map(|it| collaborator::draft(it, "sample", &mut faults));
        if let Some(sample) = &sample {
            collaborator::check_sense(sample, "sample", &mut faults);
        }
        faults.check()?;
        let tenant = match self.shared.store().tenant(&id).await {
            // Whoever asks for the allowance only gets the whole report: it takes no calls.
            Err(StoreError::Quarantined(record)) => {
                let report = self.checks.unreadable(&record).await?;
                return Ok(response(&report, call.language));
            }
            read => read?.ok_or_else(|| ApiError::TenantNotFound(id.to_string()))?,
        };
        if request.allowance_only {
            return Ok(v1::CheckDefaultsResponse {
                allowance: Some(allowance(self.checks.calls_left(&tenant).await?)),
                ..v1::CheckDefaultsResponse::default()
            });
        }
        let report = self.checks.check(&tenant, sample.as_ref()).await?;
        Ok(response(&report, call.language))
    }

    async fn status(
        self,
        call: Arc<Call>,
        request: v1::GetStatusRequest,
    ) -> Result<v1::GetStatusResponse, ApiError> {
        let onboarding = self.find(&call, request.key).await?;
        let shown = if request.refresh {
            call.caller.has(&READERS)?;
            // It waits for Lucca.
            call.wait().await?;
            // What was paid for with a call to Lucca is kept even if the caller goes away.
            let look = async move { self.refresher.show(&call, onboarding).await };
            detached(look).await??
        } else {
            self.shared.show(&call, &onboarding, None).await?
        };
        Ok(v1::GetStatusResponse {
            onboarding: Some(shown),
        })
    }
}

/// A source as errors name it.
fn name(source: &Source) -> String {
    format!("{}/{}", source.system, source.external_id.as_str())
}

service! {
    OnboardingService for Onboardings, type WatchStatusStream = watch::Watch {
        create_collaborator(v1::CreateCollaboratorRequest) -> v1::CreateCollaboratorResponse
            => CREATE_COLLABORATOR, create,
            |it| Some(About::tenant(&it.tenant));
        check_defaults(v1::CheckDefaultsRequest) -> v1::CheckDefaultsResponse
            => CHECK_DEFAULTS, check, |it| Some(About::tenant(&it.tenant));
        get_status(v1::GetStatusRequest) -> v1::GetStatusResponse
            => GET_STATUS, status, |it| Some(find::about(it.key.as_ref()));
        watch_status(v1::WatchStatusRequest) -> watch::Watch
            => WATCH_STATUS, watch, |it| Some(watch::about(it.key.as_ref()));
        withdraw_hire(v1::WithdrawHireRequest) -> v1::WithdrawHireResponse
            => WITHDRAW_HIRE, withdraw, |it| Some(About::tenant(&it.tenant));
    }
}
