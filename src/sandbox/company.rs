//! What Lucca knows of a company, and how its Lucca is set up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{fold::fold, user::User};

/// Which part of the structure a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitKind {
    /// The company that establishments belong to.
    LegalUnit,
    /// What v3 calls `legalEntity`.
    Establishment,
    Role,
    Department,
}

/// A part of the structure. Ids of units of different kinds never overlap.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) id: u64,
    pub(super) kind: UnitKind,
    pub(super) name: String,
    /// Empty for a role, which has none.
    pub(super) code: String,
    /// The department above a department; the legal unit of an establishment.
    pub(super) parent: Option<u64>,
    /// The user id of a department's head.
    pub(super) head: Option<u64>,
    /// False if it is archived, or inactive.
    pub(super) in_use: bool,
}

impl Unit {
    pub(super) fn new(kind: UnitKind, id: u64, name: &str, code: &str) -> Self {
        Self {
            id,
            kind,
            name: name.to_owned(),
            code: code.to_owned(),
            parent: None,
            head: None,
            in_use: true,
        }
    }
}

/// The definition of one custom field of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionDefinition {
    /// The code people carry it under: `e_…`.
    pub code: String,
    /// What HR calls it.
    pub name: String,
    /// Entries of a list field as id and name; empty if it is not one.
    #[serde(default)]
    pub entries: Vec<(u64, String)>,
}

/// Structure and people, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Company {
    pub(super) units: BTreeMap<u64, Unit>,
    pub(super) definitions: Vec<ExtensionDefinition>,
    pub(super) users: BTreeMap<u64, User>,
}

impl Company {
    /// A company of these units, without people and custom fields.
    pub(super) fn of(units: impl IntoIterator<Item = Unit>) -> Self {
        let units = units.into_iter();
        Self {
            units: units.map(|unit| (unit.id, unit)).collect(),
            ..Self::default()
        }
    }

    /// The id the next person gets. People start at 1001, so that ids of people and units differ.
    pub(super) fn next_user_id(&self) -> u64 {
        self.users.keys().next_back().map_or(1001, |last| last + 1)
    }

    /// Units of one kind, by id.
    pub(super) fn units(&self, kind: UnitKind) -> impl Iterator<Item = &Unit> {
        self.units.values().filter(move |unit| unit.kind == kind)
    }

    /// The unit with this id, if it is of this kind.
    pub(super) fn unit(&self, kind: UnitKind, id: Option<u64>) -> Option<&Unit> {
        self.units.get(&id?).filter(|unit| unit.kind == kind)
    }

    /// Whether anyone but `except` has this login, ignoring case and accents.
    pub(super) fn login_taken(&self, login: &str, except: Option<u64>) -> bool {
        let wanted = fold(login);
        self.users
            .values()
            .any(|user| Some(user.id) != except && fold(user.text("login")) == wanted)
    }

    /// Whether anyone but `except` has this employee number in this establishment.
    pub(super) fn number_taken(
        &self,
        number: &str,
        establishment: Option<u64>,
        except: Option<u64>,
    ) -> bool {
        self.users.values().any(|user| {
            Some(user.id) != except
                && user.number("legalEntityId") == establishment
                && user.text("employeeNumber") == number
        })
    }
}

/// How the sandbox behaves where Lucca's documentation is silent or companies differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// Whether two people cannot have one login, ignoring case and accents. The refusal itself
    /// is not documented; a login is described as the employee's unique identifier. Default: yes.
    pub login_unique: bool,
    /// The default values set in the company's HR file. Default: none.
    pub hr_file_defaults: HrFileDefaults,
    /// The most people on one page, whatever is asked for. Default: 1,000, as documented.
    pub people_per_page: usize,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            login_unique: true,
            hr_file_defaults: HrFileDefaults::default(),
            people_per_page: 1000,
        }
    }
}

/// Default values an HR administrator can set in Lucca; what has one may be left out.
///
/// Lucca's import guide (help centre, article 360021100132) lists the data that may have one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HrFileDefaults {
    /// Whether a login is made up: initial of the given name, then the family name.
    pub login: bool,
    /// The establishment's id.
    pub legal_entity_id: Option<u64>,
    /// The department's id.
    pub department_id: Option<u64>,
    /// The primary role's id.
    pub role_principal_id: Option<u64>,
    /// The culture as LCID; `1036` (fr-FR) if none is set.
    pub culture_id: Option<u64>,
}
