use std::time::Duration;

use super::*;

async fn small(requests_per_window: u32, window: Duration) -> House {
    House::with(Options {
        requests_per_window,
        window,
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn beyond_the_budget_every_call_is_answered_429_whatever_the_key() {
    let house = small(2, Duration::from_secs(60)).await;
    for (key, expected) in [
        ("sandbox-key", 200),
        ("wrong", 401),
        ("sandbox-key", 429),
        ("wrong", 429),
    ] {
        let path = "/api/v3/roles";
        let answer = house
            .try_send(key, Method::GET, path, &Value::Null)
            .await
            .unwrap();
        assert_eq!(answer.status(), expected);
        if expected == 429 {
            let wait: u64 = answer.headers()["retry-after"]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            assert!((55..=60).contains(&wait), "{wait}");
        }
    }
    let ledger = house.control.ledger();
    assert_eq!(ledger.max_calls_in_any_window(Duration::from_secs(60)), 4);
    assert_eq!(ledger.windows_over_budget(2, Duration::from_secs(60)), 2);
    assert!(!ledger.calls[2].executed);
}

#[tokio::test]
async fn a_refused_creation_creates_nothing() {
    let house = small(0, Duration::from_secs(60)).await;
    let (status, body) = house.create(&hire()).await;
    assert_eq!((status.as_u16(), &body["Status"]), (429, &json!(429)));
    assert_eq!(house.control.users().len(), 300);
}

#[tokio::test]
async fn retry_after_is_rounded_up_to_whole_seconds() {
    let house = small(0, Duration::from_millis(2500)).await;
    let path = "/api/v3/roles";
    let answer = house.try_send("sandbox-key", Method::GET, path, &Value::Null);
    assert_eq!(answer.await.unwrap().headers()["retry-after"], "3");
}

#[tokio::test]
async fn control_costs_no_budget_and_leaves_no_trace() {
    let house = small(1, Duration::from_secs(60)).await;
    for _ in 0..3 {
        assert_eq!(house.get("/_sandbox/switches").await.0, 200);
    }
    assert_eq!(house.get("/api/v3/roles").await.0, 200);
    assert_eq!(house.control.ledger().calls.len(), 1);
}
