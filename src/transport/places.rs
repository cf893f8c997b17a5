//! Who is connected, and who makes room when there is no place left.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long a new connection waits for another to make room.
const PATIENCE: Duration = Duration::from_secs(1);

/// Of so many connections one makes room at a time: one look at all of them then serves
/// many that come.
const SHARE: usize = 64;

/// Who is at the other end of a connection; in the extensions of each of its requests.
#[derive(Clone, Debug)]
pub struct Peer {
    address: SocketAddr,
    names: Arc<[String]>,
}

impl Peer {
    /// At this address, and with these names, as [`crate::tls::names`] gives them.
    #[must_use]
    pub fn new(address: SocketAddr, names: Vec<String>) -> Self {
        Self {
            address,
            names: names.into(),
        }
    }

    /// Where the connection comes from.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The names that are proven by a client certificate.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// A connection, as those who answer its requests see it: in the extensions of each of them.
#[derive(Clone, Debug)]
pub struct Connection(Arc<State>);

#[derive(Debug)]
struct State {
    /// When it came, or was last busy, in milliseconds since the first place was made.
    last: AtomicU64,
    epoch: Instant,
    busy: AtomicUsize,
    requests: AtomicUsize,
    proven: AtomicBool,
    quiet: Notify,
    evicted: CancellationToken,
}

/// While it lives, its connection is not asked to make room.
#[derive(Debug)]
pub struct Busy(Arc<State>);

impl Connection {
    fn new(epoch: Instant) -> Self {
        let state = State {
            last: AtomicU64::new(0),
            epoch,
            busy: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            proven: AtomicBool::new(false),
            quiet: Notify::new(),
            evicted: CancellationToken::new(),
        };
        state.touch();
        Self(Arc::new(state))
    }

    /// A connection of its own, for tests of those who answer requests.
    #[cfg(test)]
    pub(crate) fn alone() -> Self {
        Self::new(Instant::now())
    }

    /// Its peer has proven who it is: of those that idle it is the last to make room.
    pub fn prove(&self) {
        self.0.proven.store(true, Ordering::Relaxed);
    }

    /// Work is done for it.
    pub fn busy(&self) -> Busy {
        self.0.busy.fetch_add(1, Ordering::AcqRel);
        Busy(Arc::clone(&self.0))
    }

    /// Ends it.
    pub fn cut(&self) {
        self.0.evicted.cancel();
    }

    /// A request has come; its answer has not begun.
    pub(super) fn request(&self) -> Request {
        self.0.requests.fetch_add(1, Ordering::AcqRel);
        Request(Arc::clone(&self.0))
    }

    /// Waits until nothing is done for it.
    pub(super) async fn quiet(&self) {
        loop {
            let quiet = self.0.quiet.notified();
            if self.0.is_quiet() {
                return;
            }
            quiet.await;
        }
    }

    #[cfg(test)]
    pub(crate) fn is_cut(&self) -> bool {
        self.0.evicted.is_cancelled()
    }
}

impl State {
    fn touch(&self) {
        let since = self.epoch.elapsed().as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.last.store(since, Ordering::Relaxed);
    }

    fn is_quiet(&self) -> bool {
        self.busy.load(Ordering::Acquire) == 0 && self.requests.load(Ordering::Acquire) == 0
    }

    fn done(&self, count: &AtomicUsize) {
        self.touch();
        count.fetch_sub(1, Ordering::AcqRel);
        if self.is_quiet() {
            self.quiet.notify_waiters();
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.done(&self.0.busy);
    }
}

/// A request that is not answered yet.
pub(super) struct Request(Arc<State>);

impl Drop for Request {
    fn drop(&mut self) {
        self.0.done(&self.0.requests);
    }
}

/// The places of a listener.
pub(super) struct Places {
    most: usize,
    epoch: Instant,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Default)]
struct Taken {
    next: u64,
    connections: HashMap<u64, Connection>,
}

/// A place; free again when it is dropped.
pub(super) struct Place {
    id: u64,
    places: Arc<Places>,
    pub(super) connection: Connection,
}

impl Place {
    /// Waits until the connection has to make room.
    pub(super) async fn evicted(&self) {
        self.connection.0.evicted.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().connections.remove(&self.id);
        self.places.freed.notify_one();
    }
}

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            epoch: Instant::now(),
            taken: Mutex::default(),
            freed: Notify::new(),
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection; if there is none, connections that idle make room.
    pub(super) async fn admit(self: &Arc<Self>) -> Option<Place> {
        if let Some(place) = self.take() {
            return Some(place);
        }
        timeout(PATIENCE, async {
            loop {
                if !self.make_room() {
                    return None;
                }
                self.freed.notified().await;
                if let Some(place) = self.take() {
                    return Some(place);
                }
            }
        })
        .await
        .unwrap_or(None)
    }

    fn take(self: &Arc<Self>) -> Option<Place> {
        let mut taken = self.taken();
        if taken.connections.len() >= self.most {
            return None;
        }
        let id = taken.next;
        taken.next += 1;
        let connection = Connection::new(self.epoch);
        taken.connections.insert(id, connection.clone());
        Some(Place {
            id,
            places: Arc::clone(self),
            connection,
        })
    }

    /// Asks those that idle to go: first those who have proven nothing, the longest idle
    /// first; of the others one. False if all are busy.
    pub(super) fn make_room(&self) -> bool {
        let taken = self.taken();
        let mut idle: Vec<(bool, u64, &Connection)> = Vec::new();
        for connection in taken.connections.values() {
            let state = &connection.0;
            if state.evicted.is_cancelled() {
                // It is on its way out.
                return true;
            }
            if state.busy.load(Ordering::Acquire) == 0 {
                let proven = state.proven.load(Ordering::Relaxed);
                idle.push((proven, state.last.load(Ordering::Relaxed), connection));
            }
        }
        idle.sort_unstable_by_key(|(proven, last, _)| (*proven, *last));
        let many = (self.most / SHARE).max(1);
        let strangers = idle.iter().take_while(|(proven, ..)| !proven).count();
        let go = strangers.clamp(1, many).min(idle.len());
        for (.., connection) in idle.iter().take(go) {
            connection.0.evicted.cancel();
        }
        go > 0
    }
}

#[cfg(test)]
mod tests;
