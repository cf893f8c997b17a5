//! The older generation, `/api/v3`: the only one that writes people.

mod body;
mod collection;
mod filter;
pub(in crate::sandbox) mod person;
mod rows;
mod schema;
mod select;
mod users;

pub(in crate::sandbox) use body::check;

use http::Method;
use serde_json::{Value, json};

use self::{
    collection::Asked,
    rows::{DefinitionRow, RoleRow},
    schema::{DEFINITION, ROLE},
};
use super::{
    answer::Answer,
    refusal::Refusal,
    request::Request,
    state::{Caller, State},
};

/// Answers a call of `/api/v3`, or of nothing Lucca has.
pub(super) fn answer(
    state: &mut State,
    caller: &Caller,
    request: &Request,
) -> Result<Answer, Refusal> {
    let segments = request.segments();
    let ["api", "v3", resource, rest @ ..] = &segments[..] else {
        return Err(not_found(&request.path));
    };
    match (&request.method, *resource, rest) {
        (&Method::GET, "users", []) => users::list(state, caller, request),
        (&Method::POST, "users", []) => users::create(state, caller, request),
        (&Method::GET, "users", [id]) => users::read(state, caller, request, id),
        (&Method::PUT, "users", [id]) => users::update(state, caller, request, id),
        (&Method::GET, "roles", []) => roles(state, caller, request),
        (&Method::GET, "extensionuserdefinitions", []) => definitions(state, caller, request),
        (_, "users", [] | [_]) | (_, "roles" | "extensionuserdefinitions", []) => {
            Err(Refusal::product(405, "Method not allowed"))
        }
        // Announced to stop answering from September 2026, with everything below it.
        _ => Err(not_found(&request.path)),
    }
}

fn not_found(path: &str) -> Refusal {
    Refusal::product(404, format!("Resource {path} not found"))
}

fn roles(state: &State, caller: &Caller, request: &Request) -> Result<Answer, Refusal> {
    if !caller.rights.read_roles {
        return Err(Refusal::product(403, "The key may not read roles"));
    }
    let zone = state.switches.modified_at_zone.rules();
    let asked = Asked::parse(&request.query, &ROLE, &[], &zone)?;
    let company = &state.company;
    let rows = company.roles.iter().map(|role| RoleRow { role, company });
    Ok(envelope(caller, asked.answer(rows)))
}

fn definitions(state: &State, caller: &Caller, request: &Request) -> Result<Answer, Refusal> {
    if !caller.rights.read_definitions {
        return Err(Refusal::product(403, "The key may not read definitions"));
    }
    let zone = state.switches.modified_at_zone.rules();
    let asked = Asked::parse(&request.query, &DEFINITION, &[], &zone)?;
    let definitions = state.company.definitions.iter();
    let rows = definitions.map(|definition| DefinitionRow { definition });
    Ok(envelope(caller, asked.answer(rows)))
}

/// The envelope of v3: `header` as the framework writes it, `data` as documented.
fn envelope(caller: &Caller, data: Value) -> Answer {
    Answer::done(&json!({
        "header": { "generated": caller.now.wall.to_string(), "principal": caller.key },
        "data": data,
    }))
}
