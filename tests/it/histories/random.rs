//! Random histories, made of the kinds of steps that are in use.

use super::story::{DAYS, DEPARTMENTS, Deed, Names, Place, SCENES, Scene, Statement, Story, Word};
use crate::harness::dice::Dice;

/// A kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Undated,
    /// Names the candidate alone, where the application is known.
    ByCandidate,
    /// Two statements of one time.
    EqualTimes,
    /// Arrives after what was said later.
    Late,
    Update,
    /// The first day changes.
    OtherDay,
    No,
    Anonymise,
    /// A delivery comes again.
    Repeated,
    /// A statement comes again as another delivery.
    SaidAgain,
    Delete,
    Look,
}

/// The kinds of steps, and why some are not taken yet.
const KINDS: [(Kind, Option<&str>); 12] = [
    (Kind::Undated, None),
    (Kind::ByCandidate, None),
    (Kind::EqualTimes, None),
    (Kind::Late, None),
    (Kind::Update, None),
    (Kind::OtherDay, None),
    (Kind::No, None),
    (Kind::Anonymise, None),
    (Kind::Repeated, None),
    (Kind::SaidAgain, None),
    (Kind::Delete, None),
    (Kind::Look, None),
];

fn is_taken(kind: Kind) -> bool {
    KINDS.contains(&(kind, None))
}

/// The history of a seed.
pub fn story(seed: u64) -> Story {
    let mut author = Author {
        dice: Dice::new(seed),
        said: Vec::new(),
    };
    author.write();
    author.repeat();
    author.into_story(seed)
}

struct Author {
    dice: Dice,
    said: Vec<Statement>,
}

impl Author {
    /// Whether a kind of step is taken now, in so many of a hundred cases.
    fn takes(&mut self, kind: Kind, percent: u64) -> bool {
        self.dice.percent(percent) && is_taken(kind)
    }

    /// What is said, in this order; then some of it comes late.
    fn write(&mut self) {
        let is_dated = !self.takes(Kind::Undated, 25);
        let names = self
            .dice
            .pick(&[Names::Application, Names::Candidate, Names::Both]);
        let mut minute = 0;
        for nth in 0..self.dice.between(2, 6) {
            if !self.takes(Kind::EqualTimes, 15) {
                minute += 1;
            }
            let word = match nth {
                0 if self.dice.percent(80) => Word::Confirm(self.place()),
                _ => self.word(),
            };
            let statement = Statement {
                word,
                names: self.names(names),
                minute: is_dated.then_some(minute),
                delivery: nth as u32,
            };
            self.said.push(statement);
        }
        while is_dated && self.takes(Kind::Late, 35) {
            let from = self.dice.below(self.said.len() as u64);
            let to = self.dice.between(from, self.said.len() as u64 - 1);
            let late = self.said.remove(from as usize);
            self.said.insert(to as usize, late);
        }
    }

    /// How this statement names somebody. Nobody could know that an application is a candidate's
    /// before one names both.
    fn names(&mut self, names: Names) -> Names {
        let is_known = self.said.iter().any(|it| it.names == Names::Both);
        match names {
            Names::Both if is_known && self.takes(Kind::ByCandidate, 40) => Names::Candidate,
            Names::Both if is_known && self.dice.percent(30) => Names::Application,
            names => names,
        }
    }

    fn place(&mut self) -> Place {
        let other_day = self.takes(Kind::OtherDay, 25);
        let days = if other_day { &DAYS[..] } else { &DAYS[..1] };
        Place {
            department: self.dice.pick(&DEPARTMENTS),
            day: self.dice.pick(days),
        }
    }

    fn word(&mut self) -> Word {
        if self.takes(Kind::Anonymise, 10) {
            return Word::Anonymise;
        }
        if self.takes(Kind::Update, 25) {
            return match self.takes(Kind::OtherDay, 25) {
                true => Word::Day(self.dice.pick(&DAYS)),
                false => Word::Department(self.dice.pick(&DEPARTMENTS)),
            };
        }
        match self.dice.below(10) {
            0..=2 => Word::Cancel,
            3..=4 if is_taken(Kind::No) => Word::No,
            _ => Word::Confirm(self.place()),
        }
    }

    /// Some of it arrives twice.
    fn repeat(&mut self) {
        for _ in 0..2 {
            let again = self.dice.pick(&self.said);
            if self.takes(Kind::Repeated, 20) {
                self.said.push(again);
            } else if self.takes(Kind::SaidAgain, 20) {
                let delivery = self.said.len() as u32 + 100;
                self.said.push(Statement { delivery, ..again });
            }
        }
    }

    fn into_story(mut self, seed: u64) -> Story {
        let mut scenes: [Scene; SCENES.len()] = Default::default();
        let mut scene = 0;
        for statement in std::mem::take(&mut self.said) {
            while scene + 1 < SCENES.len() && self.dice.percent(45) {
                scene += 1;
            }
            scenes[scene].said.push(statement);
        }
        for nth in 1..SCENES.len() {
            if !SCENES[nth - 1].ends_at_rest() {
                continue;
            }
            if self.takes(Kind::Look, 15) {
                scenes[nth].deeds.push(Deed::Look);
            }
            if self.takes(Kind::Delete, 10) {
                scenes[nth].deeds.push(Deed::Delete);
                if self.takes(Kind::Look, 70) {
                    scenes[nth].deeds.push(Deed::Look);
                }
            }
        }
        Story { seed, scenes }
    }
}
