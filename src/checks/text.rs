//! Sentences in the languages that are spoken here, side by side.

use std::fmt::Display;

use jiff::{Timestamp, tz::TimeZone};

use crate::domain::{field::Field, language::Language, tenant::Unit};

/// The same words in every language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

/// The same words in English and in French.
pub(super) fn text(en: impl Into<String>, fr: impl Into<String>) -> Text {
    Text {
        en: en.into(),
        fr: fr.into(),
    }
}

impl Text {
    /// In one language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::French => &self.fr,
        }
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty()
    }

    /// This sentence, then another one.
    pub(super) fn then(mut self, next: &Self) -> Self {
        for (words, more) in [(&mut self.en, &next.en), (&mut self.fr, &next.fr)] {
            if !words.is_empty() && !more.is_empty() {
                words.push(' ');
            }
            words.push_str(more);
        }
        self
    }
}

/// Most names in one sentence.
const MOST: usize = 12;

/// Names in quotation marks, with a number for those that are too many.
pub(super) fn quoted<T: Display>(names: &[T]) -> Text {
    let en: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    let fr: Vec<String> = names.iter().map(|name| format!("« {name} »")).collect();
    text(
        listed(&en, |more| format!("{more} more"), "and"),
        listed(&fr, |more| format!("{more} autres"), "et"),
    )
}

/// Names as they are, with a number for those that are too many.
pub(super) fn plain<T: Display>(names: &[T]) -> Text {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    text(
        listed(&names, |more| format!("{more} more"), "and"),
        listed(&names, |more| format!("{more} autres"), "et"),
    )
}

fn listed(names: &[String], more: impl Fn(usize) -> String, and: &str) -> String {
    let mut shown: Vec<String> = names.to_vec();
    if names.len() > MOST {
        shown.truncate(MOST - 1);
        shown.push(more(names.len() + 1 - MOST));
    }
    match shown.split_last() {
        None => String::new(),
        Some((one, [])) => one.clone(),
        Some((last, others)) => format!("{} {and} {last}", others.join(", ")),
    }
}

/// A day, as it was in a zone.
pub(super) fn day(time: Timestamp, zone: &str) -> Text {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let date = time.to_zoned_datetime(zone).date();
    text(
        date.strftime("%Y-%m-%d").to_string(),
        date.strftime("%d/%m/%Y").to_string(),
    )
}

/// What Lucca calls a thing: bare, with an indefinite and with a definite article.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noun {
    /// The bare word.
    pub bare: (&'static str, &'static str),
    /// With an indefinite article.
    pub a: (&'static str, &'static str),
    /// With a definite article.
    pub the: (&'static str, &'static str),
}

/// The noun for a kind of unit.
pub(super) fn noun(unit: Unit) -> Noun {
    match unit {
        Unit::Establishment => Noun {
            bare: ("establishment", "établissement"),
            a: ("an establishment", "un établissement"),
            the: ("the establishment", "l’établissement"),
        },
        Unit::Department => Noun {
            bare: ("department", "département"),
            a: ("a department", "un département"),
            the: ("the department", "le département"),
        },
        Unit::Role => Noun {
            bare: ("role", "rôle principal"),
            a: ("a role", "un rôle principal"),
            the: ("the role", "le rôle principal"),
        },
    }
}

/// A field of a hire in French, without an article.
pub(super) fn french(field: Field) -> &'static str {
    match field {
        Field::Establishment => "établissement",
        Field::Department => "département",
        Field::Role => "rôle principal",
        Field::Login => "login",
        Field::Culture => "culture",
        Field::Manager => "manager",
        Field::FamilyName => "nom",
        Field::GivenName => "prénom",
        Field::ProfessionalEmail => "e-mail professionnel",
        Field::PersonalEmail => "e-mail personnel",
        Field::ContractStartDate => "date de début de contrat",
        Field::ContractEndDate => "date de fin de contrat",
        Field::EmployeeNumber => "matricule",
        Field::JobTitle => "intitulé de poste",
        Field::PersonalPhone => "téléphone personnel",
        Field::BirthDate => "date de naissance",
        Field::ExtendedData => "données personnalisées",
        Field::Nationality => "nationalité",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_each_language_does_and_not_without_end() {
        let none: [&str; 0] = [];
        assert_eq!(quoted(&none), Text::default());
        assert_eq!(quoted(&["A"]), text("“A”", "« A »"));
        assert_eq!(
            quoted(&["A", "B", "C"]),
            text("“A”, “B” and “C”", "« A », « B » et « C »")
        );
        let many: Vec<usize> = (1..=15).collect();
        assert_eq!(
            plain(&many),
            text(
                "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 4 more",
                "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 et 4 autres"
            )
        );
        assert_eq!(
            plain(&many[..MOST]).en,
            "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 12"
        );
    }

    #[test]
    fn a_day_is_that_of_the_zone() {
        let late: Timestamp = "2026-11-23T23:30:00Z".parse().unwrap();
        assert_eq!(day(late, "Europe/Paris"), text("2026-11-24", "24/11/2026"));
        assert_eq!(day(late, "UTC"), text("2026-11-23", "23/11/2026"));
    }

    #[test]
    fn sentences_follow_one_another() {
        let first = text("One.", "Un.");
        assert_eq!(
            first.clone().then(&text("Two.", "Deux.")),
            text("One. Two.", "Un. Deux.")
        );
        assert_eq!(first.clone().then(&Text::default()), first);
        assert_eq!(Text::default().then(&first), first);
    }
}
