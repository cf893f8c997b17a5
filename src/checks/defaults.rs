//! What applies to a hire that names no establishment, department or role.

use super::{
    Check, Default, Gap,
    access::unknown,
    learned::{Lessons, left_out},
    reading::{Part, Reading},
    text::{noun, text},
};
use crate::domain::{
    field::Field,
    finding::Origin,
    lucca_id::LuccaId,
    tenant::{Tenant, Unit},
};

/// What hires are placed in.
pub(super) const UNITS: [Unit; 3] = [Unit::Establishment, Unit::Department, Unit::Role];

/// What Lucca says of a unit with some id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Usable,
    /// Archived or inactive.
    Unused,
    Missing,
    /// Lucca could not be read, or does not list such things.
    NotKnown,
}

/// Looks for a unit.
pub(super) fn found(unit: Unit, id: LuccaId, reading: &Reading) -> Found {
    let used = match unit {
        Unit::Establishment => reading
            .establishments
            .known()
            .map(|list| list.iter().find(|it| it.id == id).map(|it| !it.archived)),
        Unit::Department => reading
            .departments
            .known()
            .map(|list| list.iter().find(|it| it.id == id).map(|it| it.active)),
        Unit::Role => reading
            .roles
            .known()
            .map(|list| list.iter().any(|it| it.id == id).then_some(true)),
    };
    match used {
        None => Found::NotKnown,
        Some(None) => Found::Missing,
        Some(Some(true)) => Found::Usable,
        Some(Some(false)) => Found::Unused,
    }
}

/// Whether units were never asked for, and why it is not known whether one is there, unless
/// Lucca refused to tell.
pub(super) fn why_not_known(unit: Unit, reading: &Reading) -> (bool, Option<Gap>) {
    fn why<T>(reading: &Reading, part: &Part<T>) -> (bool, Option<Gap>) {
        (part.is_not_asked(), reading.gap_in(part))
    }
    match unit {
        Unit::Establishment => why(reading, &reading.establishments),
        Unit::Department => why(reading, &reading.departments),
        Unit::Role => why(reading, &reading.roles),
    }
}

/// The name of a unit; empty if it is not known.
pub(super) fn label(unit: Unit, id: LuccaId, reading: &Reading) -> String {
    let name = match unit {
        Unit::Establishment => {
            let list = reading.establishments.known().into_iter().flatten();
            list.filter(|it| it.id == id).map(|it| &it.name).next()
        }
        Unit::Department => {
            let list = reading.departments.known().into_iter().flatten();
            list.filter(|it| it.id == id).map(|it| &it.name).next()
        }
        Unit::Role => {
            let list = reading.roles.known().into_iter().flatten();
            list.filter(|it| it.id == id).map(|it| &it.name).next()
        }
    };
    name.cloned().unwrap_or_default()
}

/// One check for each unit.
pub(super) fn checks(tenant: &Tenant, reading: &Reading, lessons: &Lessons<'_>) -> [Check; 3] {
    UNITS.map(|unit| check(tenant, unit, reading, lessons))
}

fn check(tenant: &Tenant, unit: Unit, reading: &Reading, lessons: &Lessons<'_>) -> Check {
    let field = unit.field();
    let id = format!("default_{}", field.name());
    match tenant.defaults.unit(unit) {
        Some(default) => set(&id, unit, default, reading),
        None if tenant.lucca_has_default(field) => {
            left_out(&id, tenant, field, &noun(unit), lessons)
        }
        None => missing(&id, unit),
    }
}

fn missing(id: &str, unit: Unit) -> Check {
    if unit == Unit::Role {
        return Check::fail(
            id,
            text(
                "There is no default role, and We Recruit sends none: every hire would wait.",
                "Il n’y a pas de rôle principal par défaut, et We Recruit n’en envoie pas : toutes les embauches resteraient en attente.",
            ),
            text(
                "Choose a role of Lucca as default (defaults.role_id), or set a default role in Lucca’s HR file and say so (lucca_defaults).",
                "Choisissez un rôle de Lucca par défaut (réglage defaults.role_id), ou définissez un rôle principal par défaut dans le dossier RH de Lucca et signalez-le (réglage lucca_defaults).",
            ),
        );
    }
    let (noun, name) = (noun(unit), unit.field().name());
    Check::warn(
        id,
        text(
            format!(
                "There is no default {}: a hire that names none, or one that Lucca does not know, will wait.",
                noun.bare.0
            ),
            format!(
                "Il n’y a pas de {} par défaut : une embauche qui n’en précise pas, ou qui en précise un que Lucca ne connaît pas, restera en attente.",
                noun.bare.1
            )
            .replace("de établissement", "d’établissement"),
        ),
        text(
            format!(
                "Choose {} of Lucca as default (defaults.{name}_id), or keep an eye on hires that wait.",
                noun.a.0
            ),
            format!(
                "Choisissez {} de Lucca par défaut (réglage defaults.{name}_id), ou surveillez les embauches en attente.",
                noun.a.1
            ),
        ),
    )
}

fn set(check: &str, unit: Unit, id: LuccaId, reading: &Reading) -> Check {
    let noun = noun(unit);
    let (en, fr) = noun.bare;
    let setting = format!("defaults.{}_id", unit.field().name());
    let named = match label(unit, id, reading) {
        label if label.is_empty() => text(format!("with id {id}"), format!("d’identifiant {id}")),
        label => text(
            format!("“{label}” (id {id})"),
            format!("« {label} » (identifiant {id})"),
        ),
    };
    let unread = why_not_known(unit, reading);
    match found(unit, id, reading) {
        Found::Usable => Check::pass(
            check,
            text(
                format!("The default {en} is {}.", named.en),
                format!("Par défaut, {} est {}.", noun.the.1, named.fr),
            ),
        ),
        Found::Unused => Check::fail(
            check,
            text(
                format!("The default {en} {} is no longer used in Lucca.", named.en),
                format!(
                    "Le {fr} par défaut {} n’est plus utilisé dans Lucca.",
                    named.fr
                )
                .replace("Le établissement", "L’établissement"),
            ),
            text(
                format!("Choose another {en} ({setting}), or put this one back to use in Lucca."),
                format!(
                    "Choisissez un autre {fr} (réglage {setting}), ou réactivez celui-ci dans Lucca."
                ),
            ),
        ),
        Found::Missing => Check::fail(
            check,
            text(
                format!(
                    "The default {en} {} is not in Lucca, or the API key does not see it.",
                    named.en
                ),
                format!(
                    "Le {fr} par défaut {} n’existe pas dans Lucca, ou la clé API ne le voit pas.",
                    named.fr
                )
                .replace("Le établissement", "L’établissement"),
            ),
            text(
                format!(
                    "Choose {} that is in Lucca ({setting}), or let the API key see it.",
                    noun.a.0
                ),
                format!(
                    "Choisissez {} qui existe dans Lucca (réglage {setting}), ou donnez à la clé API le droit de le voir.",
                    noun.a.1
                ),
            ),
        ),
        Found::NotKnown if unread.0 || unread.1.is_some() => unknown(check, unread.1),
        Found::NotKnown => Check::unverified(
            check,
            text(
                format!(
                    "Lucca does not tell whether there is {} with the id {id}.",
                    noun.a.0
                ),
                format!(
                    "Lucca ne dit pas s’il existe {} d’identifiant {id}.",
                    noun.a.1
                ),
            ),
            text(
                format!("Compare the id ({setting}) with the {en} in Lucca."),
                format!(
                    "Comparez l’identifiant (réglage {setting}) avec {} dans Lucca.",
                    noun.the.1
                ),
            ),
        ),
    }
}

/// Every default, also those that there are not.
pub(super) fn list(tenant: &Tenant, reading: &Reading) -> Vec<Default> {
    let source = |field: Field, tenants: bool| {
        if tenants {
            Some(Origin::TenantDefault)
        } else {
            tenant
                .lucca_has_default(field)
                .then_some(Origin::LuccaDefault)
        }
    };
    let units = UNITS.into_iter().map(|unit| {
        let id = tenant.defaults.unit(unit);
        Default {
            field: unit.field(),
            source: source(unit.field(), id.is_some()),
            id,
            label: id.map_or(String::new(), |id| label(unit, id, reading)),
        }
    });
    let culture = tenant.defaults.culture;
    let others = [
        Default {
            field: Field::Culture,
            source: source(Field::Culture, culture.is_some()),
            id: culture.and_then(|id| LuccaId::try_from(i64::from(id)).ok()),
            label: String::new(),
        },
        Default {
            field: Field::Login,
            source: source(Field::Login, false),
            id: None,
            label: String::new(),
        },
    ];
    units.chain(others).collect()
}

#[cfg(test)]
mod tests;
