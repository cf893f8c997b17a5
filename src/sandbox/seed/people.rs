//! The people of the made-up company: as many as wanted.

use std::collections::HashSet;

use jiff::{
    SignedDuration, Timestamp, ToSpan as _,
    civil::{Date, date},
};
use serde_json::{Map, Value, json};

use super::names::{FIRST, LAST, SPECIAL};
use crate::sandbox::{
    clock::Moment,
    company::{Company, Unit, UnitKind},
    fold::ascii,
    user::User,
};

/// After so many people first days start over again: no one else starts in the future.
const ROUND: usize = 300;
const FIRST_ID: u64 = 1001;

/// Where people work, the headquarters most often. `Océan Indien` is on La Réunion.
const ESTABLISHMENTS: [u64; 10] = [11, 12, 11, 13, 14, 11, 15, 16, 17, 12];
const REUNION: u64 = 18;
const ARCHIVED: u64 = 19;

/// The department whose head has left.
const HEADLESS: &str = "Relations presse";

/// Which of the people without a special name have left, or are yet to come.
const FORMER: std::ops::Range<usize> = 70..75;
const FUTURE: std::ops::Range<usize> = 290..295;

/// Fills the company: first one head for each active department, then people with special
/// names, then the others, until there are `people` of them.
pub(super) fn add(company: &mut Company, now: Moment, people: usize) {
    let departments = company.units(UnitKind::Department);
    let active: Vec<Unit> = departments.filter(|it| it.in_use).cloned().collect();
    let mut taken = HashSet::new();
    for index in 0..people {
        let id = FIRST_ID + index as u64;
        let special = index
            .checked_sub(active.len())
            .and_then(|it| SPECIAL.get(it));
        let (first, last) = special.map_or_else(
            || (FIRST[index % FIRST.len()], LAST[index * 5 % LAST.len()]),
            |(first, last, _)| (*first, *last),
        );
        let department = special
            .and_then(|(_, _, wanted)| active.iter().find(|it| it.name == *wanted))
            .unwrap_or(&active[index % active.len()]);
        let is_head = index < active.len();
        let former = FORMER.contains(&index) || (is_head && department.name == HEADLESS);
        let establishment = match (former, &*department.code) {
            (true, _) => ARCHIVED,
            (_, "OI") => REUNION,
            _ => ESTABLISHMENTS[index % ESTABLISHMENTS.len()],
        };
        let (start, end) = contract(index, former, now.today());
        let initial: String = ascii(first).chars().take(1).collect();
        let login = unused(&format!("{initial}{}", ascii(last)), &mut taken);
        let local = unused(&format!("{}.{}", ascii(first), ascii(last)), &mut taken);
        let members = [
            ("firstName", json!(first)),
            ("lastName", json!(last)),
            ("login", json!(login)),
            ("mail", json!(format!("{local}@example.com"))),
            ("personalEmail", json!(format!("{local}@example.org"))),
            ("employeeNumber", json!(format!("{:05}", index + 1))),
            ("legalEntityId", json!(establishment)),
            ("departmentId", json!(department.id)),
            ("rolePrincipalId", json!(role(index, department, is_head))),
            ("managerId", json!(manager(company, department.id, id))),
            ("cultureID", json!(1036)),
            ("dtContractStart", start),
            ("dtContractEnd", end),
        ];
        let user = user(id, index, members.into(), now);
        company.users.insert(id, user);
        if let (true, Some(unit)) = (is_head, company.units.get_mut(&department.id)) {
            unit.head = Some(id);
        }
    }
}

fn user(id: u64, index: usize, members: Vec<(&str, Value)>, now: Moment) -> User {
    // From 2024-01-01T08:00:00Z on, an hour and a bit apart.
    let first_change = Timestamp::from_second(1_704_096_000).unwrap_or(Timestamp::UNIX_EPOCH);
    let after = SignedDuration::from_millis(index as i64 * 3_607_583);
    let members = members.into_iter();
    User {
        id,
        created_by_call: false,
        with_contract: true,
        modified_at: first_change.saturating_add(after).unwrap_or(first_change),
        members: members
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Map<_, _>>(),
        visible_from: now.steady,
    }
}

/// First and last day.
fn contract(index: usize, former: bool, today: Date) -> (Value, Value) {
    let days = |from: Date, days: usize| from.saturating_add((days as i64).days());
    let start = if FUTURE.contains(&index) {
        days(today, 7 * (index - FUTURE.start + 1))
    } else {
        days(date(2010, 1, 4), index % ROUND * 19)
    };
    let end = former.then(|| days(date(2023, 6, 30), index * 3));
    let midnight = |day: Date| format!("{day}T00:00:00");
    (json!(midnight(start)), json!(end.map(midnight)))
}

/// The name, with a number if it is taken.
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
fn manager(company: &Company, department: u64, id: u64) -> Option<u64> {
    let mut next = company.unit(UnitKind::Department, Some(department));
    while let Some(unit) = next {
        let present = unit
            .head
            .filter(|head| *head != id && unit.name != HEADLESS);
        if present.is_some() {
            return present;
        }
        next = company.unit(UnitKind::Department, unit.parent);
    }
    None
}

fn role(index: usize, department: &Unit, is_head: bool) -> u64 {
    match (&*department.code, is_head) {
        ("DG", true) => 55,
        (_, true) => 52,
        ("RH" | "RH-REC", _) => 53,
        ("RH-PAIE", _) => 54,
        _ if index % 40 == 39 => 56,
        _ => 51,
    }
}
