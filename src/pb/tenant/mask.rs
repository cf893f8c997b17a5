//! Changing a tenant: which fields, by a mask or by what is set.
//!
//! The stored tenant becomes a message, the fields to change are copied into it, and the
//! whole is read again, so that a change is checked like a new tenant.

use std::collections::BTreeSet;

use super::{Rules, parse, shown};
use crate::{
    domain::tenant::Tenant,
    pb::{common::Faults, v1},
};

/// A changed tenant.
#[derive(Debug)]
pub struct Updated {
    /// The tenant as it shall be.
    pub tenant: Tenant,
    /// The top-level fields that the change named, whether or not they differ now.
    pub touched: BTreeSet<&'static str>,
}

/// A path that a mask can name.
struct Path {
    name: &'static str,
    /// Whether a message sets it; never for one whose parts have paths of their own.
    is_set: fn(&v1::Tenant) -> bool,
    copy: fn(&mut v1::Tenant, &v1::Tenant),
}

fn differs<T: Default + PartialEq>(value: &T) -> bool {
    *value != T::default()
}

macro_rules! field {
    ($name:ident) => {
        Path {
            name: stringify!($name),
            is_set: |tenant| differs(&tenant.$name),
            copy: |to, from| to.$name.clone_from(&from.$name),
        }
    };
    ($outer:ident.$name:ident) => {
        Path {
            name: concat!(stringify!($outer), ".", stringify!($name)),
            is_set: |tenant| {
                let outer = tenant.$outer.as_ref();
                outer.is_some_and(|outer| differs(&outer.$name))
            },
            copy: |to, from| {
                let outer = from.$outer.clone().unwrap_or_default();
                to.$outer.get_or_insert_default().$name = outer.$name;
            },
        }
    };
}

macro_rules! message {
    ($name:ident) => {
        Path {
            name: stringify!($name),
            is_set: |_| false,
            copy: |to, from| to.$name.clone_from(&from.$name),
        }
    };
}

static PATHS: [Path; 29] = [
    field!(display_name),
    field!(lucca_url),
    field!(lucca_api_key),
    field!(time_zone),
    field!(technical_contact),
    field!(language),
    message!(defaults),
    field!(defaults.establishment_id),
    field!(defaults.department_id),
    field!(defaults.role_id),
    field!(defaults.culture_id),
    field!(lucca_defaults),
    field!(labels),
    field!(unmatched),
    field!(requests_per_window),
    field!(welcome_mail),
    field!(readable_extended_data),
    field!(retention_days),
    message!(webhook),
    field!(webhook.preset),
    field!(webhook.mapping),
    field!(webhook.success_status),
    field!(webhook.auth),
    field!(webhook.day_first_dates),
    message!(callback),
    field!(callback.url),
    field!(callback.secrets),
    field!(disabled),
    // Immutable: the id says which tenant. Here so that naming it is no mistake.
    Path {
        name: "id",
        is_set: |_| false,
        copy: |_, _| {},
    },
];

/// Output only: naming them is no mistake and does nothing (AIP-203).
const OUTPUT_ONLY: [&str; 3] = ["key_hint", "create_time", "update_time"];

/// Changes a tenant: the fields of the mask, `*` for all; without a mask those that are
/// set. A key that is not given stays.
///
/// # Errors
/// Every bad field, and every path that is not known.
pub fn update(
    stored: &Tenant,
    sent: &v1::Tenant,
    mask: Option<&prost_types::FieldMask>,
    rules: &Rules<'_>,
) -> Result<Updated, Faults> {
    let mut faults = Faults::default();
    let mut merged = shown(stored);
    let mut touched = BTreeSet::new();
    for path in chosen(sent, mask, &mut faults) {
        (path.copy)(&mut merged, sent);
        touched.insert(path.name.split('.').next().unwrap_or(path.name));
    }
    match parse(&merged, Some(stored), rules) {
        Ok(tenant) if faults.is_empty() => Ok(Updated { tenant, touched }),
        Ok(_) => Err(faults),
        Err(more) => {
            for (path, what) in more {
                faults.add(path, what);
            }
            Err(faults)
        }
    }
}

fn chosen(
    sent: &v1::Tenant,
    mask: Option<&prost_types::FieldMask>,
    faults: &mut Faults,
) -> Vec<&'static Path> {
    let Some(mask) = mask.filter(|mask| !mask.paths.is_empty()) else {
        return PATHS.iter().filter(|path| (path.is_set)(sent)).collect();
    };
    let mut chosen = Vec::new();
    for (index, name) in mask.paths.iter().enumerate() {
        if name == "*" {
            chosen.extend(PATHS.iter().filter(|path| !path.name.contains('.')));
        } else if let Some(path) = PATHS.iter().find(|path| path.name == name) {
            if path.name == "lucca_api_key" && sent.lucca_api_key.is_empty() {
                faults.add(
                    "tenant.lucca_api_key",
                    "must be given: a key cannot be removed",
                );
            }
            chosen.push(path);
        } else if !OUTPUT_ONLY.contains(&name.as_str()) {
            faults.add(
                format!("update_mask.paths[{index}]"),
                "must be a field of the tenant that can be changed",
            );
        }
    }
    chosen
}
