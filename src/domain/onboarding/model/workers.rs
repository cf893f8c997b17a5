//! The moves of workers, in the order of the engine: lease, resolve or look, intent, call,
//! evidence.

use super::{
    broken,
    calls::evidence,
    parts::{At, Move, Seen, Title},
    settings::{Broken, Key, Settings, Trouble},
    world::{Next, World, time, title},
};
use crate::domain::{
    finding::Question,
    onboarding::{
        Findings, State,
        fixtures::user,
        lease::LeaseOutcome,
        progress::{Sighting, Step},
    },
};

impl World {
    pub(super) fn workers_act(&self, settings: &Settings, next: &mut Vec<Next>) {
        if settings.one_owner {
            self.owners_change(settings, next);
        }
        if self.down {
            return;
        }
        let mut can_lease = self.lease.is_due(time(self.now));
        for (index, worker) in self.workers.iter().enumerate() {
            if worker.frozen {
                self.may(next, Move::Thaw(index), None, |world| {
                    world.workers[index].frozen = false;
                });
                self.crashes(index, settings, next);
                continue;
            }
            match worker.at {
                At::Idle => {
                    // Idle workers are alike, so one of them is enough.
                    if std::mem::take(&mut can_lease) {
                        self.may(next, Move::Lease(index), None, |world| {
                            world.lease(index, settings);
                        });
                    }
                    continue;
                }
                At::Leased { token, .. } | At::Looked { token, .. } | At::Decided { token, .. }
                    if !self.lease.covers(token) && !settings.lacks(Broken::NoFencing) =>
                {
                    self.may(next, Move::Fenced(index), None, |world| {
                        world.workers[index].at = At::Idle;
                        if world.step(token, failed(), settings) {
                            world.fault = Some("a step without a lease was taken".to_owned());
                        }
                    });
                }
                At::Leased {
                    token,
                    state,
                    title,
                } => self.decides(index, token, state, title, settings, next),
                At::Looked {
                    token,
                    time,
                    seen,
                    proven,
                } => self.may(next, Move::TakeLook(index), None, |world| {
                    world.take_look(index, token, (time, seen, proven), settings);
                }),
                At::Decided { token, title, time } => {
                    self.may(next, Move::Begin(index), None, |world| {
                        world.begin(index, token, title, time, settings);
                    });
                }
                At::Begun {
                    number,
                    title,
                    send_by,
                } => self.may(next, Move::Send(index), None, |world| {
                    let late = world.now > send_by && !settings.lacks(Broken::LateRelease);
                    world.send(index, number, title, late, settings);
                }),
                At::Waiting { number, sent } => self.waits(index, number, sent, next),
                At::Answered { number, answer } => {
                    self.may(next, Move::Record(index), None, |world| {
                        world.see(number, evidence(answer), settings);
                        world.workers[index].at = At::Idle;
                    });
                }
            }
            self.crashes(index, settings, next);
            self.may(next, Move::Freeze(index), Some(Trouble::Freeze), |world| {
                world.workers[index].frozen = true;
            });
        }
    }

    /// A process ends, and the next one takes over its leases.
    fn owners_change(&self, settings: &Settings, next: &mut Vec<Next>) {
        let crash = Some(Trouble::Crash);
        if !self.down {
            self.may(next, Move::End, crash, |world| {
                for index in 0..world.workers.len() {
                    if let At::Waiting { number, .. } = world.workers[index].at {
                        world.hang_up(number, true);
                    }
                    world.workers[index].at = At::Idle;
                    world.workers[index].frozen = false;
                }
                world.down = true;
            });
        }
        let free = match (self.down, settings.lacks(Broken::SharedFile)) {
            (true, _) => None,
            (false, true) => crash,
            (false, false) => return,
        };
        self.may(next, Move::TakeOver, free, |world| {
            let mut onboarding = (*world.onboarding).clone();
            let moment = world.moment(settings);
            if world.lease.void(&mut onboarding, &moment) {
                world.onboarding = onboarding.into();
            }
            world.down = false;
        });
    }

    fn crashes(&self, index: usize, settings: &Settings, next: &mut Vec<Next>) {
        if settings.one_owner {
            return;
        }
        self.may(next, Move::Crash(index), Some(Trouble::Crash), |world| {
            let worker = &mut world.workers[index];
            if let At::Waiting { number, .. } = worker.at {
                world.hang_up(number, false);
            }
            let worker = &mut world.workers[index];
            worker.at = At::Idle;
            worker.frozen = false;
        });
    }

    fn lease(&mut self, index: usize, settings: &Settings) {
        let mut onboarding = (*self.onboarding).clone();
        let outcome = self.lease.acquire(&mut onboarding, &self.moment(settings));
        if outcome != LeaseOutcome::Recovered {
            self.workers[index].at = At::Leased {
                token: self.lease.token,
                state: onboarding.state(),
                title: title(&onboarding.draft()),
            };
        }
        if outcome != LeaseOutcome::Granted {
            self.onboarding = onboarding.into();
        }
    }

    fn decides(
        &self,
        index: usize,
        token: u64,
        state: State,
        title: Title,
        settings: &Settings,
        next: &mut Vec<Next>,
    ) {
        match state {
            State::Accepted => self.may(next, Move::Decide(index), None, |world| {
                world.workers[index].at = At::Decided {
                    token,
                    title,
                    time: world.now,
                };
            }),
            State::Verifying => self.looks(index, token, settings, next),
            // The engine has nothing to do in any other state, so no lease is given.
            _ => self.may(next, Move::Decide(index), None, |world| {
                world.fault = Some(format!("leased in {state:?}"));
            }),
        }
        let hiccup = Some(Trouble::Hiccup);
        self.may(next, Move::ReadFails(index), hiccup, |world| {
            world.step(token, failed(), settings);
            world.workers[index].at = At::Idle;
        });
        let refused = Some(Trouble::KeyRefused);
        self.may(next, Move::ReadRefused(index), refused, |world| {
            let step = Step::Ask {
                problem: Question::KeyRefused.into(),
                findings: Findings::default(),
            };
            world.step(token, step, settings);
            world.workers[index].at = At::Idle;
        });
    }

    /// A look shows the people whom the key sees. A person whom Lucca may still hide is shown in
    /// one move and not in the other.
    fn looks(&self, index: usize, token: u64, settings: &Settings, next: &mut Vec<Next>) {
        let sees = self.key != Key::Blind;
        let nobody = if settings.namesake {
            Seen::SomeoneElse
        } else {
            Seen::Nobody
        };
        let shown = |certainly: bool| {
            let shown = |hidden_until: i64| !certainly || self.now >= hidden_until;
            let people = self.people.iter();
            people.filter(|it| shown(it.hidden_until)).count()
        };
        let mut outcomes = vec![];
        for count in [shown(true), shown(false)] {
            let seen = match count {
                _ if !sees => nobody,
                0 => nobody,
                1 => Seen::Ours,
                _ => Seen::SomeoneElse,
            };
            if !outcomes.contains(&seen) {
                outcomes.push(seen);
            }
        }
        for seen in outcomes {
            self.may(next, Move::Look(index, seen), None, |world| {
                world.workers[index].at = At::Looked {
                    token,
                    time: world.now,
                    seen,
                    proven: world.key == Key::Proven || settings.lacks(Broken::SightOnTrust),
                };
            });
        }
    }

    fn take_look(
        &mut self,
        index: usize,
        token: u64,
        (at, seen, visibility_proven): (i64, Seen, bool),
        settings: &Settings,
    ) {
        let step = Step::Looked {
            at: time(at),
            sighting: match seen {
                Seen::Ours => Sighting::Ours(user(1)),
                Seen::Nobody => Sighting::Nobody,
                Seen::SomeoneElse => Sighting::SomeoneElse(Vec::new()),
            },
            visibility_proven,
        };
        if settings.lacks(Broken::FirstLookProves) {
            let settings = broken::without_second_look(&mut self.onboarding, time(at), settings);
            self.step(token, step, &settings);
        } else {
            self.step(token, step, settings);
        }
        self.workers[index].at = At::Idle;
    }
}

fn failed() -> Step {
    Step::Failed {
        reason: "".into(),
        not_before: None,
    }
}
