//! Which onboarding `GetStatus` and `WatchStatus` are about.

use super::{Onboardings, name};
use crate::{
    api::{ApiError, audit::About, call::Call, shared::source_key},
    domain::{
        ids::{OnboardingId, TenantId},
        lucca_id::LuccaId,
        onboarding::Onboarding,
    },
    pb::{Fault, Faults, collaborator, v1::get_status_request::Key},
    store::Lookup,
};

/// What a key names.
pub(super) fn about(key: Option<&Key>) -> About {
    match key {
        Some(Key::OnboardingId(id)) => About::onboarding(id),
        Some(Key::SourceKey(key)) => About::tenant(&key.tenant),
        Some(Key::LuccaUser(key)) => About::tenant(&key.tenant),
        None => About::default(),
    }
}

impl Onboardings {
    /// The onboarding with a key, if the caller may see it.
    pub(super) async fn find(&self, call: &Call, key: Option<Key>) -> Result<Onboarding, ApiError> {
        let mut faults = Faults::default();
        // A caller that may act for a tenant gets NOT_FOUND for what the tenant does not have. An id
        // names no tenant, so a caller limited to some tenants gets PERMISSION_DENIED for every id
        // that is not theirs, whether it exists or not.
        let (lookup, tenant, name) = match key {
            None => {
                let fault = Fault::not_one_of("onboarding_id, source_key, lucca_user");
                return Err(Faults::one("key", fault).into());
            }
            Some(Key::OnboardingId(id)) => {
                let parsed = Faults::only("onboarding_id", OnboardingId::parse(&id))?;
                (Lookup::Id(parsed), None, id)
            }
            Some(Key::SourceKey(key)) => {
                let tenant = faults.keep("source_key.tenant", TenantId::parse(&key.tenant));
                let source = key.source.as_ref();
                let source = collaborator::source(source, "source_key.source", &mut faults);
                let (Some(tenant), Some(source)) = (tenant, source) else {
                    return Err(faults.into());
                };
                let tenant = self.shared.tenant_for(call, &tenant).await?;
                let name = name(&source);
                let key = source_key(&tenant, source);
                (Lookup::Source(key, tenant.account), Some(tenant.id), name)
            }
            Some(Key::LuccaUser(key)) => {
                let tenant = faults.keep("lucca_user.tenant", TenantId::parse(&key.tenant));
                let user = faults.keep("lucca_user.id", LuccaId::try_from(key.id));
                let (Some(tenant), Some(user)) = (tenant, user) else {
                    return Err(faults.into());
                };
                let tenant = self.shared.tenant_for(call, &tenant).await?;
                let name = format!("for Lucca user {user}");
                let lookup = Lookup::LuccaUser(tenant.id.clone(), tenant.account, user);
                (lookup, Some(tenant.id), name)
            }
        };
        let found = self.shared.onboarding(call, lookup, tenant.as_ref());
        found.await?.ok_or(ApiError::OnboardingNotFound(name))
    }
}
