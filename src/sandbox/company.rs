//! What Lucca knows of a company: its structure, its people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{fold::fold, user::User};

/// A department. Members are those of `GET /organization/structure/api/departments`.
#[derive(Debug, Clone)]
pub(super) struct Department {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) code: String,
    pub(super) parent: Option<u64>,
    pub(super) head: Option<u64>,
    pub(super) active: bool,
}

/// An establishment: what v3 calls `legalEntity`.
#[derive(Debug, Clone)]
pub(super) struct Establishment {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) code: String,
    pub(super) legal_unit: Option<u64>,
    pub(super) street: String,
    pub(super) zip_code: String,
    pub(super) city: String,
    pub(super) zone: String,
    pub(super) archived: bool,
}

/// A legal unit: the company that establishments belong to.
#[derive(Debug, Clone)]
pub(super) struct LegalUnit {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) code: String,
}

/// A role that can be somebody's primary role.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) id: u64,
    pub(super) name: String,
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

/// A company: structure and people.
#[derive(Debug, Clone, Default)]
pub(super) struct Company {
    pub(super) legal_units: Vec<LegalUnit>,
    pub(super) establishments: Vec<Establishment>,
    pub(super) departments: Vec<Department>,
    pub(super) roles: Vec<Role>,
    pub(super) definitions: Vec<ExtensionDefinition>,
    pub(super) users: BTreeMap<u64, User>,
}

impl Company {
    /// The id the next person gets. People start at 1001, so that ids of different things differ.
    pub(super) fn next_user_id(&self) -> u64 {
        self.users.keys().next_back().map_or(1001, |last| last + 1)
    }

    pub(super) fn department(&self, id: u64) -> Option<&Department> {
        self.departments.iter().find(|it| it.id == id)
    }

    pub(super) fn establishment(&self, id: u64) -> Option<&Establishment> {
        self.establishments.iter().find(|it| it.id == id)
    }

    pub(super) fn role(&self, id: u64) -> Option<&Role> {
        self.roles.iter().find(|it| it.id == id)
    }

    /// Whether somebody else than `except` has this login, ignoring case and accents.
    pub(super) fn login_taken(&self, login: &str, except: Option<u64>) -> bool {
        let wanted = fold(login);
        self.users
            .values()
            .any(|user| Some(user.id) != except && fold(user.text("login")) == wanted)
    }

    /// Whether somebody else than `except` has this employee number in this establishment.
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

    /// The path of a department, root first, such as `/101/104/`.
    pub(super) fn path_of(&self, department: Option<u64>) -> String {
        let mut ids = Vec::new();
        let mut next = department;
        while let Some(id) = next.filter(|id| !ids.contains(id)) {
            ids.push(id);
            next = self.department(id).and_then(|it| it.parent);
        }
        let mut path = String::from("/");
        for id in ids.iter().rev() {
            path.push_str(&id.to_string());
            path.push('/');
        }
        path
    }
}
