//! The definitions of custom data, read only when somebody needs them.

use std::sync::Arc;

use jiff::Timestamp;

use super::Directories;
use crate::{
    domain::{extension::ExtensionDefinition, tenant::Tenant},
    lucca::{Access, Priority, ReadError},
};

/// What one key sees of them; `None`: it may not read them, or they are not in a form that
/// is known.
type Definitions = Option<Arc<[ExtensionDefinition]>>;

/// What was read last, and when.
#[derive(Default)]
pub(super) struct DefinitionShelf(tokio::sync::Mutex<Option<(Timestamp, Definitions)>>);

impl Directories {
    /// The definitions of custom data that the tenant's key sees, read at `not_before` or
    /// later. `None` if it may not read them. One read serves everyone who waits for it, and so does the
    /// knowledge that there is nothing to read.
    ///
    /// # Errors
    /// Lucca does not answer.
    pub async fn definitions(
        &self,
        tenant: &Tenant,
        not_before: Timestamp,
        priority: Priority,
    ) -> Result<Definitions, ReadError> {
        let slot = self.slot(tenant);
        let mut shelf = slot.definitions.0.lock().await;
        let now = self.clock.now();
        if let Some((read, known)) = &*shelf
            && (not_before..=now).contains(read)
        {
            return Ok(known.clone());
        }
        let access = Access::of(tenant);
        let known = match self.client.extension_definitions(&access, priority).await {
            Ok(definitions) => Some(definitions.into()),
            // The listing has no reference page, and a right of its own.
            Err(
                ReadError::Refused { .. } | ReadError::KeyRefused(403) | ReadError::Unreadable(_),
            ) => None,
            Err(error) => return Err(error),
        };
        *shelf = Some((now, known.clone()));
        Ok(known)
    }
}
