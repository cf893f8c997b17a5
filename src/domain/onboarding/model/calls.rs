//! The moves of workers around a call: intent, release, answer.

use serde_json::Value;

use super::{
    parts::{Answer, At, Call, Move, Title},
    settings::{REQUEST_TIMEOUT, SEND_WINDOW, Settings, Trouble, Watch},
    world::{Next, World, time},
};
use crate::domain::{
    attempt::{Evidence, Intent},
    onboarding::{Findings, fixtures::lucca_id, progress::Step},
};

impl World {
    pub(super) fn begin(
        &mut self,
        index: usize,
        token: u64,
        title: Title,
        at: i64,
        settings: &Settings,
    ) {
        let send_by = at + SEND_WINDOW;
        let intent = Intent {
            body: Value::from(title),
            url: String::new(),
            key_version: 1,
            reserved_login: String::new(),
            sent_time: time(at),
            send_by: time(send_by),
        };
        let begin = Step::Begin {
            intent: Box::new(intent),
            findings: Findings::default(),
        };
        let taken = self.step(token, begin, settings);
        self.workers[index].at = match self.onboarding.attempts.last() {
            Some(attempt) if taken && self.fault.is_none() => At::Begun {
                number: attempt.number,
                title,
                send_by,
            },
            _ => At::Idle,
        };
    }

    pub(super) fn send(
        &mut self,
        index: usize,
        number: u32,
        title: Title,
        late: bool,
        settings: &Settings,
    ) {
        if late {
            let answer = Answer::TooLate;
            self.workers[index].at = At::Answered { number, answer };
            return;
        }
        if settings.watch != Watch::People {
            if self.calls.iter().any(|call| call.answer.is_none()) {
                self.fault = Some("a call is sent while an earlier one may act".to_owned());
            }
            if !self.people.is_empty() {
                self.fault = Some("a call is sent after one that has acted".to_owned());
            }
        }
        self.calls.push(Call {
            number,
            title,
            until: self.now + settings.travel + 1,
            connected: true,
            answer: None,
        });
        let sent = self.now;
        self.workers[index].at = At::Waiting { number, sent };
    }

    pub(super) fn waits(&self, index: usize, number: u32, sent: i64, next: &mut Vec<Next>) {
        let hears = |world: &mut World, answer| {
            world.workers[index].at = At::Answered { number, answer };
        };
        let call = self.calls.iter().find(|call| call.number == number);
        if let Some(answer) = call.and_then(|call| call.answer) {
            self.may(next, Move::Hear(index), None, |world| {
                world.hang_up(number, true);
                hears(world, answer);
            });
        }
        self.may(next, Move::Lose(index), Some(Trouble::Lost), |world| {
            world.hang_up(number, true);
            hears(world, Answer::Nothing);
        });
        // Only a worker that was frozen is this late.
        if self.now > sent + REQUEST_TIMEOUT {
            self.may(next, Move::TimeOut(index), None, |world| {
                world.hang_up(number, true);
                hears(world, Answer::Nothing);
            });
        }
    }
}

/// What a worker stores of an answer.
pub(super) fn evidence(answer: Answer) -> Evidence {
    match answer {
        Answer::Created => Evidence::Created(lucca_id(1)),
        Answer::Refused => Evidence::Refused("".into()),
        Answer::KeyRefused => Evidence::KeyRefused("".into()),
        Answer::Busy | Answer::TooLate => Evidence::NotExecuted("".into()),
        Answer::Nothing => Evidence::NoAnswer("".into()),
    }
}
