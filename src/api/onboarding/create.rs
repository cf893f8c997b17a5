//! `CreateCollaborator`: a hire is stored, or shown as it would be.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Onboardings, hire::parse, name};
use crate::{
    api::{
        ApiError,
        audit::log_outcome,
        call::{Call, detached},
        error::Conflict,
        shared::READERS,
    },
    domain::{
        amendment::Amendment,
        collaborator::Draft,
        finding::{Problem, ProblemCode, Warning, WarningKind},
        ids::OnboardingId,
        onboarding::{BusinessKey, Onboarding, State, submission::Hire},
        resolve::Outlook,
        sense,
        tenant::Tenant,
    },
    pb::{FULL_REMARKS, REMARKS, v1},
    store::{Filter, Lookup, Order, SourceKey, Submitted},
};

impl Onboardings {
    /// Stores a hire and, with `wait`, waits for its outcome.
    pub(super) async fn create(
        self,
        call: Arc<Call>,
        request: v1::CreateCollaboratorRequest,
    ) -> Result<v1::CreateCollaboratorResponse, ApiError> {
        let may_read = call.caller.has(&READERS).is_ok();
        // Both answers say whether the content is the stored one. An adapter could find out the
        // data of a hire by asking.
        if !may_read && (request.validate_only || !request.request_id.is_empty()) {
            return Err(ApiError::PermissionDenied);
        }
        let mut remarks = remarks(&call);
        let is_remarked = remarks.iter().any(|it| it.kind.is_left_out());
        let mut parsed = parse(&request, is_remarked)?;
        if parsed.source.leave_out_future(self.shared.now()) {
            remarks.push(WarningKind::EventTimeUnlikely.into());
        }
        let tenant = self.shared.tenant_for(&call, &parsed.tenant).await?;
        if tenant.disabled {
            return Err(ApiError::TenantDisabled(tenant.id.to_string()));
        }
        let name = name(&parsed.source);
        let mut hire = Hire {
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
            // An adapter is not told what differs.
            notes_differences: request.note_differences || !may_read,
            remarks,
            outlook: None,
        };
        let id = OnboardingId::new(self.shared.new_id());
        let now = self.shared.now();
        self.quota
            .check(&**self.shared.store(), &tenant.id, now)
            .await?;
        if !request.validate_only {
            self.refresher.look_before(&call, &hire.key).await;
        }
        let submitted = if request.validate_only {
            self.preview(&hire, &tenant, id, now).await?
        } else {
            if let Some(lacking) = self.lacking(&hire).await? {
                hire.outlook = Some(self.shared.outlook(&tenant, &lacking).await);
            }
            let store = Arc::clone(self.shared.store());
            let actor = call.actor();
            detached(async move { store.submit(hire, parsed.request, id, actor, now).await })
                .await??
        };
        let mut onboarding = match submitted {
            Submitted::Stored(onboarding) => *onboarding,
            Submitted::Differs(onboarding, fields) => {
                return Err(ApiError::EmployeeExists {
                    onboarding: onboarding.id.to_string(),
                    user: onboarding.lucca_user().as_ref().map(|user| user.id.get()),
                    fields,
                });
            }
            Submitted::WrongRevision => return Err(ApiError::Conflict(Conflict::Revision)),
            Submitted::RequestReused => return Err(ApiError::RequestIdReused),
            Submitted::NoHire => return Ok(v1::CreateCollaboratorResponse { onboarding: None }),
            Submitted::NotKnown => return Err(ApiError::OnboardingNotFound(name)),
            Submitted::NoTenant => return Err(ApiError::TenantNotFound(tenant.id.to_string())),
        };
        let is_new = onboarding.id == id;
        if is_new && !request.validate_only {
            self.quota.count(&tenant.id);
        }
        if !request.validate_only {
            if !is_new {
                onboarding = self.shared.nudged(&call, onboarding).await?;
            }
            let did = if is_new { "hired" } else { "said again" };
            log_outcome(&call.caller.name, did, &onboarding);
            // The hire is stored: if too many calls wait already, the answer is given at once.
            if let Some(wait) = parsed.wait
                && call.wait().await.is_ok()
            {
                onboarding = self.shared.settled(onboarding, wait).await?;
            }
        }
        let mut shown = self.shared.show(&call, &onboarding, Some(&tenant)).await?;
        if request.validate_only && is_new {
            // Nothing is stored under this id.
            shown.id.clear();
        }
        Ok(v1::CreateCollaboratorResponse {
            onboarding: Some(shown),
        })
    }

    /// The hire as it will be, if it may have to wait for data: it lacks some by itself, or adds to
    /// one that does.
    async fn lacking(&self, hire: &Hire) -> Result<Option<Draft>, ApiError> {
        let Some(fields) = &hire.anew else {
            let questions = sense::questions(&hire.draft, &hire.remarks);
            return Ok((!questions.is_empty()).then(|| hire.draft.clone()));
        };
        let waiting = self.latest(hire).await?.filter(|it| it.waits_for_data());
        let update = Amendment {
            fields: fields.clone(),
            values: hire.draft.clone(),
        };
        Ok(waiting.map(|it| update.over(&it.draft())))
    }

    /// The latest episode of the source of a hire.
    async fn latest(&self, hire: &Hire) -> Result<Option<Onboarding>, ApiError> {
        let lookup = Lookup::Source(SourceKey::of(&hire.key), hire.key.account.clone());
        Ok(self.shared.store().onboarding(lookup).await?)
    }

    /// What would become of a hire, without storing it or asking Lucca.
    async fn preview(
        &self,
        hire: &Hire,
        tenant: &Tenant,
        id: OnboardingId,
        now: Timestamp,
    ) -> Result<Submitted, ApiError> {
        let outlook = Outlook {
            tenant: tenant.clone(),
            today: self.shared.day(Some(tenant)),
            directory: None,
            definitions: None,
        };
        let mut submitted = self.shared.store().preview(hire.clone(), id, now).await?;
        if let Submitted::Stored(onboarding) = &mut submitted {
            onboarding.preview(&outlook, self.refused_key(tenant).await?);
        }
        Ok(submitted)
    }

    /// The problem of hires that wait because Lucca refuses the tenant's key. A new one would wait
    /// with them.
    async fn refused_key(&self, tenant: &Tenant) -> Result<Option<Problem>, ApiError> {
        let filter = Filter {
            tenant: Some(tenant.id.clone()),
            state: Some(State::NeedsAttention),
            problem: Some(ProblemCode::LuccaKeyRefused.as_str().to_owned()),
            ..Filter::default()
        };
        let list = self.shared.store().list(filter, Order::UpdateTime, None, 1);
        let waiting = list.await?.onboardings;
        let problem = waiting.first().and_then(|it| it.problem());
        Ok(problem.cloned())
    }
}

/// The remarks of the intake, as the adapter sends them along: with their arguments, or from an
/// earlier version by their codes alone.
fn remarks(call: &Call) -> Vec<Warning> {
    let full = call.metadata.get_bin(FULL_REMARKS);
    let full = full.and_then(|it| it.to_bytes().ok());
    let full = full.and_then(|it| serde_json::from_slice::<Vec<WarningKind>>(&it).ok());
    if let Some(full) = full {
        let known = full.into_iter().filter(WarningKind::is_remark);
        return known.map(Warning::from).collect();
    }
    let codes = call.metadata.get(REMARKS);
    codes
        .and_then(|codes| codes.to_str().ok())
        .into_iter()
        .flat_map(|codes| codes.split(','))
        .filter_map(|code| Warning::remark(code.trim()))
        .collect()
}
