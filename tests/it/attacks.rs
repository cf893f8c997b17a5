//! Attacks on webhooks, judged by what Lucca got and what the service tells.

use lucca_onboarding::pb::v1::State;
use serde_json::{Value, json};

use crate::support::{
    House, tenant,
    webhook::{self, Webhook, event, nine_items},
};

fn confirmed(application: &str) -> Value {
    event("hire.confirmed", application, nine_items("Dupont"))
}

/// Sends an event that cannot be read about an application, under an id of its own: once it
/// is in the history, all that was sent about the application before has been handed over.
async fn all_is_handed_over(house: &House, application: &str, number: usize) {
    let mut odd = event("offer.sent", application, json!({}));
    odd["id"] = format!("evt-odd-{number}").into();
    assert_eq!(Webhook::of(&odd).send(house).await, 200);
    house.history_with("EVENT_UNREADABLE", number).await;
}

#[tokio::test]
async fn a_replay_creates_nobody_a_second_time_not_even_after_a_restart_of_the_adapter() {
    let mut house = House::start().await;
    let delivery = Webhook::of(&confirmed("a-1"));
    for _ in 0..3 {
        assert_eq!(delivery.send(&house).await, 200);
    }
    house.until("werecruit", "a-1", State::Created).await;
    house.stop_adapter().await;
    house.start_adapter().await;
    assert_eq!(delivery.send(&house).await, 200);
    all_is_handed_over(&house, "a-1", 1).await;
    let onboarding = house.status_of("werecruit", "a-1").await.unwrap();
    assert_eq!((onboarding.episode, onboarding.revision), (1, 1));
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn an_old_event_under_a_new_delivery_id_changes_nothing() {
    let house = House::start().await;
    let created = confirmed("a-1");
    assert_eq!(Webhook::of(&created).send(&house).await, 200);
    house.until("werecruit", "a-1", State::Created).await;
    // A hire without a start date waits, so that it can be taken back.
    let mut data = nine_items("Durand");
    data["contractStartDate"] = json!(null);
    let mut taken_back = event("hire.confirmed", "b-1", data);
    taken_back["timestamp"] = json!("2026-11-23T09:00:00Z");
    assert_eq!(Webhook::of(&taken_back).send(&house).await, 200);
    house.until("werecruit", "b-1", State::NeedsAttention).await;
    let mut cancelled = event("hire.cancelled", "b-1", json!({}));
    cancelled["timestamp"] = json!("2026-11-23T10:00:00Z");
    assert_eq!(Webhook::of(&cancelled).send(&house).await, 200);
    house.until("werecruit", "b-1", State::Cancelled).await;

    for old in [&created, &taken_back] {
        let mut again = Webhook::of(old);
        again.id = format!("{}-forged", again.id);
        assert_eq!(again.send(&house).await, 200);
    }
    all_is_handed_over(&house, "a-1", 1).await;
    all_is_handed_over(&house, "b-1", 2).await;
    let created = house.status_of("werecruit", "a-1").await.unwrap();
    assert_eq!((created.state(), created.episode), (State::Created, 1));
    assert_eq!(created.revision, 1);
    let cancelled = house.status_of("werecruit", "b-1").await.unwrap();
    assert_eq!(
        (cancelled.state(), cancelled.episode),
        (State::Cancelled, 1)
    );
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn another_statement_under_a_used_delivery_id_counts_and_is_told() {
    let mut house = House::start().await;
    house.stop_sandbox().await;
    let first = Webhook::of(&confirmed("a-1"));
    assert_eq!(first.send(&house).await, 200);
    house.until("werecruit", "a-1", State::Accepted).await;
    let mut second = Webhook::of(&event("hire.cancelled", "a-1", json!({})));
    second.id.clone_from(&first.id);
    assert_eq!(second.send(&house).await, 200);
    house.until("werecruit", "a-1", State::Cancelled).await;
    let history = house.history_with("EVENT_ID_REUSED", 1).await;
    let told = history.iter().find(|it| it.event == "EVENT_ID_REUSED");
    let told = told.unwrap();
    let detail = format!("event {}; hire werecruit/a-1; ID_REUSED", first.id);
    assert_eq!(told.detail, detail);
    assert!(!told.onboarding_id.is_empty());
}

#[tokio::test]
async fn what_one_tenant_has_signed_proves_nothing_for_another() {
    let house = House::start().await;
    let mut other = tenant(&house.lucca_url());
    other.id = "other".into();
    other.webhook.as_mut().unwrap().auth = vec![webhook::proof_with([9; 32])];
    house.create_tenant(other).await.unwrap();
    let mut to_other = Webhook::of(&confirmed("a-1"));
    to_other.tenant = "other".into();
    assert_eq!(to_other.send(&house).await, 401);
    to_other.key = [9; 32];
    assert_eq!(to_other.send(&house).await, 200);
    house.sandbox().wait_for_users(1).await;
    let nobody = house.status_of("werecruit", "a-1").await.unwrap_err();
    assert_eq!(nobody.code(), tonic::Code::NotFound);
}
