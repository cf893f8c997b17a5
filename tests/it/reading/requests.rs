//! Requests in the forms in which senders make them.

use lucca_onboarding::pb::v1::State;
use serde_json::json;

use crate::support::{
    House, TENANT,
    webhook::{Webhook, event, nine_items},
};

fn webhook(application: &str) -> Webhook {
    Webhook::of(&event("hire.confirmed", application, nine_items("Dupont")))
}

/// Sends a webhook after a change; gives the status and the answer.
async fn send(
    house: &House,
    webhook: &Webhook,
    change: impl FnOnce(&mut reqwest::Request),
) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = format!("http://{}", house.webhooks());
    let mut request = webhook.request(&client, &address).build().unwrap();
    change(&mut request);
    let answer = client.execute(request).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_charset_in_the_place_of_an_encoding_turns_nobody_away() {
    let house = House::start().await;
    let encoded = |value: &'static str| {
        move |request: &mut reqwest::Request| {
            let value = value.parse().unwrap();
            request.headers_mut().insert("content-encoding", value);
        }
    };
    let (status, _) = send(&house, &webhook("a-1"), encoded("UTF-8")).await;
    assert_eq!(status, 200);
    house.until("werecruit", "a-1", State::Created).await;
    let (status, told) = send(&house, &webhook("a-2"), encoded("gzip")).await;
    assert_eq!(status, 415);
    assert!(!told.contains("compressed"), "{told}");
}

#[tokio::test]
async fn a_body_in_a_charset_that_is_named_is_read() {
    let house = House::start().await;
    let mut latin_1 = webhook("a-1");
    latin_1.body = String::from_utf8(latin_1.body)
        .unwrap()
        .chars()
        .map(|it| u8::try_from(u32::from(it)).unwrap())
        .collect();
    let (status, _) = send(&house, &latin_1, |request| {
        let value = "application/json; charset=ISO-8859-1".parse().unwrap();
        request.headers_mut().insert("content-type", value);
    })
    .await;
    assert_eq!(status, 200);
    let created = house.until("werecruit", "a-1", State::Created).await;
    assert_eq!(created.collaborator.unwrap().given_name, "Éloïse");
}

#[tokio::test]
async fn the_headers_of_svix_are_those_of_standard_webhooks() {
    let house = House::start().await;
    let (status, _) = send(&house, &webhook("a-1"), |request| {
        for part in ["id", "timestamp", "signature"] {
            let headers = request.headers_mut();
            let value = headers.remove(format!("webhook-{part}")).unwrap();
            let name: reqwest::header::HeaderName = format!("svix-{part}").parse().unwrap();
            headers.insert(name, value);
        }
    })
    .await;
    assert_eq!(status, 200);
    house.until("werecruit", "a-1", State::Created).await;
}

#[tokio::test]
async fn a_body_with_nan_is_refused_and_stays_visible() {
    let house = House::start().await;
    let mut odd = event("hire.confirmed", "a-1", nine_items("Dupont"));
    odd["data"]["phone"] = json!("@");
    let mut odd = Webhook::of(&odd);
    odd.body = String::from_utf8(odd.body)
        .unwrap()
        .replace("\"@\"", "NaN")
        .into_bytes();
    assert_eq!(odd.send(&house).await, 400);
    house.until_told("NOT_JSON", TENANT).await;
}
