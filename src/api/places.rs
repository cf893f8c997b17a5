//! Places for calls: how many are worked on at the same time, and who waits for that.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError},
    time::{Instant, timeout},
};

use super::ApiError;

/// How many calls at the same time.
#[derive(Clone, Copy, Debug)]
pub struct PlaceRules {
    /// That are worked on.
    pub working: usize,
    /// That wait for an outcome, or follow an onboarding.
    pub waiting: usize,
}

/// How long all places may be taken before that is no rush any more, but overload; and how
/// long a call waits for a place in a rush.
const RUSH: Duration = Duration::from_secs(1);

/// How long a call waits in overload: too short for a queue, so that those who get a place
/// are answered as fast as ever.
const OVERLOAD_WAIT: Duration = Duration::from_millis(10);

/// Of so many places one is kept for people who look after the service, beyond the rest.
const KEPT_SHARE: usize = 8;

/// Calls that wait for a place, for each place.
const QUEUE_SHARE: usize = 16;

/// The places of a service. Clones share them.
#[derive(Clone, Debug)]
pub struct Places {
    working: Arc<Semaphore>,
    kept: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// When a call last found a place free.
    last_free: Arc<Mutex<Instant>>,
}

impl Places {
    /// All of them free.
    #[must_use]
    pub fn new(rules: PlaceRules) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self {
            working: places(rules.working),
            kept: places(rules.working.div_ceil(KEPT_SHARE)),
            queue: places(rules.working.saturating_mul(QUEUE_SHARE)),
            waiting: places(rules.waiting),
            last_free: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// A place for a call. In a rush it is waited for, in overload hardly: work that is
    /// taken on is then finished as fast as without it. Whoever looks after the service
    /// has places that others cannot take.
    ///
    /// # Errors
    /// There is none.
    pub async fn place(&self, looks_after: bool) -> Result<Place, ApiError> {
        let permit = match Arc::clone(&self.working).try_acquire_owned() {
            Ok(permit) => {
                *self.last_free() = Instant::now();
                permit
            }
            Err(TryAcquireError::Closed) => return Err(ApiError::Overloaded),
            Err(TryAcquireError::NoPermits) => {
                let kept = looks_after.then(|| Arc::clone(&self.kept).try_acquire_owned().ok());
                match kept.flatten() {
                    Some(permit) => permit,
                    None => self.queue().await?,
                }
            }
        };
        Ok(Place {
            permit: Arc::new(Mutex::new(permit)),
            waiting: Arc::clone(&self.waiting),
        })
    }

    async fn queue(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let _turn = self.queue.try_acquire().map_err(|_| ApiError::Overloaded)?;
        let taken_for = self.last_free().elapsed();
        let patience = RUSH.saturating_sub(taken_for).max(OVERLOAD_WAIT);
        match timeout(patience, Arc::clone(&self.working).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(ApiError::Overloaded),
        }
    }

    fn last_free(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.last_free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call's place; free again when all its clones are dropped. In the extensions of the
/// request.
#[derive(Clone, Debug)]
pub struct Place {
    permit: Arc<Mutex<OwnedSemaphorePermit>>,
    waiting: Arc<Semaphore>,
}

impl Place {
    /// The call only waits from now on: it gives its place to another and takes one among
    /// those who wait.
    ///
    /// # Errors
    /// Too many wait; the place stays.
    pub fn wait(&self) -> Result<(), ApiError> {
        let permit = Arc::clone(&self.waiting)
            .try_acquire_owned()
            .map_err(|_| ApiError::Overloaded)?;
        *self.permit.lock().unwrap_or_else(PoisonError::into_inner) = permit;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(working: usize, waiting: usize) -> Places {
        Places::new(PlaceRules { working, waiting })
    }

    #[tokio::test(start_paused = true)]
    async fn in_a_rush_a_call_waits_for_a_place_and_gets_it() {
        let places = places(1, 1);
        let first = places.place(false).await.unwrap();
        let second = tokio::spawn({
            let places = places.clone();
            async move { places.place(false).await }
        });
        tokio::time::sleep(Duration::from_millis(900)).await;
        drop(first);
        assert!(second.await.unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn in_overload_a_call_is_soon_sent_away() {
        let places = places(1, 1);
        let held = places.place(false).await.unwrap();
        let began = Instant::now();
        assert!(places.place(false).await.is_err());
        assert_eq!(began.elapsed(), RUSH);
        let began = Instant::now();
        assert!(places.place(false).await.is_err());
        assert_eq!(began.elapsed(), OVERLOAD_WAIT);
        // Once a place was free again the next rush is borne.
        drop(held);
        let _held = places.place(false).await.unwrap();
        let began = Instant::now();
        assert!(places.place(false).await.is_err());
        assert_eq!(began.elapsed(), RUSH);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_looks_after_the_service_gets_a_place_in_overload() {
        let places = places(8, 1);
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(places.place(false).await.unwrap());
        }
        assert!(places.place(false).await.is_err());
        let kept = places.place(true).await.unwrap();
        assert!(places.place(true).await.is_err());
        drop(kept);
        assert!(places.place(true).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_waits_leaves_its_place_to_others() {
        let places = places(1, 1);
        let first = places.place(false).await.unwrap();
        first.wait().unwrap();
        let second = places.place(false).await.unwrap();
        assert!(second.wait().is_err());
        assert!(places.place(false).await.is_err());
        drop(first);
        assert!(second.wait().is_ok());
    }
}
