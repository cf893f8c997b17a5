//! `/api/v3/users`.

use super::{
    body, collection::Asked, envelope, person, rows::UserRow, schema::USER, select::Selection,
};
use crate::sandbox::{
    answer::Answer,
    refusal::Refusal,
    request::Request,
    state::{Caller, State},
    user::User,
};

/// `GET /api/v3/users`: active and future people; former ones if asked for.
pub(super) fn list(state: &State, caller: &Caller, request: &Request) -> Result<Answer, Refusal> {
    if !caller.rights.read_users {
        return Err(Refusal::product(403, "The key may not read users"));
    }
    let query = &request.query;
    let zone = state.switches.modified_at_zone.rules();
    let asked = Asked::parse(query, &USER, &["formerEmployees"], &zone)?
        .at_most(state.switches.people_per_page);
    // A filter on the end of the contract looks at former people too.
    let former = query.get("dtContractEnd").is_some()
        || query
            .get("formerEmployees")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let today = caller.now.today();
    let people = state.company.users.values();
    let rows = people
        .filter(|user| sees(caller, user) && (former || !user.is_former(today)))
        .map(|user| row(state, caller, user));
    Ok(envelope(caller, asked.answer(rows)))
}

/// `GET /api/v3/users/{id}`. An unknown id is a 500 in the documentation, not a 404.
pub(super) fn read(
    state: &State,
    caller: &Caller,
    request: &Request,
    id: &str,
) -> Result<Answer, Refusal> {
    if !caller.rights.read_users {
        return Err(Refusal::product(403, "The key may not read users"));
    }
    let selection = Selection::parse(request.query.get("fields"), &USER)?;
    let user = state
        .company
        .users
        .get(&number(id)?)
        .filter(|user| sees(caller, user))
        .ok_or_else(|| Refusal::product(500, "User Not Found"))?;
    let shown = selection.show(&row(state, caller, user));
    if state.switches.bare_entities {
        return Ok(Answer::done(&shown));
    }
    Ok(envelope(caller, shown))
}

/// `POST /api/v3/users`. Success is a 200.
pub(super) fn create(
    state: &mut State,
    caller: &Caller,
    request: &Request,
) -> Result<Answer, Refusal> {
    if !caller.rights.write_users {
        return Err(Refusal::silent(403));
    }
    let contract = match request.query.get("contract").map(str::to_ascii_lowercase) {
        None => false,
        Some(value) => value
            .parse()
            .map_err(|_| Refusal::framework("Query parameter is invalid"))?,
    };
    let selection = Selection::parse(request.query.get("fields"), &USER)?;
    let members = body::read(&request.body, &state.company.definitions)?;
    let sent: Vec<String> = members.keys().cloned().collect();
    let id = person::create(
        &mut state.company,
        &state.switches,
        caller.now,
        members,
        contract,
        true,
    )?;
    // Without `fields` the answer shows what was sent, beside id, name and url.
    let selection = if request.query.get("fields").is_some() {
        selection
    } else {
        let names: Vec<&str> = sent
            .iter()
            .map(|name| {
                if name.starts_with("e_") {
                    "extendedData"
                } else {
                    name
                }
            })
            .collect();
        selection.with(&names, &USER)
    };
    let user = person::find(&state.company, id)?;
    let mut answer = envelope(caller, selection.show(&row(state, caller, user)));
    answer.created = Some(id);
    Ok(answer)
}

/// `PUT /api/v3/users/{id}`: only the members sent change.
pub(super) fn update(
    state: &mut State,
    caller: &Caller,
    request: &Request,
    id: &str,
) -> Result<Answer, Refusal> {
    if !caller.rights.write_users {
        return Err(Refusal::silent(403));
    }
    let id = number(id)?;
    let selection = Selection::parse(request.query.get("fields"), &USER)?;
    if !sees(caller, person::find(&state.company, id)?) {
        return Err(person::missing(id));
    }
    let members = body::read(&request.body, &state.company.definitions)?;
    person::update(&mut state.company, &state.switches, caller.now, id, members)?;
    let user = person::find(&state.company, id)?;
    Ok(envelope(caller, selection.show(&row(state, caller, user))))
}

fn number(id: &str) -> Result<u64, Refusal> {
    id.parse()
        .map_err(|_| Refusal::framework("Query parameter is invalid"))
}

fn row<'a>(state: &'a State, caller: &'a Caller, user: &'a User) -> UserRow<'a> {
    UserRow {
        user,
        company: &state.company,
        switches: &state.switches,
        hidden: &caller.hidden_data,
    }
}

/// Whether reads show this person to this key, now.
fn sees(caller: &Caller, user: &User) -> bool {
    let today = caller.now.today();
    user.visible_from <= caller.now.steady
        && (caller.rights.see_future || !user.is_future(today))
        && (caller.rights.see_former || !user.is_former(today))
}
