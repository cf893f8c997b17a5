//! The settings that choose values for a hire: defaults, labels, policies.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    domain::{
        field::Field,
        lucca_id::LuccaId,
        matching_key::MatchKey,
        onboarding::acceptance::LEFT_OUT,
        tenant::{Defaults, Label, Policy},
    },
    pb::{
        Fault, Faults,
        common::domain_field,
        onboarding::field,
        v1::{
            self,
            tenant::{Unmatched, unmatched as wire},
        },
    },
};

/// Most labels of a tenant.
const MOST_LABELS: usize = 5000;
/// Most characters of a label.
const MOST_CHARS: usize = 255;
/// The cultures Lucca documents (`api-reference/legacy/directory/user`, `cultureID`).
const CULTURES: std::ops::RangeInclusive<i32> = 1025..=58380;

/// The fields that labels can stand for.
const LABELLED: [Field; 3] = [Field::Establishment, Field::Department, Field::Role];
/// The fields that can hold a name that matches nothing.
const NAMED: [Field; 4] = [
    Field::Establishment,
    Field::Department,
    Field::Role,
    Field::Manager,
];

/// The field of a number, if it is one of these.
fn one_of(fields: &[Field], number: i32) -> Result<Field, Fault> {
    let known = domain_field(number).filter(|it| fields.contains(it));
    known.ok_or_else(|| {
        let name = |it: &Field| it.name().to_uppercase();
        let names: Vec<String> = fields.iter().map(name).collect();
        Fault::not_one_of(&names.join(", "))
    })
}

/// Reads default ids; 0 is none.
pub(super) fn defaults(sent: &v1::tenant::Defaults, bad: &mut Faults) -> Defaults {
    let mut id = |name: &str, id: i64| {
        let id = LuccaId::optional(id);
        bad.keep(format!("tenant.defaults.{name}"), id).flatten()
    };
    let (establishment, department, role) = (
        id("establishment_id", sent.establishment_id),
        id("department_id", sent.department_id),
        id("role_id", sent.role_id),
    );
    let culture = Some(sent.culture_id).filter(|id| *id != 0);
    if culture.is_some_and(|id| !CULTURES.contains(&id)) {
        let (min, max) = (i64::from(*CULTURES.start()), i64::from(*CULTURES.end()));
        let fault = Fault::NotZeroNorInRange { min, max };
        bad.add("tenant.defaults.culture_id", fault);
    }
    Defaults {
        establishment,
        department,
        role,
        culture,
    }
}

/// Reads the fields with a default in Lucca's HR file.
pub(super) fn lucca_defaults(numbers: &[i32], bad: &mut Faults) -> BTreeSet<Field> {
    let fields = numbers.iter().enumerate().filter_map(|(index, number)| {
        let path = format!("tenant.lucca_defaults[{index}]");
        bad.keep(path, one_of(&LEFT_OUT, *number))
    });
    fields.collect()
}

/// Reads the label table. Entries whose labels match each other must have the same id.
pub(super) fn labels(labels: &[v1::tenant::Label], bad: &mut Faults) -> Vec<Label> {
    if labels.len() > MOST_LABELS {
        bad.add("tenant.labels", Fault::TooMany { max: MOST_LABELS });
        return Vec::new();
    }
    let mut known: HashMap<(Field, MatchKey), LuccaId> = HashMap::new();
    let mut list = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let at = |name: &str| format!("tenant.labels[{index}].{name}");
        let field = bad.keep(at("field"), one_of(&LABELLED, label.field));
        let lucca_id = bad.keep(at("lucca_id"), LuccaId::try_from(label.lucca_id));
        let text = label.label.trim();
        let key = MatchKey::of(text);
        if key.is_empty() || text.chars().count() > MOST_CHARS || text.contains(char::is_control) {
            bad.add(at("label"), Fault::NotALabel { max: MOST_CHARS });
            continue;
        }
        let (Some(field), Some(lucca_id)) = (field, lucca_id) else {
            continue;
        };
        if *known.entry((field, key)).or_insert(lucca_id) != lucca_id {
            bad.add(at("label"), Fault::LabelOfTwoIds);
        }
        list.push(Label {
            field,
            label: text.to_owned(),
            lucca_id,
        });
    }
    list
}

pub(super) fn label_message(label: &Label) -> v1::tenant::Label {
    v1::tenant::Label {
        field: field(label.field).into(),
        label: label.label.clone(),
        lucca_id: label.lucca_id.get(),
    }
}

/// Reads what to do with names that match nothing.
pub(super) fn unmatched(entries: &[Unmatched], bad: &mut Faults) -> BTreeMap<Field, Policy> {
    let mut policies = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let at = |name: &str| format!("tenant.unmatched[{index}].{name}");
        let Some(field) = bad.keep(at("field"), one_of(&NAMED, entry.field)) else {
            continue;
        };
        let policy = policy(field, wire::Policy::try_from(entry.policy).ok());
        let Some(policy) = bad.keep(at("policy"), policy) else {
            continue;
        };
        if policies.insert(field, policy).is_some() {
            bad.add(at("field"), Fault::NotUnique);
        }
    }
    policies
}

fn policy(field: Field, sent: Option<wire::Policy>) -> Result<Policy, Fault> {
    use wire::Policy::{Ask, LeaveOut, Unspecified, UseDefault};
    match (field, sent) {
        (_, Some(Ask)) => Ok(Policy::Ask),
        (Field::Manager, Some(Unspecified | LeaveOut)) => Ok(Policy::LeaveOut),
        (Field::Manager, _) => Err(Fault::not_one_of("LEAVE_OUT, ASK")),
        (_, Some(Unspecified | UseDefault)) => Ok(Policy::UseDefault),
        _ => Err(Fault::not_one_of("USE_DEFAULT, ASK")),
    }
}

same_variants! {
    fn policy_message(Policy) -> wire::Policy { UseDefault Ask LeaveOut }
}

pub(super) fn unmatched_message(policies: &BTreeMap<Field, Policy>) -> Vec<Unmatched> {
    let entries = policies.iter().map(|(it, policy)| Unmatched {
        field: field(*it).into(),
        policy: policy_message(*policy).into(),
    });
    entries.collect()
}
