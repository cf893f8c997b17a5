//! What a hire will be asked, so that everything is asked at once.
//!
//! A hire that lacks data is no worker's business until it is complete. What else is wrong with it
//! is looked up when the data are found missing: names are compared with the account's directory.
//! What is cached and not older than five minutes costs no call; reading it anew costs four at
//! most, and serves every hire of the next five minutes. The definitions of custom data, if the hire
//! has any, cost one call a day.

use std::{sync::Arc, time::Duration};

use super::{ApiError, shared::Shared};
use crate::{
    directory::{Snapshot, Wanted},
    domain::{
        collaborator::Draft,
        dates::today,
        extension::ExtensionDefinition,
        ids::OnboardingId,
        onboarding::{decision::Decision, earlier},
        resolve::{Lookups, Outlook},
        tenant::Tenant,
    },
    lucca::Priority,
    store::{Lookup, StoreError},
};

/// The greatest age of people and units that a hire is compared with to ask about it. Nothing is
/// sent by it: once the hire is complete, it is resolved anew.
const GREATEST_AGE: Duration = Duration::from_secs(300);

/// The greatest age of the definitions of custom data, as for a creation.
const DEFINITIONS_AGE: Duration = Duration::from_secs(24 * 3600);

/// How long a caller waits for Lucca at most; later only what is cached counts.
const PATIENCE: Duration = Duration::from_secs(1);

impl Shared {
    /// What is known of a tenant and its Lucca within [`PATIENCE`], to ask about this hire.
    pub(super) async fn outlook(&self, tenant: &Tenant, hire: &Draft) -> Arc<Outlook> {
        let read = async {
            let has_data = !hire.extended_data.is_empty();
            match tenant.disabled {
                true => (None, None),
                false => tokio::join!(self.directory(tenant), self.definitions(tenant, has_data)),
            }
        };
        let (directory, definitions) = tokio::time::timeout(PATIENCE, read)
            .await
            .unwrap_or_default();
        Arc::new(Outlook {
            today: today(self.now(), &tenant.time_zone),
            tenant: tenant.clone(),
            directory: directory.map(|it| it as Arc<dyn Lookups + Send + Sync>),
            definitions,
        })
    }

    /// The custom data that the account has, if they are needed.
    async fn definitions(
        &self,
        tenant: &Tenant,
        needed: bool,
    ) -> Option<Arc<[ExtensionDefinition]>> {
        let not_before = earlier(self.now(), DEFINITIONS_AGE);
        let read = self
            .directories()
            .definitions(tenant, not_before, Priority::Background);
        match needed {
            true => read.await.ok().flatten(),
            false => None,
        }
    }

    /// The account's directory, as fresh as Lucca lets it be.
    async fn directory(&self, tenant: &Tenant) -> Option<Arc<Snapshot>> {
        let (directories, priority) = (self.directories(), Priority::Background);
        let not_before = earlier(self.now(), GREATEST_AGE);
        let wanted = Wanted {
            people: not_before,
            units: not_before,
            ..Wanted::default()
        };
        match directories.fresh(tenant, wanted, priority).await {
            Ok(view) => Some(view.snapshot),
            Err(_) => directories.cached(tenant).await,
        }
    }

    /// The decision, with what is known beside it, if the onboarding waits for data.
    pub(super) async fn foreseeing(
        &self,
        id: OnboardingId,
        decision: Decision,
    ) -> Result<Decision, ApiError> {
        if !matches!(decision, Decision::Amend(_) | Decision::Resume) {
            return Ok(decision);
        }
        let found = StoreError::if_readable(self.store().onboarding(Lookup::Id(id)).await)?;
        let Some(waiting) = found.filter(|it| it.waits_for_data()) else {
            return Ok(decision);
        };
        let tenant = StoreError::if_readable(self.store().tenant(&waiting.key.tenant).await)?;
        Ok(match tenant {
            Some(tenant) if tenant.account == waiting.key.account => {
                let outlook = self.outlook(&tenant, &waiting.draft()).await;
                Decision::Foreseeing(Box::new(decision), outlook)
            }
            _ => decision,
        })
    }
}
