//! How many onboardings a tenant may have.

use std::{collections::HashMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use crate::{api::ApiError, domain::ids::TenantId, store::Store};

/// How long a count of the store is used.
const AGE: SignedDuration = SignedDuration::from_mins(1);

/// The onboardings that tenants have, at most `most` each. The store counts them once a minute, and
/// new ones are added here meanwhile.
#[derive(Clone)]
pub(super) struct Quota {
    most: u64,
    counts: Arc<Mutex<HashMap<TenantId, Count>>>,
}

#[derive(Clone, Copy)]
struct Count {
    at: Timestamp,
    onboardings: u64,
}

impl Quota {
    pub(super) fn new(most: u64) -> Self {
        Self {
            most,
            counts: Arc::default(),
        }
    }

    /// Checks that a tenant may have one more.
    ///
    /// # Errors
    /// It has as many as it may have, or the store does not answer.
    pub(super) async fn check(
        &self,
        store: &dyn Store,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let known = self.counts.lock().get(tenant).copied();
        let fresh = known.filter(|known| now.duration_since(known.at).abs() < AGE);
        let count = match fresh {
            Some(count) => count,
            None => {
                let onboardings = store.onboardings_of(tenant, self.most).await?;
                let count = Count {
                    at: now,
                    onboardings,
                };
                self.counts.lock().insert(tenant.clone(), count);
                count
            }
        };
        if count.onboardings >= self.most {
            return Err(ApiError::QuotaUsedUp(self.most));
        }
        Ok(())
    }

    /// Adds a new onboarding of a tenant.
    pub(super) fn count(&self, tenant: &TenantId) {
        if let Some(count) = self.counts.lock().get_mut(tenant) {
            count.onboardings += 1;
        }
    }
}
