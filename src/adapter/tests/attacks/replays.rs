//! What was authentic once, sent again.

use super::*;

#[tokio::test]
async fn a_replay_is_acknowledged_and_comes_to_nothing_also_after_a_restart() {
    let mut fixture = signed(|_| {}).await;
    let delivery = Forged::standard(&KEY, "msg_1", now(), &confirmed("a-1"));
    for _ in 0..3 {
        assert_eq!(delivery.send(&fixture).await, 200);
    }
    assert_eq!(fixture.fake.heard(1).await, ["create a-1 Dupont"]);
    fixture.stop().await;
    fixture.start().await;
    // A try of the sender's own, signed anew.
    let again = Forged::standard(&KEY, "msg_1", now() + 60, &confirmed("a-1"));
    for repetition in [&delivery, &again] {
        assert_eq!(repetition.send(&fixture).await, 200);
    }
    fixture.send_ok(&confirmed("last")).await;
    let expected = ["create a-1 Dupont", "create last Dupont"];
    assert_eq!(fixture.fake.heard(2).await, expected);
    fixture.stop().await;
    assert_eq!(fixture.spooled("1"), 2);
}

#[tokio::test]
async fn a_replay_after_five_minutes_is_refused() {
    let fixture = signed(|_| {}).await;
    let delivery = Forged::standard(&KEY, "msg_1", now(), &confirmed("a-1"));
    assert_eq!(delivery.send(&fixture).await, 200);
    fixture.pass(Duration::from_secs(301));
    assert_eq!(delivery.send(&fixture).await, 401);
}

#[tokio::test]
async fn another_body_under_a_used_id_is_handed_over_and_reported() {
    let mut fixture = signed(|_| {}).await;
    let first = Forged::standard(&KEY, "msg_1", now(), &confirmed("a-1"));
    let cancelled = event("hire.cancelled", "a-1", "Dupont");
    let second = Forged::standard(&KEY, "msg_1", now(), &cancelled);
    for delivery in [&first, &second, &second] {
        assert_eq!(delivery.send(&fixture).await, 200);
    }
    let expected = [
        "create a-1 Dupont",
        "withdraw a-1",
        "report a-1 KIND_ID_REUSED ID_REUSED ",
    ];
    assert_eq!(fixture.fake.heard(3).await, expected);
    fixture.stop().await;
    assert_eq!(fixture.spooled("state = 'done'"), 1);
    assert_eq!(fixture.spooled("reason = 'ID_REUSED'"), 1);
}

#[tokio::test]
async fn an_id_another_tenant_has_used_is_free() {
    let fixture = signed(|_| {}).await;
    let settings = with(standard_webhooks(vec![whsec(&KEY)]));
    fixture.fake.set_tenant("twin", settings);
    let delivery = Forged::standard(&KEY, "msg_1", now(), &confirmed("a-1"));
    assert_eq!(delivery.send(&fixture).await, 200);
    fixture.fake.heard(1).await;
    let to_twin = Forged {
        path: "/webhooks/twin".to_owned(),
        ..Forged::standard(&KEY, "msg_1", now(), &confirmed("b-1"))
    };
    assert_eq!(to_twin.send(&fixture).await, 200);
    let expected = ["create a-1 Dupont", "create b-1 Dupont"];
    assert_eq!(fixture.fake.heard(2).await, expected);
}
