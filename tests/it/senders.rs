//! What is said of one person, in whatever order and by whichever id, and what senders send.

use http::HeaderMap;
use lucca_onboarding::{
    pb::v1::{self, State, webhook_auth::Method},
    sandbox::Options as SandboxOptions,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::Code;

use crate::support::{
    House, TENANT, frames,
    webhook::{self, Webhook, event, nine_items},
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
        let mut house = House::without_tenant(SandboxOptions::default()).await;
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

#[tokio::test]
async fn whether_webhooks_arrive_is_shown_and_checked() {
    let mut house = House::start().await;
    let arrival = async |house: &House| {
        let request = v1::CheckDefaultsRequest {
            tenant: TENANT.to_owned(),
            ..v1::CheckDefaultsRequest::default()
        };
        let report = house.onboardings().check_defaults(request).await.unwrap();
        let checks = report.into_inner().checks;
        let check = checks.into_iter().find(|it| it.id == "webhooks_arrive");
        let request = v1::GetTenantRequest {
            tenant: TENANT.to_owned(),
        };
        let tenant = house.tenants().get_tenant(request).await.unwrap();
        let seen = tenant.into_inner().tenant.unwrap().webhook_deliveries;
        (check.unwrap(), seen.unwrap())
    };
    let once = async |house: &House, holds: fn(&v1::WebhookDeliveries) -> bool| {
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
        for _ in 0..500 {
            ticks.tick().await;
            let (check, seen) = arrival(house).await;
            if holds(&seen) {
                return check;
            }
        }
        panic!("it is not told");
    };
    let (check, seen) = arrival(&house).await;
    assert_eq!(seen, v1::WebhookDeliveries::default());
    assert_eq!(
        check.status(),
        v1::check_defaults_response::check::Status::Warn
    );
    let mut wrong = Webhook::of(&event("hire.declared", "a-1", json!({})));
    wrong.key = [9; 32];
    assert_eq!(wrong.send(&house).await, 401);
    let check = once(&house, |seen| seen.last_refused_time.is_some()).await;
    assert_eq!(
        check.status(),
        v1::check_defaults_response::check::Status::Warn
    );
    assert!(check.message.contains("signature"), "{check:?}");
    // A new adapter need not wait for a minute.
    house.stop_adapter().await;
    house.start_adapter().await;
    let right = Webhook::of(&event("hire.declared", "a-1", json!({})));
    assert_eq!(right.send(&house).await, 200);
    let check = once(&house, |seen| seen.last_accepted_time.is_some()).await;
    assert_eq!(
        check.status(),
        v1::check_defaults_response::check::Status::Pass,
        "{check:?}"
    );
}

#[tokio::test]
async fn a_token_that_lacks_the_scope_or_the_tenant_loses_no_webhook() {
    use lucca_onboarding::config::{Rights, Scope, Token};
    let secret = "adapter-token-of-more-than-32-characters";
    for (scope, tenant) in [(Scope::Caller, TENANT), (Scope::Adapter, "other")] {
        let mut house = House::stopped().await;
        let token = |scope, tenant: &str| {
            let rights = Rights {
                name: "adapter".to_owned(),
                scopes: vec![scope],
                tenants: vec![tenant.to_owned()],
            };
            Token::new(rights, &secret.to_owned().into()).unwrap()
        };
        house.settings.adapter.token = Some(secret.to_owned().into());
        house.settings.auth.tokens = vec![token(scope, tenant)];
        house.start_service().await;
        house.start_adapter().await;
        let mut data = nine_items("Dupont");
        data["contractStartDate"] = json!(null);
        let webhook = Webhook::of(&event("hire.confirmed", "a-1", data));
        let told = webhook.send_to(house.webhooks()).await;
        assert_eq!(told, Some((503, true)), "{scope:?} {tenant}");
        // The sender tries again once the token has the right.
        house.settings.server.grpc_listen = house.grpc();
        house.stop_service().await;
        house.settings.auth.tokens = vec![token(Scope::Adapter, TENANT)];
        house.start_service().await;
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(50));
        let accepted = async {
            loop {
                ticks.tick().await;
                if webhook.send_to(house.webhooks()).await == Some((200, false)) {
                    break;
                }
            }
        };
        let patience = std::time::Duration::from_secs(20);
        tokio::time::timeout(patience, accepted).await.unwrap();
    }
}

/// Sends a webhook whose headers are changed first; gives the status.
async fn send_changed(house: &House, webhook: &Webhook, change: fn(&mut HeaderMap)) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = webhook.request(&client, &format!("http://{}", house.webhooks()));
    let mut request = request.build().unwrap();
    change(request.headers_mut());
    client.execute(request).await.unwrap().status().as_u16()
}

fn rename(headers: &mut HeaderMap, from: &'static str, to: &'static str) {
    let value = headers.remove(from).unwrap();
    headers.insert(to, value);
}

#[tokio::test]
async fn what_senders_send_is_taken_or_refused_as_it_is_documented() {
    let mut house = House::without_tenant(SandboxOptions::default()).await;
    let mut tenant = crate::support::tenant(&house.lucca_url());
    // The second of two secrets signs: the first is its successor.
    let mut both = webhook::proof_with([9; 32]);
    let (Some(Method::StandardWebhooks(proof)), Some(Method::StandardWebhooks(second))) =
        (&mut both.method, webhook::proof().method)
    else {
        panic!("not signed");
    };
    proof.secrets.extend(second.secrets);
    tenant.webhook.as_mut().unwrap().auth = vec![both];
    house.create_tenant(tenant).await.unwrap();
    house.start_adapter().await;
    let as_it_is: fn(&mut HeaderMap) = |_| {};
    let whole: fn(&mut Webhook) = |_| {};
    type Case = (&'static str, fn(&mut Webhook), fn(&mut HeaderMap), u16);
    let cases: [Case; 12] = [
        ("signed by the second secret", whole, as_it_is, 200),
        (
            "a charset as the encoding",
            whole,
            |it| drop(it.insert("content-encoding", "UTF-8".parse().unwrap())),
            200,
        ),
        (
            "a packed body",
            whole,
            |it| drop(it.insert("content-encoding", "gzip".parse().unwrap())),
            415,
        ),
        (
            "a form",
            |it| it.body = b"payload=%7B%7D".to_vec(),
            as_it_is,
            400,
        ),
        (
            "several events in one body",
            |it| it.body = [b"[", &*it.body, b"]"].concat(),
            as_it_is,
            200,
        ),
        (
            "several signatures, one of them old",
            whole,
            |it| {
                let right = it["webhook-signature"].to_str().unwrap();
                let both = format!("v1,AAAA {right}").parse().unwrap();
                it.insert("webhook-signature", both);
            },
            200,
        ),
        (
            "signed 200 s ahead",
            |it| it.timestamp += 200,
            as_it_is,
            200,
        ),
        (
            "signed 400 s ahead",
            |it| it.timestamp += 400,
            as_it_is,
            401,
        ),
        ("signed 400 s ago", |it| it.timestamp -= 400, as_it_is, 401),
        (
            "a byte order mark",
            |it| it.body = [b"\xEF\xBB\xBF", &*it.body].concat(),
            as_it_is,
            200,
        ),
        (
            "headers by the names of Svix",
            whole,
            |it| {
                rename(it, "webhook-id", "svix-id");
                rename(it, "webhook-timestamp", "svix-timestamp");
                rename(it, "webhook-signature", "svix-signature");
            },
            200,
        ),
        (
            "no number",
            |it| {
                let body = String::from_utf8(it.body.clone()).unwrap();
                it.body = body.replacen('{', r#"{"rate":NaN,"#, 1).into_bytes();
            },
            as_it_is,
            400,
        ),
    ];
    let mut waiting = Vec::new();
    for (number, (name, change, headers, status)) in cases.into_iter().enumerate() {
        let application = format!("a-{number}");
        let mut data = nine_items(&format!("Dupont{number}"));
        data["contractStartDate"] = json!(null);
        let mut webhook = Webhook::of(&event("hire.confirmed", &application, data));
        change(&mut webhook);
        assert_eq!(
            send_changed(&house, &webhook, headers).await,
            status,
            "{name}"
        );
        if status == 200 && !webhook.body.starts_with(b"[") {
            waiting.push(application);
        }
    }
    for application in waiting {
        house
            .until("werecruit", &application, State::NeedsAttention)
            .await;
    }
    // What an authentic sender sent and nobody could read is visible.
    let told = house.history_with("EVENT_UNREADABLE", 3).await;
    for reason in ["NOT_AN_EVENT", "NOT_JSON"] {
        assert!(told.iter().any(|it| it.detail.contains(reason)), "{told:?}");
    }
}

#[tokio::test]
async fn chunked_bodies_and_senders_of_http_1_0_are_served() {
    let house = House::start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (application, version) in [("a-1", "HTTP/1.1"), ("a-2", "HTTP/1.0")] {
        let mut data = nine_items("Dupont");
        data["contractStartDate"] = json!(null);
        let webhook = Webhook::of(&event("hire.confirmed", application, data));
        let url = format!("http://{}", house.webhooks());
        let signed = webhook.request(&client, &url).build().unwrap();
        let mut head = format!("POST {} {version}\r\nhost: test\r\n", signed.url().path());
        for (name, value) in signed.headers() {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        let body = String::from_utf8(webhook.body).unwrap();
        let (first, rest) = body.split_at(10);
        let sent = match version {
            "HTTP/1.1" => format!(
                "{head}transfer-encoding: chunked\r\nconnection: close\r\n\r\n\
                 a\r\n{first}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n",
                rest.len()
            ),
            _ => format!("{head}content-length: {}\r\n\r\n{body}", body.len()),
        };
        let mut stream = TcpStream::connect(house.webhooks()).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(" 200 OK"), "{version} {answer}");
        house
            .until("werecruit", application, State::NeedsAttention)
            .await;
    }
}

#[tokio::test]
async fn a_packed_message_is_refused_and_pings_are_answered() {
    let house = House::start().await;
    let stream = TcpStream::connect(house.grpc()).await.unwrap();
    let (client, mut connection) = h2::client::handshake(stream).await.unwrap();
    let mut pings = connection.ping_pong().unwrap();
    tokio::spawn(connection);
    for _ in 0..20 {
        pings.ping(h2::Ping::opaque()).await.unwrap();
    }
    let call = http::Request::post("http://test/hr.onboarding.v1.OnboardingService/GetStatus")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-encoding", "gzip")
        .body(())
        .unwrap();
    let mut client = client.ready().await.unwrap();
    let (response, mut body) = client.send_request(call, false).unwrap();
    let mut message = frames::announcing(1, b"x").to_vec();
    // The message is compressed.
    message[0] = 1;
    body.send_data(message.into(), true).unwrap();
    assert_eq!(frames::status(response).await.code(), Code::Unimplemented);
}

/// Whether a warning of a hire shows what was sent.
fn shows(onboarding: &v1::Onboarding, sent: &str) -> bool {
    onboarding
        .warnings
        .iter()
        .any(|it| it.message.contains(sent))
}

#[tokio::test]
async fn an_update_of_which_nothing_can_be_read_is_a_warning_on_the_hire() {
    let house = House::start().await;
    let both = [("applicationId", "a-1"), ("candidateId", "c-1")];
    let mut data = nine_items("Dupont");
    data["contractStartDate"] = json!(null);
    let confirmed = dated(said("hire.confirmed", &both, data), "evt-1", 1);
    assert_eq!(Webhook::of(&confirmed).send(&house).await, 200);
    house.until("werecruit", "a-1", State::NeedsAttention).await;
    let update = |id, second, value: Value| {
        let update = said("hire.updated", &both, json!({"department": value}));
        Webhook::of(&dated(update, id, second))
    };
    let first = update("evt-2", 2, json!([{"id": 13}]));
    assert_eq!(first.send(&house).await, 200);
    let seen = |sent: &'static str| move |it: &v1::Onboarding| shows(it, sent);
    house
        .until_it("werecruit", "a-1", "warns", seen("13"))
        .await;
    house.history_with("EVENT_UNREADABLE", 1).await;
    // Also once the employee exists.
    let complete = said("hire.confirmed", &both, nine_items("Dupont"));
    let complete = dated(complete, "evt-3", 3);
    assert_eq!(Webhook::of(&complete).send(&house).await, 200);
    house.until("werecruit", "a-1", State::Created).await;
    let later = update("evt-4", 4, json!({"id": 17}));
    assert_eq!(later.send(&house).await, 200);
    house
        .until_it("werecruit", "a-1", "warns", seen("17"))
        .await;
}

#[tokio::test]
async fn a_unit_that_cannot_be_read_is_asked_about_if_the_tenant_wants_so() {
    let mut house = House::without_tenant(SandboxOptions::default()).await;
    let mut tenant = crate::support::tenant(&house.lucca_url());
    tenant.unmatched = vec![v1::tenant::Unmatched {
        field: v1::Field::Department.into(),
        policy: v1::tenant::unmatched::Policy::Ask.into(),
    }];
    house.create_tenant(tenant).await.unwrap();
    house.start_adapter().await;
    let mut data = nine_items("Dupont");
    data["department"] = json!([{"id": 13}]);
    let confirmed = event("hire.confirmed", "a-1", data);
    assert_eq!(Webhook::of(&confirmed).send(&house).await, 200);
    let asked = house.until("werecruit", "a-1", State::NeedsAttention).await;
    let problem = asked.problem.unwrap();
    assert_eq!(problem.code, "UNMATCHED");
    assert!(problem.message.contains("13"), "{problem:?}");
    assert!(house.sandbox().ledger().creations().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_neither_yes_nor_no_is_a_question_that_shows_it() {
    let house = House::start().await;
    let mut data = nine_items("Dupont");
    data["sendToLucca"] = json!("peut-être");
    let unclear = dated(event("hire.confirmed", "a-1", data), "evt-1", 1);
    assert_eq!(Webhook::of(&unclear).send(&house).await, 200);
    let asked = house.until("werecruit", "a-1", State::NeedsAttention).await;
    let problem = asked.problem.unwrap();
    assert_eq!(problem.code, "INCOMPLETE");
    assert!(problem.message.contains("peut-être"), "{problem:?}");
    assert!(house.sandbox().ledger().creations().is_empty());
    let clear = event("hire.confirmed", "a-1", nine_items("Dupont"));
    let clear = dated(clear, "evt-2", 2);
    assert_eq!(Webhook::of(&clear).send(&house).await, 200);
    house.until("werecruit", "a-1", State::Created).await;
}
