//! Webhooks as We Recruit would send them, signed by Standard Webhooks.

use std::net::SocketAddr;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use lucca_onboarding::pb::v1;
use serde_json::{Value, json};

use super::{House, TENANT};

const KEY: [u8; 32] = [7; 32];

/// The proof that the tenant asks for.
pub fn proof() -> v1::WebhookAuth {
    proof_with(KEY)
}

/// A proof that another tenant may ask for.
pub fn proof_with(key: [u8; 32]) -> v1::WebhookAuth {
    use v1::webhook_auth::{Method, StandardWebhooks};
    v1::WebhookAuth {
        method: Some(Method::StandardWebhooks(StandardWebhooks {
            secrets: vec![v1::Secret {
                value: format!("whsec_{}", STANDARD.encode(key)),
                ..v1::Secret::default()
            }],
        })),
    }
}

/// A webhook that can be bent in every way.
pub struct Webhook {
    pub tenant: String,
    pub id: String,
    pub timestamp: i64,
    pub body: Vec<u8>,
    pub key: [u8; 32],
}

impl Webhook {
    pub fn of(event: &Value) -> Self {
        Self {
            tenant: TENANT.to_owned(),
            id: event["id"].as_str().unwrap_or("evt").to_owned(),
            timestamp: Timestamp::now().as_second(),
            body: event.to_string().into_bytes(),
            key: KEY,
        }
    }

    /// Sends it; gives the status.
    pub async fn send(&self, house: &House) -> u16 {
        self.send_to(house.webhooks()).await.unwrap().0
    }

    /// Sends it to an adapter; gives the status and whether it says when to come back, or
    /// nothing if nobody answers.
    pub async fn send_to(&self, adapter: SocketAddr) -> Option<(u16, bool)> {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = self.request(&client, &format!("http://{adapter}"));
        let answer = request.send().await.ok()?;
        let retry = answer.headers().contains_key("retry-after");
        Some((answer.status().as_u16(), retry))
    }

    /// As a request to the adapter at this address.
    pub fn request(&self, client: &reqwest::Client, adapter: &str) -> reqwest::RequestBuilder {
        let mut signed = format!("{}.{}.", self.id, self.timestamp).into_bytes();
        signed.extend_from_slice(&self.body);
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.key), &signed);
        client
            .post(format!("{adapter}/webhooks/{}", self.tenant))
            .header("content-type", "application/json")
            .header("webhook-id", &self.id)
            .header("webhook-timestamp", self.timestamp)
            .header(
                "webhook-signature",
                format!("v1,{}", STANDARD.encode(signature)),
            )
            .body(self.body.clone())
    }
}

/// An event about an application, with these data.
pub fn event(kind: &str, application: &str, data: Value) -> Value {
    let mut data = data;
    data["applicationId"] = application.into();
    json!({
        "type": kind,
        "id": format!("evt-{application}-{}", kind.replace('.', "-")),
        "timestamp": Timestamp::now().to_string(),
        "data": data,
    })
}

/// The nine data items.
pub fn nine_items(family_name: &str) -> Value {
    json!({
        "sendToLucca": true,
        "lastName": family_name, "firstName": "Éloïse",
        "professionalEmail": format!("{family_name}@example.org"),
        "personalEmail": format!("{family_name}@example.com"),
        "login": format!("e{family_name}"),
        "establishment": "siege paris", "contractStartDate": "2027-01-04",
        "department": "PRODUIT", "managerName": "MARTIN Jean"
    })
}
