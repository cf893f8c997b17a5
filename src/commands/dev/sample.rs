//! The sample hires, as events of We Recruit.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::{Failure, House, TENANT};

/// A sample event.
pub(super) struct Sample {
    /// What it shows.
    pub title: &'static str,
    /// The application's id.
    pub application: String,
    /// The event's body.
    pub body: Value,
}

/// The two samples. Each start has new ids and addresses.
pub(super) fn samples(now: Timestamp) -> Vec<Sample> {
    let run = now.as_millisecond();
    let start = now
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .date()
        .saturating_add(42.days())
        .to_string();
    let sample = |title, number: u8, mut data: Value| {
        let application = format!("application-{run}-{number}");
        data["applicationId"] = application.clone().into();
        data["candidateId"] = format!("candidate-{run}-{number}").into();
        data["sendToLucca"] = true.into();
        data["contractStartDate"] = start.clone().into();
        let body = json!({
            "type": "hire.confirmed",
            "id": format!("evt_{run}_{number}"),
            "timestamp": now.to_string(),
            "data": data,
        });
        Sample {
            title,
            application,
            body,
        }
    };
    let complete = sample(
        "A hire with all nine data items",
        1,
        json!({
            "lastName": "Dupont", "firstName": "Éloïse",
            "professionalEmail": format!("eloise.dupont.{run}@example.org"),
            "personalEmail": format!("eloise.dupont.{run}@example.com"),
            "login": format!("edupont{run}"),
            "establishment": "siege paris", "department": "PRODUIT",
            "managerName": "MARTIN Jean"
        }),
    );
    let personal_only = sample(
        "A hire with only a personal e-mail address",
        2,
        json!({
            "lastName": "N'Diaye", "firstName": "Marie-Thérèse",
            "professionalEmail": null,
            "personalEmail": format!("mt.ndiaye.{run}@example.com"),
            "login": null,
            "establishment": "Siège Paris", "department": "Produit",
            "managerName": "Jean Martin"
        }),
    );
    vec![complete, personal_only]
}

/// Sends an event as a webhook signed by Standard Webhooks 1.0.0; returns the HTTP status.
pub(super) async fn send(house: &House, sample: &Sample) -> Result<u16, Failure> {
    let body = sample.body.to_string();
    let id = sample.body["id"].as_str().unwrap_or_default().to_owned();
    let timestamp = Timestamp::now().as_second();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &house.data.webhook_key()?);
    let signature = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(signature));
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .map_err(Failure::new)?
        .post(format!("http://{}/webhooks/{TENANT}", house.webhooks))
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature)
        .body(body)
        .send()
        .await
        .map_err(|_| Failure::new("the adapter does not answer"))?;
    Ok(answer.status().as_u16())
}
