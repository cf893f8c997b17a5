//! Creating and changing a person: what must be there, what must exist, what must be unique.

use serde_json::{Map, Value, json};

use crate::sandbox::{
    clock::Moment, company::Company, fold::ascii, refusal::Refusal, switches::Switches, user::User,
};

/// The members a creation needs, as in the older vendor specification.
const REQUIRED: [&str; 8] = [
    "firstName",
    "lastName",
    "mail",
    "login",
    "legalEntityId",
    "dtContractStart",
    "departmentId",
    "rolePrincipalId",
];

/// fr-FR.
const FRENCH: u64 = 1036;

/// A person by id; a change of an unknown one is a documented 404.
pub(in crate::sandbox) fn find(company: &Company, id: u64) -> Result<&User, Refusal> {
    company.users.get(&id).ok_or_else(|| missing(id))
}

/// The 404 of an unknown person.
pub(in crate::sandbox) fn missing(id: u64) -> Refusal {
    Refusal::product(404, format!("Resource User with ID {id} not found"))
}

/// Creates a person from members already [checked](super::check); returns the id.
pub(in crate::sandbox) fn create(
    company: &mut Company,
    switches: &Switches,
    now: Moment,
    mut members: Map<String, Value>,
    with_contract: bool,
    created_by_call: bool,
) -> Result<u64, Refusal> {
    fill_in(company, switches, &mut members);
    if let Some(name) = REQUIRED.iter().find(|name| !members.contains_key(**name)) {
        return Err(Refusal::product(
            400,
            format!("The field {name} is required"),
        ));
    }
    consistent(company, switches, now, &members, &members, None)?;
    if !members.contains_key("managerId") {
        let head = number(&members, "departmentId")
            .and_then(|id| company.department(id))
            .and_then(|department| department.head);
        let head_left = head
            .and_then(|head| company.users.get(&head))
            .is_some_and(|head| head.is_former(now.today()));
        if head_left {
            return Err(bad("The head of the department is not active"));
        }
        members.insert("managerId".to_owned(), json!(head));
    }
    let id = company.next_user_id();
    let mut user = User {
        id,
        created_by_call,
        with_contract,
        modified_at: now.wall,
        members: Map::new(),
        visible_from: now.steady,
    };
    store(&mut user, members);
    company.users.insert(id, user);
    Ok(id)
}

/// Changes the given members of a person, already [checked](super::check).
pub(in crate::sandbox) fn update(
    company: &mut Company,
    switches: &Switches,
    now: Moment,
    id: u64,
    changes: Map<String, Value>,
) -> Result<(), Refusal> {
    let mut whole = find(company, id)?.members.clone();
    whole.extend(changes.clone());
    consistent(company, switches, now, &changes, &whole, Some(id))?;
    if let Some(user) = company.users.get_mut(&id) {
        store(user, changes);
        user.modified_at = now.wall;
    }
    Ok(())
}

/// Puts in the HR file's default values, where set.
fn fill_in(company: &Company, switches: &Switches, members: &mut Map<String, Value>) {
    let defaults = &switches.hr_file_defaults;
    let ids = [
        ("legalEntityId", defaults.legal_entity_id),
        ("departmentId", defaults.department_id),
        ("rolePrincipalId", defaults.role_principal_id),
        ("cultureID", defaults.culture_id.or(Some(FRENCH))),
    ];
    for (name, id) in ids {
        if let Some(id) = id {
            members.entry(name).or_insert(json!(id));
        }
    }
    if defaults.login && !members.contains_key("login") {
        let (first, last) = (text(members, "firstName"), text(members, "lastName"));
        let login = free_login(company, first, last);
        members.insert("login".to_owned(), json!(login));
    }
}

/// Initial and family name in ASCII, with a number if somebody has that login.
pub(in crate::sandbox) fn free_login(company: &Company, first: &str, last: &str) -> String {
    let mut base: String = ascii(first).chars().take(1).collect();
    base.push_str(&ascii(last));
    let mut login = base.clone();
    let mut number = 2;
    while company.login_taken(&login, None) {
        login = format!("{base}{number}");
        number += 1;
    }
    login
}

/// Checks `changes` against the company, and against the `whole` person they lead to.
fn consistent(
    company: &Company,
    switches: &Switches,
    now: Moment,
    changes: &Map<String, Value>,
    whole: &Map<String, Value>,
    except: Option<u64>,
) -> Result<(), Refusal> {
    let known = |name: &str, exists: &dyn Fn(u64) -> bool| match number(changes, name) {
        Some(id) if !exists(id) => Err(bad(format!("{name} {id} does not exist or is not active"))),
        _ => Ok(()),
    };
    known("legalEntityId", &|id| {
        company.establishment(id).is_some_and(|it| !it.archived)
    })?;
    known("departmentId", &|id| {
        company.department(id).is_some_and(|it| it.active)
    })?;
    known("rolePrincipalId", &|id| company.role(id).is_some())?;
    known("managerId", &|id| {
        let manager = company.users.get(&id);
        manager.is_some_and(|it| !it.is_former(now.today()))
    })?;
    let roles = changes.get("habilitedRoles").and_then(Value::as_array);
    for role in roles.into_iter().flatten() {
        if role["id"]
            .as_u64()
            .and_then(|id| company.role(id))
            .is_none()
        {
            return Err(bad("A secondary role does not exist"));
        }
    }
    let (start, end) = (text(whole, "dtContractStart"), text(whole, "dtContractEnd"));
    if !end.is_empty() && end < start {
        return Err(bad("The contract ends before it starts"));
    }
    let login = text(changes, "login");
    if switches.login_unique && !login.is_empty() && company.login_taken(login, except) {
        return Err(bad("This login is already used"));
    }
    let employee_number = text(whole, "employeeNumber");
    if !employee_number.is_empty()
        && company.number_taken(employee_number, number(whole, "legalEntityId"), except)
    {
        return Err(bad(
            "This employee number is already used in the establishment",
        ));
    }
    Ok(())
}

/// Stores members. Custom data get an id; their null removes them.
fn store(user: &mut User, members: Map<String, Value>) {
    for (name, value) in members {
        if !name.starts_with("e_") {
            user.members.insert(name, value);
        } else if value.get("value").is_some_and(Value::is_null) {
            user.members.remove(&name);
        } else {
            let id = user.id * 1000 + user.members.len() as u64;
            let known = user.members.get(&name).map(|it| it["id"].clone());
            let stored = match value {
                Value::Array(list) => list
                    .into_iter()
                    .zip(id..)
                    .map(|(entry, id)| json!({ "id": id, "value": entry["value"] }))
                    .collect(),
                single => json!({
                    "id": known.filter(Value::is_u64).unwrap_or(json!(id)),
                    "value": single["value"],
                }),
            };
            user.members.insert(name, stored);
        }
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> &'a str {
    members
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn number(members: &Map<String, Value>, name: &str) -> Option<u64> {
    members.get(name).and_then(Value::as_u64)
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::product(400, message)
}
