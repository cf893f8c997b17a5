//! Places for calls: who is worked on, who waits for that, and who is sent away.
//!
//! In a rush all that wait get their turn, in the order in which they came while they are
//! few. In overload the newest do, and the others, who have waited in vain, are sent away:
//! whoever is taken on has hardly waited. Served in turn, everybody would then wait as long
//! as callers have patience. What is too many for turns in a rush is served as in overload,
//! for it may become one.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::{Instant, timeout},
};

use super::{ApiError, limit::Limit};

/// How many calls at the same time.
#[derive(Clone, Copy, Debug)]
pub struct PlaceRules {
    /// Most that are worked on.
    pub working: usize,
    /// How long that may take on average; when it takes longer fewer are let in.
    pub longest: Duration,
    /// Most that wait for an outcome, or follow an onboarding.
    pub waiting: usize,
}

/// How long all places may be taken before that is no rush any more, but overload; which is
/// over when nobody has been sent away for as long.
const RUSH: Duration = Duration::from_secs(1);

/// How long a call waits for a place in a rush, and in overload.
const RUSH_PATIENCE: Duration = Duration::from_secs(5);
const OVERLOAD_PATIENCE: Duration = Duration::from_millis(20);

/// Of so many places one is kept for calls that look after the service, beyond the rest.
const KEPT_SHARE: usize = 8;

/// Calls that wait for a place, for each place; in overload one.
const QUEUE_SHARE: usize = 16;

/// The places of a service. Clones share them.
#[derive(Clone)]
pub struct Places(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    longest_queue: usize,
    kept: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

struct State {
    limit: Limit,
    taken: usize,
    /// The newest is the last.
    queue: VecDeque<Waiting>,
    /// When a call last found a place free, in times without overload.
    last_free: Instant,
    /// When a call was last sent away.
    last_away: Option<Instant>,
}

impl State {
    /// Whether somebody was sent away a short time ago.
    fn sends_away(&self, now: Instant) -> bool {
        let passed = |then| now.saturating_duration_since(then);
        self.last_away.is_some_and(|then| passed(then) < RUSH)
    }

    /// The next of the queue: in turn if it is soon everybody's turn, else the newest.
    fn pop(&mut self, now: Instant) -> Option<Waiting> {
        match self.is_rush(now) && self.queue.len() <= self.limit.get() {
            true => self.queue.pop_front(),
            false => self.queue.pop_back(),
        }
    }

    fn is_rush(&self, now: Instant) -> bool {
        !self.sends_away(now) && now.saturating_duration_since(self.last_free) < RUSH
    }
}

impl Places {
    /// All of them free.
    #[must_use]
    pub fn new(rules: PlaceRules) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        let now = Instant::now();
        let state = State {
            limit: Limit::new(rules.working, rules.longest, now),
            taken: 0,
            queue: VecDeque::new(),
            last_free: now,
            last_away: None,
        };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            longest_queue: rules.working.saturating_mul(QUEUE_SHARE),
            kept: places(rules.working.div_ceil(KEPT_SHARE)),
            waiting: places(rules.waiting),
        }))
    }

    /// A place for a call of a method that is worked on at once. Calls that look after the
    /// service have places that others cannot take.
    ///
    /// # Errors
    /// There is none.
    pub async fn place(&self, method: &'static str, looks_after: bool) -> Result<Place, ApiError> {
        let (answer, patience) = match self.enter(method) {
            Entered::Turn(turn) => return Ok(self.held(Hold::Turn(turn))),
            Entered::Queue(answer, patience) => (Some(answer), patience),
            Entered::Full => (None, Duration::ZERO),
        };
        if looks_after && let Ok(permit) = Arc::clone(&self.0.kept).try_acquire_owned() {
            return Ok(self.held(Hold::Permit(permit)));
        }
        let turn = match answer {
            Some(answer) => timeout(patience, answer).await.ok().and_then(Result::ok),
            None => None,
        };
        if turn.is_none() {
            self.0.state().last_away = Some(Instant::now());
        }
        let turn = turn.ok_or(ApiError::Overloaded)?;
        Ok(self.held(Hold::Turn(turn)))
    }

    /// A place among those who wait, for a call that mostly waits for others.
    ///
    /// # Errors
    /// There is none.
    pub fn waiting(&self) -> Result<Place, ApiError> {
        Ok(self.held(Hold::Permit(self.0.waiting()?)))
    }

    fn held(&self, hold: Hold) -> Place {
        Place {
            hold: Arc::new(Mutex::new(hold)),
            shared: Arc::clone(&self.0),
        }
    }

    fn enter(&self, method: &'static str) -> Entered {
        let mut state = self.0.state();
        let now = Instant::now();
        if state.taken < state.limit.get() {
            state.taken += 1;
            if !state.sends_away(now) {
                state.last_free = now;
            }
            return Entered::Turn(Turn::new(&self.0, method, now));
        }
        state.limit.wanted();
        let patience = match state.is_rush(now) {
            true => RUSH_PATIENCE,
            false => OVERLOAD_PATIENCE,
        };
        if state.sends_away(now) {
            // Whoever would wait in vain hears it now.
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

/// A call that waits for its turn.
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
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let permit = Arc::clone(&self.waiting).try_acquire_owned();
        permit.map_err(|_| ApiError::Overloaded)
    }

    /// Who is next of those that still wait.
    fn next(&self, now: Instant) -> Option<Waiting> {
        let mut state = self.state();
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

/// One of the places; its end lets the next one in.
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
            let mut state = self.shared.state();
            state.taken = state.taken.saturating_sub(1);
            let time = now.saturating_duration_since(self.since);
            state.limit.took(self.method, time, now);
        }
        // Without the lock: whoever has gone meanwhile gives the turn back in here.
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

/// A call's place; free again when all its clones are dropped. In the extensions of the
/// request.
#[derive(Clone)]
pub struct Place {
    hold: Arc<Mutex<Hold>>,
    shared: Arc<Shared>,
}

impl Place {
    /// The call only waits from now on: it gives its place to another and takes one among
    /// those who wait.
    ///
    /// # Errors
    /// Too many wait; the place stays.
    pub fn wait(&self) -> Result<(), ApiError> {
        let permit = Hold::Permit(self.shared.waiting()?);
        let mut hold = self.hold.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *hold, permit);
        drop(hold);
        drop(before);
        Ok(())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

#[cfg(test)]
mod tests;
