//! What a hire will be asked, before a worker resolves it.

use std::{fmt, sync::Arc};

use super::{Lookups, doubts, fields::Resolver};
use crate::domain::{
    amendment::Amendment,
    collaborator::Draft,
    dates::CivilDate,
    extension::{self, ExtensionDefinition},
    finding::{Problem, Warning},
    onboarding::Findings,
    tenant::Tenant,
};

/// What is known of a tenant and its Lucca without waiting for Lucca.
#[derive(Clone)]
pub struct Outlook {
    /// The tenant.
    pub tenant: Tenant,
    /// The day in the tenant's zone.
    pub today: CivilDate,
    /// The account's people and units, if they are known.
    pub directory: Option<Arc<dyn Lookups + Send + Sync>>,
    /// The custom data of the account, if they are known.
    pub definitions: Option<Arc<[ExtensionDefinition]>>,
}

impl Outlook {
    /// Everything that will be asked of a hire, as far as it is known, and what resolving its
    /// place in the company brings to light. The hire may be incomplete.
    pub fn foresee(
        &self,
        draft: &Draft,
        remarks: &[Warning],
        amendment: &Amendment,
    ) -> (Option<Problem>, Findings) {
        let directory = self.directory.as_deref().map(|it| it as &dyn Lookups);
        let mut resolver = Resolver::new(&self.tenant, directory, remarks, amendment);
        resolver.place(draft);
        let doubts = doubts(draft, remarks, self.today, amendment);
        let asked = doubts.into_iter().map(Problem::from);
        let definitions = self.definitions.as_deref().unwrap_or_default();
        let data = extension::asked(&draft.extended_data, definitions);
        let all = asked.chain(resolver.problem).chain(data);
        (Problem::all(all), resolver.findings)
    }
}

impl fmt::Debug for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outlook(…)")
    }
}

/// Two outlooks are the same if nothing that was read of Lucca comes into it.
impl PartialEq for Outlook {
    fn eq(&self, other: &Self) -> bool {
        let unread = self.directory.is_none() && other.directory.is_none();
        unread && (&self.tenant, self.today) == (&other.tenant, other.today)
    }
}
