//! Decisions of operators.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::Operations;
use crate::{
    api::{
        ApiError, audit::About, call::Call, onboarding::check_size, retry::Tally,
        shared::unacknowledged,
    },
    domain::{
        amendment::Amendment,
        field::Field,
        ids::{OnboardingId, TenantId},
        lucca_id::LuccaId,
        onboarding::{Link, LuccaUser, Onboarding, decision::Decision, forward::Retried},
    },
    lucca::{Access, user_url},
    pb::{
        Fault, Faults, collaborator,
        v1::{
            self, resolve_onboarding_request::Decision as WireDecision,
            retry_onboardings_request::Selection,
        },
    },
    store::{HistoryEvent, Lookup},
};

/// How long to wait for Lucca when a person waits for the answer.
const LUCCA_TIMEOUT: Duration = Duration::from_secs(30);

impl Operations {
    pub(super) async fn retry(
        self,
        call: Arc<Call>,
        request: v1::RetryOnboardingsRequest,
    ) -> Result<v1::RetryOnboardingsResponse, ApiError> {
        let mut tally = Tally::default();
        match request.selection {
            None => {
                let fault = Fault::not_one_of("onboarding_id, problem");
                return Err(Faults::one("selection", fault).into());
            }
            Some(Selection::OnboardingId(id)) if self.is_set_aside(&call, &id).await? => {
                let (by, now) = (&call.caller.name, self.shared.now());
                self.shared.store().release(&id, by, now).await?;
                tally.add(Retried::Resumed);
            }
            Some(Selection::OnboardingId(id)) => {
                let before = self.decidable(&call, &id).await?;
                tally.add(self.shared.retry(&call, &before).await?);
            }
            Some(Selection::Problem(problem)) => {
                let mut faults = Faults::default();
                let tenant = faults.keep("problem.tenant", TenantId::parse(&problem.tenant));
                if problem.problem_code.is_empty() {
                    faults.add("problem.problem_code", Fault::Missing);
                }
                let Some(tenant) = tenant.filter(|_| faults.is_empty()) else {
                    return Err(faults.into());
                };
                call.caller.may(Some(&tenant))?;
                let code = &problem.problem_code;
                tally = self.shared.retry_all(&call, &tenant, code).await?;
            }
        }
        let answer = tally.answer();
        call.did(HistoryEvent::Retried {
            resumed: answer.retried_count,
        });
        Ok(answer)
    }

    pub(super) async fn resolve(
        self,
        call: Arc<Call>,
        request: v1::ResolveOnboardingRequest,
    ) -> Result<v1::ResolveOnboardingResponse, ApiError> {
        let onboarding = self.decidable(&call, &request.onboarding_id).await?;
        let (name, decision) = match request.decision {
            None => {
                let fault = Fault::not_one_of("link_existing, create_anyway, amend, unlink");
                return Err(Faults::one("decision", fault).into());
            }
            Some(WireDecision::LinkExisting(link)) => {
                let link = self.link_to(&onboarding, link).await?;
                ("link_existing", Decision::Link(link))
            }
            Some(WireDecision::Unlink(_)) => ("unlink", Decision::Unlink),
            Some(WireDecision::CreateAnyway(anyway)) => {
                let numbers = attempt_numbers(&anyway.acknowledged_attempts);
                ("create_anyway", Decision::CreateAnyway(numbers))
            }
            Some(WireDecision::Amend(amend)) => {
                ("amend", Decision::Amend(Box::new(read_amendment(&amend)?)))
            }
        };
        let after = self.decide(&call, &onboarding, decision).await?;
        call.did(HistoryEvent::Resolved { decision: name });
        let onboarding = Some(self.shared.show(&call, &after, None).await?);
        Ok(v1::ResolveOnboardingResponse { onboarding })
    }

    pub(super) async fn cancel(
        self,
        call: Arc<Call>,
        request: v1::CancelOnboardingRequest,
    ) -> Result<v1::CancelOnboardingResponse, ApiError> {
        let onboarding = self.decidable(&call, &request.onboarding_id).await?;
        let onboarding = self.decided(&call, &onboarding, Decision::Cancel).await?;
        Ok(v1::CancelOnboardingResponse { onboarding })
    }

    pub(super) async fn erase(
        self,
        call: Arc<Call>,
        request: v1::ErasePersonalDataRequest,
    ) -> Result<v1::ErasePersonalDataResponse, ApiError> {
        let id = &request.onboarding_id;
        let acknowledged = attempt_numbers(&request.acknowledged_attempts);
        if self.is_set_aside(&call, id).await? {
            let (by, now) = (&call.caller.name, self.shared.now());
            let open = self.shared.store().remove(id, &acknowledged, by, now);
            return match open.await?.as_slice() {
                [] => Ok(v1::ErasePersonalDataResponse::default()),
                open => Err(unacknowledged("acknowledged_attempts", open)),
            };
        }
        let onboarding = self.decidable(&call, id).await?;
        let onboarding = self.decided(&call, &onboarding, Decision::Erase).await?;
        Ok(v1::ErasePersonalDataResponse { onboarding })
    }

    /// Whether an onboarding is in quarantine, about which the caller may decide. Its id may be
    /// damaged, and then is none.
    async fn is_set_aside(&self, call: &Call, id: &str) -> Result<bool, ApiError> {
        let found = self.shared.store().quarantined_onboarding(id).await?;
        if let Some(record) = &found {
            call.caller.may(record.tenant_id().as_ref())?;
        }
        Ok(found.is_some())
    }

    /// The onboarding, if the caller may decide about it.
    async fn decidable(&self, call: &Call, id: &str) -> Result<Onboarding, ApiError> {
        let id = Faults::only("onboarding_id", OnboardingId::parse(id))?;
        let found = self.shared.onboarding(call, Lookup::Id(id), None);
        found
            .await?
            .ok_or_else(|| ApiError::OnboardingNotFound(id.to_string()))
    }

    async fn decide(
        &self,
        call: &Call,
        of: &Onboarding,
        decision: Decision,
    ) -> Result<Onboarding, ApiError> {
        let decided = self.shared.decide(call, of.id, decision, "decided");
        decided.await
    }

    /// The onboarding after a decision, for the answer.
    async fn decided(
        &self,
        call: &Call,
        of: &Onboarding,
        decision: Decision,
    ) -> Result<Option<v1::Onboarding>, ApiError> {
        let after = self.decide(call, of, decision).await?;
        self.shared.show(call, &after, None).await.map(Some)
    }

    /// The link, if the tenant's key sees the user in Lucca: a link to a mistyped id would never
    /// be noticed.
    async fn link_to(
        &self,
        of: &Onboarding,
        link: v1::resolve_onboarding_request::LinkExisting,
    ) -> Result<Link, ApiError> {
        const PATH: &str = "link_existing.lucca_user_id";
        let id = Faults::only(PATH, LuccaId::try_from(link.lucca_user_id))?;
        let tenant = self.shared.tenant(&of.key.tenant).await?;
        if tenant.account != of.key.account {
            return Err(ApiError::TenantNotFound(tenant.id.to_string()));
        }
        let read = self.client.user(Access::interactive(&tenant), id);
        let found = tokio::time::timeout(LUCCA_TIMEOUT, read).await;
        let Some(user) = found.map_err(|_| ApiError::LuccaUnavailable)?? else {
            return Err(Faults::one(PATH, Fault::UserNotSeen).into());
        };
        Ok(Link {
            differs: user.unlike(&of.draft()),
            held: self.shared.is_wanted_elsewhere(of, id).await?,
            confirmed: link.confirm_difference,
            user: LuccaUser {
                id,
                url: user_url(tenant.lucca_url.as_str(), user.url.as_deref(), id),
            },
        })
    }
}

/// The numbers of attempts that a caller names.
fn attempt_numbers(numbers: &[i32]) -> BTreeSet<u32> {
    let numbers = numbers.iter();
    numbers
        .filter_map(|number| u32::try_from(*number).ok())
        .collect()
}

/// What a retry is about.
pub(super) fn selected(request: &v1::RetryOnboardingsRequest) -> About {
    match &request.selection {
        Some(Selection::OnboardingId(id)) => About::onboarding(id),
        Some(Selection::Problem(problem)) => About::tenant(&problem.tenant),
        None => About::default(),
    }
}

fn read_amendment(amend: &v1::resolve_onboarding_request::Amend) -> Result<Amendment, Faults> {
    const MASK: &str = "amend.update_mask";
    let mut faults = Faults::default();
    let given = amend.collaborator.clone().unwrap_or_default();
    let values = collaborator::draft(&given, "amend.collaborator", &mut faults);
    check_size(&values, "amend.collaborator", &mut faults);
    collaborator::check_sense(&values, "amend.collaborator", &mut faults);
    let fields = read_mask(amend.update_mask.as_ref(), MASK, &mut faults);
    if fields.is_empty() && faults.is_empty() {
        faults.add(MASK, Fault::NoFields);
    }
    faults.check()?;
    Ok(Amendment { fields, values })
}

/// The fields of a collaborator that a mask names.
pub fn read_mask(
    mask: Option<&prost_types::FieldMask>,
    path: &str,
    faults: &mut Faults,
) -> BTreeSet<Field> {
    let mut fields = BTreeSet::new();
    for name in mask.into_iter().flat_map(|mask| &mask.paths) {
        let field = Field::OF_HIRE.iter().find(|field| field.name() == name);
        fields.extend(faults.keep(path, field.ok_or(Fault::NotAFieldOfHires)));
    }
    fields
}
