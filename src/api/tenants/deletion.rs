//! `DeleteTenant`.

use std::sync::Arc;

use futures_util::{TryStreamExt as _, stream};

use super::{TRIES, Tenants};
use crate::{
    api::{ApiError, call::Call, error::Conflict},
    domain::{
        ids::{OnboardingId, TenantId},
        onboarding::decision::Decision,
        tenant::Tenant,
    },
    pb::{
        v1::{DeleteTenantRequest, DeleteTenantResponse as Deleted},
        values::int32,
    },
    store::{Filter, HistoryEvent, Removed, Replaced},
};

/// How many hires are erased at the same time; their writes share a commit.
const AT_ONCE: usize = 32;

impl Tenants {
    /// Disables the tenant, erases the people of its hires, then removes the tenant itself.
    ///
    /// If it is refused after the tenant was disabled, the tenant stays disabled; the same call
    /// again does the rest.
    pub(super) async fn delete(
        self,
        call: Arc<Call>,
        request: DeleteTenantRequest,
    ) -> Result<Deleted, ApiError> {
        let id = call.caller.tenant("tenant", &request.tenant)?;
        self.check_deletable(&id, request.cancel_open).await?;
        let tenant = self.disable(&call, &id).await?;
        // A hire may have come before it was disabled.
        if let Err(refused) = self.check_deletable(&id, request.cancel_open).await {
            self.switch(&call, &tenant, false).await?;
            return Err(refused);
        }
        let mut deleted = Deleted::default();
        self.erase_all(&call, &id, &mut deleted).await?;
        let (cancelled, erased) = (deleted.cancelled_count, deleted.erased_count);
        let event = HistoryEvent::TenantDeleted { cancelled, erased };
        let entry = self.entry(&call, &id, event);
        match self.store().remove_tenant(&id, entry).await? {
            Removed::Done => {}
            Removed::Unknown => return Err(ApiError::TenantNotFound(id.to_string())),
            Removed::OpenAttempts => return Err(ApiError::OpenAttempts(id.to_string())),
            Removed::NotEnded(count) => {
                return Err(ApiError::OpenOnboardings(id.to_string(), count));
            }
        }
        // Hires that came and ended meanwhile; from now on none can come.
        self.erase_all(&call, &id, &mut deleted).await?;
        self.directories.forget(&tenant.id);
        tracing::info!(tenant = %id, by = %call.caller.name, "tenant deleted");
        Ok(deleted)
    }

    async fn check_deletable(&self, id: &TenantId, cancel_open: bool) -> Result<(), ApiError> {
        self.shared.tenant(id).await?;
        if self.store().has_open_attempts(id).await? {
            return Err(ApiError::OpenAttempts(id.to_string()));
        }
        let open = self.store().not_ended(id).await?;
        if open > 0 && !cancel_open {
            return Err(ApiError::OpenOnboardings(id.to_string(), open));
        }
        Ok(())
    }

    /// The tenant once it is disabled: it accepts no hires any more and sends none.
    async fn disable(&self, call: &Call, id: &TenantId) -> Result<Tenant, ApiError> {
        for _ in 0..TRIES {
            let stored = self.shared.tenant(id).await?;
            if stored.disabled {
                return Ok(stored);
            }
            if let Some(tenant) = self.switch(call, &stored, true).await? {
                return Ok(tenant);
            }
        }
        Err(ApiError::Conflict(Conflict::Tenant))
    }

    /// Disables or enables the tenant; nothing if somebody else changed it meanwhile.
    async fn switch(
        &self,
        call: &Call,
        stored: &Tenant,
        disabled: bool,
    ) -> Result<Option<Tenant>, ApiError> {
        let tenant = Tenant {
            disabled,
            ..self.touched(stored)
        };
        let event = HistoryEvent::TenantChanged(vec!["disabled"]);
        let entry = self.entry(call, &stored.id, event);
        let version = stored.update_time;
        let replaced = self.store().replace_tenant(&tenant, version, entry).await?;
        Ok((replaced == Replaced::Done).then_some(tenant))
    }

    async fn erase_all(
        &self,
        call: &Call,
        id: &TenantId,
        deleted: &mut Deleted,
    ) -> Result<(), ApiError> {
        let filter = Filter {
            tenant: Some(id.clone()),
            ..Filter::default()
        };
        let mut waiting: Vec<OnboardingId> = Vec::new();
        let collect = self.shared.for_each(filter, |onboarding| {
            if !onboarding.erased {
                waiting.push(onboarding.id);
                deleted.cancelled_count += i32::from(!onboarding.state().is_terminal());
            }
        });
        collect.await?;
        deleted.erased_count += int32(waiting.len());
        stream::iter(waiting.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, async |onboarding| {
                let (actor, now) = (&call.caller.name, self.shared.now());
                // Never refused: erasing is possible in every state, and cancels a hire that has
                // not ended.
                let erased = self.store().decide(onboarding, actor, Decision::Erase, now);
                erased.await.map(|_| ())
            })
            .await?;
        Ok(())
    }
}
