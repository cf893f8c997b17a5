//! The sandbox over the wire: every behaviour through a real connection on a free port.

mod access;
mod creation;
mod faults;
mod limits;
mod panel;
mod reading;
mod structure;

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use super::{Control, Options, Sandbox};

/// A sandbox and somebody who calls it.
struct House {
    sandbox: Sandbox,
    control: Control,
    client: Client,
}

impl House {
    /// A seeded company that admits as many calls as a test makes.
    async fn seeded() -> Self {
        Self::with(Options {
            requests_per_window: 10_000,
            ..Options::default()
        })
        .await
    }

    async fn with(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            control: sandbox.control(),
            sandbox,
            client,
        }
    }

    /// Sends a call with a key; the body if it is not null.
    async fn try_send(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Response, reqwest::Error> {
        let url = format!("{}{path}", self.sandbox.url());
        let mut request = self.client.request(method, url);
        if !key.is_empty() {
            request = request.header("Authorization", format!("lucca application={key}"));
        }
        if !body.is_null() {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        request.send().await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> (StatusCode, String) {
        let answer = self
            .try_send("sandbox-key", method, path, body)
            .await
            .unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let (status, text) = self.send(Method::GET, path, &Value::Null).await;
        (status, read(&text))
    }

    /// The items of a v3 collection.
    async fn items(&self, path: &str) -> Vec<Value> {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body["data"]["items"].as_array().unwrap().clone()
    }

    /// A department, establishment or legal unit, in use or not.
    async fn unit(&self, list: &str, id: u64) -> Value {
        let all = if list == "departments" {
            ""
        } else {
            "&isArchived=true,false"
        };
        let path = format!("/organization/structure/api/{list}?limit=100{all}");
        let (_, body) = self.get(&path).await;
        let items = body["items"].as_array().unwrap();
        items.iter().find(|it| it["id"] == id).unwrap().clone()
    }

    async fn create(&self, body: &Value) -> (StatusCode, Value) {
        let (status, text) = self
            .send(Method::POST, "/api/v3/users?contract=true", body)
            .await;
        (status, read(&text))
    }
}

/// JSON, or the text itself as a JSON text.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

/// The body of a creation that is taken.
fn hire() -> Value {
    json!({
        "firstName": "Éloïse", "lastName": "Dupont",
        "mail": "eloise.dupont@example.com", "login": "eloise.dupont@example.com",
        "legalEntityId": 11, "departmentId": 102, "rolePrincipalId": 51,
        "dtContractStart": "2037-01-04T00:00:00",
    })
}

/// [`hire`] with some members replaced; null takes one away.
fn hire_with(changes: &Value) -> Value {
    let mut body = hire();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    body
}
