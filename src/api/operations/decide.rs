//! What operators decide.

use std::{collections::BTreeSet, time::Duration};

use super::{LARGEST_PAGE, Operations};
use crate::{
    api::{ApiError, Caller, Resource, Violations, audit::left, status::Statuses},
    config::Scope,
    domain::{
        amendment::Amendment,
        field::Field,
        ids::{OnboardingId, TenantId},
        lucca_id::LuccaId,
        onboarding::{
            LuccaUser, Onboarding,
            decision::{Decision, Refusal},
        },
    },
    lucca::{Access, Priority, user_url},
    pb::{collaborator, v1},
    store::{Filter, Lookup, Order},
};

const SCOPE: [Scope; 1] = [Scope::Operator];

impl Operations {
    /// The onboarding, if the caller may decide about it.
    async fn decidable(&self, caller: &Caller, id: &str) -> Result<Onboarding, ApiError> {
        let mut bad = Violations::default();
        let Some(id) = bad.keep("onboarding_id", OnboardingId::parse(id)) else {
            return Err(bad.into());
        };
        match self.statuses.store().onboarding(Lookup::Id(id)).await? {
            Some(onboarding) => {
                caller.may(&SCOPE, Some(&onboarding.key.tenant))?;
                Ok(onboarding)
            }
            None => {
                caller.may(&SCOPE, None)?;
                Err(ApiError::NotFound(Resource::Onboarding, id.to_string()))
            }
        }
    }

    /// Carries out a decision and shows what came of it.
    pub(super) async fn decide(
        &self,
        caller: &Caller,
        id: &str,
        decision: Decision,
    ) -> Result<v1::Onboarding, ApiError> {
        let onboarding = self.decidable(caller, id).await?;
        let after = decide(&self.statuses, &caller.name, onboarding.id, decision).await?;
        self.statuses.show(&after, None).await
    }

    pub(super) async fn retry(
        &self,
        caller: &Caller,
        request: v1::RetryOnboardingsRequest,
    ) -> Result<i32, ApiError> {
        use v1::retry_onboardings_request::Selection;
        let mut bad = Violations::default();
        match request.selection {
            None => bad.add("selection", "must be onboarding_id or problem"),
            Some(Selection::OnboardingId(id)) => {
                let before = self.decidable(caller, &id).await?;
                let after =
                    decide(&self.statuses, &caller.name, before.id, Decision::Resume).await?;
                return Ok(i32::from(after != before));
            }
            Some(Selection::Problem(problem)) => {
                let tenant = bad.keep("problem.tenant", TenantId::parse(&problem.tenant));
                if problem.problem_code.is_empty() {
                    bad.add("problem.problem_code", "must not be empty");
                } else if let Some(tenant) = tenant {
                    caller.may(&SCOPE, Some(&tenant))?;
                    let code = &problem.problem_code;
                    let retried = resume_all(&self.statuses, &caller.name, &tenant, code).await?;
                    return Ok(i32::try_from(retried).unwrap_or(i32::MAX));
                }
            }
        }
        Err(bad.into())
    }

    pub(super) async fn resolve(
        &self,
        caller: &Caller,
        request: v1::ResolveOnboardingRequest,
    ) -> Result<v1::Onboarding, ApiError> {
        use v1::resolve_onboarding_request::Decision as Wire;
        let onboarding = self.decidable(caller, &request.onboarding_id).await?;
        let decision = match request.decision {
            None => {
                let mut bad = Violations::default();
                bad.add("decision", "must be link_existing, create_anyway or amend");
                return Err(bad.into());
            }
            Some(Wire::LinkExisting(link)) => {
                Decision::Link(self.seen_user(&onboarding, link.lucca_user_id).await?)
            }
            Some(Wire::CreateAnyway(anyway)) => {
                let numbers = anyway.acknowledged_attempts.iter();
                let numbers: BTreeSet<u32> = numbers
                    .filter_map(|number| u32::try_from(*number).ok())
                    .collect();
                Decision::CreateAnyway(numbers)
            }
            Some(Wire::Amend(amend)) => Decision::Amend(Box::new(read_amendment(&amend)?)),
        };
        let after = decide(&self.statuses, &caller.name, onboarding.id, decision).await?;
        self.statuses.show(&after, None).await
    }

    /// A user whom the tenant's key sees in Lucca: linking to a typing error would be
    /// believed for ever.
    async fn seen_user(&self, of: &Onboarding, id: i64) -> Result<LuccaUser, ApiError> {
        let mut bad = Violations::default();
        let Some(id) = bad.keep("link_existing.lucca_user_id", LuccaId::try_from(id)) else {
            return Err(bad.into());
        };
        let tenant = self.statuses.store().tenant(&of.key.tenant).await?;
        let tenant = tenant
            .filter(|tenant| tenant.account == of.key.account)
            .ok_or_else(|| ApiError::NotFound(Resource::Tenant, of.key.tenant.to_string()))?;
        let access = Access::of(&tenant);
        let read = self.client.user(&access, id, Priority::Interactive);
        match tokio::time::timeout(LOOK, read).await {
            Err(_) => Err(ApiError::LuccaUnavailable),
            Ok(found) => match found? {
                Some(user) => Ok(LuccaUser {
                    id,
                    url: user_url(tenant.lucca_url.as_str(), user.url.as_deref(), id),
                }),
                None => {
                    bad.add(
                        "link_existing.lucca_user_id",
                        "must be the id of a user whom the tenant's API key sees in Lucca",
                    );
                    Err(bad.into())
                }
            },
        }
    }
}

/// What an operator decided, for the history.
pub(super) fn name(decision: Option<&v1::resolve_onboarding_request::Decision>) -> &'static str {
    use v1::resolve_onboarding_request::Decision as Wire;
    match decision {
        Some(Wire::LinkExisting(_)) => "link_existing",
        Some(Wire::CreateAnyway(_)) => "create_anyway",
        Some(Wire::Amend(_)) => "amend",
        None => "",
    }
}

/// How long to wait for Lucca when a person waits for the answer.
const LOOK: Duration = Duration::from_secs(30);

/// Carries out a decision.
async fn decide(
    statuses: &Statuses,
    actor: &str,
    id: OnboardingId,
    decision: Decision,
) -> Result<Onboarding, ApiError> {
    let now = statuses.now();
    match statuses.store().decide(id, actor, decision, now).await? {
        Some(Ok(onboarding)) => {
            left(actor, "decided", &onboarding);
            Ok(*onboarding)
        }
        Some(Err(refusal)) => Err(refused(refusal, id)),
        None => Err(ApiError::NotFound(Resource::Onboarding, id.to_string())),
    }
}

fn refused(refusal: Refusal, id: OnboardingId) -> ApiError {
    match refusal {
        Refusal::NotWaiting => ApiError::NotWaiting(id.to_string()),
        Refusal::Ended => ApiError::Ended(id.to_string()),
        Refusal::NothingToOverride => ApiError::NothingToOverride(id.to_string()),
        Refusal::LoginTaken => ApiError::LoginTaken(id.to_string()),
        Refusal::OpenAttempts(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
            let mut bad = Violations::default();
            bad.add(
                "create_anyway.acknowledged_attempts",
                format!(
                    "must name every attempt of unknown outcome: {}",
                    numbers.join(", ")
                ),
            );
            bad.into()
        }
    }
}

fn read_amendment(amend: &v1::resolve_onboarding_request::Amend) -> Result<Amendment, ApiError> {
    let mut bad = Violations::default();
    let mut violations = Vec::new();
    let given = amend.collaborator.clone().unwrap_or_default();
    let values = collaborator::draft(&given, "amend.collaborator", &mut violations);
    for (path, description) in violations {
        bad.add(path, description);
    }
    let mask = amend.update_mask.as_ref();
    let fields = read_mask(mask, "amend.update_mask", &mut bad);
    if fields.is_empty() && bad.is_empty() {
        bad.add("amend.update_mask", "must name the fields to set");
    }
    bad.check()?;
    Ok(Amendment { fields, values })
}

/// The fields of a collaborator that a mask names.
pub fn read_mask(
    mask: Option<&prost_types::FieldMask>,
    path: &str,
    bad: &mut Violations,
) -> BTreeSet<Field> {
    let mut fields = BTreeSet::new();
    for name in mask.into_iter().flat_map(|mask| &mask.paths) {
        match Field::OF_HIRE.iter().find(|field| field.name() == name) {
            Some(field) => {
                fields.insert(*field);
            }
            None => bad.add(path, "must hold names of fields of the collaborator only"),
        }
    }
    fields
}

/// Lets every hire of a tenant go on that waits with this problem; tells how many.
///
/// # Errors
/// The store cannot answer.
pub async fn resume_all(
    statuses: &Statuses,
    actor: &str,
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
        decide(statuses, actor, *id, Decision::Resume).await?;
    }
    Ok(waiting.len())
}
