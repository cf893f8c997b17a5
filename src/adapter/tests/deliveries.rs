//! What the service is told of webhooks that came.

use super::*;
use crate::pb::v1::webhook_deliveries::Refusal;

#[tokio::test]
async fn the_service_is_told_when_webhooks_last_came_and_why_one_was_refused() {
    let fixture = Fixture::tuned(|tuning| {
        tuning.timing.deliveries_pace = Duration::from_millis(1);
        tuning.settings.adapter.body_limit = 1000;
    })
    .await;
    let large = "x".repeat(1001);
    let cut = "{\"type\":";
    let wrong = fixture.post("/webhooks/acme/wrong", "{}");
    let none = fixture.post("/webhooks/acme", "{}");
    let packed = fixture.post("/webhooks/acme/s3cret", "{}");
    let packed = packed.header("content-encoding", "gzip");
    fixture.send_ok(r#"{"type":"test"}"#).await;
    let told = fixture.fake.deliveries(1).await;
    assert_eq!(told[0].tenant, "acme");
    let first = told[0].deliveries.unwrap();
    assert!(first.last_accepted_time.is_some() && first.last_refused_time.is_none());
    let requests = [
        (wrong, Refusal::Signature),
        (none, Refusal::ProofMissing),
        (packed, Refusal::Encoded),
        (
            fixture.post("/webhooks/acme/s3cret", large),
            Refusal::TooLarge,
        ),
        (fixture.post("/webhooks/acme/s3cret", cut), Refusal::NotJson),
    ];
    for (number, (request, why)) in (2..).zip(requests) {
        let status = request.send().await.unwrap().status();
        assert!(status.is_client_error(), "{why:?}");
        let told = fixture.fake.deliveries(number).await;
        let last = told.last().unwrap().deliveries.unwrap();
        assert_eq!(last.last_refusal(), why);
        assert_eq!(last.last_accepted_time, first.last_accepted_time);
    }
}

#[tokio::test]
async fn a_flood_of_junk_and_of_invented_tenants_is_told_once_or_not_at_all() {
    let fixture = Fixture::new().await;
    for number in 0..50 {
        let invented = format!("/webhooks/nobody-{number}/s3cret");
        for path in ["/webhooks/acme/wrong", &*invented] {
            let answer = fixture.post(path, "{}").send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 401);
        }
    }
    fixture.fake.deliveries(1).await;
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.fake.calls(1).await;
    let told = fixture.fake.deliveries(1).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].tenant, "acme");
}

#[tokio::test]
async fn what_the_service_does_not_take_is_told_again() {
    let fixture =
        Fixture::tuned(|tuning| tuning.timing.deliveries_pace = Duration::from_millis(1)).await;
    let away = || tonic::Status::unavailable("");
    fixture.fake.fail("deliveries", [away(), away()]);
    fixture.send_ok(&confirmed("a-1")).await;
    let told = fixture.fake.deliveries(3).await;
    assert!(told.iter().all(|it| it == &told[0]), "{told:?}");
}
