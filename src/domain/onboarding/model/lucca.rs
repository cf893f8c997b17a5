//! The moves of Lucca.

use super::{
    parts::{Answer, Call, Move, Person},
    settings::{Settings, Trouble},
    world::{Next, World},
};

impl World {
    pub(super) fn lucca_acts(&self, settings: &Settings, next: &mut Vec<Next>) {
        for call in &self.calls {
            if call.answer.is_some() || self.now > call.until {
                continue;
            }
            let number = call.number;
            self.may(next, Move::Act(number), None, |world| {
                world.act(*call, settings);
            });
            if !call.connected {
                // A refusal without effect and no action at all have the same result here.
                continue;
            }
            for (what, trouble, answer) in [
                (Move::Refuse(number), Trouble::Refused, Answer::Refused),
                (
                    Move::RefuseKey(number),
                    Trouble::KeyRefused,
                    Answer::KeyRefused,
                ),
                (Move::BeBusy(number), Trouble::Hiccup, Answer::Busy),
            ] {
                self.may(next, what, Some(trouble), |world| {
                    world.answer(number, answer);
                });
            }
        }
    }

    fn act(&mut self, call: Call, settings: &Settings) {
        let in_use = settings.namesake || self.people.iter().any(|person| !person.replaced);
        if settings.unique && in_use {
            self.answer(call.number, Answer::Refused);
            return;
        }
        self.people.push(Person {
            title: call.title,
            hidden_until: self.now + settings.lag,
            replaced: false,
        });
        self.answer(call.number, Answer::Created);
    }

    fn answer(&mut self, number: u32, answer: Answer) {
        for call in &mut self.calls {
            if call.number == number {
                call.answer = Some(answer);
            }
        }
        self.forget_unheard();
    }

    /// The connection ends. If its worker sees that, Lucca acts within its own time-out from then
    /// on, or never.
    pub(super) fn hang_up(&mut self, number: u32, seen: bool) {
        let now = self.now;
        for call in &mut self.calls {
            if call.number == number {
                call.connected = false;
                if seen {
                    call.until = call.until.min(now + 1);
                }
            }
        }
        self.forget_unheard();
    }

    fn forget_unheard(&mut self) {
        self.calls
            .retain(|call| call.connected || call.answer.is_none());
    }
}
