//! Changes of a tenant, by an update mask or by the fields that are set.
//!
//! The stored tenant becomes a message, the fields to change are copied into it, and the
//! message is parsed, so that a change is checked like a new tenant.

use std::collections::BTreeSet;

use super::{PATHS, Rules, message, parse, shown, with_value};
use crate::{
    domain::tenant::Tenant,
    pb::{Fault, Faults, v1},
};

/// A changed tenant.
#[derive(Debug)]
pub struct Updated {
    /// The tenant after the change.
    pub tenant: Tenant,
    /// The top-level fields that the change named, whether or not they differ now.
    pub touched: BTreeSet<&'static str>,
}

/// A field that an update mask can name.
pub(super) struct Path {
    pub name: &'static str,
    pub is_same: fn(&v1::Tenant, &v1::Tenant) -> bool,
    pub copy: fn(&mut v1::Tenant, &v1::Tenant),
}

/// A group for each field: the field itself, and its parts if it is a message that has paths
/// for them.
macro_rules! paths {
    ($($(#[$_:meta])* $name:ident $({ $($part:ident),* })?),* $(,)?) => {
        &[$(&[
            $crate::pb::tenant::mask::Path {
                name: stringify!($name),
                is_same: |one, other| one.$name == other.$name,
                copy: |to, from| to.$name.clone_from(&from.$name),
            },
            $($($crate::pb::tenant::mask::Path {
                name: concat!(stringify!($name), ".", stringify!($part)),
                is_same: |one, other| {
                    let part = |tenant: &$crate::pb::v1::Tenant| {
                        tenant.$name.clone().unwrap_or_default().$part
                    };
                    part(one) == part(other)
                },
                copy: |to, from| {
                    let from = from.$name.clone().unwrap_or_default();
                    to.$name.get_or_insert_default().$part = from.$part;
                },
            }),*)?
        ]),*]
    };
}

/// The paths that have no parts.
fn leaves() -> impl Iterator<Item = &'static Path> {
    PATHS.iter().flat_map(|group| match group {
        [_] => group.iter(),
        [_, parts @ ..] => parts.iter(),
        [] => [].iter(),
    })
}

/// Output-only fields: a mask may name them, without effect (AIP-203).
const OUTPUT_ONLY: [&str; 3] = ["key_hint", "create_time", "update_time"];

/// Changes the fields that the mask names (`*`: all); without a mask, the fields that are set.
/// A key that is not sent is kept.
///
/// # Errors
/// Every bad field, and every path that is not known.
pub fn update(
    stored: &Tenant,
    sent: &v1::Tenant,
    mask: Option<&prost_types::FieldMask>,
    rules: &Rules<'_>,
) -> Result<Updated, Faults> {
    let mut bad = Faults::default();
    let mut merged = shown(stored);
    let mut touched = BTreeSet::new();
    for path in chosen(sent, mask, &mut bad) {
        (path.copy)(&mut merged, sent);
        touched.insert(path.name.split('.').next().unwrap_or(path.name));
    }
    stored.id.as_str().clone_into(&mut merged.id);
    match parse(&merged, Some(stored), rules) {
        Ok(tenant) if bad.is_empty() => return Ok(Updated { tenant, touched }),
        Ok(_) => {}
        Err(more) => bad.append(more),
    }
    Err(bad)
}

fn chosen(
    sent: &v1::Tenant,
    mask: Option<&prost_types::FieldMask>,
    bad: &mut Faults,
) -> Vec<&'static Path> {
    let Some(mask) = mask.filter(|mask| !mask.paths.is_empty()) else {
        let nothing = v1::Tenant::default();
        return leaves()
            .filter(|path| !(path.is_same)(sent, &nothing))
            .collect();
    };
    let mut chosen = Vec::new();
    for (index, name) in mask.paths.iter().enumerate() {
        if name == "*" {
            chosen.extend(PATHS.iter().filter_map(|group| group.first()));
        } else if let Some(path) = PATHS.iter().copied().flatten().find(|it| it.name == name) {
            if path.name == "lucca_api_key" && sent.lucca_api_key.is_empty() {
                bad.add("tenant.lucca_api_key", Fault::KeyCannotBeRemoved);
            }
            chosen.push(path);
        } else if !OUTPUT_ONLY.contains(&name.as_str()) {
            let path = format!("update_mask.paths[{index}]");
            bad.add(path, Fault::NotAFieldOfTenants);
        }
    }
    chosen
}

/// The fields whose values differ, as paths of an update mask. Keys and secrets differ when
/// their values do.
pub fn changed(before: &Tenant, after: &Tenant) -> Vec<&'static str> {
    let whole = |tenant: &Tenant| v1::Tenant {
        lucca_api_key: tenant.api_key.value.expose().to_owned(),
        ..message(tenant, with_value)
    };
    let (before, after) = (whole(before), whole(after));
    leaves()
        .filter(|path| !(path.is_same)(&before, &after))
        .map(|path| path.name)
        .collect()
}
