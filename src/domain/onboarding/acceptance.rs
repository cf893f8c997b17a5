//! What creations show about a tenant's Lucca beyond the single hire.
//!
//! Whether Lucca's HR file has a default value for a field, and whether a key may create,
//! cannot be read from the API: only a creation shows it.

use jiff::{SignedDuration, Timestamp};

use super::Onboarding;
use crate::domain::{
    attempt::{Attempt, Evidence},
    cause::Cause,
    field::Field,
};

/// The fields that a creation may leave out for a default value of Lucca's HR file (help
/// centre of Lucca, article 360021100132).
pub const LEFT_OUT: [Field; 5] = [
    Field::Establishment,
    Field::Department,
    Field::Role,
    Field::Login,
    Field::Culture,
];

/// Lucca knows the key and refuses a right of it (a 401 refuses the key itself).
const LACKS_A_RIGHT: Cause = Cause::Status { status: 403 };

/// An acceptance is stored again only after this time.
const STALE: SignedDuration = SignedDuration::from_hours(1);

/// What Lucca accepts or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AcceptanceSubject {
    /// Leaving this field out.
    LeftOut(Field),
    /// Sending this culture.
    Culture(i64),
    /// Creating with this version of the tenant's key.
    Key(u32),
}

impl AcceptanceSubject {
    /// Its name in a store.
    pub fn name(self) -> String {
        match self {
            Self::LeftOut(field) => format!("left_out/{}", field.name()),
            Self::Culture(culture) => format!("culture/{culture}"),
            Self::Key(version) => format!("key/{version}"),
        }
    }

    /// The subject of this name.
    pub fn parse(name: &str) -> Option<Self> {
        let (kind, rest) = name.split_once('/')?;
        match kind {
            "left_out" => {
                let field = rest.parse().ok().filter(|it| LEFT_OUT.contains(it));
                field.map(Self::LeftOut)
            }
            "culture" => rest.parse().ok().map(Self::Culture),
            "key" => rest.parse().ok().map(Self::Key),
            _ => None,
        }
    }
}

/// What one creation showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptanceObservation {
    /// What was accepted or refused.
    pub subject: AcceptanceSubject,
    /// Whether Lucca accepted it.
    pub accepted: bool,
    /// When.
    pub time: Timestamp,
}

/// What is known about a subject from all creations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The subject.
    pub subject: AcceptanceSubject,
    /// When Lucca last accepted it, to the hour.
    pub accepted: Option<Timestamp>,
    /// When Lucca last refused a creation with it.
    pub refused: Option<Timestamp>,
}

impl Acceptance {
    /// Whether an observation adds nothing to what is known.
    pub fn covers(&self, observation: &AcceptanceObservation) -> bool {
        let fresh = self
            .accepted
            .is_some_and(|accepted| observation.time.duration_since(accepted) < STALE);
        observation.accepted && fresh && self.refused <= self.accepted
    }
}

/// The observations in a change of an onboarding, in the order of the subjects.
///
/// Only what Lucca itself answered to a creation counts: a person found later may have
/// been made by hand. A refusal counts for fields only if no earlier call can be its reason,
/// and for the key only if the key lacks a right.
pub fn learned(before: &Onboarding, after: &Onboarding) -> Vec<AcceptanceObservation> {
    let mut observations = Vec::new();
    for attempt in &after.attempts {
        let known = before
            .attempts
            .iter()
            .find(|known| known.number == attempt.number);
        let known = known.map_or(0, |known| known.seen.len());
        for seen in attempt.seen.iter().skip(known) {
            let (subjects, accepted) = subjects_of(attempt, &seen.evidence);
            observations.extend(subjects.into_iter().map(|subject| AcceptanceObservation {
                subject,
                accepted,
                time: seen.time,
            }));
        }
    }
    observations.sort_by_key(|observation| (observation.subject, observation.time));
    observations
}

/// The subjects that this evidence is about, and whether Lucca accepted them.
fn subjects_of(attempt: &Attempt, evidence: &Evidence) -> (Vec<AcceptanceSubject>, bool) {
    let key = AcceptanceSubject::Key(attempt.intent.key_version);
    match evidence {
        Evidence::Created(_) => {
            let mut subjects = content(attempt);
            subjects.push(key);
            (subjects, true)
        }
        Evidence::Refused(_) => (content(attempt), false),
        Evidence::KeyRefused(failure) if failure.cause == LACKS_A_RIGHT => (vec![key], false),
        _ => (Vec::new(), false),
    }
}

/// What the body of an attempt left out, and its culture. Empty once the person is forgotten.
fn content(attempt: &Attempt) -> Vec<AcceptanceSubject> {
    let Some(body) = attempt.intent.body.as_object() else {
        return Vec::new();
    };
    let left_out = LEFT_OUT
        .into_iter()
        .filter(|field| !body.contains_key(field.in_lucca()))
        .map(AcceptanceSubject::LeftOut);
    let culture = body.get(Field::Culture.in_lucca());
    let culture = culture.and_then(serde_json::Value::as_i64);
    left_out
        .chain(culture.map(AcceptanceSubject::Culture))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::cause::Failure;
    use crate::domain::onboarding::{
        State,
        fixtures::{at, hire, lucca_id, moment, standing},
    };

    /// What is learned when this is seen at second 3 of an attempt with this body.
    fn learned_of(body: Value, evidence: Evidence) -> Vec<(String, bool)> {
        let mut before = standing(&hire("a-1"), State::Creating);
        before.attempts[0].intent.body = body;
        let mut after = before.clone();
        after.see(1, evidence, None, &moment(3)).unwrap();
        let observations = learned(&before, &after);
        assert!(
            observations
                .iter()
                .all(|observation| observation.time == at(3))
        );
        assert!(learned(&after, &after).is_empty());
        observations
            .iter()
            .map(|observation| (observation.subject.name(), observation.accepted))
            .collect()
    }

    type Expected = &'static [(&'static str, bool)];

    #[test]
    fn an_answer_teaches_about_what_was_left_out_the_culture_and_the_key() {
        let whole = json!({"legalEntityId": 1, "departmentId": 2, "rolePrincipalId": 3,
                           "login": "l", "cultureID": 1036});
        let bare = json!({"legalEntityId": 1});
        let refused =
            |status| Evidence::KeyRefused(Failure::status(status, Some("Forbidden".into())));
        let table: [(Value, Evidence, Expected); 8] = [
            (
                whole.clone(),
                Evidence::Created(lucca_id(7)),
                &[("culture/1036", true), ("key/1", true)],
            ),
            (
                bare.clone(),
                Evidence::Created(lucca_id(7)),
                &[
                    ("left_out/department", true),
                    ("left_out/role", true),
                    ("left_out/login", true),
                    ("left_out/culture", true),
                    ("key/1", true),
                ],
            ),
            (
                bare.clone(),
                Evidence::Refused("400 no".into()),
                &[
                    ("left_out/department", false),
                    ("left_out/role", false),
                    ("left_out/login", false),
                    ("left_out/culture", false),
                ],
            ),
            (
                whole.clone(),
                Evidence::Refused("400 no".into()),
                &[("culture/1036", false)],
            ),
            (bare.clone(), refused(403), &[("key/1", false)]),
            (bare.clone(), refused(401), &[]),
            (bare, Evidence::NoAnswer("cut".into()), &[]),
            (Value::Null, Evidence::Refused("400 no".into()), &[]),
        ];
        for (body, evidence, expected) in table {
            let expected: Vec<(String, bool)> = expected
                .iter()
                .map(|(name, accepted)| ((*name).to_owned(), *accepted))
                .collect();
            assert_eq!(
                learned_of(body.clone(), evidence.clone()),
                expected,
                "{body} {evidence:?}"
            );
        }
    }

    #[test]
    fn a_refusal_after_a_call_in_doubt_teaches_nothing() {
        let before = standing(&hire("a-1"), State::Creating);
        let mut after = before.clone();
        after.attempts[0]
            .seen
            .push(crate::domain::attempt::EvidenceEntry {
                time: at(1),
                evidence: Evidence::RefusedAfterUnknown("400".into()),
            });
        assert!(learned(&before, &after).is_empty());
    }

    #[test]
    fn every_subject_is_read_back_by_its_name() {
        let fields = LEFT_OUT
            .iter()
            .map(|field| AcceptanceSubject::LeftOut(*field));
        for subject in fields.chain([AcceptanceSubject::Culture(1036), AcceptanceSubject::Key(3)]) {
            assert_eq!(AcceptanceSubject::parse(&subject.name()), Some(subject));
        }
        for name in ["", "key", "key/x", "left_out/manager", "other/1"] {
            assert_eq!(AcceptanceSubject::parse(name), None, "{name}");
        }
    }

    #[test]
    fn what_was_accepted_lately_and_not_refused_since_is_not_learned_again() {
        let hour = 3600;
        let table = [
            (None, None, true, false),
            (Some(0), None, true, true),
            (Some(0), None, false, false),
            (Some(-hour), None, true, false),
            (Some(0), Some(-9), true, true),
            (Some(0), Some(1), true, false),
        ];
        for (accepted, refused, now, expected) in table {
            let subject = AcceptanceSubject::Key(1);
            let taught = Acceptance {
                subject,
                accepted: accepted.map(at),
                refused: refused.map(at),
            };
            let observation = AcceptanceObservation {
                subject,
                accepted: now,
                time: at(2),
            };
            assert_eq!(
                taught.covers(&observation),
                expected,
                "{accepted:?} {refused:?} {now}"
            );
        }
    }
}
