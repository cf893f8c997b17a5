//! The older generation, `/api/v3`: the only one that writes people.

mod body;
mod list;
mod members;
pub(in crate::sandbox) mod person;
mod users;

use http::Method;
use serde_json::{Value, json};

pub(in crate::sandbox) use self::body::check;
use self::members::{DEFINITION, ROLE};
use super::{
    answer::Refusal,
    company::{ExtensionDefinition, Unit, UnitKind},
    request::{Query, Request},
    state::{Caller, State},
};

/// The most rows of one page, as documented.
const PAGE: usize = 1000;

/// A call that was carried out.
pub(in crate::sandbox) struct Done {
    pub(in crate::sandbox) body: Value,
    /// The id of the user it created.
    pub(in crate::sandbox) created: Option<u64>,
}

impl From<Value> for Done {
    fn from(body: Value) -> Self {
        Self {
            body,
            created: None,
        }
    }
}

/// Answers a call of `/api/v3`, or of nothing Lucca has.
///
/// `GET /api/v3/departments` and `/legalentities` are announced to stop answering from September
/// 2026 (`organization/guides/departments-migration`, `…/establishments-migration`): 404.
pub(in crate::sandbox) fn answer(
    state: &mut State,
    caller: &Caller,
    request: &Request,
) -> Result<Done, Refusal> {
    let missing = || Refusal::Product(404, format!("Resource {} not found", request.path));
    let segments = request.segments();
    let ["api", "v3", resource, rest @ ..] = &segments[..] else {
        return Err(missing());
    };
    let query = &request.query;
    let data = match (&request.method, *resource, rest) {
        (&Method::POST, "users", []) => return users::create(state, caller, request),
        (&Method::GET, "users", []) => users::list(state, caller, query)?,
        (&Method::GET, "users", [id]) => users::read(state, caller, query, id)?,
        (&Method::GET, "roles", []) => roles(state, caller, query)?,
        (&Method::GET, "extensionuserdefinitions", []) => definitions(state, caller, query)?,
        (_, "users", [] | [_]) | (_, "roles" | "extensionuserdefinitions", []) => {
            return Err(Refusal::Product(405, "Method not allowed".to_owned()));
        }
        _ => return Err(missing()),
    };
    Ok(envelope(caller, data).into())
}

fn roles(state: &State, caller: &Caller, query: &Query) -> Result<Value, Refusal> {
    allow(caller.key.rights.read_roles, "roles")?;
    let show = |role: &&Unit, member: &str| match member {
        "id" => json!(role.id),
        "name" => json!(role.name),
        _ => json!(format!("/api/v3/roles/{}", role.id)),
    };
    list::answer(
        query,
        &ROLE,
        PAGE,
        state.company.units(UnitKind::Role),
        show,
    )
}

fn definitions(state: &State, caller: &Caller, query: &Query) -> Result<Value, Refusal> {
    allow(caller.key.rights.read_definitions, "definitions")?;
    let entry = |(id, name): &(u64, String)| json!({ "id": id, "name": name, "translation": name });
    let show = |it: &&ExtensionDefinition, member: &str| match member {
        "id" => json!(it.code),
        "name" => json!(it.name),
        "url" => json!(format!("/api/v3/extensionuserdefinitions/{}", it.code)),
        _ => it.entries.iter().map(entry).collect(),
    };
    list::answer(
        query,
        &DEFINITION,
        PAGE,
        state.company.definitions.iter(),
        show,
    )
}

/// The 403 for a key that lacks a right to read.
fn allow(allowed: bool, what: &str) -> Result<(), Refusal> {
    let refusal = || Refusal::Product(403, format!("The key may not read {what}"));
    allowed.then_some(()).ok_or_else(refusal)
}

/// The envelope of v3: `header` as the framework writes it, `data` as documented.
fn envelope(caller: &Caller, data: Value) -> Value {
    json!({
        "header": { "generated": caller.now.wall.to_string(), "principal": caller.key.id },
        "data": data,
    })
}
