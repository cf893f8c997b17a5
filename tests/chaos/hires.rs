//! Made-up hires, and what is said of each.

use std::time::Duration;

use lucca_onboarding::pb::v1;
use serde_json::{Value, json};

use super::dice::Dice;

/// What is said of a hire, one after the other, each until it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The hire is confirmed.
    Confirm,
    /// The very same message again, as late as it may be.
    Echo,
    /// The same person with another department.
    Amend,
    /// The hire is off.
    Withdraw,
    /// And on again.
    ConfirmAnew,
}

/// Which way a hire comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Webhook,
    Call,
}

/// Who is hired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub family_name: String,
    pub given_name: String,
    pub email: String,
}

/// A hire and all that is said of it.
#[derive(Clone, Debug)]
pub struct Hire {
    pub id: String,
    pub route: Route,
    pub person: Person,
    /// When the first word is said, from the beginning of the round.
    pub start: Duration,
    /// Each after a pause.
    pub words: Vec<(Duration, Word)>,
}

pub const START_DATE: &str = "2027-01-04";

impl Hire {
    /// Different people, each of whom is confirmed once.
    pub fn plain(dice: &mut Dice, count: usize, within: Duration) -> Vec<Self> {
        let within = within.as_millis() as u64;
        let routes = [Route::Webhook, Route::Call];
        let hire = |index| Self {
            id: format!("a-{index}"),
            route: routes[index % routes.len()],
            person: Person::new(dice, index),
            start: dice.millis(0, within),
            words: vec![(Duration::ZERO, Word::Confirm)],
        };
        (0..count).map(hire).collect()
    }

    /// The same, but some are repeated, amended or withdrawn, and a few are about one
    /// person, or about two people with one address.
    pub fn intricate(dice: &mut Dice, count: usize, within: Duration) -> Vec<Self> {
        let mut hires = Self::plain(dice, count, within);
        for index in 0..count {
            hires[index].words = words(dice);
            let other = hires[index.saturating_sub(1)].person.clone();
            match dice.below(16) {
                0 => hires[index].person = other,
                1 => hires[index].person.email = other.email,
                _ => {}
            }
        }
        hires
    }

    /// Whether the last word is that the person is hired.
    pub fn is_wanted(&self) -> bool {
        let mut words = self.words.iter().map(|(_, word)| *word).rev();
        words.find(|word| *word != Word::Echo) != Some(Word::Withdraw)
    }

    pub fn system(&self) -> &'static str {
        match self.route {
            Route::Webhook => "werecruit",
            Route::Call => "test",
        }
    }

    /// The nine data items of a webhook.
    pub fn items(&self, department: &str) -> Value {
        json!({
            "applicationId": self.id, "sendToLucca": true,
            "lastName": self.person.family_name, "firstName": self.person.given_name,
            "personalEmail": self.person.email,
            "establishment": "siege paris", "contractStartDate": START_DATE,
            "department": department,
        })
    }

    pub fn collaborator(&self, department: &str) -> v1::Collaborator {
        v1::Collaborator {
            family_name: self.person.family_name.clone(),
            given_name: self.person.given_name.clone(),
            personal_email: self.person.email.clone(),
            contract_start_date: START_DATE.to_owned(),
            establishment: named("Siège Paris"),
            department: named(department),
            ..v1::Collaborator::default()
        }
    }
}

/// A unit by its name.
pub fn named(name: &str) -> Option<v1::Reference> {
    Some(v1::Reference {
        target: Some(v1::reference::Target::Name(name.to_owned())),
    })
}

impl Person {
    /// Nobody of the sandbox's company is called like this, and no two of a round.
    fn new(dice: &mut Dice, index: usize) -> Self {
        let letter = |digit: usize| char::from(b'a' + (digit % 26) as u8);
        let ending: String = [letter(index / 26), letter(index)].iter().collect();
        let stem = dice.pick(&["Chêne", "D’Orage", "Saint-Éclair", "Tempête", "Œil"]);
        Self {
            family_name: format!("{stem} {ending}zq"),
            given_name: dice
                .pick(&["Éloïse", "Jean-Marc", "Anaïs", "Zoë"])
                .to_owned(),
            email: format!("chaos.{ending}@example.com"),
        }
    }
}

fn words(dice: &mut Dice) -> Vec<(Duration, Word)> {
    use Word::{Amend, Confirm, ConfirmAnew, Echo, Withdraw};
    let words: &[Word] = match dice.below(16) {
        0..=6 => &[Confirm],
        7..=9 => &[Confirm, Echo],
        10 | 11 => &[Confirm, Amend],
        12 => &[Confirm, Amend, Echo],
        13 => &[Confirm, Withdraw],
        14 => &[Confirm, Withdraw, Echo],
        _ => &[Confirm, Withdraw, ConfirmAnew, Echo],
    };
    let words = words.iter();
    words.map(|word| (dice.millis(0, 2_500), *word)).collect()
}
