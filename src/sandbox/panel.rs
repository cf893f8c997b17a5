//! The control interface over HTTP, under `/_sandbox`, for people with curl.

use std::time::Duration;

use axum::{
    Router,
    extract::{FromRequest, Path, Request, State},
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{
    answer::JSON,
    company::{ExtensionDefinition, Switches},
    control::{Control, ControlError},
    fault::Fault,
    keys::Key,
    units::{DepartmentChange, EstablishmentChange},
    user::User,
};

/// The routes, without the prefix.
pub(super) fn router(control: Control) -> Router {
    Router::new()
        .route("/", get(help))
        .route("/ledger", get(ledger))
        .route("/users", get(users).post(add_user))
        .route("/users/{id}", patch(update_user))
        .route("/switches", get(switches).put(change_switches))
        .route("/keys", get(keys).put(set_keys))
        .route("/keys/{id}", patch(change_key))
        .route("/departments/{id}", patch(change_department))
        .route("/establishments/{id}", patch(change_establishment))
        .route("/units/{id}", delete(delete_unit))
        .route("/definitions", get(definitions).put(set_definitions))
        .route("/faults", post(inject).delete(clear_faults))
        .with_state(control)
}

/// An answer for people to read: indented JSON.
struct Pretty<T>(T);

impl<T: Serialize> IntoResponse for Pretty<T> {
    fn into_response(self) -> Response {
        let text = serde_json::to_string_pretty(&self.0).map_err(Problem::from);
        let body = text.map(|text| ([(header::CONTENT_TYPE, JSON)], text + "\n"));
        body.into_response()
    }
}

/// A 400 with a sentence.
struct Problem(String);

impl<E: std::error::Error> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Pretty(json!({ "error": self.0 }));
        (StatusCode::BAD_REQUEST, body).into_response()
    }
}

/// A JSON body. Unlike axum's `Json` it needs no content type: `curl -d` announces a form.
struct JsonBody<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await?;
        Ok(Self(serde_json::from_slice(&bytes)?))
    }
}

type Shown<T> = Result<Pretty<T>, Problem>;
type Changed = Result<StatusCode, Problem>;

async fn help(headers: HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let url = format!("http://{}", host.unwrap_or("127.0.0.1"));
    include_str!("panel/help.txt").replace("URL", &url)
}

async fn ledger(State(control): State<Control>) -> Pretty<Value> {
    let ledger = control.ledger();
    let minute = Duration::from_secs(60);
    Pretty(json!({
        "calls": ledger.calls,
        "users_created": ledger.users_created.iter().map(person).collect::<Vec<_>>(),
        "second_posts": ledger.second_posts(),
        "max_calls_in_a_minute": ledger.max_calls_in_any_window(minute),
    }))
}

async fn users(State(control): State<Control>) -> Pretty<Vec<Value>> {
    Pretty(control.users().iter().map(person).collect())
}

async fn add_user(
    State(control): State<Control>,
    JsonBody(members): JsonBody<Value>,
) -> Shown<Option<Value>> {
    let id = control.add_user(members)?;
    Ok(Pretty(control.user(id).as_ref().map(person)))
}

async fn update_user(
    State(control): State<Control>,
    Path(id): Path<u64>,
    JsonBody(members): JsonBody<Value>,
) -> Shown<Option<Value>> {
    control.update_user(id, members)?;
    Ok(Pretty(control.user(id).as_ref().map(person)))
}

async fn switches(State(control): State<Control>) -> Pretty<Switches> {
    Pretty(control.state().switches.clone())
}

async fn change_switches(
    State(control): State<Control>,
    JsonBody(change): JsonBody<Value>,
) -> Shown<Switches> {
    let switches = &mut control.state().switches;
    *switches = overlaid(switches, change)?;
    Ok(Pretty(switches.clone()))
}

async fn keys(State(control): State<Control>) -> Pretty<Vec<Key>> {
    Pretty(control.keys())
}

async fn set_keys(
    State(control): State<Control>,
    JsonBody(keys): JsonBody<Vec<Key>>,
) -> Pretty<Vec<Key>> {
    control.state().keys = keys;
    Pretty(control.keys())
}

async fn change_key(
    State(control): State<Control>,
    Path(id): Path<String>,
    JsonBody(change): JsonBody<Value>,
) -> Shown<Vec<Key>> {
    let known = control.keys().into_iter().find(|key| key.id == id);
    let known = known.ok_or(ControlError::NoSuchKey)?;
    control.add_key(overlaid(&known, change)?);
    Ok(Pretty(control.keys()))
}

async fn change_department(
    State(control): State<Control>,
    Path(id): Path<u64>,
    JsonBody(change): JsonBody<DepartmentChange>,
) -> Changed {
    control.change_department(id, change)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change_establishment(
    State(control): State<Control>,
    Path(id): Path<u64>,
    JsonBody(change): JsonBody<EstablishmentChange>,
) -> Changed {
    control.change_establishment(id, change)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_unit(State(control): State<Control>, Path(id): Path<u64>) -> Changed {
    control.delete_unit(id)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn definitions(State(control): State<Control>) -> Pretty<Vec<ExtensionDefinition>> {
    Pretty(control.state().company.definitions.clone())
}

async fn set_definitions(
    State(control): State<Control>,
    JsonBody(definitions): JsonBody<Vec<ExtensionDefinition>>,
) -> Pretty<Vec<ExtensionDefinition>> {
    control.set_extension_definitions(definitions.clone());
    Pretty(definitions)
}

async fn inject(State(control): State<Control>, JsonBody(fault): JsonBody<Fault>) -> StatusCode {
    control.inject(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(control): State<Control>) -> StatusCode {
    control.clear_faults();
    StatusCode::NO_CONTENT
}

/// The value with some of its members replaced.
fn overlaid<T: Serialize + DeserializeOwned>(
    value: &T,
    change: Value,
) -> Result<T, serde_json::Error> {
    let mut whole = serde_json::to_value(value)?;
    overlay(&mut whole, change);
    serde_json::from_value(whole)
}

/// Puts the members of `over` in place of those of `under`, objects member by member.
fn overlay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                overlay(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

/// A person, with member names in `snake_case`.
fn person(user: &User) -> Value {
    let Ok(Value::Object(members)) = serde_json::to_value(user) else {
        return Value::Null;
    };
    let members = members.into_iter();
    let shown: Map<_, _> = members
        .map(|(name, value)| (snake_case(&name), value))
        .collect();
    Value::Object(shown)
}

/// `dtContractStart` as `dt_contract_start`, `cultureID` as `culture_id`.
fn snake_case(name: &str) -> String {
    if name.contains('_') {
        return name.to_owned();
    }
    let mut shown = String::with_capacity(name.len() + 4);
    let mut after_capital = true;
    for c in name.chars() {
        if c.is_ascii_uppercase() && !after_capital {
            shown.push('_');
        }
        after_capital = c.is_ascii_uppercase();
        shown.push(c.to_ascii_lowercase());
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_names_are_shown_in_snake_case() {
        for (name, expected) in [
            ("dtContractStart", "dt_contract_start"),
            ("cultureID", "culture_id"),
            ("e_badgeNumber", "e_badgeNumber"),
        ] {
            assert_eq!(snake_case(name), expected);
        }
    }
}
