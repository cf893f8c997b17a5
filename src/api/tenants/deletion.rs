//! Deleting a tenant.

use futures_util::{TryStreamExt as _, stream};

use super::{ADMIN, DELETE, TRIES, Tenants};
use crate::{
    api::{ApiError, Caller, Resource},
    domain::{
        ids::{OnboardingId, TenantId},
        onboarding::decision::Decision,
        tenant::Tenant,
    },
    pb::v1,
    store::{Filter, HistoryEvent, Order, Removed, Replaced},
};

/// How many hires are erased at the same time; their writes share a commit.
const AT_ONCE: usize = 32;

/// The field by which a tenant takes no hires has changed.
fn disabled() -> HistoryEvent {
    HistoryEvent::TenantChanged(vec!["disabled"])
}

/// Hires read at once.
const PAGE: usize = 200;

/// How many were erased, and how many of them were cancelled by that.
#[derive(Default)]
struct Gone {
    cancelled: i32,
    erased: i32,
}

impl Tenants {
    /// Disables the tenant, forgets the people of its hires, then the tenant itself.
    ///
    /// What is refused after the tenant was disabled leaves it so: the same call again does
    /// the rest.
    pub(super) async fn delete(
        &self,
        caller: &Caller,
        request: &v1::DeleteTenantRequest,
    ) -> Result<v1::DeleteTenantResponse, ApiError> {
        let id = caller.tenant(&ADMIN, "tenant", &request.tenant)?;
        self.deletable(&id, request.cancel_open).await?;
        let tenant = self.disabled(caller, &id).await?;
        // A hire may have come before it was disabled.
        if let Err(refused) = self.deletable(&id, request.cancel_open).await {
            let mut enabled = self.later(&tenant);
            enabled.disabled = false;
            let noted = self.noted(caller, DELETE, &id, disabled());
            let replaced = self
                .store()
                .replace_tenant(&enabled, tenant.update_time, noted);
            replaced.await?;
            return Err(refused);
        }
        let mut gone = Gone::default();
        self.erase_all(caller, &id, &mut gone).await?;
        let Gone { cancelled, erased } = gone;
        let event = HistoryEvent::TenantDeleted { cancelled, erased };
        let noted = self.noted(caller, DELETE, &id, event);
        match self.store().remove_tenant(&id, noted).await? {
            Removed::Done => {}
            Removed::Unknown => {
                return Err(ApiError::NotFound(Resource::Tenant, id.to_string()));
            }
            Removed::OpenAttempts => return Err(ApiError::OpenAttempts(id.to_string())),
            Removed::NotEnded(count) => {
                return Err(ApiError::OpenOnboardings(id.to_string(), count));
            }
        }
        // What came and ended meanwhile; from now on nothing comes.
        self.erase_all(caller, &id, &mut gone).await?;
        self.directories.forget(&tenant.account);
        tracing::info!(tenant = %id, by = %caller.name, "tenant deleted");
        Ok(v1::DeleteTenantResponse {
            cancelled_count: gone.cancelled,
            erased_count: gone.erased,
        })
    }

    async fn deletable(&self, id: &TenantId, cancel_open: bool) -> Result<(), ApiError> {
        self.stored(id).await?;
        if self.store().has_open_attempts(id).await? {
            return Err(ApiError::OpenAttempts(id.to_string()));
        }
        match self.store().not_ended(id).await? {
            count if count > 0 && !cancel_open => {
                Err(ApiError::OpenOnboardings(id.to_string(), count))
            }
            _ => Ok(()),
        }
    }

    /// The tenant, which takes no hires any more and sends none.
    async fn disabled(&self, caller: &Caller, id: &TenantId) -> Result<Tenant, ApiError> {
        for _ in 0..TRIES {
            let stored = self.stored(id).await?;
            if stored.disabled {
                return Ok(stored);
            }
            let mut tenant = self.later(&stored);
            tenant.disabled = true;
            let noted = self.noted(caller, DELETE, id, disabled());
            let replaced = self
                .store()
                .replace_tenant(&tenant, stored.update_time, noted);
            if replaced.await? == Replaced::Done {
                return Ok(tenant);
            }
        }
        Err(ApiError::Conflict(
            "others change this tenant at the same time: try again",
        ))
    }

    async fn erase_all(
        &self,
        caller: &Caller,
        id: &TenantId,
        gone: &mut Gone,
    ) -> Result<(), ApiError> {
        let mut waiting: Vec<OnboardingId> = Vec::new();
        let mut after = None;
        loop {
            let filter = Filter {
                tenant: Some(id.clone()),
                ..Filter::default()
            };
            let page = self
                .store()
                .list(filter, Order::Urgency, after, PAGE)
                .await?;
            let left = page.onboardings.iter().filter(|it| !it.erased);
            for onboarding in left {
                waiting.push(onboarding.id);
                gone.cancelled += i32::from(!onboarding.state.is_terminal());
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        gone.erased += i32::try_from(waiting.len()).unwrap_or(i32::MAX);
        stream::iter(waiting.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, async |onboarding| {
                let now = self.statuses.now();
                let erase = Decision::Erase;
                // A refusal cannot come: erasing fits every state, and cancels what has not
                // ended.
                let decided = self.store().decide(onboarding, &caller.name, erase, now);
                decided.await.map(|_| ())
            })
            .await?;
        Ok(())
    }
}
