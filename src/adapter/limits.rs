//! How much one sender and one tenant may send.
//!
//! Authentic events are counted per tenant. All requests are counted per address, and failed
//! proofs more strictly. A flood of junk uses up the allowance of failures, which takes nothing
//! from authentic senders, even at the same address.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{
    address::Address,
    answer::Refusal,
    bucket::{Buckets, Rate},
};
use crate::{config::WebhookLimits, domain::ids::TenantId};

/// Most addresses, or tenants, that are counted at the same time.
const MANY: usize = 16_384;
/// Most requests served at once.
const AT_ONCE: usize = 1024;
/// Fewest requests served at once, however large bodies may be.
const AT_LEAST: usize = 16;
/// Most bytes of all bodies in memory together.
const BODIES: usize = 256 * 1024 * 1024;
/// One address may use a part of all permits, one in this many, for bodies that have not arrived
/// yet.
const SHARE: usize = 4;
/// When an address that has used up its share may try again.
const MOMENT: Duration = Duration::from_secs(1);

/// Counts requests. Clones count together.
#[derive(Clone)]
pub(super) struct Limiter(Arc<Inner>);

struct Inner {
    requests: Buckets<Address>,
    failures: Buckets<Address>,
    events: Buckets<TenantId>,
    permits: Arc<Semaphore>,
    /// Most bodies of one address that may be on their way.
    share: usize,
    arriving: Mutex<HashMap<Address, usize>>,
}

impl Limiter {
    pub(super) fn new(limits: &WebhookLimits, body_limit: usize) -> Self {
        let permits = (BODIES / body_limit.max(1)).clamp(AT_LEAST, AT_ONCE);
        let per_minute = Rate::per_minute;
        Self(Arc::new(Inner {
            requests: Buckets::new(per_minute(limits.requests_per_minute), MANY),
            failures: Buckets::new(per_minute(limits.failures_per_minute), MANY),
            events: Buckets::new(per_minute(limits.events_per_minute), MANY),
            permits: Arc::new(Semaphore::new(permits)),
            share: permits / SHARE,
            arriving: Mutex::default(),
        }))
    }

    /// Admits a request, or refuses it before its body is read. The first permit is held while the
    /// request is served, the second until its body has arrived.
    pub(super) fn enter(
        &self,
        address: Address,
    ) -> Result<(OwnedSemaphorePermit, ArrivalPermit), Refusal> {
        let permit = Arc::clone(&self.0.permits)
            .try_acquire_owned()
            .map_err(|_| Refusal::unavailable("busy"))?;
        let arrival = self.arrival(address)?;
        self.0
            .requests
            .take(address, Instant::now())
            .map_err(|wait| Refusal::too_many("address_rate", wait))?;
        Ok((permit, arrival))
    }

    fn arrival(&self, address: Address) -> Result<ArrivalPermit, Refusal> {
        let mut arriving = self.0.arriving.lock();
        let number = arriving.entry(address).or_default();
        if *number >= self.0.share {
            return Err(Refusal::too_many("address_busy", MOMENT));
        }
        *number += 1;
        Ok(ArrivalPermit {
            inner: Arc::clone(&self.0),
            address,
        })
    }

    /// Whether an address has used up its failures. Its requests are still answered, but no
    /// settings are fetched for them.
    pub(super) fn is_suspect(&self, address: Address) -> bool {
        self.0.failures.look(&address, Instant::now()).is_err()
    }

    /// Counts a failure.
    ///
    /// # Errors
    /// How long the address has to wait, if it has used up its failures.
    pub(super) fn failed(&self, address: Address) -> Result<(), Duration> {
        self.0.failures.take(address, Instant::now())
    }

    /// Counts an authentic event, or refuses it.
    pub(super) fn event(&self, tenant: &TenantId) -> Result<(), Refusal> {
        self.0
            .events
            .take(tenant.clone(), Instant::now())
            .map_err(|wait| Refusal::too_many("tenant_rate", wait))
    }
}

/// Held until the body has arrived, so that slow bodies of one address do not take all permits.
pub(super) struct ArrivalPermit {
    inner: Arc<Inner>,
    address: Address,
}

impl Drop for ArrivalPermit {
    fn drop(&mut self) {
        let mut arriving = self.inner.arriving.lock();
        if let Some(number) = arriving.get_mut(&self.address) {
            *number -= 1;
            if *number == 0 {
                arriving.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn limiter(body_limit: usize) -> Limiter {
        let limits = WebhookLimits {
            events_per_minute: 2,
            requests_per_minute: 1000,
            failures_per_minute: 3,
            trusted_proxies: Vec::new(),
        };
        Limiter::new(&limits, body_limit)
    }

    fn address(text: &str) -> Address {
        Address::of_sender(text.parse().unwrap(), &HeaderMap::new(), &[])
    }

    #[test]
    fn bodies_on_their_way_from_one_address_get_only_a_part_of_the_permits() {
        let limiter = limiter(256 * 1024);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        let permits: Vec<_> = (0..AT_ONCE)
            .filter_map(|_| limiter.enter(one).ok())
            .collect();
        assert_eq!(permits.len(), AT_ONCE / SHARE);
        assert!(limiter.enter(other).is_ok());
        // Once the bodies have arrived, their address may send more.
        let permits: Vec<_> = permits.into_iter().map(|(permit, _)| permit).collect();
        assert!(limiter.enter(one).is_ok());
        assert!(limiter.0.arriving.lock().is_empty());
        drop(permits);
        assert_eq!(limiter.0.permits.available_permits(), AT_ONCE);
    }

    #[test]
    fn larger_bodies_get_fewer_permits() {
        for (body_limit, permits) in [(1024, 1024), (1 << 20, 256), (1 << 24, 16), (1 << 30, 16)] {
            let limiter = limiter(body_limit);
            assert_eq!(limiter.0.permits.available_permits(), permits);
        }
    }

    #[test]
    fn failures_make_an_address_suspect_and_nobody_else() {
        let limiter = limiter(1024);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..3 {
            assert!(!limiter.is_suspect(one));
            assert_eq!(limiter.failed(one), Ok(()));
        }
        assert!(limiter.is_suspect(one) && !limiter.is_suspect(other));
        assert!(limiter.failed(one).is_err());
        assert!(limiter.enter(one).is_ok());
    }

    #[test]
    fn a_tenants_events_are_its_own() {
        let limiter = limiter(1024);
        let tenant = |id| TenantId::parse(id).unwrap();
        assert!(limiter.event(&tenant("a")).is_ok());
        assert!(limiter.event(&tenant("a")).is_ok());
        let refused = limiter.event(&tenant("a")).err().unwrap();
        assert_eq!(
            refused,
            Refusal::too_many("tenant_rate", Duration::from_secs(30))
        );
        assert!(limiter.event(&tenant("b")).is_ok());
    }
}
