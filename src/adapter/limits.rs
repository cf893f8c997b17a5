//! How much one sender and one tenant may send.
//!
//! What has proven where it comes from is counted per tenant; what has not, per address, and
//! failures more strictly. A flood of junk uses up the allowance of failures, which takes
//! nothing from those who prove themselves, not even from the same address.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

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

/// Addresses, or tenants, that are remembered.
const MANY: usize = 16_384;
/// Most requests served at once.
const AT_ONCE: usize = 1024;
/// Fewest, however large bodies may be.
const AT_LEAST: usize = 16;
/// Bytes that all bodies under way may take.
const BODIES: usize = 256 * 1024 * 1024;
/// How much of the places one address gets for bodies that are still on their way.
const SHARE: usize = 4;
/// How long to wait for a place.
const MOMENT: Duration = Duration::from_secs(1);

/// Counts requests. Clones count together.
#[derive(Clone)]
pub(super) struct Limiter(Arc<Inner>);

struct Inner {
    requests: Buckets<Address>,
    failures: Buckets<Address>,
    events: Buckets<TenantId>,
    places: Arc<Semaphore>,
    share: usize,
    arriving: Mutex<HashMap<Address, usize>>,
}

impl Limiter {
    pub(super) fn new(limits: &WebhookLimits, body_limit: usize) -> Self {
        let places = (BODIES / body_limit.max(1)).clamp(AT_LEAST, AT_ONCE);
        let per_minute = Rate::per_minute;
        Self(Arc::new(Inner {
            requests: Buckets::new(per_minute(limits.requests_per_minute), MANY),
            failures: Buckets::new(per_minute(limits.failures_per_minute), MANY),
            events: Buckets::new(per_minute(limits.events_per_minute), MANY),
            places: Arc::new(Semaphore::new(places)),
            share: places / SHARE,
            arriving: Mutex::default(),
        }))
    }

    /// Lets a request in, or refuses it before anything of its body is read.
    pub(super) fn enter(&self, address: Address) -> Result<(Place, Arriving), Refusal> {
        let permit = Arc::clone(&self.0.places)
            .try_acquire_owned()
            .map_err(|_| Refusal::Unavailable("busy"))?;
        let arriving = self.arriving(address)?;
        self.0
            .requests
            .take(address, Instant::now())
            .map_err(|wait| Refusal::too_many("address_rate", wait))?;
        Ok((Place { _permit: permit }, arriving))
    }

    fn arriving(&self, address: Address) -> Result<Arriving, Refusal> {
        let mut arriving = self.0.arriving();
        let number = arriving.entry(address).or_default();
        if *number >= self.0.share {
            return Err(Refusal::too_many("address_busy", MOMENT));
        }
        *number += 1;
        Ok(Arriving {
            inner: Arc::clone(&self.0),
            address,
        })
    }

    /// Whether an address has used up its failures. It is still heard, but the service is
    /// not bothered for it.
    pub(super) fn is_suspect(&self, address: Address) -> bool {
        self.0.failures.look(&address, Instant::now()).is_err()
    }

    /// Counts a failure; gives how long the address has to wait if it has used them up.
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

impl Inner {
    fn arriving(&self) -> MutexGuard<'_, HashMap<Address, usize>> {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held while a request is served.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// Held until the body is there: slow bodies of one address must not take all places.
pub(super) struct Arriving {
    inner: Arc<Inner>,
    address: Address,
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let mut arriving = self.inner.arriving();
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
    fn bodies_on_their_way_from_one_address_get_a_part_of_the_places_only() {
        let limiter = limiter(256 * 1024);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        let places: Vec<_> = (0..AT_ONCE)
            .filter_map(|_| limiter.enter(one).ok())
            .collect();
        assert_eq!(places.len(), AT_ONCE / SHARE);
        assert!(limiter.enter(other).is_ok());
        // Once the bodies are there, their address may send more.
        let places: Vec<_> = places.into_iter().map(|(place, _)| place).collect();
        assert!(limiter.enter(one).is_ok());
        assert!(limiter.0.arriving().is_empty());
        drop(places);
        assert_eq!(limiter.0.places.available_permits(), AT_ONCE);
    }

    #[test]
    fn larger_bodies_get_fewer_places() {
        for (body_limit, places) in [(1024, 1024), (1 << 20, 256), (1 << 24, 16), (1 << 30, 16)] {
            let limiter = limiter(body_limit);
            assert_eq!(limiter.0.places.available_permits(), places);
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
