//! What applies to a hire that names no establishment, department or role.

use super::{Check, Default};
use crate::{
    directory::Snapshot,
    domain::{
        field::Field,
        finding::Origin,
        lucca_id::LuccaId,
        resolve::Directory as _,
        tenant::{Tenant, Unit},
    },
};

const UNITS: [Unit; 3] = [Unit::Establishment, Unit::Department, Unit::Role];

/// What Lucca says of a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Usable,
    /// Archived or inactive.
    Unused,
    Missing,
    /// Lucca could not be read, or does not list such things.
    NotKnown,
}

/// One check for each unit.
pub(super) fn checks(tenant: &Tenant, snapshot: Option<&Snapshot>) -> [Check; 3] {
    UNITS.map(|unit| check(tenant, unit, snapshot))
}

fn check(tenant: &Tenant, unit: Unit, snapshot: Option<&Snapshot>) -> Check {
    let field = unit.field();
    let id = format!("default_{}", field.name());
    let word = field.words();
    let a_word = with_article(&word);
    match tenant.defaults.unit(unit) {
        Some(default) => {
            let label = label(unit, default, snapshot);
            set(&id, &word, default, &label, found(unit, default, snapshot))
        }
        None if tenant.lucca_has_default(field) => Check::unverified(
            &id,
            format!(
                "A hire without {a_word} gets the default of Lucca's HR file, which cannot be read from outside."
            ),
            format!("Make sure that Lucca's HR file has a default value for the {word}."),
        ),
        None if unit == Unit::Role => Check::fail(
            &id,
            "There is no default role, and We Recruit sends none: every hire would wait.",
            "Choose a role of Lucca as default (defaults.role_id), or give the HR file of Lucca a default role and say so (lucca_defaults).",
        ),
        None => Check::warn(
            &id,
            format!(
                "There is no default {word}: a hire that names none, or one that Lucca does not know, will wait."
            ),
            format!(
                "Choose {a_word} of Lucca as default (defaults.{}_id), or keep an eye on hires that wait.",
                field.name()
            ),
        ),
    }
}

fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {word}")
}

fn set(check: &str, word: &str, id: LuccaId, label: &str, found: Found) -> Check {
    let field = format!("defaults.{}_id", word);
    let a_word = with_article(word);
    let named = if label.is_empty() {
        format!("with id {id}")
    } else {
        format!("“{label}” (id {id})")
    };
    match found {
        Found::Usable => Check::pass(check, format!("The default {word} is {named}.")),
        Found::Unused => Check::fail(
            check,
            format!("The default {word} {named} is no longer used in Lucca."),
            format!("Choose another {word} ({field}), or put this one back to use in Lucca."),
        ),
        Found::Missing => Check::fail(
            check,
            format!("The default {word} {named} is not in Lucca, or the API key does not see it."),
            format!("Choose {a_word} that is in Lucca ({field}), or let the API key see it."),
        ),
        Found::NotKnown => Check::unverified(
            check,
            format!("Lucca does not tell whether there is {a_word} with the default's id {id}."),
            format!("Compare the id with the {word} in Lucca."),
        ),
    }
}

fn found(unit: Unit, id: LuccaId, snapshot: Option<&Snapshot>) -> Found {
    let Some(units) = snapshot.map(|snapshot| &snapshot.units) else {
        return Found::NotKnown;
    };
    let usable = match unit {
        Unit::Establishment => units
            .establishments
            .iter()
            .find(|it| it.id == id)
            .map(|it| !it.archived),
        Unit::Department => units
            .departments
            .iter()
            .find(|it| it.id == id)
            .map(|it| it.active),
        Unit::Role => match &units.roles {
            None => return Found::NotKnown,
            Some(roles) => roles.iter().find(|it| it.id == id).map(|_| true),
        },
    };
    match usable {
        Some(true) => Found::Usable,
        Some(false) => Found::Unused,
        None => Found::Missing,
    }
}

fn label(unit: Unit, id: LuccaId, snapshot: Option<&Snapshot>) -> String {
    snapshot
        .and_then(|snapshot| snapshot.unit_label(unit, id))
        .unwrap_or_default()
}

/// Every default, also those that there are not.
pub(super) fn list(tenant: &Tenant, snapshot: Option<&Snapshot>) -> Vec<Default> {
    let source = |field: Field, tenants: bool| {
        if tenants {
            Some(Origin::TenantDefault)
        } else {
            tenant
                .lucca_has_default(field)
                .then_some(Origin::LuccaDefault)
        }
    };
    let mut list: Vec<Default> = UNITS
        .into_iter()
        .map(|unit| {
            let id = tenant.defaults.unit(unit);
            Default {
                field: unit.field(),
                source: source(unit.field(), id.is_some()),
                id,
                label: id.map_or(String::new(), |id| label(unit, id, snapshot)),
            }
        })
        .collect();
    let culture = tenant.defaults.culture;
    list.push(Default {
        field: Field::Culture,
        source: source(Field::Culture, culture.is_some()),
        id: culture.and_then(|id| LuccaId::try_from(i64::from(id)).ok()),
        label: String::new(),
    });
    list.push(Default {
        field: Field::Login,
        source: source(Field::Login, false),
        id: None,
        label: String::new(),
    });
    list
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Status, fixtures},
        *,
    };

    fn status(unit: Unit, id: Option<i64>, declared: bool, snapshot: Option<&Snapshot>) -> Status {
        let mut tenant = fixtures::tenant();
        let default = id.map(|id| LuccaId::try_from(id).unwrap());
        match unit {
            Unit::Establishment => tenant.defaults.establishment = default,
            Unit::Department => tenant.defaults.department = default,
            Unit::Role => tenant.defaults.role = default,
        }
        if declared {
            tenant.lucca_defaults.insert(unit.field());
        }
        check(&tenant, unit, snapshot).status
    }

    #[test]
    fn a_default_is_in_order_only_if_lucca_shows_it_in_use() {
        use Status::{Fail, Pass, Unverified, Warn};
        use Unit::{Department, Establishment, Role};
        let snapshot = fixtures::snapshot();
        let read = Some(&snapshot);
        let mut silent = fixtures::snapshot();
        silent.units.roles = None;
        let table = [
            (Establishment, Some(1), false, read, Pass),
            (Establishment, Some(9), false, read, Fail),
            (Establishment, None, false, read, Warn),
            (Establishment, None, true, read, Unverified),
            (Department, Some(11), false, read, Pass),
            (Department, Some(12), false, read, Fail),
            (Department, None, false, read, Warn),
            (Role, Some(51), false, read, Pass),
            (Role, Some(52), true, read, Fail),
            (Role, Some(52), false, Some(&silent), Unverified),
            (Role, None, false, read, Fail),
            (Role, None, true, read, Unverified),
            (Role, Some(51), false, None, Unverified),
            (Role, None, false, None, Fail),
        ];
        for (unit, id, declared, snapshot, expected) in table {
            let found = status(unit, id, declared, snapshot);
            assert_eq!(found, expected, "{unit:?} {id:?} {declared}");
        }
    }

    #[test]
    fn the_list_names_every_default_and_where_it_comes_from() {
        let mut tenant = fixtures::tenant();
        tenant.defaults.department = LuccaId::try_from(11).ok();
        tenant.defaults.culture = Some(1036);
        tenant.lucca_defaults.insert(Field::Role);
        let snapshot = fixtures::snapshot();
        let list = list(&tenant, Some(&snapshot));
        let short: Vec<_> = list
            .iter()
            .map(|it| {
                (
                    it.field,
                    it.source,
                    it.id.map(LuccaId::get),
                    it.label.as_str(),
                )
            })
            .collect();
        assert_eq!(
            short,
            [
                (Field::Establishment, None, None, ""),
                (
                    Field::Department,
                    Some(Origin::TenantDefault),
                    Some(11),
                    "Produit"
                ),
                (Field::Role, Some(Origin::LuccaDefault), None, ""),
                (Field::Culture, Some(Origin::TenantDefault), Some(1036), ""),
                (Field::Login, None, None, ""),
            ]
        );
    }
}
