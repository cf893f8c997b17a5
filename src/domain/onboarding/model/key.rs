//! The part of a world that decides its future, in few bytes: two worlds with the same key have
//! the same successors. Times are relative to now. Of a token only counts whether the lease
//! covers it, of an attempt only what later moves depend on. The order of the workers does not
//! count.

use jiff::Timestamp;

use super::{
    parts::At,
    settings::{Broken, REQUEST_TIMEOUT, Settings},
    world::{World, tick, title},
};
use crate::domain::{
    attempt::{Attempt, Outcome},
    follow_up::Code,
};

/// Any time that has passed, where it does not matter how long ago.
const PAST: i64 = -1;

/// Collects the bytes of a key.
struct Key<'a> {
    world: &'a World,
    bytes: Vec<u8>,
}

/// The key of a world.
pub(super) fn key(world: &World, settings: &Settings) -> Box<[u8]> {
    let mut key = Key {
        world,
        bytes: Vec::with_capacity(96),
    };
    key.onboarding();
    key.attempts(settings);
    key.lucca();
    let mut workers = [0, 1].map(|index| key.worker(index, settings));
    workers.sort();
    for worker in workers {
        key.bytes.extend(worker);
    }
    key.put(&world.left);
    key.put(&[
        world.together,
        world.key as u8,
        world.said,
        u8::from(world.withdrawn),
        u8::from(world.set),
        u8::from(world.down),
        u8::from(world.fault.is_some()),
    ]);
    key.bytes.into_boxed_slice()
}

impl Key<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn ago(&self, tick: i64) -> u8 {
        let ago = i8::try_from(tick - self.world.now).expect("not that long");
        ago.to_le_bytes()[0]
    }

    fn at(&self, time: Timestamp) -> u8 {
        self.ago(tick(time))
    }

    /// A time that matters only until it has passed.
    fn until(&self, tick: i64) -> u8 {
        self.ago(tick.max(self.world.now + PAST))
    }

    fn due(&self, time: Option<Timestamp>) -> u8 {
        time.map_or(u8::MAX - 100, |time| self.until(tick(time)))
    }

    fn onboarding(&mut self) {
        let it = &self.world.onboarding;
        let noted = |code: Code| {
            it.findings
                .follow_ups
                .iter()
                .any(|noted| noted.code() == code)
        };
        let pending = it.pending.as_ref();
        let bytes = [
            it.state() as u8,
            u8::from(it.cancel_requested),
            u8::from(it.problem().is_some()),
            title(&it.content.draft),
            pending.map_or(u8::MAX, |content| title(&content.draft)),
            title(&it.draft()),
            u8::from(noted(Code::ChangedAfterCreation)),
            u8::from(noted(Code::WithdrawnAfterCreation)),
            it.failures.to_le_bytes()[0],
            it.unknown_outcomes.to_le_bytes()[0],
            self.due(it.due()),
            self.due(self.world.lease.wake),
            u8::from(self.world.lease.held),
            it.looks().len().to_le_bytes()[0],
        ];
        self.put(&bytes);
        for look in it.looks() {
            self.bytes.push(self.at(*look));
        }
    }

    /// Whether a worker or a call still refers to the attempt.
    fn is_referred_to(&self, number: u32) -> bool {
        let world = self.world;
        world.calls.iter().any(|call| call.number == number)
            || world.workers.iter().any(|worker| match worker.at {
                At::Begun { number: it, .. }
                | At::Waiting { number: it, .. }
                | At::Answered { number: it, .. } => it == number,
                _ => false,
            })
    }

    /// A settled attempt to which nobody refers only counts by whether its outcome was ever
    /// unknown.
    fn attempts(&mut self, settings: &Settings) {
        let mut doubt = 0;
        for attempt in &self.world.onboarding.attempts {
            let in_doubt = u8::from(attempt.was_ever_unknown());
            if !attempt.is_open() && !self.is_referred_to(attempt.number) {
                doubt |= in_doubt;
                continue;
            }
            let end = ended(attempt, settings);
            let bytes = [
                doubt,
                outcome(attempt.outcome()),
                in_doubt,
                u8::from(attempt.was_refused()),
                if attempt.is_open() { self.ago(end) } else { 0 },
                u8::from(attempt.seen.is_empty()),
            ];
            self.put(&bytes);
            doubt = 0;
        }
        self.put(&[u8::MAX, doubt]);
    }

    /// Its position among the attempts that count.
    fn index(&self, number: u32) -> u8 {
        let attempts = self.world.onboarding.attempts.iter();
        let matter = attempts
            .filter(|it| it.number < number && (it.is_open() || self.is_referred_to(it.number)));
        matter.count().to_le_bytes()[0]
    }

    fn lucca(&mut self) {
        let world = self.world;
        let mut calls: Vec<[u8; 5]> = world
            .calls
            .iter()
            .map(|call| {
                [
                    self.index(call.number),
                    call.title,
                    self.until(call.until),
                    u8::from(call.connected),
                    call.answer.map_or(u8::MAX, |answer| answer as u8),
                ]
            })
            .collect();
        calls.sort_unstable();
        self.bytes.push(calls.len().to_le_bytes()[0]);
        for call in calls {
            self.put(&call);
        }
        self.bytes.push(world.people.len().to_le_bytes()[0]);
        for person in &world.people {
            let hidden = self.ago(person.hidden_until.max(world.now));
            self.put(&[person.title, hidden, u8::from(person.replaced)]);
        }
    }

    fn worker(&self, index: usize, settings: &Settings) -> [u8; 6] {
        let worker = self.world.workers[index];
        let covers = |token| u8::from(self.world.lease.covers(token));
        // The decision of a worker without a lease is void.
        let counts = |token| covers(token) == 1 || settings.lacks(Broken::NoFencing);
        let [a, b, c, d, e] = match worker.at {
            At::Idle => [0; 5],
            At::Leased { token, .. } | At::Looked { token, .. } | At::Decided { token, .. }
                if !counts(token) =>
            {
                [1, 0, 0, 0, 0]
            }
            At::Leased {
                token,
                state,
                title,
            } => [2, covers(token), state as u8, title, 0],
            At::Looked {
                token,
                time,
                seen,
                proven,
            } => [
                3,
                covers(token),
                self.ago(time),
                seen as u8,
                u8::from(proven),
            ],
            At::Decided { token, title, time } => [
                4,
                covers(token),
                title,
                self.until(time + super::settings::SEND_WINDOW),
                0,
            ],
            At::Begun {
                number,
                title,
                send_by,
            } => [5, self.index(number), title, self.until(send_by), 0],
            At::Waiting { number, sent } => [
                6,
                self.index(number),
                self.until(sent + REQUEST_TIMEOUT),
                0,
                0,
            ],
            At::Answered { number, answer } => [7, self.index(number), answer as u8, 0, 0],
        };
        [u8::from(worker.frozen), a, b, c, d, e]
    }
}

fn ended(attempt: &Attempt, settings: &Settings) -> i64 {
    tick(attempt.ended_by(settings.timing.request_timeout))
}

fn outcome(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Unknown => 0,
        Outcome::Executed(_) => 1,
        Outcome::NotExecuted => 2,
        Outcome::Refused => 3,
        Outcome::KeyRefused => 4,
    }
}
