//! A tenant and a small company for tests.

use std::{collections::HashSet, sync::Arc};

use jiff::Timestamp;

use super::{
    Check,
    answers::{Answer, Answers},
    learned::Learned,
};
use crate::{
    directory::{Snapshot, Units},
    domain::{
        dates::CivilDate,
        language::Language,
        lucca_id::LuccaId,
        lucca_url::LuccaUrl,
        onboarding::{acceptance::Acceptance, fixtures},
        secret::SecretText,
        tenant::{ApiKey, DEFAULT_LANGUAGE, Tenant},
    },
    lucca::{ExtensionDefinition, LegalUnit, ListEntry, LuccaUnit, Person},
};

/// Message and fix in English.
pub(crate) fn english(check: &Check) -> (String, String) {
    check.finding.told(Language::English)
}

/// Message and fix in French, with plain spaces for those that do not break.
pub(crate) fn french(check: &Check) -> (String, String) {
    let (message, fix) = check.finding.told(Language::French);
    (message.replace('\u{a0}', " "), fix.replace('\u{a0}', " "))
}

/// What creations have shown to a tenant in Paris.
pub(crate) fn learned(all: &[Acceptance]) -> Learned<'_> {
    Learned {
        all,
        time_zone: "Europe/Paris",
    }
}

/// A tenant without defaults.
pub(crate) fn tenant() -> Tenant {
    Tenant {
        id: fixtures::tenant_id("acme"),
        display_name: String::new(),
        lucca_url: LuccaUrl::parse("https://acme.ilucca.example").unwrap(),
        account: fixtures::account("acme.ilucca.example"),
        api_key: ApiKey {
            version: 1,
            value: SecretText::new("0123456789abcdef".into()),
        },
        time_zone: "Europe/Paris".into(),
        technical_contact: String::new(),
        language: DEFAULT_LANGUAGE,
        defaults: Default::default(),
        lucca_defaults: Default::default(),
        labels: Vec::new(),
        unmatched: Default::default(),
        requests_per_window: None,
        welcome_mail: Default::default(),
        readable_extended_data: Vec::new(),
        retention_days: None,
        webhook: Default::default(),
        callback: None,
        disabled: false,
        create_time: Timestamp::UNIX_EPOCH,
        update_time: Timestamp::UNIX_EPOCH,
    }
}

fn id(id: i64) -> LuccaId {
    LuccaId::try_from(id).unwrap()
}

fn unit(number: i64, name: &str, in_use: bool) -> LuccaUnit {
    LuccaUnit {
        id: id(number),
        name: name.into(),
        code: None,
        in_use,
        head: None,
        legal_unit: None,
    }
}

fn units() -> Units {
    let department = |number, name: &str, in_use: bool| LuccaUnit {
        head: in_use.then(|| id(1001)),
        ..unit(number, name, in_use)
    };
    Units {
        establishments: vec![establishment(1, "Siège", true)],
        departments: vec![
            department(11, "Produit", true),
            department(12, "Télex", false),
        ],
        roles: Some(vec![unit(51, "Collaborateur", true)]),
    }
}

fn establishment(number: i64, name: &str, in_use: bool) -> LuccaUnit {
    LuccaUnit {
        legal_unit: Some(LegalUnit {
            id: id(1),
            name: "Exemple SAS".into(),
        }),
        ..unit(number, name, in_use)
    }
}

/// People from 1001 on who start on these days, then such who ended on these days. Today is
/// 2026-11-23.
pub(crate) fn people(starts: &[&str], ends: &[&str]) -> Snapshot {
    let date = |text: &&str| CivilDate::parse_iso(text).unwrap();
    let days = starts.iter().map(|start| (date(start), None));
    let days = days.chain(
        ends.iter()
            .map(|end| (date(&"2015-01-05"), Some(date(end)))),
    );
    let people = (1001..).zip(days).map(|(number, (start, end))| {
        let person = Person {
            login: Some(format!("cnom{number}")),
            start: Some(start),
            end,
            ..Person::named(id(number), "Camille", &format!("Nom{number}"))
        };
        (person.id, person)
    });
    Snapshot {
        url: "https://acme.ilucca.example".into(),
        units: units(),
        people: people.collect(),
        unseen: HashSet::new(),
        as_of: Timestamp::UNIX_EPOCH,
        today: CivilDate::parse_iso("2026-11-23").unwrap(),
    }
}

/// Everything can be read: establishment 1 and the archived 2, departments 11 (led by 1001)
/// and the inactive 12, role 51, custom data `e_badge` and the choice `e_taille`, the active
/// 1001, and 1002 who has left.
pub(crate) fn answers() -> Answers {
    let snapshot = Arc::new(people(&["2026-01-05"], &["2020-01-31"]));
    let Units {
        departments, roles, ..
    } = units();
    let definition = |code: &str, name: &str, entries: &[(i64, &str)]| ExtensionDefinition {
        code: code.into(),
        name: name.into(),
        entries: entries
            .iter()
            .map(|(id, name)| ListEntry {
                id: *id,
                name: (*name).into(),
            })
            .collect(),
    };
    Answers {
        departments: Answer::Known(departments),
        establishments: Answer::Known(vec![
            establishment(1, "Siège", true),
            establishment(2, "Ancien", false),
        ]),
        roles: Answer::Known(roles.unwrap_or_default()),
        definitions: Answer::Known(vec![
            definition("e_badge", "Numéro de badge", &[]),
            definition("e_taille", "Taille", &[(1, "S"), (2, "M")]),
        ]),
        legal_units: Answer::NotAsked,
        people: Answer::Known(Arc::clone(&snapshot)),
        remembered: None,
        directory: Some(snapshot),
        shown_data: Answer::NotAsked,
        changes: Answer::NotAsked,
        broken_off: None,
    }
}
