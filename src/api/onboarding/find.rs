//! Which onboarding `GetStatus` and `WatchStatus` are about.

use super::{Onboardings, read_source};
use crate::{
    api::{ApiError, Caller, Resource, Violations},
    config::Scope,
    domain::{
        ids::{OnboardingId, TenantId},
        lucca_id::LuccaId,
        onboarding::Onboarding,
    },
    pb::v1,
    store::{self, Lookup},
};

impl Onboardings {
    /// The onboarding that goes by a key, if the caller may see it.
    pub(super) async fn find(
        &self,
        caller: &Caller,
        key: Option<v1::get_status_request::Key>,
    ) -> Result<Onboarding, ApiError> {
        use v1::get_status_request::Key;
        let mut bad = Violations::default();
        let scopes = [Scope::Caller, Scope::Operator, Scope::Adapter];
        let (lookup, name) = match key {
            None => {
                bad.add("key", "must be onboarding_id, source_key or lucca_user");
                return Err(bad.into());
            }
            Some(Key::OnboardingId(id)) => {
                let Some(parsed) = bad.keep("onboarding_id", OnboardingId::parse(&id)) else {
                    return Err(bad.into());
                };
                (Lookup::Id(parsed), id)
            }
            Some(Key::SourceKey(key)) => {
                let tenant = bad.keep("source_key.tenant", TenantId::parse(&key.tenant));
                let source = read_source(key.source.as_ref(), "source_key.source", &mut bad);
                let (Some(tenant), Some(source)) = (tenant, source) else {
                    return Err(bad.into());
                };
                caller.may(&scopes, Some(&tenant))?;
                let tenant = self.tenant(&tenant).await?;
                let name = format!("{}/{}", source.system, source.external_id.as_str());
                let key = store::SourceKey {
                    tenant: tenant.id,
                    system: source.system,
                    external_id: source.external_id,
                };
                (Lookup::Source(key, tenant.account), name)
            }
            Some(Key::LuccaUser(key)) => {
                let tenant = bad.keep("lucca_user.tenant", TenantId::parse(&key.tenant));
                let user = bad.keep("lucca_user.id", LuccaId::try_from(key.id));
                let (Some(tenant), Some(user)) = (tenant, user) else {
                    return Err(bad.into());
                };
                caller.may(&scopes, Some(&tenant))?;
                let tenant = self.tenant(&tenant).await?;
                let name = format!("for Lucca user {user}");
                (Lookup::LuccaUser(tenant.id, tenant.account, user), name)
            }
        };
        match self.store.onboarding(lookup).await? {
            Some(onboarding) => {
                caller.may(&scopes, Some(&onboarding.key.tenant))?;
                Ok(onboarding)
            }
            None => {
                // Whoever sees some tenants only does not learn what exists elsewhere.
                caller.may(&scopes, None)?;
                Err(ApiError::NotFound(Resource::Onboarding, name))
            }
        }
    }
}
