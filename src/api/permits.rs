//! Permits for calls: which calls run, which wait for a permit, and which are refused.
//!
//! In a rush every waiting call gets a permit, in the order of arrival while the queue is short.
//! In overload the newest calls get one, and the others are refused after a short wait, so that a
//! call that runs has hardly waited. In the order of arrival, every call would wait as long as
//! callers have patience. A long queue is served newest first in a rush too, because the rush may
//! become an overload.

use std::{collections::VecDeque, fmt, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::{Instant, timeout},
};

use super::{ApiError, limit::Limit};

/// How many calls run at the same time.
#[derive(Clone, Copy, Debug)]
pub struct PermitRules {
    /// Most that are worked on.
    pub working: usize,
    /// How long that may take on average; when it takes longer, fewer are let in.
    pub longest: Duration,
    /// Most that wait for an outcome, or follow an onboarding.
    pub waiting: usize,
}

/// How long all permits may be taken before a rush counts as overload. An overload is over
/// when nobody has been refused for as long.
const RUSH: Duration = Duration::from_secs(1);

/// How long a call waits for a permit in a rush, and in overload.
const RUSH_PATIENCE: Duration = Duration::from_secs(5);
const OVERLOAD_PATIENCE: Duration = Duration::from_millis(20);

/// For this many permits there is one more for calls of operators and administrators only.
const RESERVED_SHARE: usize = 8;

/// Calls that may wait for each permit; in overload, one.
const QUEUE_SHARE: usize = 16;

/// The permits of a service. Clones share them.
#[derive(Clone)]
pub struct RequestPermits(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    longest_queue: usize,
    reserved: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

struct State {
    limit: Limit,
    taken: usize,
    /// The newest is the last.
    queue: VecDeque<Waiting>,
    /// When a call last found a permit free, outside of overload.
    last_free: Instant,
    /// When a call was last refused.
    last_refused: Option<Instant>,
}

impl State {
    /// Whether a call was refused a short time ago.
    fn is_refusing(&self, now: Instant) -> bool {
        let passed = |then| now.saturating_duration_since(then);
        self.last_refused.is_some_and(|then| passed(then) < RUSH)
    }

    /// The next of the queue: the oldest if all of it is served soon, else the newest.
    fn pop(&mut self, now: Instant) -> Option<Waiting> {
        match self.is_rush(now) && self.queue.len() <= self.limit.get() {
            true => self.queue.pop_front(),
            false => self.queue.pop_back(),
        }
    }

    fn is_rush(&self, now: Instant) -> bool {
        !self.is_refusing(now) && now.saturating_duration_since(self.last_free) < RUSH
    }
}

impl RequestPermits {
    /// All of them free.
    #[must_use]
    pub fn new(rules: PermitRules) -> Self {
        let permits = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        let now = Instant::now();
        let state = State {
            limit: Limit::new(rules.working, rules.longest, now),
            taken: 0,
            queue: VecDeque::new(),
            last_free: now,
            last_refused: None,
        };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            longest_queue: rules.working.saturating_mul(QUEUE_SHARE),
            reserved: permits(rules.working.div_ceil(RESERVED_SHARE)),
            waiting: permits(rules.waiting),
        }))
    }

    /// A permit for a call that is worked on at once. Calls of operators have some that no
    /// other call can take.
    ///
    /// # Errors
    /// None is free.
    pub async fn working(
        &self,
        method: &'static str,
        is_for_operators: bool,
    ) -> Result<RequestPermit, ApiError> {
        let (answer, patience) = match self.enter(method) {
            Entered::Turn(turn) => return Ok(self.held(Hold::Turn(turn))),
            Entered::Queue(answer, patience) => (Some(answer), patience),
            Entered::Full => (None, Duration::ZERO),
        };
        if is_for_operators && let Ok(permit) = Arc::clone(&self.0.reserved).try_acquire_owned() {
            return Ok(self.held(Hold::Permit(permit)));
        }
        let turn = match answer {
            Some(answer) => timeout(patience, answer).await.ok().and_then(Result::ok),
            None => None,
        };
        if turn.is_none() {
            self.0.state.lock().last_refused = Some(Instant::now());
        }
        let turn = turn.ok_or(ApiError::Overloaded)?;
        Ok(self.held(Hold::Turn(turn)))
    }

    /// A permit among those that wait, for a call that mostly waits for Lucca.
    ///
    /// # Errors
    /// None is free.
    pub fn waiting(&self) -> Result<RequestPermit, ApiError> {
        Ok(self.held(Hold::Permit(self.0.waiting()?)))
    }

    fn held(&self, hold: Hold) -> RequestPermit {
        RequestPermit {
            hold: Arc::new(Mutex::new(hold)),
            shared: Arc::clone(&self.0),
        }
    }

    fn enter(&self, method: &'static str) -> Entered {
        let mut state = self.0.state.lock();
        let now = Instant::now();
        if state.taken < state.limit.get() {
            state.taken += 1;
            if !state.is_refusing(now) {
                state.last_free = now;
            }
            return Entered::Turn(Turn::new(&self.0, method, now));
        }
        state.limit.wanted();
        let patience = match state.is_rush(now) {
            true => RUSH_PATIENCE,
            false => OVERLOAD_PATIENCE,
        };
        if state.is_refusing(now) {
            // Calls that would wait in vain are refused now.
            let longest = state.limit.get();
            state.queue.retain(|it| !it.sender.is_closed());
            let oldest = (state.queue.len() + 1).saturating_sub(longest);
            state.queue.drain(..oldest);
        } else if state.queue.len() >= self.0.longest_queue {
            state.queue.retain(|it| !it.sender.is_closed());
        }
        if state.queue.len() >= self.0.longest_queue {
            return Entered::Full;
        }
        let (sender, answer) = oneshot::channel();
        state.queue.push_back(Waiting { method, sender });
        Entered::Queue(answer, patience)
    }
}

/// A call that waits for a permit.
struct Waiting {
    method: &'static str,
    sender: oneshot::Sender<Turn>,
}

enum Entered {
    Turn(Turn),
    Queue(oneshot::Receiver<Turn>, Duration),
    Full,
}

impl Shared {
    fn waiting(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let permit = Arc::clone(&self.waiting).try_acquire_owned();
        permit.map_err(|_| ApiError::Overloaded)
    }

    /// The next of the calls that still wait.
    fn next(&self, now: Instant) -> Option<Waiting> {
        let mut state = self.state.lock();
        if state.taken >= state.limit.get() {
            return None;
        }
        while let Some(waiting) = state.pop(now) {
            if !waiting.sender.is_closed() {
                state.taken += 1;
                return Some(waiting);
            }
        }
        None
    }
}

/// A permit to be worked on; its end lets the next call in.
struct Turn {
    shared: Arc<Shared>,
    method: &'static str,
    since: Instant,
}

impl Turn {
    fn new(shared: &Arc<Shared>, method: &'static str, now: Instant) -> Self {
        Self {
            shared: Arc::clone(shared),
            method,
            since: now,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let now = Instant::now();
        {
            let mut state = self.shared.state.lock();
            state.taken = state.taken.saturating_sub(1);
            let time = now.saturating_duration_since(self.since);
            state.limit.took(self.method, time, now);
        }
        // Without the lock: a call that has gone meanwhile drops its turn in here.
        while let Some(next) = self.shared.next(now) {
            let turn = Self::new(&self.shared, next.method, now);
            let _ = next.sender.send(turn);
        }
    }
}

enum Hold {
    Turn(#[expect(dead_code, reason = "held")] Turn),
    Permit(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit),
}

/// The permit of a call, in the extensions of its request; free again when all its clones are
/// dropped.
#[derive(Clone)]
pub struct RequestPermit {
    hold: Arc<Mutex<Hold>>,
    shared: Arc<Shared>,
}

impl RequestPermit {
    /// The call only waits from now on: its permit goes to another call, and it takes one among
    /// those that wait.
    ///
    /// # Errors
    /// Too many wait; the permit stays as it is.
    pub fn wait(&self) -> Result<(), ApiError> {
        let permit = Hold::Permit(self.shared.waiting()?);
        let mut hold = self.hold.lock();
        let before = std::mem::replace(&mut *hold, permit);
        drop(hold);
        drop(before);
        Ok(())
    }
}

impl fmt::Debug for RequestPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestPermit")
    }
}

#[cfg(test)]
mod tests;
