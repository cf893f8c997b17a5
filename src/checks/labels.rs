//! Whether the units of the label table are still in use.

use super::{
    Check, Finding,
    Status::{Fail, Pass},
    answers::{Answers, UnitStatus},
    defaults::UNITS,
    finding::Item,
};
use crate::domain::tenant::{Label, Tenant};

const ID: &str = "labels";

/// One check for the whole table.
pub(super) fn check(tenant: &Tenant, answers: &Answers) -> Check {
    if tenant.labels.is_empty() {
        return Check::new(ID, Pass, Finding::NoLabels);
    }
    let statuses: Vec<(&Label, UnitStatus<'_>)> = tenant
        .labels
        .iter()
        .filter_map(|label| {
            let unit = UNITS.into_iter().find(|unit| unit.field() == label.field)?;
            Some((label, answers.unit(unit, label.lucca_id)))
        })
        .collect();
    let entries: Vec<Item> = statuses.iter().filter_map(broken).collect();
    if !entries.is_empty() {
        return Check::new(ID, Fail, Finding::LabelsBroken { entries });
    }
    let mut gaps = statuses.iter().filter_map(|(_, status)| match status {
        UnitStatus::NotRead(gap) => Some(*gap),
        UnitStatus::NotListed => Some(None),
        _ => None,
    });
    if let Some(first) = gaps.next() {
        return Check::unknown(ID, first.or_else(|| gaps.flatten().next()));
    }
    let count = tenant.labels.len();
    Check::new(ID, Pass, Finding::LabelsFine { count })
}

/// A label whose unit is not in use.
fn broken((label, status): &(&Label, UnitStatus<'_>)) -> Option<Item> {
    let unused = match status {
        UnitStatus::NotUsed(_) => true,
        UnitStatus::NotThere => false,
        _ => return None,
    };
    Some(Item::BrokenLabel {
        label: label.label.clone(),
        field: label.field,
        id: label.lucca_id,
        unused,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{self, Fail, Pass, Unverified},
            answers::Answer,
            fixtures::{self, english},
        },
        *,
    };
    use crate::domain::{field::Field, lucca_id::LuccaId};

    type Labels = &'static [(Field, i64)];

    #[test]
    fn labels_whose_unit_is_not_in_use_are_named() {
        let read = fixtures::answers;
        let without_roles = || Answers {
            roles: Answer::NotAsked,
            ..read()
        };
        let table: [(Labels, Answers, Status, &str); 6] = [
            (&[], read(), Pass, "is empty"),
            (
                &[(Field::Department, 11), (Field::Role, 51)],
                read(),
                Pass,
                "uses (2)",
            ),
            (
                &[
                    (Field::Department, 11),
                    (Field::Department, 12),
                    (Field::Establishment, 9),
                ],
                read(),
                Fail,
                "“L1” (department 12, no longer used) and “L2” (establishment 9, not there).",
            ),
            (
                &[(Field::Role, 51)],
                without_roles(),
                Unverified,
                "Not known",
            ),
            (
                &[(Field::Role, 51), (Field::Department, 9)],
                without_roles(),
                Fail,
                "“L1” (department 9, not there)",
            ),
            (
                &[(Field::Role, 52)],
                read(),
                Fail,
                "“L0” (role 52, not there)",
            ),
        ];
        for (labels, answers, expected, words) in table {
            let mut tenant = fixtures::tenant();
            tenant.labels = labels
                .iter()
                .enumerate()
                .map(|(index, (field, id))| Label {
                    field: *field,
                    label: format!("L{index}"),
                    lucca_id: LuccaId::try_from(*id).unwrap(),
                })
                .collect();
            let check = check(&tenant, &answers);
            assert_eq!(check.status, expected, "{labels:?}");
            assert!(english(&check).0.contains(words), "{}", english(&check).0);
        }
    }
}
