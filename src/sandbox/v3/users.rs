//! `/api/v3/users`.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::{
    Done, PAGE, allow, body, envelope,
    list::{self, Fields},
    members::{MANAGER, NAMED, USER},
    person,
};
use crate::sandbox::{
    answer::Refusal,
    clock::write_moment,
    company::{Company, UnitKind},
    request::{Query, Request},
    state::{Caller, State},
    user::User,
};

/// `GET /api/v3/users`: active and future people; former ones if asked for.
pub(super) fn list(state: &State, caller: &Caller, query: &Query) -> Result<Value, Refusal> {
    allow(caller.key.rights.read_users, "users")?;
    let former = flag(query, "formerEmployees")?;
    let today = caller.now.today();
    let people = state.company.users.values();
    let people = people.filter(|user| sees(caller, user) && (former || !user.is_former(today)));
    let most = state.switches.people_per_page.clamp(1, PAGE);
    let show = |user: &&User, member: &str| value(state, caller, user, member);
    list::answer(query, &USER, most, people, show)
}

/// `GET /api/v3/users/{id}`. An unknown id is a 500 in the documentation, not a 404.
pub(super) fn read(
    state: &State,
    caller: &Caller,
    query: &Query,
    id: &str,
) -> Result<Value, Refusal> {
    allow(caller.key.rights.read_users, "users")?;
    only(query, &["fields"])?;
    let fields = Fields::parse(query.get("fields"), &USER)?;
    let id: u64 = id.parse().map_err(|_| Refusal::query())?;
    let user = state.company.users.get(&id);
    let user = user
        .filter(|user| sees(caller, user))
        .ok_or_else(|| Refusal::Product(500, "User Not Found".to_owned()))?;
    Ok(fields.show(|member| value(state, caller, user, member)))
}

/// `POST /api/v3/users`. Success is a 200, which shows what was sent, beside id, name and url.
pub(super) fn create(
    state: &mut State,
    caller: &Caller,
    request: &Request,
) -> Result<Done, Refusal> {
    if !caller.key.rights.write_users {
        return Err(Refusal::Write);
    }
    let query = &request.query;
    only(query, &["contract", "notify"])?;
    let contract = flag(query, "contract")?;
    let members = body::read(&request.body, &state.company.definitions)?;
    let mut shown = NAMED.map(str::to_owned).to_vec();
    shown.extend(members.keys().map(|name| match name.starts_with("e_") {
        true => "extendedData".to_owned(),
        false => name.clone(),
    }));
    let id = person::create(state, caller.now, members, contract, true)?;
    let user = person::find(&state.company, id)?;
    let shown: Map<_, _> = shown
        .into_iter()
        .map(|name| {
            let value = value(state, caller, user, &name);
            (name, value)
        })
        .collect();
    Ok(Done {
        body: envelope(caller, shown.into()),
        created: Some(id),
    })
}

/// A parameter that is true or false; false if it is absent.
fn flag(query: &Query, name: &str) -> Result<bool, Refusal> {
    let value = query.get(name).unwrap_or("false").to_ascii_lowercase();
    value.parse().map_err(|_| Refusal::query())
}

/// Refuses a query with other parameters than these.
fn only(query: &Query, names: &[&str]) -> Result<(), Refusal> {
    match query.others(names).next() {
        Some(_) => Err(Refusal::query()),
        None => Ok(()),
    }
}

/// Whether reads show this person to this key, now.
fn sees(caller: &Caller, user: &User) -> bool {
    let (today, rights) = (caller.now.today(), caller.key.rights);
    user.visible_from <= caller.now.steady
        && (rights.see_future || !user.is_future(today))
        && (rights.see_former || !user.is_former(today))
}

/// A member of a person as this key is shown it: as stored, unless it has a line here.
fn value(state: &State, caller: &Caller, user: &User, member: &str) -> Value {
    let company = &state.company;
    match member {
        "id" => json!(user.id),
        "name" => json!(user.full_name()),
        "url" => json!(format!("/api/v3/users/{}", user.id)),
        // The zone is not documented.
        "modifiedAt" => json!(write_moment(TimeZone::UTC.to_datetime(user.modified_at))),
        // In capitals, as in Lucca's examples.
        "lastName" => json!(user.text("lastName").to_uppercase()),
        "legalEntity" => {
            let id = user.number("legalEntityId");
            unit(company, UnitKind::Establishment, "legalEntities", id)
        }
        "department" => {
            let id = user.number("departmentId");
            unit(company, UnitKind::Department, "departments", id)
        }
        "rolePrincipal" => {
            let id = user.number("rolePrincipalId");
            unit(company, UnitKind::Role, "roles", id)
        }
        "manager" => {
            let id = user.number("managerId");
            let Some(manager) = id.and_then(|id| company.users.get(&id)) else {
                return Value::Null;
            };
            let members = MANAGER.iter();
            members
                .map(|name| (*name, value(state, caller, manager, name)))
                .collect()
        }
        "extendedData" => {
            let hidden = &caller.key.hidden_data;
            let is_hidden = |name: &str| hidden.iter().any(|it| it.eq_ignore_ascii_case(name));
            let members = user.members.iter();
            let custom = members.filter(|(name, _)| name.starts_with("e_") && !is_hidden(name));
            custom.map(|(name, it)| (&**name, it.clone())).collect()
        }
        stored => user.members.get(stored).cloned().unwrap_or_default(),
    }
}

/// A unit as a user refers to it.
fn unit(company: &Company, kind: UnitKind, path: &str, id: Option<u64>) -> Value {
    let Some(unit) = company.unit(kind, id) else {
        return Value::Null;
    };
    let url = format!("/api/v3/{path}/{}", unit.id);
    let code = (!unit.code.is_empty()).then_some(&unit.code);
    json!({ "id": unit.id, "name": unit.name, "url": url, "code": code })
}
