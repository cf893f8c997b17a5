//! Whether a key still sees people who have not started yet.

use jiff::Timestamp;

use super::cache::DirectoryCache;
use crate::{
    domain::{lucca_id::LuccaId, tenant::Tenant},
    lucca::{Access, People, Priority, ReadError},
};

impl DirectoryCache {
    /// Whether a read that began at `not_before` or later has shown somebody who starts in
    /// the future. If none has, Lucca is asked for these people; one such read serves all
    /// callers that wait for it.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn sees_future(
        &self,
        tenant: &Tenant,
        people: &[LuccaId],
        not_before: Timestamp,
    ) -> Result<bool, ReadError> {
        let entry = self.entry(tenant);
        let _turn = entry.future_check.lock().await;
        let today = match &entry.cached.lock().await.contents {
            Some(contents) if contents.future_seen >= Some(not_before) => return Ok(true),
            Some(contents) => contents.snapshot.today,
            None => return Ok(false),
        };
        if people.is_empty() {
            return Ok(false);
        }
        let began = self.clock.now();
        let access = Access::new(tenant, Priority::Verification);
        let seen = self.client.people(access, People::WithIds(people)).await?;
        let sees = seen.iter().any(|it| it.is_future(today));
        if sees && let Some(contents) = entry.cached.lock().await.contents.as_mut() {
            contents.future_seen = contents.future_seen.max(Some(began));
        }
        Ok(sees)
    }
}
