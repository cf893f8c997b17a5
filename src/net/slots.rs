//! Connection slots: at most so many connections, and which are evicted when all are taken.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long a new connection waits for a slot.
const ADMISSION_TIMEOUT: Duration = Duration::from_secs(1);

/// At most this fraction of the slots is freed at a time (one in 64), so that one scan makes room
/// for many new connections.
const EVICTED_SHARE: usize = 64;

/// The other end of a connection. It is in the extensions of each request.
#[derive(Clone, Debug)]
pub struct Peer {
    address: SocketAddr,
    names: Arc<[String]>,
}

impl Peer {
    /// `names` are those of its verified certificate, as [`crate::net::tls::names`] returns them.
    #[must_use]
    pub fn new(address: SocketAddr, names: Vec<String>) -> Self {
        Self {
            address,
            names: names.into(),
        }
    }

    /// The address that the connection comes from.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The names in its verified client certificate.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// A handle to a connection. It is in the extensions of each request.
#[derive(Clone, Debug)]
pub struct Connection(Arc<State>);

#[derive(Debug)]
struct State {
    /// When it was opened or last busy, in milliseconds since `epoch`.
    last: AtomicU64,
    epoch: Instant,
    busy: AtomicUsize,
    requests: AtomicUsize,
    proven: AtomicBool,
    quiet: Notify,
    evicted: CancellationToken,
}

/// Work for a connection, or a request without an answer yet. While there is work the connection
/// is not evicted.
#[derive(Debug)]
pub struct Busy {
    state: Arc<State>,
    count: fn(&State) -> &AtomicUsize,
}

impl Busy {
    fn new(state: &Arc<State>, count: fn(&State) -> &AtomicUsize) -> Self {
        count(state).fetch_add(1, Ordering::AcqRel);
        let state = Arc::clone(state);
        Self { state, count }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.state.touch();
        (self.count)(&self.state).fetch_sub(1, Ordering::AcqRel);
        if self.state.is_quiet() {
            self.state.quiet.notify_waiters();
        }
    }
}

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

    /// A connection without a slot.
    #[cfg(test)]
    pub(crate) fn alone() -> Self {
        Self::new(Instant::now())
    }

    /// Marks the peer as authenticated: among idle connections it is evicted last.
    pub fn prove(&self) {
        self.0.proven.store(true, Ordering::Relaxed);
    }

    /// Begins work for it.
    pub fn busy(&self) -> Busy {
        Busy::new(&self.0, |state| &state.busy)
    }

    /// Closes it.
    pub fn cut(&self) {
        self.0.evicted.cancel();
    }

    /// Begins a request.
    pub(super) fn request(&self) -> Busy {
        Busy::new(&self.0, |state| &state.requests)
    }

    /// Waits until neither work nor requests are left.
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
}

/// The slots of a listener.
pub(super) struct ConnectionSlots {
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

/// A connection's slot; freed when it is dropped.
pub(super) struct ConnectionSlot {
    id: u64,
    slots: Arc<ConnectionSlots>,
    pub(super) connection: Connection,
}

impl ConnectionSlot {
    /// Waits until the connection is evicted.
    pub(super) async fn evicted(&self) {
        self.connection.0.evicted.cancelled().await;
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.slots.taken.lock().connections.remove(&self.id);
        self.slots.freed.notify_one();
    }
}

impl ConnectionSlots {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            epoch: Instant::now(),
            taken: Mutex::default(),
            freed: Notify::new(),
        }
    }

    /// A slot for a new connection; if all are taken, idle connections are evicted. `None` if all
    /// are busy, or none is freed in time.
    pub(super) async fn admit(self: &Arc<Self>) -> Option<ConnectionSlot> {
        if let Some(slot) = self.take() {
            return Some(slot);
        }
        timeout(ADMISSION_TIMEOUT, async {
            loop {
                if !self.make_room() {
                    return None;
                }
                self.freed.notified().await;
                if let Some(slot) = self.take() {
                    return Some(slot);
                }
            }
        })
        .await
        .unwrap_or(None)
    }

    fn take(self: &Arc<Self>) -> Option<ConnectionSlot> {
        let mut taken = self.taken.lock();
        if taken.connections.len() >= self.most {
            return None;
        }
        let id = taken.next;
        taken.next += 1;
        let connection = Connection::new(self.epoch);
        taken.connections.insert(id, connection.clone());
        Some(ConnectionSlot {
            id,
            slots: Arc::clone(self),
            connection,
        })
    }

    /// Evicts idle connections, the longest idle first: some of the unauthenticated ones, or one
    /// authenticated one if there are no others. False if all are busy.
    pub(super) fn make_room(&self) -> bool {
        let taken = self.taken.lock();
        let mut idle: Vec<(bool, u64, &Connection)> = Vec::new();
        for connection in taken.connections.values() {
            let state = &connection.0;
            if state.evicted.is_cancelled() {
                // Its slot will be free soon.
                return true;
            }
            if state.busy.load(Ordering::Acquire) == 0 {
                let proven = state.proven.load(Ordering::Relaxed);
                idle.push((proven, state.last.load(Ordering::Relaxed), connection));
            }
        }
        idle.sort_unstable_by_key(|(proven, last, _)| (*proven, *last));
        let many = (self.most / EVICTED_SHARE).max(1);
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
