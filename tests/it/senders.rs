//! What is said of one person, in whatever order and by whichever id, and what senders send.

use lucca_onboarding::pb::v1::{self, State, webhook_auth::Method};
use serde_json::{Value, json};

use crate::support::{
    House, TENANT,
    webhook::{Webhook, event, nine_items},
};

/// The token of a sender that signs nothing.
const TOKEN: &str = "a-token-of-thirty-two-characters";

/// What is said of an application, a candidate, or both, without an id and a time.
fn said(kind: &str, names: &[(&str, &str)], mut data: Value) -> Value {
    for (name, id) in names {
        data[*name] = json!(id);
    }
    json!({"type": kind, "data": data})
}

/// The same with an id and a time: the larger the second, the later.
fn dated(mut event: Value, id: &str, second: u32) -> Value {
    event["id"] = json!(id);
    let now = jiff::Timestamp::now();
    let time = now - jiff::SignedDuration::from_secs(i64::from(1_000 - second));
    event["timestamp"] = json!(time.to_string());
    event
}

async fn ask_for_a_token(house: &House) {
    let token = v1::Secret {
        value: TOKEN.to_owned(),
        ..v1::Secret::default()
    };
    let bearer = v1::webhook_auth::Bearer { token: Some(token) };
    let mut tenant = crate::support::tenant(&house.lucca_url());
    tenant.webhook.as_mut().unwrap().auth = vec![v1::WebhookAuth {
        method: Some(Method::Bearer(bearer)),
    }];
    house.create_tenant(tenant).await.unwrap();
}

async fn send_with_token(house: &House, event: &Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/webhooks/{TENANT}", house.webhooks());
    let request = client.post(url).bearer_auth(TOKEN).body(event.to_string());
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn hires_that_are_confirmed_and_cancelled_during_an_outage_end_withdrawn() {
    let mut house = House::start().await;
    // The settings are known when the service goes away.
    let first = event("hire.declared", "a-0", json!({}));
    assert_eq!(Webhook::of(&first).send(&house).await, 200);
    house.settings.server.grpc_listen = house.grpc();
    house.stop_service().await;
    for number in 0..10 {
        let (a, c) = (format!("a-{number}"), format!("c-{number}"));
        let names = [("applicationId", a.as_str()), ("candidateId", c.as_str())];
        let data = nine_items(&format!("Dupont{number}"));
        let confirmed = said("hire.confirmed", &names, data);
        let cancelled = said("hire.cancelled", &names[1..], json!({}));
        for event in [
            dated(confirmed, &format!("confirm-{number}"), 1),
            dated(cancelled, &format!("cancel-{number}"), 2),
        ] {
            assert_eq!(Webhook::of(&event).send(&house).await, 200);
        }
    }
    house.start_service().await;
    for number in 0..10 {
        let application = format!("a-{number}");
        house
            .until_it("werecruit", &application, "is withdrawn", |it| {
                let is_told = it
                    .follow_ups
                    .iter()
                    .any(|it| it.code == "WITHDRAWN_AFTER_CREATION");
                it.state() == State::Cancelled || is_told
            })
            .await;
    }
}

#[tokio::test]
async fn the_same_words_after_a_cancellation_are_a_new_confirmation_whichever_ids_cancel() {
    let both = [("applicationId", "a-1"), ("candidateId", "c-1")];
    for cancels in [&both[1..], &both[..1], &both[..]] {
        let mut house = House::without_tenant(Default::default()).await;
        ask_for_a_token(&house).await;
        house.start_adapter().await;
        let mut data = nine_items("Dupont");
        data["contractStartDate"] = json!(null);
        let confirmed = said("hire.confirmed", &both, data);
        send_with_token(&house, &confirmed).await;
        house.until("werecruit", "a-1", State::NeedsAttention).await;
        send_with_token(&house, &said("hire.cancelled", cancels, json!({}))).await;
        house.until("werecruit", "a-1", State::Cancelled).await;
        send_with_token(&house, &confirmed).await;
        let again = house.until("werecruit", "a-1", State::NeedsAttention).await;
        assert_eq!(again.episode, 2, "{cancels:?}");
    }
}

#[tokio::test]
async fn an_anonymisation_takes_what_the_spool_keeps_of_the_person() {
    for named in ["applicationId", "candidateId"] {
        let mut house = House::start().await;
        let both = [("applicationId", "1"), ("candidateId", "2")];
        let mut data = nine_items("Dupont");
        data["birthDate"] = json!("soon");
        let confirmed = dated(said("hire.confirmed", &both, data), "evt-1", 1);
        // Nobody can tell whom it is about, but it names the person.
        let mut list = Webhook::of(&json!([confirmed.clone()]));
        list.id = "evt-list".to_owned();
        for webhook in [Webhook::of(&confirmed), list] {
            assert_eq!(webhook.send(&house).await, 200);
        }
        house.history_with("EVENT_UNREADABLE", 2).await;
        let id = if named == "applicationId" { "1" } else { "2" };
        let erased = said("candidate.anonymized", &[(named, id)], json!({}));
        let erased = Webhook::of(&dated(erased, "evt-2", 2));
        assert_eq!(erased.send(&house).await, 200);
        house.history_with("EVENT_ANONYMIZED", 1).await;
        // What comes late is not kept either.
        let late = said("offer.sent", &both, nine_items("Dupont"));
        let late = Webhook::of(&dated(late, "evt-3", 0));
        assert_eq!(late.send(&house).await, 200);
        house.history_with("EVENT_UNREADABLE", 3).await;
        house.stop_adapter().await;
        let spool = rusqlite::Connection::open(house.data.path().join("spool.db")).unwrap();
        let sql = "SELECT count(*), count(body) FROM event";
        let kept: (i64, i64) = spool
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(kept, (4, 0), "{named}");
    }
}
