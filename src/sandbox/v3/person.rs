//! Creating and changing a person: what must be there, what must exist, what must be unique.

use serde_json::{Map, Value, json};

use super::members::{USER, Write};
use crate::sandbox::{
    answer::Refusal,
    clock::Moment,
    company::{Company, UnitKind},
    fold::ascii,
    state::State,
    user::User,
};

/// fr-FR.
const FRENCH: u64 = 1036;

type Members = Map<String, Value>;

/// A person by id. A change of an unknown one is a documented 404.
pub(in crate::sandbox) fn find(company: &Company, id: u64) -> Result<&User, Refusal> {
    let missing = || Refusal::Product(404, format!("Resource User with ID {id} not found"));
    company.users.get(&id).ok_or_else(missing)
}

/// Creates a person from members already [checked](super::check); returns the id.
pub(in crate::sandbox) fn create(
    state: &mut State,
    now: Moment,
    mut members: Members,
    with_contract: bool,
    created_by_call: bool,
) -> Result<u64, Refusal> {
    fill_in(state, &mut members);
    let mut required = USER.members.iter().filter(|it| it.write == Write::Required);
    if let Some(member) = required.find(|it| !members.contains_key(it.name)) {
        return Err(Refusal::bad(format!(
            "The field {} is required",
            member.name
        )));
    }
    consistent(state, now, &members, &members, None)?;
    let company = &mut state.company;
    if !members.contains_key("managerId") {
        // Connector pages: the head of the department becomes the manager, and blocks the
        // creation if they have left (Taleez, help centre, article 4404742396690).
        let department = company.unit(UnitKind::Department, number(&members, "departmentId"));
        let head = department.and_then(|department| department.head);
        let user = head.and_then(|head| company.users.get(&head));
        if user.is_some_and(|head| head.is_former(now.today())) {
            return Err(Refusal::bad("The head of the department is not active"));
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
    state: &mut State,
    now: Moment,
    id: u64,
    changes: Members,
) -> Result<(), Refusal> {
    let mut whole = find(&state.company, id)?.members.clone();
    whole.extend(changes.clone());
    consistent(state, now, &changes, &whole, Some(id))?;
    if let Some(user) = state.company.users.get_mut(&id) {
        store(user, changes);
        user.modified_at = now.wall;
    }
    Ok(())
}

/// Puts in the HR file's default values, where set.
fn fill_in(state: &State, members: &mut Members) {
    let defaults = &state.switches.hr_file_defaults;
    for (name, id) in [
        ("legalEntityId", defaults.legal_entity_id),
        ("departmentId", defaults.department_id),
        ("rolePrincipalId", defaults.role_principal_id),
        ("cultureID", defaults.culture_id.or(Some(FRENCH))),
    ] {
        if let Some(id) = id {
            members.entry(name).or_insert(json!(id));
        }
    }
    if defaults.login && !members.contains_key("login") {
        let (first, last) = (text(members, "firstName"), text(members, "lastName"));
        let login = free_login(&state.company, first, last);
        members.insert("login".to_owned(), json!(login));
    }
}

/// Initial and family name in ASCII, with a number if someone has that login.
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
    state: &State,
    now: Moment,
    changes: &Members,
    whole: &Members,
    except: Option<u64>,
) -> Result<(), Refusal> {
    let company = &state.company;
    let in_use = |kind, id| company.unit(kind, Some(id)).is_some_and(|it| it.in_use);
    let active = |id| {
        let manager = company.users.get(&id);
        manager.is_some_and(|it| !it.is_former(now.today()))
    };
    for name in [
        "legalEntityId",
        "departmentId",
        "rolePrincipalId",
        "managerId",
    ] {
        let Some(id) = number(changes, name) else {
            continue;
        };
        let exists = match name {
            "legalEntityId" => in_use(UnitKind::Establishment, id),
            "departmentId" => in_use(UnitKind::Department, id),
            "rolePrincipalId" => in_use(UnitKind::Role, id),
            _ => active(id),
        };
        if !exists {
            let message = format!("{name} {id} does not exist or is not active");
            return Err(Refusal::bad(message));
        }
    }
    let (start, end) = (text(whole, "dtContractStart"), text(whole, "dtContractEnd"));
    if !end.is_empty() && end < start {
        return Err(Refusal::bad("The contract ends before it starts"));
    }
    let login = text(changes, "login");
    if state.switches.login_unique && !login.is_empty() && company.login_taken(login, except) {
        return Err(Refusal::bad("This login is already used"));
    }
    let (employee, place) = (
        text(whole, "employeeNumber"),
        number(whole, "legalEntityId"),
    );
    if !employee.is_empty() && company.number_taken(employee, place, except) {
        let message = "This employee number is already used in the establishment";
        return Err(Refusal::bad(message));
    }
    Ok(())
}

/// Stores members. Custom data get an id; a null value removes them (`guides/extended-data`).
fn store(user: &mut User, members: Members) {
    for (name, value) in members {
        let id = user.id * 1000 + user.members.len() as u64;
        let stored = match value {
            value if !name.starts_with("e_") => value,
            Value::Array(list) => {
                let values = list.iter().zip(id..);
                values
                    .map(|(it, id)| json!({ "id": id, "value": it["value"] }))
                    .collect()
            }
            single if single["value"].is_null() => {
                user.members.remove(&name);
                continue;
            }
            single => json!({ "id": id, "value": single["value"] }),
        };
        user.members.insert(name, stored);
    }
}

fn text<'a>(members: &'a Members, name: &str) -> &'a str {
    let value = members.get(name).and_then(Value::as_str);
    value.unwrap_or_default()
}

fn number(members: &Members, name: &str) -> Option<u64> {
    members.get(name).and_then(Value::as_u64)
}
