//! The control interface over HTTP, under `/_sandbox`: for people with curl.

use axum::{
    body::{Body, to_bytes},
    response::Response,
};
use bytes::Bytes;
use http::{Method, Request as HttpRequest};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, JSON},
    control::{Control, ControlError},
    fault::Fault,
    keys::Key,
    user::User,
    wire::Peer,
};

/// Control bodies are small.
const BODY_LIMIT: usize = 1024 * 1024;

const HELP: &str = "\
A Lucca that runs on loopback. Its interface is under /api/v3 and /organization/structure/api;
this is how to steer it. Calls under /_sandbox need no key and cost no budget.

  curl URL/_sandbox/ledger                  every call, every user created, second posts
  curl URL/_sandbox/users                   every person
  curl URL/_sandbox/users -d '{\"first_name\":\"Jean\",\"last_name\":\"Martin\"}'
  curl -X PATCH URL/_sandbox/users/1001 -d '{\"login\":\"new\"}'
  curl URL/_sandbox/switches                what the documentation leaves open
  curl -X PUT URL/_sandbox/switches -d '{\"login_unique\":false}'
  curl URL/_sandbox/keys                    what each key may see and do
  curl -X PATCH URL/_sandbox/keys/first -d '{\"rights\":{\"see_former\":false},\"hidden_data\":[\"e_badge\"]}'
  curl -X PUT URL/_sandbox/keys -d '[{\"id\":\"a\",\"value\":\"KEY\"}]'
  curl -X PATCH URL/_sandbox/departments/102 -d '{\"is_active\":false,\"head_id\":null}'
  curl -X PATCH URL/_sandbox/establishments/11 -d '{\"is_archived\":true,\"legal_unit_id\":null}'
  curl -X DELETE URL/_sandbox/units/51      a role, department or establishment
  curl URL/_sandbox/definitions             custom data of people
  curl -X PUT URL/_sandbox/definitions -d '[{\"code\":\"e_badge\",\"name\":\"Badge\"}]'
  curl URL/_sandbox/faults -d '{\"matches\":{\"method\":\"POST\",\"path_prefix\":\"/api/v3/users\"},
                                \"times\":1,\"kind\":\"execute_then_cut\"}'
  curl -X DELETE URL/_sandbox/faults

Kinds of faults: {\"delay\":{\"ms\":100}}, {\"status\":{\"code\":500}}, {\"execute_then_status\":{\"code\":500}},
\"execute_then_cut\", \"cut_before\", \"execute_then_truncate\", \"execute_then_hang\", \"hang408\",
{\"late_execute\":{\"ms\":2000,\"cut\":false}}, \"garbage\", \"execute_then_garbage\", {\"html\":{\"code\":502}},
{\"redirect\":{\"location\":\"/\"}}, {\"execute_then_redirect\":{\"location\":\"/\"}}, \"huge\",
{\"lookup_lag\":{\"ms\":2000}}, {\"too_many_requests\":{\"retry_after\":\"seconds\",\"seconds\":5}}.
";

/// Serves one control call.
pub(super) async fn serve(control: &Control, peer: &Peer, request: HttpRequest<Body>) -> Response {
    if !peer.address.ip().is_loopback() {
        return Answer::empty(403).into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return Answer::empty(413).into_response();
    };
    let host = parts.headers.get(http::header::HOST);
    let host = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1");
    let path: Vec<&str> = parts
        .uri
        .path()
        .split('/')
        .filter(|it| !it.is_empty())
        .collect();
    answer(control, &parts.method, &path[1..], &body, host)
        .unwrap_or_else(|sentence| {
            Answer::text(400, JSON, json!({ "error": sentence }).to_string())
        })
        .into_response()
}

/// The answer, or the sentence of a 400.
fn answer(
    control: &Control,
    method: &Method,
    path: &[&str],
    body: &Bytes,
    host: &str,
) -> Result<Answer, String> {
    match (method.as_str(), path) {
        ("GET", []) => {
            let help = HELP.replace("URL", &format!("http://{host}"));
            Ok(Answer::text(200, "text/plain; charset=utf-8", help))
        }
        ("GET", ["switches"]) => shown(&control.switches()),
        ("PUT", ["switches"]) => {
            let mut whole = serde_json::to_value(control.switches()).map_err(sentence)?;
            overlay(&mut whole, read(body)?);
            control.set_switches(serde_json::from_value(whole).map_err(sentence)?);
            shown(&control.switches())
        }
        ("POST", ["faults"]) => {
            control.inject(read::<Fault>(body)?);
            Ok(Answer::empty(204))
        }
        ("DELETE", ["faults"]) => {
            control.clear_faults();
            Ok(Answer::empty(204))
        }
        ("GET", ["ledger"]) => {
            let ledger = control.ledger();
            let users: Vec<Value> = ledger.users_created.iter().map(person).collect();
            shown(&json!({
                "calls": ledger.calls,
                "users_created": users,
                "second_posts": ledger.second_posts(),
                "max_calls_in_a_minute":
                    ledger.max_calls_in_any_window(std::time::Duration::from_secs(60)),
            }))
        }
        ("GET", ["users"]) => shown(&control.users().iter().map(person).collect::<Vec<_>>()),
        ("POST", ["users"]) => {
            let id = control.add_user(read(body)?).map_err(sentence)?;
            shown(&control.user(id).as_ref().map(person))
        }
        ("PATCH", ["users", id]) => {
            let id = number(id)?;
            control.update_user(id, read(body)?).map_err(sentence)?;
            shown(&control.user(id).as_ref().map(person))
        }
        ("PATCH", ["departments", id]) => {
            let change = control.change_department(number(id)?, read(body)?);
            change.map_err(sentence).map(|()| Answer::empty(204))
        }
        ("PATCH", ["establishments", id]) => {
            let change = control.change_establishment(number(id)?, read(body)?);
            change.map_err(sentence).map(|()| Answer::empty(204))
        }
        ("DELETE", ["units", id]) => {
            control.delete_unit(number(id)?).map_err(sentence)?;
            Ok(Answer::empty(204))
        }
        ("GET", ["definitions"]) => shown(&control.extension_definitions()),
        ("PUT", ["definitions"]) => {
            control.set_extension_definitions(read(body)?);
            shown(&control.extension_definitions())
        }
        ("GET", ["keys"]) => shown(&control.keys()),
        ("PATCH", ["keys", id]) => {
            let keys = control.keys();
            let known = keys.iter().find(|key| key.id == *id);
            let mut whole = serde_json::to_value(known).map_err(sentence)?;
            if whole.is_null() {
                return Err(ControlError::NoSuchKey.to_string());
            }
            overlay(&mut whole, read(body)?);
            control.add_key(serde_json::from_value(whole).map_err(sentence)?);
            shown(&control.keys())
        }
        ("PUT", ["keys"]) => {
            control.set_keys(read::<Vec<Key>>(body)?);
            shown(&control.keys())
        }
        _ => Ok(Answer::empty(404)),
    }
}

fn shown(value: &impl Serialize) -> Result<Answer, String> {
    let text = serde_json::to_string_pretty(value).map_err(sentence)?;
    Ok(Answer::text(200, JSON, text + "\n"))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(sentence)
}

fn number(id: &str) -> Result<u64, String> {
    id.parse().map_err(|_| "an id is a number".to_owned())
}

fn sentence(error: impl std::fmt::Display) -> String {
    error.to_string()
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

/// A person in `snake_case`, flat.
fn person(user: &User) -> Value {
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(user.id));
    shown.insert("created_by_call".to_owned(), json!(user.created_by_call));
    shown.insert("with_contract".to_owned(), json!(user.with_contract));
    shown.insert("modified_at".to_owned(), json!(user.modified_at));
    for (name, value) in &user.members {
        shown.insert(snake(name), value.clone());
    }
    Value::Object(shown)
}

/// `dtContractStart` as `dt_contract_start`, `cultureID` as `culture_id`.
fn snake(name: &str) -> String {
    if name.contains('_') {
        return name.to_owned();
    }
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_capital = true;
    for c in name.chars() {
        if c.is_ascii_uppercase() && !after_capital {
            snake.push('_');
        }
        after_capital = c.is_ascii_uppercase();
        snake.push(c.to_ascii_lowercase());
    }
    snake
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
            assert_eq!(snake(name), expected);
        }
    }
}
