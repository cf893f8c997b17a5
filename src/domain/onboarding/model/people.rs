//! What callers, operators, administrators and HR do.

use strum::IntoEnumIterator as _;

use std::{convert::Infallible, sync::LazyLock};

use super::{
    broken,
    parts::{FIRST, Move, NEWER, Title},
    settings::{Broken, Key, Settings, Trouble},
    world::{Next, World, time},
};
use crate::domain::{
    amendment::Amendment,
    collaborator::Draft,
    field::Field,
    onboarding::{
        State,
        decision::{Decision, Refusal},
        fixtures::hire,
        submission::{Hire, submit, withdraw},
    },
    text::JobTitle,
};

static HIRES: LazyLock<[Hire; 2]> = LazyLock::new(|| [hire("a-1"), hire("a-1").titled("newer")]);

impl World {
    /// Messages and decisions while the onboarding has not ended; later ones open another episode.
    pub(super) fn people_act(&self, settings: &Settings, next: &mut Vec<Next>) {
        if self.people.iter().any(|person| !person.replaced) && settings.unique {
            let replaces = Some(Trouble::HrReplaces);
            self.may(next, Move::HrReplaces, replaces, |world| {
                world.people.iter_mut().for_each(|it| it.replaced = true);
            });
        }
        if self.onboarding.state().is_terminal() {
            return;
        }
        for key in Key::iter().filter(|key| *key != self.key) {
            let replaced = Some(Trouble::NewKey);
            self.may(next, Move::NewKey(key), replaced, |world| world.key = key);
        }
        if self.said == FIRST {
            let amended = Some(Trouble::Amend);
            self.may(next, Move::Amend, amended, |world| world.say(NEWER));
        }
        if self.withdrawn {
            let again = Some(Trouble::Confirm);
            self.may(next, Move::Confirm, again, |world| world.say(world.said));
        } else {
            self.may(next, Move::Withdraw, Some(Trouble::Withdraw), |world| {
                world.withdrawn = true;
                let now = time(world.now);
                world.outside(|it| Ok::<_, Infallible>(withdraw(it, None, now)));
            });
        }
        self.operators_act(settings, next);
    }

    fn say(&mut self, said: Title) {
        self.said = said;
        self.withdrawn = false;
        let now = time(self.now);
        let hire = &HIRES[usize::from(said)];
        self.outside(|it| {
            let id = it.id;
            Ok::<_, Infallible>(submit(Some(it), None, hire, id, now))
        });
    }

    fn operators_act(&self, settings: &Settings, next: &mut Vec<Next>) {
        let state = self.onboarding.state();
        let now = time(self.now);
        if state == State::NeedsAttention {
            self.may(next, Move::Retry, Some(Trouble::Retry), |world| {
                if settings.lacks(Broken::RetryClosesAttempts) {
                    world.outside(|it| Ok::<_, Infallible>(broken::retry(it, now)));
                } else {
                    world.outside(|it| it.decide(Decision::Resume, now));
                }
            });
        }
        if matches!(state, State::NeedsAttention | State::Accepted) && !self.set {
            let set = Some(Trouble::OperatorAmend);
            self.may(next, Move::OperatorAmend, set, |world| {
                world.set = true;
                world.outside(|it| -> Result<bool, Refusal> {
                    it.decide(Decision::Amend(Box::new(amendment())), now)
                });
            });
        }
    }
}

fn amendment() -> Amendment {
    Amendment {
        fields: [Field::JobTitle].into(),
        values: Draft {
            job_title: JobTitle::parse("set").ok(),
            ..Draft::default()
        },
    }
}
