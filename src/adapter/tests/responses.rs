//! What senders are told.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tonic::Status;

use super::*;

/// Status, whether to retry, and the body.
async fn told(request: reqwest::RequestBuilder) -> (u16, bool, String) {
    let response = request.send().await.unwrap();
    let retry = response.headers().contains_key("retry-after");
    (
        response.status().as_u16(),
        retry,
        response.text().await.unwrap(),
    )
}

fn error(code: &str) -> String {
    format!("\"code\":\"{code}\"")
}

#[tokio::test]
async fn a_stored_event_is_acknowledged_with_the_tenants_status() {
    let fixture = Fixture::new().await;
    let body = r#"{"accepted":true}"#;
    for (tenant, asked, status, body) in [
        ("plain", 0, 200, body),
        ("accepted", 202, 202, body),
        ("silent", 204, 204, ""),
    ] {
        let mut settings = with_path_secret("s3cret");
        settings.webhook.as_mut().unwrap().success_status = asked;
        fixture.fake.set_tenant(tenant, settings);
        let path = format!("/webhooks/{tenant}/s3cret");
        for _repetition in 0..2 {
            let told = told(fixture.post(&path, confirmed("a-1"))).await;
            assert_eq!(told, (status, false, body.to_owned()), "{tenant}");
        }
    }
}

#[tokio::test]
async fn an_unknown_tenant_and_a_failed_proof_look_the_same() {
    let fixture = Fixture::new().await;
    fixture
        .fake
        .set_tenant("open", GetWebhookSettingsResponse::default());
    let mut answers = Vec::new();
    for path in [
        "/webhooks/acme",
        "/webhooks/acme/wrong",
        "/webhooks/nobody",
        "/webhooks/nobody/s3cret",
        "/webhooks/Not%20A%20Tenant/s3cret",
        "/webhooks/open",
    ] {
        let response = fixture.post(path, confirmed("a-1")).send().await.unwrap();
        let status = response.status();
        let mut names: Vec<_> = response.headers().keys().cloned().collect();
        names.sort_by_key(ToString::to_string);
        answers.push((status, names, response.text().await.unwrap()));
    }
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    assert!(answers[0].2.contains(&error("UNAUTHENTICATED")));
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_new_secret_works_at_once_and_the_old_one_no_more() {
    let fixture = Fixture::new().await;
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.fake.set_tenant("acme", with_path_secret("n3w"));
    let told = told(fixture.post("/webhooks/acme/n3w", confirmed("a-2"))).await;
    assert_eq!(told.0, 200);
    assert_eq!(fixture.send(&confirmed("a-3")).await, 401);
}

#[tokio::test]
async fn settings_are_asked_for_once_and_not_for_every_refusal() {
    let fixture = Fixture::tuned(|tuning| {
        tuning.timing.settings_pace = Duration::from_secs(3600);
    })
    .await;
    for number in 0..20 {
        fixture.send_ok(&confirmed(&format!("a-{number}"))).await;
    }
    assert_eq!(fixture.fake.settings_asked(), 1);
    for _ in 0..20 {
        let told = told(fixture.post("/webhooks/acme/wrong", "{}")).await;
        assert_eq!(told.0, 401);
    }
    assert_eq!(fixture.fake.settings_asked(), 5);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_announced_or_not() {
    let fixture = Fixture::new().await;
    let large = vec![b' '; 256 * 1024 + 1];
    let (status, _, body) = told(fixture.post("/webhooks/acme/s3cret", large)).await;
    assert!(
        status == 413 && body.contains(&error("TOO_LARGE")),
        "{body}"
    );
    let mut chunked = b"POST /webhooks/acme/s3cret HTTP/1.1\r\nhost: x\r\n".to_vec();
    chunked.extend_from_slice(b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n");
    for _ in 0..257 {
        chunked.extend_from_slice(b"400\r\n");
        chunked.extend_from_slice(&[b' '; 1024]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let answer = send_raw(&fixture, &chunked).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains(&error("TOO_LARGE")), "{answer}");
}

/// Sends bytes and gives all that comes back until the end of the connection.
async fn send_raw(fixture: &Fixture, bytes: &[u8]) -> String {
    let address = fixture.running.as_ref().unwrap().address;
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = connection.read_to_end(&mut answer);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_body_up_to_the_limit_is_taken() {
    let fixture = Fixture::new().await;
    let mut body = confirmed("a-1");
    body.push_str(&" ".repeat(256 * 1024 - body.len()));
    fixture.send_ok(&body).await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let fixture =
        Fixture::tuned(|tuning| tuning.settings.adapter.body_timeout = Duration::from_millis(20))
            .await;
    let head = "POST /webhooks/acme/s3cret HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{";
    let answer = send_raw(&fixture, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains(&error("TIMEOUT")), "{answer}");
}

#[tokio::test]
async fn what_is_not_json_is_refused_and_reported() {
    let fixture = Fixture::new().await;
    let mut heard = Vec::new();
    for body in ["", "hello", "{", "{}{}", "nom=Dupont", &"[".repeat(200)] {
        let (status, _, told) = told(fixture.post("/webhooks/acme/s3cret", body.to_owned())).await;
        assert_eq!(status, 400, "{body}");
        assert!(told.contains(&error("NOT_JSON")), "{told}");
        // The sender has proven itself, so somebody has to see it.
        let reason = match body.len() {
            200 => "TOO_DEEP",
            _ => "NOT_JSON",
        };
        heard.push(format!("report  KIND_UNREADABLE {reason} "));
        assert_eq!(fixture.fake.heard(heard.len()).await, heard, "{body}");
    }
}

#[tokio::test]
async fn other_methods_and_paths_are_refused() {
    let fixture = Fixture::new().await;
    let get = fixture.http.get(fixture.url("/webhooks/acme/s3cret"));
    let (status, _, body) = told(get).await;
    assert!(
        status == 405 && body.contains(&error("METHOD_NOT_ALLOWED")),
        "{body}"
    );
    for path in [
        "/",
        "/webhooks",
        "/webhooks/",
        "/webhooks/a/b/c",
        "/webhooks/%FF",
        "/metrics",
    ] {
        let (status, _, body) = told(fixture.post(path, "{}")).await;
        assert!(
            status == 404 && body.contains(&error("NOT_FOUND")),
            "{path} {body}"
        );
    }
}

#[tokio::test]
async fn a_sender_is_told_to_come_back_while_nothing_can_be_checked() {
    let fixture = Fixture::new().await;
    fixture.fake.go_away().await;
    let (status, retry, body) = told(fixture.post("/webhooks/acme/s3cret", confirmed("a-1"))).await;
    assert!(
        status == 503 && retry && body.contains(&error("UNAVAILABLE")),
        "{body}"
    );
    fixture.fake.come_back().await;
    fixture.send_ok(&confirmed("a-1")).await;
    assert_eq!(fixture.fake.heard(1).await, ["create a-1 Dupont"]);
}

#[tokio::test]
async fn settings_that_are_known_serve_while_the_service_is_away() {
    let fixture = Fixture::tuned(|tuning| tuning.timing.settings_fresh = Duration::ZERO).await;
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.fake.heard(1).await;
    fixture.fake.go_away().await;
    fixture.send_ok(&confirmed("a-2")).await;
    // Whether this secret is a new one cannot be found out now.
    let (status, retry, _) = told(fixture.post("/webhooks/acme/new", "{}")).await;
    assert_eq!((status, retry), (503, true));
    fixture.fake.come_back().await;
    assert_eq!(fixture.fake.heard(2).await[1], "create a-2 Dupont");
}

#[tokio::test]
async fn settings_are_not_used_for_ever() {
    let fixture = Fixture::tuned(|tuning| {
        tuning.timing.settings_fresh = Duration::ZERO;
        tuning.timing.settings_kept = Duration::ZERO;
    })
    .await;
    assert_eq!(fixture.send(&confirmed("a-1")).await, 503);
}

#[tokio::test]
async fn lost_rights_at_the_service_are_not_held_against_the_sender() {
    let fixture = Fixture::tuned(|tuning| tuning.timing.settings_fresh = Duration::ZERO).await;
    let denied = || Status::permission_denied("");
    // The token never had them.
    fixture.fake.set_tenant("new", with_path_secret("s3cret"));
    fixture.fake.fail("settings", [denied()]);
    let (status, retry, _) = told(fixture.post("/webhooks/new/s3cret", "{}")).await;
    assert_eq!((status, retry), (503, true));
    let (status, _, _) = told(fixture.post("/webhooks/new/s3cret", "{}")).await;
    assert_eq!(status, 200);
    // It had them once.
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.fake.heard(1).await;
    fixture.fake.fail("settings", [denied()]);
    fixture.send_ok(r#"{"type":"test"}"#).await;
}

#[tokio::test]
async fn a_full_spool_sends_senders_away_for_a_while() {
    let fixture = Fixture::tuned(|tuning| tuning.settings.adapter.spool_max_events = 1).await;
    let gate = fixture.fake.gate("a-1");
    fixture.send_ok(&confirmed("a-1")).await;
    let (status, retry, _) = told(fixture.post("/webhooks/acme/s3cret", confirmed("a-2"))).await;
    assert_eq!((status, retry), (503, true));
    fixture.send_ok(&confirmed("a-1")).await;
    gate.add_permits(1);
    fixture.fake.calls(1).await;
}

#[tokio::test]
async fn a_disabled_tenants_events_are_put_off() {
    let fixture = Fixture::new().await;
    let mut settings = with_path_secret("s3cret");
    settings.disabled = true;
    fixture.fake.set_tenant("acme", settings);
    assert_eq!(fixture.send(&confirmed("a-1")).await, 503);
    assert_eq!(
        told(fixture.post("/webhooks/acme/wrong", "{}")).await.0,
        401
    );
}

#[tokio::test]
async fn a_signed_webhook_is_taken_and_a_changed_one_is_not() {
    let fixture = Fixture::new().await;
    let key = [7; 32];
    let text = format!("whsec_{}", STANDARD.encode(key));
    let standard = webhook_auth::StandardWebhooks {
        secrets: vec![secret("whsec_b3RoZXI="), secret(&text)],
    };
    let settings = with(webhook_auth::Method::StandardWebhooks(standard));
    fixture.fake.set_tenant("signed", settings);
    let now = NOW.parse::<Timestamp>().unwrap().as_second();
    let send = |signed: String, sent: String, timestamp: i64| {
        let message = format!("msg_1.{timestamp}.{signed}");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let signature = STANDARD.encode(hmac::sign(&key, message.as_bytes()));
        let request = fixture
            .post("/webhooks/signed", sent)
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", format!("v1,{signature}"));
        async move { told(request).await.0 }
    };
    let body = confirmed("a-1");
    assert_eq!(
        send(body.clone(), body.replace("Dupont", "Durand"), now).await,
        401
    );
    assert_eq!(send(body.clone(), body.clone(), now - 301).await, 401);
    assert_eq!(send(body.clone(), body.clone(), now).await, 200);
    // The same delivery, sent again with another signature.
    assert_eq!(send(body.clone(), body, now + 10).await, 200);
    assert_eq!(fixture.fake.heard(1).await, ["create a-1 Dupont"]);
}
