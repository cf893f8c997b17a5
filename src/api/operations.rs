//! `OperationsService`: every hire visible, and set free.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tonic::{Request, Response, Status};

use super::{ApiError, Caller, Resource, Violations, status::Statuses};
use crate::{
    config::Scope,
    domain::{
        email::EmailAddress,
        ids::{OnboardingId, SystemName, TenantId},
        matching_key::MatchKey,
    },
    pb::{
        onboarding::domain_state,
        v1::{self, operations_service_server::OperationsService},
    },
    store::{Filter, Lookup, Order, Position},
};

/// Entries of a page when the caller does not say.
const PAGE: usize = 50;

/// The most entries of a page.
const LARGEST_PAGE: usize = 500;

/// Answers `OperationsService`.
pub struct Operations {
    statuses: Statuses,
}

impl Operations {
    /// With what it needs.
    pub fn new(statuses: Statuses) -> Self {
        Self { statuses }
    }

    async fn list(
        &self,
        caller: &Caller,
        request: v1::ListOnboardingsRequest,
    ) -> Result<v1::ListOnboardingsResponse, ApiError> {
        let mut bad = Violations::default();
        let filter = read_filter(&request, &mut bad);
        let limit = page_size(request.page_size, &mut bad);
        let order = match v1::Order::try_from(request.order) {
            Ok(v1::Order::Unspecified | v1::Order::Urgency) => Order::Urgency,
            Ok(v1::Order::UpdateTime) => Order::UpdateTime,
            Err(_) => {
                bad.add("order", "must be one of the defined values");
                Order::Urgency
            }
        };
        bad.check()?;
        caller.may(&[Scope::Operator], filter.tenant.as_ref())?;
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(read_token(token, &filter, order).ok_or(ApiError::BadPageToken)?),
        };
        let page = self
            .statuses
            .store()
            .list(filter.clone(), order, after, limit)
            .await?;
        let mut onboardings = Vec::with_capacity(page.onboardings.len());
        for onboarding in &page.onboardings {
            onboardings.push(self.statuses.show(onboarding, None).await?);
        }
        Ok(v1::ListOnboardingsResponse {
            onboardings,
            next_page_token: page
                .next
                .map(|position| token(&position, &filter, order))
                .unwrap_or_default(),
        })
    }

    async fn retry(
        &self,
        caller: &Caller,
        request: v1::RetryOnboardingsRequest,
    ) -> Result<i32, ApiError> {
        use v1::retry_onboardings_request::Selection;
        let mut bad = Violations::default();
        match request.selection {
            None => bad.add("selection", "must be onboarding_id or problem"),
            Some(Selection::OnboardingId(id)) => {
                if let Some(parsed) = bad.keep("onboarding_id", OnboardingId::parse(&id)) {
                    return self.retry_one(caller, parsed).await;
                }
            }
            Some(Selection::Problem(problem)) => {
                let tenant = bad.keep("problem.tenant", TenantId::parse(&problem.tenant));
                if problem.problem_code.is_empty() {
                    bad.add("problem.problem_code", "must not be empty");
                } else if let Some(tenant) = tenant {
                    caller.may(&[Scope::Operator], Some(&tenant))?;
                    let retried =
                        resume_all(&self.statuses, &tenant, &problem.problem_code).await?;
                    return Ok(i32::try_from(retried).unwrap_or(i32::MAX));
                }
            }
        }
        Err(bad.into())
    }

    async fn retry_one(&self, caller: &Caller, id: OnboardingId) -> Result<i32, ApiError> {
        let store = self.statuses.store();
        let Some(before) = store.onboarding(Lookup::Id(id)).await? else {
            caller.may(&[Scope::Operator], None)?;
            return Err(ApiError::NotFound(Resource::Onboarding, id.to_string()));
        };
        caller.may(&[Scope::Operator], Some(&before.key.tenant))?;
        let after = store.resume(id, self.statuses.now()).await?;
        Ok(i32::from(after.is_some_and(|after| after != before)))
    }
}

/// Lets every hire of a tenant go on that waits with this problem; tells how many.
///
/// # Errors
/// The store cannot answer.
pub async fn resume_all(
    statuses: &Statuses,
    tenant: &TenantId,
    problem: &str,
) -> Result<usize, ApiError> {
    let filter = Filter {
        tenant: Some(tenant.clone()),
        problem: Some(problem.to_owned()),
        ..Filter::default()
    };
    let mut waiting: Vec<OnboardingId> = Vec::new();
    let mut after = None;
    loop {
        let page = statuses
            .store()
            .list(filter.clone(), Order::Urgency, after, LARGEST_PAGE)
            .await?;
        waiting.extend(page.onboardings.iter().map(|onboarding| onboarding.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    for id in &waiting {
        statuses.store().resume(*id, statuses.now()).await?;
    }
    Ok(waiting.len())
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

fn read_filter(request: &v1::ListOnboardingsRequest, bad: &mut Violations) -> Filter {
    let given = |text: &str| !text.trim().is_empty();
    let tenant = given(&request.tenant)
        .then(|| bad.keep("tenant", TenantId::parse(&request.tenant)))
        .flatten();
    let system = given(&request.system)
        .then(|| bad.keep("system", SystemName::parse(&request.system)))
        .flatten();
    let email = given(&request.email)
        .then(|| bad.keep("email", EmailAddress::parse(&request.email)))
        .flatten();
    let state = match v1::State::try_from(request.state) {
        Ok(state) => domain_state(state),
        Err(_) => {
            bad.add("state", "must be one of the defined values");
            None
        }
    };
    Filter {
        tenant,
        state,
        system,
        name: given(&request.name).then(|| MatchKey::of(&request.name).as_str().to_owned()),
        email: email.map(|email| email.folded()),
        problem: None,
    }
}

/// What a page token must agree with; names and addresses are left out, for tokens may be
/// logged.
fn list_kind(filter: &Filter, order: Order) -> String {
    format!(
        "{order:?}/{}/{}/{}",
        filter.tenant.as_ref().map_or("", TenantId::as_str),
        filter.state.map_or("", |state| state.as_str()),
        filter.system.as_ref().map_or("", SystemName::as_str),
    )
}

fn token(position: &Position, filter: &Filter, order: Order) -> String {
    URL_SAFE_NO_PAD.encode(format!(
        "{}\n{}\n{}",
        list_kind(filter, order),
        position.rank,
        position.seq
    ))
}

fn read_token(token: &str, filter: &Filter, order: Order) -> Option<Position> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let mut parts = text.split('\n');
    if parts.next()? != list_kind(filter, order) {
        return None;
    }
    Some(Position {
        rank: parts.next()?.to_owned(),
        seq: parts.next()?.parse().ok()?,
    })
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
        let _caller = Caller::of(request.extensions())?;
        Err(ApiError::Unimplemented(
            "deciding a question by call is not built yet; correct the hire at its source, or the data in Lucca, then retry",
        )
        .into())
    }

    async fn cancel_onboarding(
        &self,
        request: Request<v1::CancelOnboardingRequest>,
    ) -> Result<Response<v1::CancelOnboardingResponse>, Status> {
        let _caller = Caller::of(request.extensions())?;
        Err(ApiError::Unimplemented(
            "cancelling by onboarding is not built yet; withdraw the hire with WithdrawHire",
        )
        .into())
    }

    async fn erase_personal_data(
        &self,
        request: Request<v1::ErasePersonalDataRequest>,
    ) -> Result<Response<v1::ErasePersonalDataResponse>, Status> {
        let _caller = Caller::of(request.extensions())?;
        Err(ApiError::Unimplemented("erasing personal data is not built yet").into())
    }

    async fn list_history(
        &self,
        request: Request<v1::ListHistoryRequest>,
    ) -> Result<Response<v1::ListHistoryResponse>, Status> {
        let _caller = Caller::of(request.extensions())?;
        Err(ApiError::Unimplemented(
            "listing the history is not built yet; GetStatus shows what counts now",
        )
        .into())
    }
}
