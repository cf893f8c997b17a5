//! Recognises the person whom an attempt was to create.

use serde_json::Value;

use super::snapshot::Snapshot;
use crate::{
    domain::{
        dates::CivilDate, email::fold_email, finding::Reason, matching_key::MatchKey,
        onboarding::progress::Sighting, resolve::fold_login,
    },
    lucca::Person,
};

/// The person in an attempt's body.
struct Sent {
    name: MatchKey,
    login: Option<String>,
    mail: Option<String>,
    personal_email: Option<String>,
    start: Option<CivilDate>,
}

impl Sent {
    fn of(body: &Value) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        Self {
            name: MatchKey::of(&format!(
                "{} {}",
                text("firstName").unwrap_or_default(),
                text("lastName").unwrap_or_default()
            )),
            login: text("login").map(fold_login),
            mail: text("mail").map(fold_email),
            personal_email: text("personalEmail").map(fold_email),
            start: text("dtContractStart")
                .and_then(|date| date.get(..10))
                .and_then(|date| CivilDate::parse_iso(date).ok()),
        }
    }

    fn has_login_of(&self, person: &Person) -> bool {
        self.login.is_some() && self.login == person.login
    }

    fn has_address_of(&self, person: &Person) -> bool {
        let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        self.has_login_of(person)
            || same(&self.mail, &person.mail)
            || same(&self.personal_email, &person.personal_email)
    }

    /// Name, start and one of the addresses are the same: HR may have replaced the login and
    /// the professional address already, but not the personal one.
    fn is(&self, person: &Person) -> bool {
        self.has_name_and_start_of(person) && self.has_address_of(person)
    }

    fn has_name_and_start_of(&self, person: &Person) -> bool {
        person.names.contains(&self.name) && person.start == self.start
    }
}

impl Snapshot {
    /// Looks for the person that this body was to create.
    pub fn look_for(&self, body: &Value) -> Sighting {
        let sent = Sent::of(body);
        let has_login = |it: &Person| self.is_shown(it) && sent.has_login_of(it);
        let ours = self.people_where(|it| self.is_shown(it) && sent.is(it));
        match ours.as_slice() {
            [one] => return Sighting::Ours(self.user(one)),
            [] => {}
            several => {
                return Sighting::SomeoneElse(self.candidates(
                    several,
                    |_| Reason::SameNameStartAndAddress,
                    has_login,
                ));
            }
        }
        let close =
            self.people_where(|it| sent.has_address_of(it) || sent.has_name_and_start_of(it));
        if close.is_empty() {
            return Sighting::Nobody;
        }
        let reason = |it: &Person| {
            if !self.is_shown(it) {
                Reason::NotShown
            } else if sent.has_login_of(it) {
                Reason::SameLoginOnly
            } else if sent.has_address_of(it) {
                Reason::SameEmailOnly
            } else {
                Reason::SameNameAndStartOnly
            }
        };
        Sighting::SomeoneElse(self.candidates(&close, reason, has_login))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use serde_json::json;

    use super::*;
    use crate::{directory::Units, domain::lucca_id::LuccaId};

    fn person(id: i64, family: &str, login: &str, personal: Option<&str>, start: &str) -> Person {
        Person {
            login: Some(fold_login(login)),
            mail: Some(format!("{login}@example.org").to_lowercase()),
            personal_email: personal.map(str::to_owned),
            start: CivilDate::parse_iso(start).ok(),
            ..Person::named(LuccaId::try_from(id).unwrap(), "Éloïse", family)
        }
    }

    fn look(people: Vec<Person>) -> Sighting {
        Snapshot {
            url: "https://example.ilucca.net".into(),
            units: Units::default(),
            people: people
                .into_iter()
                .map(|it| (it.id, it))
                .collect::<HashMap<_, _>>(),
            unseen: HashSet::new(),
            as_of: jiff::Timestamp::UNIX_EPOCH,
            today: CivilDate::parse_iso("2026-11-23").unwrap(),
        }
        .look_for(&json!({
            "firstName": "Éloïse", "lastName": "Dupont", "mail": "eloise@example.com",
            "login": "eloise@example.com", "personalEmail": "eloise@example.com",
            "dtContractStart": "2027-01-04T00:00:00"
        }))
    }

    #[test]
    fn our_person_is_recognised_even_after_hr_replaced_login_and_address() {
        for login in ["Eloise@Example.com", "edupont"] {
            let sighting = look(vec![person(
                7,
                "DUPONT",
                login,
                Some("eloise@example.com"),
                "2027-01-04",
            )]);
            assert!(
                matches!(sighting, Sighting::Ours(user) if user.id.get() == 7),
                "{login}"
            );
        }
    }

    #[test]
    fn a_partial_match_is_a_question() {
        for (family, personal, start) in [
            ("DURAND", Some("eloise@example.com"), "2027-01-04"),
            ("DUPONT", Some("eloise@example.com"), "2020-01-01"),
            ("DUPONT", None, "2027-01-04"),
        ] {
            let sighting = look(vec![person(7, family, "edupont", personal, start)]);
            assert!(
                matches!(sighting, Sighting::SomeoneElse(list) if list.len() == 1),
                "{family} {personal:?} {start}"
            );
        }
    }

    #[test]
    fn nobody_is_found_among_others() {
        let other = person(
            7,
            "DURAND",
            "durand",
            Some("durand@example.com"),
            "2020-01-01",
        );
        assert_eq!(look(vec![other]), Sighting::Nobody);
    }
}
