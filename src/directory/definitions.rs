//! The definitions of custom data, read only when somebody needs them.

use std::sync::Arc;

use jiff::Timestamp;

use super::DirectoryCache;
use crate::{
    domain::{extension::ExtensionDefinition, tenant::Tenant},
    lucca::{Access, Priority, ReadError, if_listed},
};

/// What one key sees; `None` if it may not read them, or they have an unknown form.
type Definitions = Option<Arc<[ExtensionDefinition]>>;

/// The last answer, and when it was asked for.
#[derive(Default)]
pub(super) struct CachedDefinitions(tokio::sync::Mutex<Option<(Timestamp, Definitions)>>);

impl DirectoryCache {
    /// The definitions of custom data that the tenant's key sees, read at `not_before` or
    /// later; `None` if it may not read them. One read serves all callers that wait for it,
    /// also if it shows that there is nothing to read.
    ///
    /// # Errors
    /// Lucca does not answer.
    pub async fn definitions(
        &self,
        tenant: &Tenant,
        not_before: Timestamp,
        priority: Priority,
    ) -> Result<Definitions, ReadError> {
        let entry = self.entry(tenant);
        let mut cached = entry.definitions.0.lock().await;
        let now = self.clock.now();
        if let Some((read, known)) = &*cached
            && (not_before..=now).contains(read)
        {
            return Ok(known.clone());
        }
        let access = Access::new(tenant, priority);
        let read = self.client.extension_definitions(access).await;
        let known: Definitions = if_listed(read)?.map(Into::into);
        *cached = Some((now, known.clone()));
        Ok(known)
    }
}
