//! The whole state of the model at one moment, and the moves that can follow.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

use super::{
    parts::{At, Call, FIRST, Move, NEWER, Person, SET, Title, Worker},
    settings::{Broken, Key, REQUEST_TIMEOUT, SEND_WINDOW, Settings, TROUBLES, Trouble},
};
use crate::domain::{
    attempt::Evidence,
    collaborator::Draft,
    onboarding::{
        Moment, Onboarding,
        fixtures::{at, hire, opened},
        lease::{By, Lease},
        progress::Step,
    },
};

/// Seconds in a tick: Lucca's own time-out, which is thus a whole number of ticks.
pub(super) const TICK: i64 = 5;

/// The whole state of the model at one moment. Times are ticks.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) now: i64,
    pub(super) onboarding: Arc<Onboarding>,
    pub(super) lease: Lease,
    pub(super) workers: [Worker; 2],
    /// Whether the process of both workers has ended, and no other has taken over.
    pub(super) down: bool,
    /// Calls that Lucca may still act on, or whose answer is on its way.
    pub(super) calls: Vec<Call>,
    /// The people whom our calls created.
    pub(super) people: Vec<Person>,
    pub(super) key: Key,
    /// How often each trouble may still occur.
    pub(super) left: [u8; TROUBLES],
    /// How many troubles may still occur in all.
    pub(super) together: u8,
    /// What the source said last.
    pub(super) said: Title,
    /// Whether the source withdrew last.
    pub(super) withdrawn: bool,
    /// Whether an operator has set the field.
    pub(super) set: bool,
    /// The property that was violated.
    pub(super) fault: Option<String>,
}

/// A move that can follow, the world after it, and whether it is trouble.
pub(super) type Next = (Move, World, Option<Trouble>);

/// The time of a tick.
pub(super) fn time(tick: i64) -> Timestamp {
    at(tick * TICK)
}

/// The tick of a time.
pub(super) fn tick(time: Timestamp) -> i64 {
    time.duration_since(at(0)).as_secs() / TICK
}

/// The title that a draft carries.
pub(super) fn title(draft: &Draft) -> Title {
    match draft.job_title.as_ref().map(|title| title.as_str()) {
        None => FIRST,
        Some("newer") => NEWER,
        Some(_) => SET,
    }
}

impl World {
    /// A hire that was just submitted.
    pub(super) fn first(settings: &Settings) -> Self {
        let onboarding = opened(&hire("a-1"), 0);
        let idle = Worker {
            frozen: false,
            at: At::Idle,
        };
        Self {
            now: 0,
            lease: Lease::free(onboarding.due()),
            onboarding: Arc::new(onboarding),
            workers: [idle; 2],
            down: false,
            calls: Vec::new(),
            people: Vec::new(),
            key: settings.key,
            left: settings.each,
            together: settings.together,
            said: FIRST,
            withdrawn: false,
            set: false,
            fault: None,
        }
    }

    /// All moves that can follow.
    pub(super) fn next(&self, settings: &Settings) -> Vec<Next> {
        let mut next = Vec::with_capacity(16);
        self.workers_act(settings, &mut next);
        self.lucca_acts(settings, &mut next);
        self.people_act(settings, &mut next);
        if self.time_may_pass(settings) {
            self.may(&mut next, Move::Tick, None, World::tick);
        }
        next
    }

    /// Adds a move, if its trouble may still occur.
    pub(super) fn may(
        &self,
        next: &mut Vec<Next>,
        what: Move,
        trouble: Option<Trouble>,
        change: impl FnOnce(&mut Self),
    ) {
        let spent = |trouble: Trouble| self.left[trouble as usize] == 0 || self.together == 0;
        if trouble.is_some_and(spent) {
            return;
        }
        let mut world = self.clone();
        if let Some(trouble) = trouble {
            world.left[trouble as usize] -= 1;
            world.together -= 1;
        }
        change(&mut world);
        next.push((what, world, trouble));
    }

    fn tick(&mut self) {
        self.now += 1;
        let now = self.now;
        self.calls
            .retain(|call| call.connected || call.answer.is_none() && call.until >= now);
    }

    /// Time passes when nobody has work to do now and something waits for a later time.
    fn time_may_pass(&self, settings: &Settings) -> bool {
        // The decision of a worker without a lease is void and needs no time.
        let counts = |token| self.lease.covers(token) || settings.lacks(Broken::NoFencing);
        let idle = |worker: &Worker| matches!(worker.at, At::Idle);
        let due = !self.down && self.lease.is_due(time(self.now)) && self.workers.iter().any(idle);
        let busy = self.workers.iter().any(|worker| match worker.at {
            _ if worker.frozen => false,
            At::Idle => false,
            At::Waiting { sent, .. } => self.now >= sent + REQUEST_TIMEOUT,
            _ => true,
        });
        let lucca_must =
            |call: &Call| call.connected && call.answer.is_none() && call.until <= self.now;
        let waits = self.lease.wake.is_some_and(|wake| tick(wake) > self.now)
            || self.calls.iter().any(|call| call.answer.is_none())
            || self.workers.iter().any(|worker| match worker.at {
                At::Decided { token, time, .. } => counts(token) && self.now <= time + SEND_WINDOW,
                At::Begun { send_by, .. } => self.now <= send_by,
                At::Waiting { sent, .. } => self.now <= sent + REQUEST_TIMEOUT,
                _ => false,
            });
        waits && !due && !busy && !self.calls.iter().any(lucca_must)
    }

    pub(super) fn moment(&self, settings: &Settings) -> Moment {
        Moment {
            now: time(self.now),
            timing: Arc::clone(&settings.timing),
            chance: 0.5,
        }
    }

    /// Changes the onboarding and its lease in one transaction, as stores do.
    fn change<T, E: fmt::Display>(
        &mut self,
        by: By,
        change: impl FnOnce(&mut Onboarding) -> Result<T, E>,
    ) -> bool {
        let mut after = (*self.onboarding).clone();
        match change(&mut after) {
            Ok(_) => {
                self.lease = self.lease.after(by, &self.onboarding, &after);
                self.onboarding = Arc::new(after);
                true
            }
            Err(error) => {
                self.fault = Some(error.to_string());
                false
            }
        }
    }

    /// Takes a step if the lease covers it, and returns whether it did.
    pub(super) fn step(&mut self, token: u64, step: Step, settings: &Settings) -> bool {
        if !self.lease.covers(token) && !settings.lacks(Broken::NoFencing) {
            return false;
        }
        let moment = self.moment(settings);
        let taken = self.change(By::Step, |onboarding| onboarding.step(step, &moment));
        if settings.lacks(Broken::NoFencing) {
            // The state machine refuses some steps even then.
            self.fault = None;
        }
        taken
    }

    /// Stores what was seen of an attempt.
    pub(super) fn see(&mut self, number: u32, evidence: Evidence, settings: &Settings) {
        let moment = self.moment(settings);
        let forgetful = settings.lacks(Broken::RefusalAfterDoubt);
        self.change(By::Evidence, |onboarding| {
            super::broken::see(onboarding, number, evidence, &moment, forgetful)
        });
    }

    /// Changes the onboarding from outside.
    pub(super) fn outside<T, E: fmt::Display>(
        &mut self,
        change: impl FnOnce(&mut Onboarding) -> Result<T, E>,
    ) {
        self.change(By::Outside, change);
    }
}
