//! Too much of something.

use super::*;

const JUNK: &str = "{\"junk\":1}";

async fn answer(request: reqwest::RequestBuilder) -> (u16, Option<u64>, String) {
    let response = request.send().await.unwrap();
    let wait = response.headers().get("retry-after");
    let wait = wait.map(|seconds| seconds.to_str().unwrap().parse().unwrap());
    (
        response.status().as_u16(),
        wait,
        response.text().await.unwrap(),
    )
}

/// A whole request, after which the connection ends.
fn raw(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

#[tokio::test]
async fn junk_is_told_to_slow_down_and_shuts_nobody_out() {
    let fixture =
        Fixture::tuned(|tuning| tuning.settings.adapter.limits.failures_per_minute = 5).await;
    fixture.send_ok(&confirmed("a-1")).await;
    for _ in 0..5 {
        assert_eq!(
            answer(fixture.post("/webhooks/acme/wrong", JUNK)).await.0,
            401
        );
    }
    let asked = fixture.fake.settings_asked();
    let known = answer(fixture.post("/webhooks/acme/wrong", JUNK)).await;
    let unknown = answer(fixture.post("/webhooks/nobody/wrong", JUNK)).await;
    assert_eq!(known.0, 429);
    assert!((1..=60).contains(&known.1.unwrap()), "{known:?}");
    assert_eq!((known.0, &known.2), (unknown.0, &unknown.2));
    assert_eq!(fixture.fake.settings_asked(), asked);
    // Not even the same address, as long as it proves itself.
    for number in 0..20 {
        fixture.send_ok(&confirmed(&format!("b-{number}"))).await;
    }
    let elsewhere = send_raw_from(&fixture, "127.0.0.2", &raw("/webhooks/acme/wrong", JUNK)).await;
    assert!(elsewhere.starts_with("HTTP/1.1 401 "), "{elsewhere}");
}

#[tokio::test]
async fn a_tenant_that_sends_too_much_waits_and_no_other_does() {
    let fixture =
        Fixture::tuned(|tuning| tuning.settings.adapter.limits.events_per_minute = 3).await;
    fixture.fake.set_tenant("other", with_path_secret("s3cret"));
    // What proves nothing takes nothing from the tenant.
    for _ in 0..5 {
        assert_eq!(
            answer(fixture.post("/webhooks/acme/wrong", JUNK)).await.0,
            401
        );
    }
    for number in 0..3 {
        fixture.send_ok(&confirmed(&format!("a-{number}"))).await;
    }
    let event = confirmed("a-3");
    let (status, wait, _) = answer(fixture.post("/webhooks/acme/s3cret", event.clone())).await;
    assert_eq!(status, 429);
    assert!((1..=20).contains(&wait.unwrap()), "{wait:?}");
    let told = answer(fixture.post("/webhooks/other/s3cret", event)).await;
    assert_eq!(told.0, 200);
}

#[tokio::test]
async fn an_address_that_sends_too_much_is_refused_before_its_body_is_read() {
    let fixture =
        Fixture::tuned(|tuning| tuning.settings.adapter.limits.requests_per_minute = 2).await;
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.send_ok(&confirmed("a-2")).await;
    let head = "POST /webhooks/acme/s3cret HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n";
    let told = send_raw(&fixture, head.as_bytes()).await;
    assert!(told.starts_with("HTTP/1.1 429 "), "{told}");
    assert!(told.contains("retry-after: "), "{told}");
    let elsewhere = send_raw_from(
        &fixture,
        "127.0.0.2",
        &raw("/webhooks/acme/s3cret", &confirmed("a-3")),
    )
    .await;
    assert!(elsewhere.starts_with("HTTP/1.1 200 "), "{elsewhere}");
}

#[tokio::test]
async fn an_address_is_what_the_connection_says_unless_a_trusted_proxy_says_otherwise() {
    for (proxies, from_elsewhere) in [(vec![], 429), (vec!["127.0.0.1".parse().unwrap()], 401)] {
        let fixture = Fixture::tuned(|tuning| {
            tuning.settings.adapter.limits.failures_per_minute = 1;
            tuning.settings.adapter.limits.trusted_proxies = proxies;
        })
        .await;
        let junk = |forwarded: &'static str| {
            Forged::to("/webhooks/acme/wrong", JUNK).with("x-forwarded-for", forwarded)
        };
        assert_eq!(junk("192.0.2.1").send(&fixture).await, 401);
        assert_eq!(junk("192.0.2.1").send(&fixture).await, 429);
        assert_eq!(junk("192.0.2.2").send(&fixture).await, from_elsewhere);
        // What the sender has put in front changes nothing.
        assert_eq!(junk("192.0.2.3, 192.0.2.1").send(&fixture).await, 429);
    }
}

#[tokio::test]
async fn invented_tenants_do_not_become_calls_to_the_service() {
    let fixture = Fixture::tuned(|tuning| {
        tuning.timing.strangers_pace = Duration::from_secs(3600);
    })
    .await;
    fixture.send_ok(&confirmed("a-1")).await;
    let mut told = Vec::new();
    for number in 0..210 {
        let path = format!("/webhooks/nobody-{number}/s3cret");
        told.push(answer(fixture.post(&path, JUNK)).await.0);
    }
    // The first question was about the tenant that exists.
    assert_eq!(told[..199], [401; 199]);
    assert_eq!(told[199..], [429; 11]);
    assert_eq!(fixture.fake.settings_asked(), 200);
    // The tenant that exists looks no different, and is served.
    let wrong = answer(fixture.post("/webhooks/acme/wrong", JUNK)).await;
    assert_eq!(wrong.0, 429);
    assert_eq!(fixture.fake.settings_asked(), 200);
    fixture.send_ok(&confirmed("a-2")).await;
    fixture.fake.heard(2).await;
}

#[tokio::test]
async fn slow_bodies_of_one_address_leave_room_for_others() {
    // Bodies this large have 16 places, of which one address gets 4.
    let fixture =
        Fixture::tuned(|tuning| tuning.settings.adapter.body_limit = 16 * 1024 * 1024).await;
    let head = "POST /webhooks/acme/s3cret HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\
                content-length: 1000\r\n\r\n";
    let mut slow = Vec::new();
    for _ in 0..4 {
        let mut connection = connect_from(&fixture, "127.0.0.2").await;
        connection.write_all(head.as_bytes()).await.unwrap();
        // Told once the adapter waits for the body.
        let mut told = [0; 21];
        let read = connection.read_exact(&mut told);
        timeout(PATIENCE, read).await.unwrap().unwrap();
        assert!(told.starts_with(b"HTTP/1.1 100 "));
        slow.push(connection);
    }
    let request = raw("/webhooks/acme/s3cret", &confirmed("a-1"));
    let told = send_raw_from(&fixture, "127.0.0.2", &request).await;
    assert!(told.starts_with("HTTP/1.1 429 "), "{told}");
    fixture.send_ok(&confirmed("a-1")).await;
}

#[tokio::test]
async fn refusals_are_counted_by_reason_and_name_nobody() {
    let fixture = signed(|tuning| tuning.settings.adapter.limits.failures_per_minute = 4).await;
    let stale = Forged::standard(&KEY, "a-1", now() - 1000, "{}");
    for (forged, status) in [
        (stale, 401),
        (Forged::to("/webhooks/signed", "{}"), 401),
        (Forged::to("/webhooks/no-such-tenant", "{}"), 401),
        (Forged::to("/webhooks/acme/canary", "{}"), 401),
        (Forged::to("/webhooks/acme/canary", "{}"), 429),
        (Forged::to("/webhooks/acme/s3cret", "canary"), 400),
        (Forged::to("/canary", "{}"), 404),
        (
            Forged::to("/webhooks/acme", "{}").with("content-encoding", "gzip"),
            415,
        ),
    ] {
        assert_eq!(forged.send(&fixture).await, status);
    }
    let text = fixture.metrics.encode().unwrap();
    for reason in [
        "stale",
        "missing",
        "unknown_tenant",
        "wrong",
        "failures",
        "not_json",
        "not_found",
        "encoded",
    ] {
        let line = format!("onboarding_webhook_refusals_total{{reason=\"{reason}\"}} 1");
        assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
    }
    for secret in ["canary", "acme", "signed", "no-such-tenant"] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
}

#[tokio::test]
async fn a_thousand_events_sent_again_after_an_outage_all_get_through_by_default() {
    use futures_util::StreamExt as _;
    let defaults = crate::config::load(None, std::iter::empty()).unwrap();
    let fixture = Fixture::tuned(|tuning| {
        tuning.settings.adapter.limits = defaults.adapter.limits;
        tuning.settings.adapter.spool_max_events = defaults.adapter.spool_max_events;
    })
    .await;
    let sending = (0..1_000).map(|number| {
        let body = format!(r#"{{"type":"test","id":"evt-{number}"}}"#);
        answer(fixture.post("/webhooks/acme/s3cret", body))
    });
    let told = futures_util::stream::iter(sending).buffer_unordered(50);
    let taken = told.filter(|(status, ..)| std::future::ready(*status == 200));
    assert_eq!(taken.count().await, 1_000);
}
