//! How hires, onboardings and requests are named to a store.

use crate::domain::{
    ids::{Account, ExternalId, OnboardingId, SystemName, TenantId},
    lucca_id::LuccaId,
    onboarding::BusinessKey,
};

/// Names a hire in a tenant.
#[derive(Clone, Debug)]
pub struct SourceKey {
    /// The customer.
    pub tenant: TenantId,
    /// The system it comes from.
    pub system: SystemName,
    /// Its id there.
    pub external_id: ExternalId,
}

impl SourceKey {
    /// The hire of an onboarding, whichever episode it is.
    pub fn of(key: &BusinessKey) -> Self {
        Self {
            tenant: key.tenant.clone(),
            system: key.system.clone(),
            external_id: key.external_id.clone(),
        }
    }
}

/// Names an onboarding.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// By its id.
    Id(OnboardingId),
    /// By its hire: the latest episode on the tenant's present account.
    Source(SourceKey, Account),
    /// By its employee.
    LuccaUser(TenantId, Account, LuccaId),
}

/// A caller's own name for a request, and what it said.
#[derive(Clone, Debug)]
pub struct Request {
    /// The caller's name for it.
    pub id: String,
    /// The content, in one canonical form.
    pub content: String,
}
