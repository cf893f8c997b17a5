//! `CreateCollaborator`: a hire is stored, or shown as it would be.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Onboardings, detached, hire::parse};
use crate::{
    api::{ApiError, Caller, Resource, audit::left, places::Place},
    config::Scope,
    domain::{
        finding::Warning,
        ids::OnboardingId,
        onboarding::{
            BusinessKey,
            submission::{self, Hire, Verdict},
        },
        tenant::Tenant,
    },
    pb::v1,
    store::{Actor, Lookup, SourceKey, Submitted},
};

impl Onboardings {
    /// Stores what a caller says of a hire and, if told to, waits for what becomes of it.
    pub(super) async fn create(
        &self,
        caller: &Caller,
        place: Option<Place>,
        remarks: Vec<Warning>,
        request: v1::CreateCollaboratorRequest,
    ) -> Result<v1::Onboarding, ApiError> {
        let parsed = parse(&request)?;
        caller.may(&[Scope::Caller, Scope::Adapter], Some(&parsed.tenant))?;
        let tenant = self.tenant(&parsed.tenant).await?;
        if tenant.disabled {
            return Err(ApiError::TenantDisabled(tenant.id.to_string()));
        }
        let hire = Hire {
            key: BusinessKey {
                tenant: tenant.id.clone(),
                account: tenant.account.clone(),
                system: parsed.source.system,
                external_id: parsed.source.external_id,
                episode: 1,
            },
            person: parsed.source.person,
            draft: parsed.draft,
            anew: parsed.anew,
            event_time: parsed.source.event_time,
            expected_revision: parsed.expected_revision,
            remarks,
        };
        let name = format!("{}/{}", hire.key.system, hire.key.external_id.as_str());
        let id = OnboardingId::new(uuid::Uuid::now_v7());
        let now = self.statuses.now();
        if request.validate_only {
            return self.preview(&tenant, hire, id, now).await;
        }
        let store = Arc::clone(&self.store);
        let by = Actor::calling(&caller.name, "OnboardingService/CreateCollaborator");
        let submitted =
            detached(async move { store.submit(hire, parsed.request, id, by, now).await })
                .await??;
        let onboarding = match submitted {
            Submitted::Stored(onboarding) => {
                let did = if onboarding.id == id {
                    "hired"
                } else {
                    "said again"
                };
                left(&caller.name, did, &onboarding);
                *onboarding
            }
            Submitted::Differs(onboarding, fields) => {
                return Err(ApiError::Exists {
                    onboarding: onboarding.id.to_string(),
                    user: onboarding.lucca_user.as_ref().map(|user| user.id.get()),
                    fields,
                });
            }
            Submitted::WrongRevision => {
                return Err(ApiError::Conflict(
                    "the onboarding does not have the expected revision",
                ));
            }
            Submitted::RequestReused => return Err(ApiError::RequestReused),
            Submitted::NotKnown => return Err(ApiError::NotFound(Resource::Onboarding, name)),
            Submitted::NoTenant => {
                return Err(ApiError::NotFound(Resource::Tenant, tenant.id.to_string()));
            }
        };
        // When too many wait already the answer is given at once: the hire is stored.
        let may_wait = || place.is_none_or(|place| place.wait().is_ok());
        let onboarding = match parsed.wait {
            Some(wait) if may_wait() => self.statuses.settled(onboarding, wait).await?,
            _ => onboarding,
        };
        self.statuses.show(&onboarding, Some(&tenant)).await
    }

    /// What would become of a hire, without storing it. Without an id, as nothing has one.
    async fn preview(
        &self,
        tenant: &Tenant,
        hire: Hire,
        id: OnboardingId,
        now: Timestamp,
    ) -> Result<v1::Onboarding, ApiError> {
        let lookup = Lookup::Source(SourceKey::of(&hire.key), hire.key.account.clone());
        let name = format!("{}/{}", hire.key.system, hire.key.external_id.as_str());
        let mut latest = self.store.onboarding(lookup).await?;
        let onboarding = match submission::submit(latest.as_mut(), None, &hire, id, now) {
            Verdict::New(onboarding) => *onboarding,
            Verdict::WrongRevision => {
                return Err(ApiError::Conflict(
                    "the onboarding does not have the expected revision",
                ));
            }
            Verdict::NotKnown => return Err(ApiError::NotFound(Resource::Onboarding, name)),
            Verdict::Differs(fields) => {
                return Err(ApiError::Exists {
                    onboarding: latest
                        .as_ref()
                        .map(|it| it.id.to_string())
                        .unwrap_or_default(),
                    user: latest
                        .as_ref()
                        .and_then(|it| it.lucca_user.as_ref())
                        .map(|user| user.id.get()),
                    fields,
                });
            }
            Verdict::Changed | Verdict::Unchanged => match latest {
                Some(onboarding) => onboarding,
                None => return Err(ApiError::Internal),
            },
        };
        let mut shown = self.statuses.show(&onboarding, Some(tenant)).await?;
        if onboarding.id == id {
            shown.id.clear();
        }
        Ok(shown)
    }
}
