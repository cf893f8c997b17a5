//! What calls share, and how each caller gets its part of it: permits to work, places to wait, and
//! memory for messages.
//!
//! A call waits for a permit and for memory in a bounded queue, for a bounded time. Beyond either
//! bound it is refused with UNAVAILABLE.

mod pool;
mod semaphore;

use std::{fmt, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

use super::ApiError;
use crate::{config, domain::ids::TenantId, net::size, telemetry::Metrics};
use pool::{Party, PoolRules};
use semaphore::{FairSemaphore, Grant};

pub(super) use pool::Who;

/// For this many units of a pool there is one more that only operators can use.
const RESERVED: usize = 8;

/// How many times as many permits a caller may hold as it leaves free: three quarters of all, if
/// it is alone.
const PERMIT_RATIO: usize = 3;

/// A call that reads a page takes this part of all permits, so that few of them run at the same time.
const PAGE_PART: usize = 16;

/// The most streams that need no token: health watches and reflection.
const OPEN_STREAMS: usize = 64;

/// The memory that messages may take, in bytes; operators have as much again.
const MESSAGE_MEMORY: usize = 64 * 1024 * 1024;

/// How many times its length a decoded message may take in memory. An empty element of a list
/// takes two bytes of a message, and 24 to 40 bytes in memory.
const DECODED: usize = 16;

/// The most memory that is reserved for one message: a caller can hold as much while another one
/// holds the same.
const LARGEST_MESSAGE: usize = MESSAGE_MEMORY / 2;

/// What calls share. Clones share it too.
#[derive(Clone)]
pub struct RequestPermits(Arc<Pools>);

struct Pools {
    working: FairSemaphore,
    waiting: FairSemaphore,
    messages: FairSemaphore,
    open_streams: FairSemaphore,
    /// The permits of a call that reads a page.
    page: usize,
    patience: Duration,
}

impl RequestPermits {
    /// Everything is free.
    pub fn new(server: &config::Server, metrics: &Metrics) -> Self {
        let pool = |resource, capacity: usize, reserved, queue, ratio| {
            let rules = PoolRules {
                capacity,
                reserved,
                queue,
                ratio,
            };
            FairSemaphore::new(rules, metrics.pool(resource))
        };
        let queue = size(server.max_queued_requests);
        let working = size(server.max_concurrent_requests);
        let waiting = size(server.max_waiting_requests);
        let reserved = |units: usize| units.div_ceil(RESERVED);
        let memory = MESSAGE_MEMORY;
        Self(Arc::new(Pools {
            working: pool("permits", working, reserved(working), queue, PERMIT_RATIO),
            waiting: pool("places", waiting, reserved(waiting), 0, 1),
            messages: pool("message_bytes", memory, memory, queue, 1),
            open_streams: pool("open_streams", OPEN_STREAMS, 0, 0, 1),
            page: (working / PAGE_PART).max(1),
            patience: server.queue_timeout,
        }))
    }

    /// A permit for a stream that needs no token, in the share of this address and method.
    ///
    /// # Errors
    /// Too many are open.
    pub(super) async fn open_stream(&self, share: &str) -> Result<Grant, ApiError> {
        let who = Who {
            caller: share.into(),
            is_operator: false,
        };
        let party = Party { who, tenant: None };
        self.0.open_streams.acquire(&party, 1, Instant::now()).await
    }

    /// The permit of a call, which holds nothing yet.
    pub(super) fn of(&self, who: Who) -> RequestPermit {
        RequestPermit(Arc::new(Permit {
            pools: Arc::clone(&self.0),
            who,
            holds: Mutex::default(),
        }))
    }
}

/// What a call holds: everything is free again when all clones of this are dropped.
#[derive(Clone)]
pub struct RequestPermit(Arc<Permit>);

struct Permit {
    pools: Arc<Pools>,
    who: Who,
    holds: Mutex<Holds>,
}

#[derive(Default)]
struct Holds {
    message: Option<Grant>,
    call: Option<Grant>,
}

impl RequestPermit {
    /// Waits for the memory of a message of this length.
    ///
    /// # Errors
    /// It is not free in time.
    pub(super) async fn receive(&self, length: usize) -> Result<(), ApiError> {
        let bytes = length.saturating_mul(DECODED).min(LARGEST_MESSAGE);
        let grant = self.acquire(&self.0.pools.messages, None, bytes).await?;
        self.0.holds.lock().message = Some(grant);
        Ok(())
    }

    /// Waits for the permit to work, for a tenant if the call names one.
    ///
    /// # Errors
    /// None is free in time.
    pub(super) async fn work(&self, tenant: Option<TenantId>) -> Result<(), ApiError> {
        self.take(tenant, 1).await
    }

    /// Waits for the permits to read a page.
    ///
    /// # Errors
    /// They are not free in time.
    pub(super) async fn list(&self, tenant: Option<TenantId>) -> Result<(), ApiError> {
        self.take(tenant, self.0.pools.page).await
    }

    async fn take(&self, tenant: Option<TenantId>, permits: usize) -> Result<(), ApiError> {
        let grant = self.acquire(&self.0.pools.working, tenant, permits);
        self.0.holds.lock().call = Some(grant.await?);
        Ok(())
    }

    /// Takes a place among the calls that only wait. What the call held before is free again.
    ///
    /// # Errors
    /// None is free for this caller. The call keeps what it holds.
    pub(super) async fn wait(&self) -> Result<(), ApiError> {
        let grant = self.acquire(&self.0.pools.waiting, None, 1).await?;
        let now = Holds {
            message: None,
            call: Some(grant),
        };
        let before = std::mem::replace(&mut *self.0.holds.lock(), now);
        drop(before);
        Ok(())
    }

    async fn acquire(
        &self,
        pool: &FairSemaphore,
        tenant: Option<TenantId>,
        units: usize,
    ) -> Result<Grant, ApiError> {
        let party = Party {
            who: self.0.who.clone(),
            tenant,
        };
        let end = Instant::now() + self.0.pools.patience;
        pool.acquire(&party, units, end).await
    }
}

impl fmt::Debug for RequestPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestPermit")
    }
}

#[cfg(test)]
mod tests;
