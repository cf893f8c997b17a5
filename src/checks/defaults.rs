//! The establishment, department and role of a hire that gives none.

use super::{
    Check, DefaultValue, Finding,
    Status::{Fail, Pass, Unverified, Warn},
    answers::{Answers, UnitStatus},
    finding::UnitDefault,
    learned::{Learned, left_out},
};
use crate::domain::{
    field::Field,
    finding::Origin,
    lucca_id::LuccaId,
    tenant::{Tenant, Unit},
};

/// The kinds of units that have a default.
pub(super) const UNITS: [Unit; 3] = [Unit::Establishment, Unit::Department, Unit::Role];

/// One check for each unit.
pub(super) fn checks(tenant: &Tenant, answers: &Answers, learned: &Learned<'_>) -> [Check; 3] {
    UNITS.map(|unit| check(tenant, unit, answers, learned))
}

fn check(tenant: &Tenant, unit: Unit, answers: &Answers, learned: &Learned<'_>) -> Check {
    let field = unit.field();
    let id = format!("default_{}", field.name());
    if let Some(default) = tenant.defaults.unit(unit) {
        return set(&id, unit, default, answers);
    }
    // We Recruit sends no role: without a default every hire would wait.
    let missing = if unit == Unit::Role { Fail } else { Warn };
    left_out(&id, tenant, field, learned)
        .unwrap_or_else(|| Check::new(&id, missing, Finding::NoDefault { field }))
}

fn set(check: &str, unit: Unit, id: LuccaId, answers: &Answers) -> Check {
    let default = |label: Option<&str>| UnitDefault {
        field: unit.field(),
        id,
        label: label.filter(|label| !label.is_empty()).map(str::to_owned),
    };
    let (status, finding) = match answers.unit(unit, id) {
        UnitStatus::InUse(name) => (Pass, Finding::DefaultInUse(default(Some(name)))),
        UnitStatus::NotUsed(name) => (Fail, Finding::DefaultNotUsed(default(Some(name)))),
        UnitStatus::NotThere => (Fail, Finding::DefaultNotThere(default(None))),
        UnitStatus::NotListed => (Unverified, Finding::DefaultNotListed(default(None))),
        UnitStatus::NotRead(gap) => return Check::unknown(check, gap),
    };
    Check::new(check, status, finding)
}

/// Every default, missing ones too.
pub(super) fn list(tenant: &Tenant, answers: &Answers) -> Vec<DefaultValue> {
    let of_lucca = |field| {
        tenant
            .lucca_has_default(field)
            .then_some(Origin::LuccaDefault)
    };
    let value = |field, id: Option<LuccaId>, label: &str| DefaultValue {
        field,
        source: id.map(|_| Origin::TenantDefault).or(of_lucca(field)),
        id,
        label: label.to_owned(),
    };
    let units = UNITS.into_iter().map(|unit| {
        let id = tenant.defaults.unit(unit);
        let label = match id.map(|id| answers.unit(unit, id)) {
            Some(UnitStatus::InUse(name) | UnitStatus::NotUsed(name)) => name,
            _ => "",
        };
        value(unit.field(), id, label)
    });
    let culture = tenant.defaults.culture;
    let culture = culture.and_then(|id| LuccaId::try_from(i64::from(id)).ok());
    let others = [
        value(Field::Culture, culture, ""),
        value(Field::Login, None, ""),
    ];
    units.chain(others).collect()
}

#[cfg(test)]
mod tests;
