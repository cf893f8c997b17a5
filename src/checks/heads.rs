//! Whether the heads of departments can become managers: without a manager Lucca takes the
//! head, and creation can be blocked if that head has left (help centre of Lucca, article 4404742396690).

use std::collections::BTreeSet;

use super::{
    Check, Finding,
    Status::{Pass, Warn},
    answers::Answers,
    finding::Heads,
};
use crate::{
    directory::Snapshot,
    domain::{
        field::Field,
        lucca_id::LuccaId,
        tenant::{Tenant, Unit},
    },
    lucca::LuccaUnit,
};

const ID: &str = "department_heads";

/// Whether a department's head can become a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Active,
    Left,
    /// Not among those that the key sees.
    Unseen,
    /// There is none, or Lucca does not show one.
    None,
}

/// One check for all departments in use.
pub(super) fn check(tenant: &Tenant, answers: &Answers) -> Check {
    let (Some(departments), Some(people)) = (answers.departments.known(), answers.people.known())
    else {
        let gap = answers.gap_in(&answers.departments);
        return Check::unknown(ID, gap.or_else(|| answers.gap_in(&answers.people)));
    };
    let used = departments.iter().filter(|it| it.in_use);
    let with = |wanted: Head| used.clone().filter(move |it| head(it, people) == wanted);
    let placed_in = placed_in(tenant);
    let heads = Heads {
        left: names(with(Head::Left)),
        hidden: names(with(Head::Unseen)),
        headless: names(with(Head::None).filter(|it| placed_in.contains(&it.id))),
    };
    let (status, finding) = match (&heads.left[..], &heads.hidden[..], &heads.headless[..]) {
        ([], [], []) => {
            let without = with(Head::None).count();
            (Pass, Finding::HeadsFine { without })
        }
        ([], [], _) => (Warn, Finding::HeadsMissing(heads)),
        _ => (Warn, Finding::HeadsUnfit(heads)),
    };
    Check::new(ID, status, finding)
}

fn names<'a>(departments: impl Iterator<Item = &'a LuccaUnit>) -> Vec<String> {
    departments.map(|it| it.name.clone()).collect()
}

fn head(department: &LuccaUnit, people: &Snapshot) -> Head {
    match department.head.map(|head| people.people.get(&head)) {
        None => Head::None,
        Some(None) => Head::Unseen,
        Some(Some(person)) if person.is_former(people.today) => Head::Left,
        Some(Some(_)) => Head::Active,
    }
}

/// The departments that the tenant's settings place hires in.
fn placed_in(tenant: &Tenant) -> BTreeSet<LuccaId> {
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
            answers::Answer,
            fixtures::{self, english},
        },
        *,
    };

    /// Status and message when department 11 has this head and is the default or not.
    fn checked(head: Option<i64>, default: bool) -> (Status, String) {
        let mut answers = fixtures::answers();
        let Answer::Known(departments) = &mut answers.departments else {
            panic!("the fixture has departments");
        };
        departments[0].head = head.map(|id| LuccaId::try_from(id).unwrap());
        let mut tenant = fixtures::tenant();
        if default {
            tenant.defaults.department = LuccaId::try_from(11).ok();
        }
        let check = check(&tenant, &answers);
        (check.status, english(&check).0)
    }

    #[test]
    fn a_department_is_named_if_its_head_has_left_or_is_not_seen() {
        let table = [
            (Some(1001), true, Pass, "can become managers."),
            (Some(1002), false, Warn, "has left: “Produit”."),
            (
                Some(1009),
                false,
                Warn,
                "does not see the head of these departments: “Produit”.",
            ),
            (None, true, Warn, "names no head for “Produit”"),
            (None, false, Pass, "names no head: 1."),
        ];
        for (head, default, status, words) in table {
            let found = checked(head, default);
            assert_eq!(found.0, status, "{head:?} {default}");
            assert!(found.1.contains(words), "{}", found.1);
        }
    }

    #[test]
    fn without_departments_or_people_nothing_is_known() {
        for answers in [
            Answers {
                departments: Answer::NotAsked,
                ..fixtures::answers()
            },
            Answers {
                people: Answer::NotAsked,
                ..fixtures::answers()
            },
        ] {
            assert_eq!(check(&fixtures::tenant(), &answers).status, Unverified);
        }
    }
}
