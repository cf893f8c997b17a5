//! Reading what places a hire in Lucca: defaults, labels, policies.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    domain::{
        field::Field,
        lucca_id::LuccaId,
        matching_key::MatchKey,
        tenant::{Defaults, Label, Policy},
    },
    pb::{
        common::{Faults, domain_field},
        v1::{self, tenant::unmatched},
    },
};

/// Most labels of a tenant.
const MOST_LABELS: usize = 5000;
/// Most characters of a label.
const MOST_CHARS: usize = 255;
/// The cultures Lucca documents (`api-reference/legacy/directory/user`, `cultureID`).
const CULTURES: std::ops::RangeInclusive<i32> = 1025..=58380;

/// Reads default ids; 0 is none.
pub(super) fn defaults(defaults: &v1::tenant::Defaults, faults: &mut Faults) -> Defaults {
    let mut id = |name: &str, id: i64| {
        faults
            .keep(format!("tenant.defaults.{name}"), LuccaId::optional(id))
            .flatten()
    };
    let (establishment, department, role) = (
        id("establishment_id", defaults.establishment_id),
        id("department_id", defaults.department_id),
        id("role_id", defaults.role_id),
    );
    let culture = match defaults.culture_id {
        0 => None,
        id if CULTURES.contains(&id) => Some(id),
        _ => {
            faults.add(
                "tenant.defaults.culture_id",
                "must be from 1025 to 58380, or 0",
            );
            None
        }
    };
    Defaults {
        establishment,
        department,
        role,
        culture,
    }
}

/// Reads the fields with a default in Lucca's HR file.
pub(super) fn lucca_defaults(numbers: &[i32], faults: &mut Faults) -> BTreeSet<Field> {
    let mut fields = BTreeSet::new();
    for (index, number) in numbers.iter().enumerate() {
        match domain_field(*number) {
            Some(
                field @ (Field::Establishment
                | Field::Department
                | Field::Role
                | Field::Login
                | Field::Culture),
            ) => {
                fields.insert(field);
            }
            _ => faults.add(
                format!("tenant.lucca_defaults[{index}]"),
                "must be ESTABLISHMENT, DEPARTMENT, ROLE, LOGIN or CULTURE",
            ),
        }
    }
    fields
}

/// Reads the label table. Two entries that no hire could tell apart must agree.
pub(super) fn labels(labels: &[v1::tenant::Label], faults: &mut Faults) -> Vec<Label> {
    if labels.len() > MOST_LABELS {
        faults.add("tenant.labels", "must not have more than 5000 entries");
        return Vec::new();
    }
    let mut known: HashMap<(Field, MatchKey), LuccaId> = HashMap::new();
    let mut list = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let at = |name: &str| format!("tenant.labels[{index}].{name}");
        let field = match domain_field(label.field) {
            Some(field @ (Field::Establishment | Field::Department | Field::Role)) => Some(field),
            _ => {
                faults.add(at("field"), "must be ESTABLISHMENT, DEPARTMENT or ROLE");
                None
            }
        };
        let lucca_id = faults.keep(at("lucca_id"), LuccaId::try_from(label.lucca_id));
        let text = label.label.trim();
        let key = MatchKey::of(text);
        if key.is_empty() || text.chars().count() > MOST_CHARS || text.contains(char::is_control) {
            faults.add(
                at("label"),
                "must be 1 to 255 characters, letters or digits among them",
            );
            continue;
        }
        let (Some(field), Some(lucca_id)) = (field, lucca_id) else {
            continue;
        };
        if *known.entry((field, key)).or_insert(lucca_id) != lucca_id {
            faults.add(
                at("label"),
                "must not be the same as another with another lucca_id",
            );
        }
        list.push(Label {
            field,
            label: text.to_owned(),
            lucca_id,
        });
    }
    list
}

/// Reads what to do with names that are not found.
pub(super) fn unmatched(
    entries: &[v1::tenant::Unmatched],
    faults: &mut Faults,
) -> BTreeMap<Field, Policy> {
    use unmatched::Policy as Sent;
    let mut policies = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let at = |name: &str| format!("tenant.unmatched[{index}].{name}");
        let Some(field @ (Field::Establishment | Field::Department | Field::Role | Field::Manager)) =
            domain_field(entry.field)
        else {
            faults.add(
                at("field"),
                "must be ESTABLISHMENT, DEPARTMENT, ROLE or MANAGER",
            );
            continue;
        };
        let policy = match (field, Sent::try_from(entry.policy)) {
            (_, Ok(Sent::Ask)) => Policy::Ask,
            (Field::Manager, Ok(Sent::Unspecified | Sent::LeaveOut)) => Policy::LeaveOut,
            (Field::Manager, _) => {
                faults.add(at("policy"), "must be LEAVE_OUT or ASK for the manager");
                continue;
            }
            (_, Ok(Sent::Unspecified | Sent::UseDefault)) => Policy::UseDefault,
            _ => {
                faults.add(at("policy"), "must be USE_DEFAULT or ASK");
                continue;
            }
        };
        if policies.insert(field, policy).is_some() {
            faults.add(at("field"), "must not be there twice");
        }
    }
    policies
}
