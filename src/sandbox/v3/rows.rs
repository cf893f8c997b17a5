//! Resources as they are read: one row each, members on demand.

use serde_json::{Map, Value, json};

use crate::sandbox::{
    clock::write_moment,
    company::{Company, ExtensionDefinition, Role},
    switches::Switches,
    user::User,
};

/// One resource as it is read.
pub(super) trait Row {
    /// The value of a member that is not [`Related`](super::schema::Kind::Related).
    fn value(&self, member: &str) -> Value;

    /// The resource a member refers to, if it refers to one.
    fn related(&self, _member: &str) -> Option<Box<dyn Row + '_>> {
        None
    }
}

/// A person as read.
pub(super) struct UserRow<'a> {
    pub(super) user: &'a User,
    pub(super) company: &'a Company,
    pub(super) switches: &'a Switches,
    /// Codes of custom data that are not shown.
    pub(super) hidden: &'a [String],
}

impl UserRow<'_> {
    /// The members that start with `prefix`, as one object.
    fn gathered(&self, prefixes: &[&str]) -> Value {
        let gathered: Map<String, Value> = self
            .user
            .members
            .iter()
            .filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
            .filter(|(name, _)| !self.hidden.iter().any(|it| it.eq_ignore_ascii_case(name)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Value::Object(gathered)
    }

    fn stored(&self, member: &str) -> Value {
        self.user.members.get(member).cloned().unwrap_or_default()
    }
}

impl Row for UserRow<'_> {
    fn value(&self, member: &str) -> Value {
        let user = self.user;
        match member {
            "id" => json!(user.id),
            "name" => json!(user.full_name()),
            "displayName" => json!(format!(
                "{} {}",
                user.text("lastName"),
                user.text("firstName")
            )),
            "url" => json!(format!("/api/v3/users/{}", user.id)),
            "modifiedAt" => {
                let zone = self.switches.modified_at_zone.rules();
                json!(write_moment(zone.to_datetime(user.modified_at)))
            }
            "lastName" if self.switches.uppercase_last_names => {
                json!(user.text("lastName").to_uppercase())
            }
            "habilitedRoles" => {
                let held = user.members.get(member).and_then(Value::as_array);
                held.into_iter()
                    .flatten()
                    .filter_map(|role| self.company.role(role["id"].as_u64()?))
                    .map(|role| json!({"id": role.id, "name": role.name, "url": role_url(role)}))
                    .collect()
            }
            "extendedData" => self.gathered(&["e_"]),
            "applicationData" => self.gathered(&["profile_", "userAxisValues_"]),
            other => self.stored(other),
        }
    }

    fn related(&self, member: &str) -> Option<Box<dyn Row + '_>> {
        let company = self.company;
        let named = |path: &str, id: u64, name: &str, code: Option<&str>| -> Box<dyn Row> {
            Box::new(NamedRow {
                id,
                name: name.to_owned(),
                url: format!("/api/v3/{path}/{id}"),
                code: code.map(str::to_owned),
            })
        };
        match member {
            "department" => company
                .department(self.user.number("departmentId")?)
                .map(|it| named("departments", it.id, &it.name, Some(&it.code))),
            "legalEntity" => company
                .establishment(self.user.number("legalEntityId")?)
                .map(|it| named("legalEntities", it.id, &it.name, Some(&it.code))),
            "rolePrincipal" => company
                .role(self.user.number("rolePrincipalId")?)
                .map(|it| named("roles", it.id, &it.name, None)),
            "culture" => {
                let lcid = self.user.number("cultureID")?;
                Some(named("cultures", lcid, &format!("Culture {lcid}"), None))
            }
            "manager" => {
                let user = company.users.get(&self.user.number("managerId")?)?;
                Some(Box::new(UserRow { user, ..*self }))
            }
            _ => None,
        }
    }
}

/// Something referred to by id and name.
struct NamedRow {
    id: u64,
    name: String,
    url: String,
    code: Option<String>,
}

impl Row for NamedRow {
    fn value(&self, member: &str) -> Value {
        match member {
            "id" => json!(self.id),
            "name" => json!(self.name),
            "url" => json!(self.url),
            "code" => json!(self.code),
            _ => Value::Null,
        }
    }
}

/// A role as read.
pub(super) struct RoleRow<'a> {
    pub(super) role: &'a Role,
    pub(super) company: &'a Company,
}

impl Row for RoleRow<'_> {
    fn value(&self, member: &str) -> Value {
        match member {
            "id" => json!(self.role.id),
            "name" => json!(self.role.name),
            "url" => json!(role_url(self.role)),
            "usersCount" => {
                let holders = self
                    .company
                    .users
                    .values()
                    .filter(|user| user.number("rolePrincipalId") == Some(self.role.id));
                json!(holders.count())
            }
            _ => Value::Null,
        }
    }
}

fn role_url(role: &Role) -> String {
    format!("/api/v3/roles/{}", role.id)
}

/// The definition of a custom field as read.
pub(super) struct DefinitionRow<'a> {
    pub(super) definition: &'a ExtensionDefinition,
}

impl Row for DefinitionRow<'_> {
    fn value(&self, member: &str) -> Value {
        match member {
            "id" => json!(self.definition.code),
            "name" => json!(self.definition.name),
            "url" => json!(format!(
                "/api/v3/extensionuserdefinitions/{}",
                self.definition.code
            )),
            "extensionUserPropertyListEntries" => self
                .definition
                .entries
                .iter()
                .map(|(id, name)| json!({"id": id, "name": name, "translation": name}))
                .collect(),
            _ => Value::Null,
        }
    }
}
