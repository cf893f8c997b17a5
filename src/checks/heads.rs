//! Whether the heads of departments can become managers: without a manager Lucca takes the
//! head, and creation can be blocked if that head has left (help centre of Lucca, article 4404742396690).

use std::collections::BTreeSet;

use super::{
    Check,
    access::unknown,
    reading::Reading,
    text::{quoted, text},
};
use crate::{
    directory::Snapshot,
    domain::{
        field::Field,
        lucca_id::LuccaId,
        tenant::{Tenant, Unit},
    },
    lucca::Department,
};

const ID: &str = "department_heads";

/// Whether a department's head can become a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Active,
    Left,
    /// Not among those that the key sees.
    Unseen,
    /// There is none, or Lucca does not tell.
    None,
}

/// One check of every department in use.
pub(super) fn check(tenant: &Tenant, reading: &Reading) -> Check {
    let (Some(departments), Some(people)) = (reading.departments.known(), reading.people.known())
    else {
        let gap = reading.gap_in(&reading.departments);
        return unknown(ID, gap.or_else(|| reading.gap_in(&reading.people)));
    };
    let used = departments.iter().filter(|it| it.active);
    let with = |wanted: Head| -> Vec<&Department> {
        used.clone()
            .filter(|it| head(it, people) == wanted)
            .collect()
    };
    let (left, unseen, none) = (with(Head::Left), with(Head::Unseen), with(Head::None));
    let expected = expected(tenant);
    let headless: Vec<&str> = none
        .iter()
        .filter(|it| expected.contains(&it.id))
        .map(|it| it.name.as_str())
        .collect();
    let names =
        |list: &[&Department]| -> Vec<String> { list.iter().map(|it| it.name.clone()).collect() };
    let mut found = text("", "");
    for (list, en, fr) in [
        (
            &left,
            "The head of these departments has left",
            "Le responsable de ces départements a quitté l’entreprise",
        ),
        (
            &unseen,
            "The head of these departments is nobody whom the API key sees",
            "Le responsable de ces départements n’est pas visible pour la clé API",
        ),
    ] {
        if !list.is_empty() {
            let names = quoted(&names(list));
            found = found.then(&text(
                format!("{en}: {}.", names.en),
                format!("{fr} : {}.", names.fr),
            ));
        }
    }
    let blocked = !found.is_empty();
    if blocked {
        found = found.then(&text(
            "Lucca may refuse a hire without a manager there.",
            "Lucca peut y refuser une embauche sans manager.",
        ));
    }
    if !headless.is_empty() {
        let names = quoted(&headless);
        found = found.then(&text(
            format!(
                "Lucca names no head for {}: a hire without a manager there gets none.",
                names.en
            ),
            format!(
                "Lucca n’indique pas de responsable pour {} : une embauche sans manager n’y en aura pas.",
                names.fr
            ),
        ));
    }
    if found.is_empty() {
        return Check::pass(ID, fine(none.len()));
    }
    Check::warn(
        ID,
        found,
        text(
            "In Lucca, give these departments a head who works there (organisation, departments), or make sure that hires name their manager.",
            "Dans Lucca, donnez à ces départements un responsable en poste (organisation, départements), ou veillez à ce que les embauches précisent le nom du manager.",
        ),
    )
}

fn fine(without: usize) -> super::Text {
    let fine = text(
        "The heads of the departments can become managers.",
        "Les responsables des départements peuvent devenir managers.",
    );
    if without == 0 {
        return fine;
    }
    fine.then(&text(
        format!("Departments for which Lucca names no head: {without}."),
        format!("Départements pour lesquels Lucca n’indique pas de responsable : {without}."),
    ))
}

fn head(department: &Department, people: &Snapshot) -> Head {
    match department.head.map(|head| people.people.get(&head)) {
        None => Head::None,
        Some(None) => Head::Unseen,
        Some(Some(person)) if person.is_former(people.today) => Head::Left,
        Some(Some(_)) => Head::Active,
    }
}

/// The departments that the tenant itself leads hires to.
fn expected(tenant: &Tenant) -> BTreeSet<LuccaId> {
    let labels = tenant.labels.iter();
    labels
        .filter(|label| label.field == Field::Department)
        .map(|label| label.lucca_id)
        .chain(tenant.defaults.unit(Unit::Department))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{self, Pass, Unverified, Warn},
            fixtures,
            reading::Part,
        },
        *,
    };

    /// What is said when department 11 has this head and is the default or not.
    fn told(head: Option<i64>, default: bool) -> (Status, String) {
        let mut reading = fixtures::reading();
        let Part::Known(departments) = &mut reading.departments else {
            panic!("the fixture has departments");
        };
        departments[0].head = head.map(|id| LuccaId::try_from(id).unwrap());
        let mut tenant = fixtures::tenant();
        if default {
            tenant.defaults.department = LuccaId::try_from(11).ok();
        }
        let check = check(&tenant, &reading);
        (check.status, check.message.en)
    }

    #[test]
    fn a_head_who_has_left_or_is_not_seen_is_told_with_the_department() {
        let table = [
            (Some(1001), true, Pass, "can become managers."),
            (Some(1002), false, Warn, "has left: “Produit”."),
            (
                Some(1009),
                false,
                Warn,
                "nobody whom the API key sees: “Produit”.",
            ),
            (None, true, Warn, "names no head for “Produit”"),
            (None, false, Pass, "names no head: 1."),
        ];
        for (head, default, status, words) in table {
            let found = told(head, default);
            assert_eq!(found.0, status, "{head:?} {default}");
            assert!(found.1.contains(words), "{}", found.1);
        }
    }

    #[test]
    fn without_departments_or_people_nothing_is_known() {
        for reading in [
            Reading {
                departments: Part::NotAsked,
                ..fixtures::reading()
            },
            Reading {
                people: Part::NotAsked,
                ..fixtures::reading()
            },
        ] {
            assert_eq!(check(&fixtures::tenant(), &reading).status, Unverified);
        }
    }
}
