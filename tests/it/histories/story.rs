//! A history of one person: what is said and done, and when it arrives.

use std::fmt;

use lucca_onboarding::pb::v1;
use serde_json::{Value, json};

/// A department that the hire may name, as Lucca calls it.
pub type Department = &'static str;

/// A first day.
pub type Day = &'static str;

pub const DEPARTMENTS: [Department; 3] = ["Produit", "Technique", "Qualité logicielle"];
pub const DAYS: [Day; 3] = ["2027-01-04", "2027-02-01", "2027-03-01"];

/// What a hire says of the person's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub department: Department,
    pub day: Day,
}

/// What a recruiter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Confirm(Place),
    Department(Department),
    Day(Day),
    /// Not for Lucca.
    No,
    Cancel,
    Anonymise,
}

/// The ids by which a statement names the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    Application,
    Candidate,
    Both,
}

/// A statement as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    pub word: Word,
    pub names: Names,
    /// When it was said, if the sender tells.
    pub minute: Option<u32>,
    /// Two with the same number are one delivery that was repeated.
    pub delivery: u32,
}

/// What HR and operators do between two scenes, when nothing is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The employee is deleted in Lucca.
    Delete,
    /// An operator refreshes the status.
    Look,
}

/// What happens to the service meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Nothing; what follows comes when all is at rest.
    Calm,
    /// Nothing; what follows does not wait.
    Hurry,
    /// It is away.
    Outage,
    /// It stops and starts.
    Restart,
}

/// The scenes of every story.
pub const SCENES: [Setting; 6] = [
    Setting::Calm,
    Setting::Calm,
    Setting::Outage,
    Setting::Hurry,
    Setting::Restart,
    Setting::Calm,
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// Done first.
    pub deeds: Vec<Deed>,
    /// Said then, in order of arrival.
    pub said: Vec<Statement>,
}

/// Everything that is said of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    pub seed: u64,
    pub scenes: [Scene; SCENES.len()],
}

impl Setting {
    /// Whether all comes to rest after it.
    pub fn ends_at_rest(self) -> bool {
        self != Self::Hurry
    }
}

impl Statement {
    /// The body of the webhook about this person.
    pub fn body(&self, person: Person, time: impl Fn(u32) -> String) -> Value {
        let mut data = json!({});
        if self.names != Names::Candidate {
            data["applicationId"] = json!(person.application());
        }
        if self.names != Names::Application {
            data["candidateId"] = json!(person.candidate());
        }
        let kind = match self.word {
            Word::Confirm(place) => {
                data["sendToLucca"] = json!(true);
                data["lastName"] = json!(person.family_name());
                data["firstName"] = json!("Zoé");
                data["personalEmail"] = json!(format!("{}@example.com", person.family_name()));
                data["establishment"] = json!("Siège Paris");
                data["department"] = json!(place.department);
                data["contractStartDate"] = json!(place.day);
                "hire.confirmed"
            }
            Word::Department(department) => {
                data["department"] = json!(department);
                "hire.updated"
            }
            Word::Day(day) => {
                data["contractStartDate"] = json!(day);
                "hire.updated"
            }
            Word::No => {
                data["sendToLucca"] = json!(false);
                "hire.confirmed"
            }
            Word::Cancel => "hire.cancelled",
            Word::Anonymise => "candidate.anonymized",
        };
        let mut event = json!({"type": kind, "data": data});
        if let Some(minute) = self.minute {
            event["timestamp"] = json!(time(minute));
        }
        event
    }
}

/// Who a story is about, by a number of their own.
#[derive(Clone, Copy, Debug)]
pub struct Person(pub usize);

impl Person {
    pub fn application(self) -> String {
        format!("a-{}", self.0)
    }

    pub fn candidate(self) -> String {
        format!("c-{}", self.0)
    }

    /// Whether an onboarding is the person's.
    pub fn has(self, onboarding: &v1::Onboarding) -> bool {
        let source = onboarding.source.as_ref();
        source.is_some_and(|it| [self.application(), self.candidate()].contains(&it.external_id))
    }

    /// Nobody else's, and no part of another's.
    pub fn family_name(self) -> String {
        let letter = |place: u32| char::from(b'a' + (self.0 / 26_usize.pow(place) % 26) as u8);
        format!("Qu{}{}{}xel", letter(2), letter(1), letter(0))
    }
}

impl Story {
    /// Every story that lacks one of the steps.
    pub fn one_step_shorter(&self) -> Vec<Self> {
        let mut shorter = Vec::new();
        for (nth, scene) in self.scenes.iter().enumerate() {
            for step in 0..scene.deeds.len() {
                let mut story = self.clone();
                story.scenes[nth].deeds.remove(step);
                shorter.push(story);
            }
            for step in 0..scene.said.len() {
                let mut story = self.clone();
                story.scenes[nth].said.remove(step);
                shorter.push(story);
            }
        }
        shorter
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.word {
            Word::Confirm(place) => write!(f, "confirm {} from {}", place.department, place.day)?,
            Word::Department(department) => write!(f, "update the department: {department}")?,
            Word::Day(day) => write!(f, "update the first day: {day}")?,
            Word::No => write!(f, "not for Lucca")?,
            Word::Cancel => write!(f, "cancel")?,
            Word::Anonymise => write!(f, "anonymise")?,
        }
        let names = match self.names {
            Names::Application => "application",
            Names::Candidate => "candidate",
            Names::Both => "application and candidate",
        };
        write!(f, " (by {names}, ")?;
        match self.minute {
            Some(minute) => write!(f, "of minute {minute}, ")?,
            None => write!(f, "undated, ")?,
        }
        write!(f, "delivery {})", self.delivery)
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (scene, setting) in self.scenes.iter().zip(SCENES) {
            if scene.deeds.is_empty() && scene.said.is_empty() {
                continue;
            }
            writeln!(f, "  {setting:?}")?;
            for deed in &scene.deeds {
                writeln!(f, "    {deed:?}")?;
            }
            for statement in &scene.said {
                writeln!(f, "    {statement}")?;
            }
        }
        Ok(())
    }
}
