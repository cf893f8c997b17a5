//! Whether what the label table points to is still there.

use super::{
    Check,
    access::unknown,
    defaults::{Found, UNITS, found, why_not_known},
    reading::Reading,
    text::{noun, plain, text},
};
use crate::domain::tenant::{Label, Tenant, Unit};

const ID: &str = "labels";

/// One check of the whole table.
pub(super) fn check(tenant: &Tenant, reading: &Reading) -> Check {
    if tenant.labels.is_empty() {
        return Check::pass(
            ID,
            text(
                "The label table is empty: names are compared with those in Lucca.",
                "La table de correspondance est vide : les noms sont comparés à ceux de Lucca.",
            ),
        );
    }
    let looked: Vec<(&Label, Unit, Found)> = tenant
        .labels
        .iter()
        .filter_map(|label| {
            let unit = UNITS.into_iter().find(|unit| unit.field() == label.field)?;
            Some((label, unit, found(unit, label.lucca_id, reading)))
        })
        .collect();
    let broken: Vec<_> = looked
        .iter()
        .filter(|(_, _, found)| matches!(found, Found::Missing | Found::Unused))
        .collect();
    if !broken.is_empty() {
        let en: Vec<String> = broken.iter().map(|it| entry(it).0).collect();
        let fr: Vec<String> = broken.iter().map(|it| entry(it).1).collect();
        return Check::fail(
            ID,
            text(
                format!(
                    "These entries of the label table lead to nothing that is used in Lucca; hires with these names will be refused: {}.",
                    plain(&en).en
                ),
                format!(
                    "Ces lignes de la table de correspondance ne mènent à rien d’utilisé dans Lucca ; les embauches qui portent ces noms seront refusées : {}.",
                    plain(&fr).fr
                ),
            ),
            text(
                "Give these entries the id of something that is used in Lucca, or remove them (labels).",
                "Donnez à ces lignes l’identifiant d’un élément utilisé dans Lucca, ou supprimez-les (réglage labels).",
            ),
        );
    }
    let mut open = looked
        .iter()
        .filter(|it| it.2 == Found::NotKnown)
        .peekable();
    if open.peek().is_some() {
        return unknown(ID, open.find_map(|it| why_not_known(it.1, reading).1));
    }
    let count = tenant.labels.len();
    Check::pass(
        ID,
        text(
            format!("Everything that the label table leads to is in Lucca and used ({count})."),
            format!(
                "Tout ce vers quoi mène la table de correspondance existe et est utilisé dans Lucca ({count})."
            ),
        ),
    )
}

/// An entry that leads nowhere, in English and in French.
fn entry((label, unit, found): &(&Label, Unit, Found)) -> (String, String) {
    let noun = noun(*unit);
    let (name, id) = (&label.label, label.lucca_id);
    let unused = *found == Found::Unused;
    (
        format!(
            "“{name}” ({} {id}, {})",
            noun.bare.0,
            if unused {
                "no longer used"
            } else {
                "not there"
            }
        ),
        format!(
            "« {name} » ({} {id}, {})",
            noun.bare.1,
            if unused {
                "plus utilisé"
            } else {
                "introuvable"
            }
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{self, Fail, Pass, Unverified},
            fixtures,
            reading::Part,
        },
        *,
    };
    use crate::domain::{field::Field, lucca_id::LuccaId};

    type Labels = &'static [(Field, i64)];

    #[test]
    fn entries_that_lead_nowhere_are_named() {
        let read = fixtures::reading;
        let without_roles = || Reading {
            roles: Part::NotAsked,
            ..read()
        };
        let table: [(Labels, Reading, Status, &str); 6] = [
            (&[], read(), Pass, "is empty"),
            (
                &[(Field::Department, 11), (Field::Role, 51)],
                read(),
                Pass,
                "used (2)",
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
        for (labels, reading, expected, words) in table {
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
            let check = check(&tenant, &reading);
            assert_eq!(check.status, expected, "{labels:?}");
            assert!(check.message.en.contains(words), "{}", check.message.en);
        }
    }
}
