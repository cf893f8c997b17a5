//! The people of the made-up company: as many as wanted.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date};
use serde_json::{Map, Value, json};

use super::names::{FIRST, LAST, SPECIAL};
use crate::sandbox::{clock::Moment, company::Company, fold::ascii, user::User};

/// After so many people first days start over again: nobody else starts in the future.
const ROUND: usize = 300;
const FIRST_ID: u64 = 1001;

/// Where people work, the headquarters most often. `Océan Indien` is on La Réunion.
const ESTABLISHMENT_OF: [u64; 10] = [11, 12, 11, 13, 14, 11, 15, 16, 17, 12];
const REUNION: u64 = 18;
const ARCHIVED: u64 = 19;

/// The department whose head has left.
const HEADLESS: &str = "Relations presse";

/// Which of the people without a special name have left, or are yet to come.
const FORMER: std::ops::Range<usize> = 70..75;
const FUTURE: std::ops::Range<usize> = 290..295;

/// Fills the company: first one head for each active department, then people with special
/// names, then the others, until there are `people` of them.
pub(super) fn hire(company: &mut Company, now: Moment, people: usize) {
    let active: Vec<usize> = (0..company.departments.len())
        .filter(|index| company.departments[*index].active)
        .collect();
    let mut taken = HashSet::new();
    for index in 0..people {
        let special = index
            .checked_sub(active.len())
            .and_then(|it| SPECIAL.get(it));
        let (first, last) = special.map_or_else(
            || (FIRST[index % FIRST.len()], LAST[index * 5 % LAST.len()]),
            |(first, last, _)| (*first, *last),
        );
        let place = special
            .and_then(|(_, _, wanted)| company.departments.iter().position(|it| it.name == *wanted))
            .unwrap_or(active[index % active.len()]);
        let is_head = index < active.len();
        let department = &company.departments[place];
        let former = FORMER.contains(&index) || (is_head && department.name == HEADLESS);
        let mut members = Map::from_iter([
            ("firstName".to_owned(), json!(first)),
            ("lastName".to_owned(), json!(last)),
            ("departmentId".to_owned(), json!(department.id)),
            (
                "rolePrincipalId".to_owned(),
                json!(role(index, &department.code, is_head)),
            ),
            ("cultureID".to_owned(), json!(1036)),
            (
                "employeeNumber".to_owned(),
                json!(format!("{:05}", index + 1)),
            ),
            (
                "jobTitle".to_owned(),
                json!(format!("{} – {}", title(is_head), department.name)),
            ),
        ]);
        let establishment = match (former, department.code.as_str()) {
            (true, _) => ARCHIVED,
            (_, "OI") => REUNION,
            _ => ESTABLISHMENT_OF[index % ESTABLISHMENT_OF.len()],
        };
        members.insert("legalEntityId".to_owned(), json!(establishment));
        contract(&mut members, index, former, now.today());
        addresses(&mut members, first, last, &mut taken);
        let id = FIRST_ID + index as u64;
        members.insert("managerId".to_owned(), json!(manager(company, place, id)));
        company.users.insert(id, user(id, index, members, now));
        if is_head {
            company.departments[place].head = Some(id);
        }
    }
}

fn user(id: u64, index: usize, members: Map<String, Value>, now: Moment) -> User {
    // From 2024-01-01T08:00:00Z on, an hour and a bit apart.
    let first_change = Timestamp::from_second(1_704_096_000).unwrap_or(Timestamp::UNIX_EPOCH);
    let after = SignedDuration::from_millis(index as i64 * 3_607_583);
    User {
        id,
        created_by_call: false,
        with_contract: true,
        modified_at: first_change.saturating_add(after).unwrap_or(first_change),
        members,
        visible_from: now.steady,
    }
}

/// First and last day.
fn contract(members: &mut Map<String, Value>, index: usize, former: bool, today: Date) {
    let days = |from: Date, days: usize| from.saturating_add((days as i64).days());
    let start = if FUTURE.contains(&index) {
        days(today, 7 * (index - FUTURE.start + 1))
    } else {
        days(jiff::civil::date(2010, 1, 4), index % ROUND * 19)
    };
    let end = former.then(|| days(jiff::civil::date(2023, 6, 30), index * 3));
    let midnight = |day: Date| format!("{day}T00:00:00");
    members.insert("dtContractStart".to_owned(), json!(midnight(start)));
    members.insert("dtContractEnd".to_owned(), json!(end.map(midnight)));
}

/// Login and e-mails, none of them used twice.
fn addresses(
    members: &mut Map<String, Value>,
    first: &str,
    last: &str,
    taken: &mut HashSet<String>,
) {
    let initial: String = ascii(first).chars().take(1).collect();
    let login = unused(&format!("{initial}{}", ascii(last)), taken);
    let local = unused(&format!("{}.{}", ascii(first), ascii(last)), taken);
    members.insert("login".to_owned(), json!(login));
    members.insert("mail".to_owned(), json!(format!("{local}@example.com")));
    members.insert(
        "personalEmail".to_owned(),
        json!(format!("{local}@example.org")),
    );
}

fn unused(wanted: &str, taken: &mut HashSet<String>) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{wanted}{number}");
        number += 1;
    }
    name
}

/// The head of the department; for the head, that of the nearest department above.
fn manager(company: &Company, place: usize, id: u64) -> Option<u64> {
    let mut department = Some(&company.departments[place]);
    while let Some(it) = department {
        let present = it.head.filter(|head| *head != id && it.name != HEADLESS);
        if present.is_some() {
            return present;
        }
        department = it.parent.and_then(|parent| company.department(parent));
    }
    None
}

fn role(index: usize, department: &str, is_head: bool) -> u64 {
    match (department, is_head) {
        ("DG", true) => 55,
        (_, true) => 52,
        ("RH" | "RH-REC", _) => 53,
        ("RH-PAIE", _) => 54,
        _ if index % 40 == 39 => 56,
        _ => 51,
    }
}

fn title(is_head: bool) -> &'static str {
    if is_head { "Responsable" } else { "Membre" }
}
