//! Whether a key still sees people who have not started yet.

use jiff::Timestamp;

use super::keeper::Directories;
use crate::{
    domain::{lucca_id::LuccaId, tenant::Tenant},
    lucca::{Access, Priority, ReadError},
};

impl Directories {
    /// Whether a read that began at `not_before` or later has shown somebody who starts in
    /// the future: any read, or one that asks for these people. One such read serves everyone
    /// who waits for it.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn sees_future(
        &self,
        tenant: &Tenant,
        people: &[LuccaId],
        not_before: Timestamp,
    ) -> Result<bool, ReadError> {
        let slot = self.slot(tenant);
        let _turn = slot.control.lock().await;
        let today = match &slot.shelf.lock().await.held {
            Some(held) if held.future_seen >= Some(not_before) => return Ok(true),
            Some(held) => held.snapshot.today,
            None => return Ok(false),
        };
        if people.is_empty() {
            return Ok(false);
        }
        let began = self.clock.now();
        let access = Access::of(tenant);
        let users = self
            .client
            .users_with_ids(&access, people, Priority::Background)
            .await?;
        let sees = users
            .iter()
            .any(|it| it.start.is_some_and(|start| start > today));
        if sees && let Some(held) = slot.shelf.lock().await.held.as_mut() {
            held.future_seen = held.future_seen.max(Some(began));
        }
        Ok(sees)
    }
}
