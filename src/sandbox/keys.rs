//! The keys of integrations, and what each may see and do.

use serde::{Deserialize, Serialize};

/// One key of one integration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name in the ledger.
    pub id: String,
    /// The secret, as sent in `Authorization: lucca application=…`.
    pub value: String,
    /// What its role allows; everything if left out.
    #[serde(default)]
    pub rights: Rights,
    /// Codes (in any case) of the custom data that it is not shown, as if they were in a section
    /// of the HR file that its role may not consult. None if left out.
    #[serde(default)]
    pub hidden_data: Vec<String>,
}

impl Key {
    /// A key with every right.
    #[must_use]
    pub fn new(id: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            value: value.into(),
            rights: Rights::default(),
            hidden_data: Vec::new(),
        }
    }
}

/// What the role behind a key allows. Every right is granted by default.
///
/// In Lucca each key has a role of its own, which limits what it sees and does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rights {
    /// Read people; without it their list is refused with 403.
    pub read_users: bool,
    /// See people whose contract has not started.
    pub see_future: bool,
    /// See people whose contract has ended.
    pub see_former: bool,
    /// Create and change people; without it 403 with no body.
    pub write_users: bool,
    /// Read departments.
    pub read_departments: bool,
    /// Read establishments and legal units.
    pub read_establishments: bool,
    /// Read roles.
    pub read_roles: bool,
    /// Read the definitions of custom data.
    pub read_definitions: bool,
}

impl Default for Rights {
    fn default() -> Self {
        Self {
            read_users: true,
            see_future: true,
            see_former: true,
            write_users: true,
            read_departments: true,
            read_establishments: true,
            read_roles: true,
            read_definitions: true,
        }
    }
}

/// The key within an `Authorization` header, `lucca application=…`, scheme in any case.
pub(super) fn presented(header: &str) -> Option<&str> {
    let (scheme, rest) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("lucca") {
        return None;
    }
    let (name, value) = rest.trim().split_once('=')?;
    (name.trim().eq_ignore_ascii_case("application") && !value.trim().is_empty())
        .then(|| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documented_scheme_presents_a_key() {
        for (header, expected) in [
            ("lucca application=k", Some("k")),
            ("Lucca application=k", Some("k")),
            ("LUCCA Application=k", Some("k")),
            ("Bearer k", None),
            ("lucca k", None),
            ("lucca application=", None),
            ("lucca user=k", None),
            ("", None),
        ] {
            assert_eq!(presented(header), expected, "{header}");
        }
    }
}
