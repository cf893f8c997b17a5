//! Attacks on the listeners: what is attacked has an answer, and everybody else is served.

use std::time::Duration;

use bytes::Bytes;
use h2::{
    SendStream,
    client::{ResponseFuture, SendRequest},
};
use http::Request as HttpRequest;
use lucca_onboarding::pb::v1::{self, State};
use prost::Message as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tonic::{Code, Request, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use crate::support::{
    House, asking, by_source, collaborator,
    frames::{WINDOW, announcing, connect, status},
    hire,
    webhook::{Webhook, event, nine_items},
};

const PATIENCE: Duration = Duration::from_secs(30);

const GET_STATUS: &str = "/hr.onboarding.v1.OnboardingService/GetStatus";

/// A service with other limits.
async fn tuned(tune: impl FnOnce(&mut lucca_onboarding::config::Settings)) -> House {
    let mut house = House::stopped().await;
    tune(&mut house.settings);
    house.start_service().await;
    house
}

fn question() -> v1::GetStatusRequest {
    asking(by_source("test", "nobody"))
}

/// Asks for a hire that there is not: `NOT_FOUND` says that the service works.
async fn works(house: &House) {
    let asked = house.onboardings().get_status(question()).await;
    assert_eq!(asked.unwrap_err().code(), Code::NotFound);
}

/// The same on a connection of its own.
async fn lets_in(house: &House) {
    let channel = timeout(PATIENCE, house.dial(Default::default())).await;
    let channel = channel.unwrap().unwrap();
    let mut client = v1::onboarding_service_client::OnboardingServiceClient::new(channel);
    let asked = timeout(PATIENCE, client.get_status(question())).await;
    assert_eq!(asked.unwrap().unwrap_err().code(), Code::NotFound);
}

/// Begins a call; its message comes later.
fn begin(client: &mut SendRequest<Bytes>) -> (ResponseFuture, SendStream<Bytes>) {
    let request = HttpRequest::post(format!("http://test{GET_STATUS}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
    client.send_request(request, false).unwrap()
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

fn ended(how: &str) -> String {
    format!(r#"onboarding_connections_ended_total{{listener="grpc",how="{how}"}}"#)
}

/// Waits until a metric shows at least so much.
async fn until_metric(house: &House, line: &str, least: u64) {
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let seen = timeout(PATIENCE, async {
        while house.metric(line) < least {
            ticks.tick().await;
        }
    });
    assert!(seen.await.is_ok(), "{line} stays at {}", house.metric(line));
}

/// Waits until a metric shows zero.
async fn until_none(house: &House, line: &str) {
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let seen = timeout(PATIENCE, async {
        while house.metric(line) > 0 {
            ticks.tick().await;
        }
    });
    assert!(seen.await.is_ok(), "{line} stays at {}", house.metric(line));
}

#[tokio::test]
async fn idle_connections_beyond_the_cap_leave_the_service_reachable() {
    let house = tuned(|it| it.server.max_connections = 100).await;
    works(&house).await;
    let mut idle = Vec::new();
    for index in 0..300 {
        let mut stream = TcpStream::connect(house.grpc()).await.unwrap();
        // Every other one has begun to speak.
        if index % 2 == 0 {
            let _ = stream
                .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
                .await;
        }
        idle.push(stream);
    }
    lets_in(&house).await;
    // Whoever had called before keeps the connection.
    works(&house).await;
    assert!(house.metric(r#"onboarding_connections{listener="grpc"}"#) <= 100);
    until_metric(&house, &ended("evicted"), 190).await;
    assert_eq!(house.metric(&ended("refused")), 0);
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_dropped() {
    let limit = Duration::from_millis(100);
    let house = tuned(|it| it.server.first_bytes_timeout = limit).await;
    let mut silent = TcpStream::connect(house.grpc()).await.unwrap();
    // What the service says first is all that it says.
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, silent.read_to_end(&mut said))
        .await
        .unwrap();
    until_metric(&house, &ended("silent"), 1).await;
    works(&house).await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_when_it_is_announced() {
    let house = tuned(|_| {}).await;
    for size in [300_000, 5_000_000] {
        let mut huge = hire("a-1", collaborator("Dupont"));
        huge.collaborator.as_mut().unwrap().job_title = "x".repeat(size);
        let refused = house.create(huge).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        assert_eq!(reason(&refused), "REQUEST_TOO_LARGE");
        assert!(refused.message().contains("262144"), "{refused}");
    }
    // Four gigabytes announced; none of them is waited for.
    let mut client = connect(house.grpc(), WINDOW).await;
    let (response, mut message) = begin(&mut client);
    let announced = announcing(u32::MAX as usize, b"");
    message.send_data(announced, false).unwrap();
    assert_eq!(reason(&status(response).await), "REQUEST_TOO_LARGE");
    works(&house).await;
}

#[tokio::test]
async fn a_message_that_comes_slowly_is_not_waited_for() {
    let limit = Duration::from_millis(100);
    let house = tuned(|it| it.server.body_timeout = limit).await;
    let mut client = connect(house.grpc(), WINDOW).await;
    let (response, mut message) = begin(&mut client);
    message.send_data(announcing(100, b"abc"), false).unwrap();
    let refused = status(response).await;
    assert_eq!(refused.code(), Code::DeadlineExceeded);
    assert_eq!(reason(&refused), "REQUEST_TOO_SLOW");
    works(&house).await;
}

#[tokio::test]
async fn calls_reset_at_once_end_their_connection_only() {
    let house = tuned(|_| {}).await;
    works(&house).await;
    let mut stream = TcpStream::connect(house.grpc()).await.unwrap();
    let mut attack = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    for id in (1..1000_u32).step_by(2) {
        // HEADERS (GET http / of the authority x), then RST_STREAM with CANCEL.
        let [.., high, low] = id.to_be_bytes();
        attack.extend([
            0, 0, 6, 1, 5, 0, 0, high, low, 0x82, 0x86, 0x84, 0x41, 1, b'x',
        ]);
        attack.extend([0, 0, 4, 3, 0, 0, 0, high, low, 0, 0, 0, 8]);
    }
    let _ = stream.write_all(&attack).await;
    until_metric(&house, &ended("broken"), 1).await;
    works(&house).await;
}

#[tokio::test]
async fn calls_reset_one_after_the_other_disturb_nobody() {
    let house = tuned(|it| it.server.max_concurrent_requests = 4).await;
    let client = connect(house.grpc(), WINDOW).await;
    // Each one is accepted before it is reset, and costs the service no more than a call.
    for _ in 0..500 {
        let Ok(mut client) = client.clone().ready().await else {
            break;
        };
        let (response, mut message) = begin(&mut client);
        message.send_reset(h2::Reason::CANCEL);
        let _ = response.await;
        tokio::task::yield_now().await;
    }
    works(&house).await;
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let house = tuned(|_| {}).await;
    let mut request = Request::new(question());
    for index in 0..400 {
        let name: tonic::metadata::MetadataKey<_> = format!("x-{index}").parse().unwrap();
        request
            .metadata_mut()
            .insert(name, "x".repeat(80).parse().unwrap());
    }
    let refused = house.onboardings().get_status(request).await.unwrap_err();
    assert_ne!(refused.code(), Code::NotFound, "{refused}");
    works(&house).await;
}

#[tokio::test]
async fn what_does_not_say_that_it_is_grpc_is_not_read_as_grpc() {
    let house = tuned(|_| {}).await;
    let mut client = connect(house.grpc(), WINDOW).await;
    let mut answer = async |method: &str, content_type: Option<&str>| {
        let request = HttpRequest::builder().method(method);
        let request = request.uri(format!("http://test{GET_STATUS}"));
        let request = match content_type {
            Some(content_type) => request.header("content-type", content_type),
            None => request,
        };
        let request = request.body(()).unwrap();
        let (response, mut message) = client.send_request(request, false).unwrap();
        let bytes = question().encode_to_vec();
        message
            .send_data(announcing(bytes.len(), &bytes), true)
            .unwrap();
        timeout(PATIENCE, response).await.unwrap().unwrap().status()
    };
    let grpc = Some("application/grpc");
    for (method, content_type, status) in [
        ("POST", grpc, 200),
        ("POST", Some("application/grpc+proto"), 200),
        ("POST", Some("text/plain"), 415),
        ("POST", Some("application/x-www-form-urlencoded"), 415),
        ("POST", Some("application/grpc-web"), 415),
        ("POST", None, 415),
        ("PUT", grpc, 405),
        ("OPTIONS", Some("text/plain"), 405),
    ] {
        let told = answer(method, content_type).await;
        assert_eq!(told.as_u16(), status, "{method} {content_type:?}");
    }
    works(&house).await;
}

#[tokio::test]
async fn in_overload_calls_are_refused_with_a_time_to_come_back_and_operators_are_served() {
    let house = tuned(|it| {
        it.server.max_concurrent_requests = 1;
        it.server.max_queued_requests = 1;
        it.server.queue_timeout = Duration::from_millis(200);
    })
    .await;
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    created.unwrap();
    // A call whose answer is not read holds the only permit.
    let stream = TcpStream::connect(house.grpc()).await.unwrap();
    let mut builder = h2::client::Builder::new();
    let (client, connection) = builder
        .initial_window_size(0)
        .handshake::<_, Bytes>(stream)
        .await
        .unwrap();
    tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let (held, mut message) = begin(&mut client);
    let request = asking(by_source("test", "a-1")).encode_to_vec();
    message
        .send_data(announcing(request.len(), &request), true)
        .unwrap();
    let permits = r#"onboarding_grpc_held{kind="permits"}"#;
    until_metric(&house, permits, 1).await;
    let refused = house
        .onboardings()
        .get_status(question())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(reason(&refused), "OVERLOADED");
    let retry = refused.get_details_retry_info().unwrap();
    assert_eq!(retry.retry_delay, Some(Duration::from_secs(1)));
    // Operators have a permit, and health checks are answered.
    let all = v1::ListOnboardingsRequest::default();
    let listed = house.operations().list_onboardings(all).await;
    assert!(listed.is_ok(), "{listed:?}");
    let mut health = HealthClient::new(house.channel());
    let check = HealthCheckRequest {
        service: String::new(),
    };
    assert_eq!(health.check(check).await.unwrap().into_inner().status, 1);
    // When the call ends, its permit goes to others.
    drop((held, message));
    until_none(&house, permits).await;
    works(&house).await;
}

#[tokio::test]
async fn calls_that_wait_for_an_outcome_hold_no_place() {
    let mut house = tuned(|it| {
        it.server.max_concurrent_requests = 2;
        it.server.max_waiting_requests = 20;
    })
    .await;
    house.stop_sandbox().await;
    let mut waiting = JoinSet::new();
    for index in 0..20 {
        let mut client = house.onboardings();
        let request = hire(
            &format!("a-{index}"),
            collaborator(&format!("Dupont{index}")),
        );
        waiting.spawn(async move { client.create_collaborator(request).await });
    }
    // All of them are stored and wait.
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    for index in 0..20 {
        while house
            .status_of("test", &format!("a-{index}"))
            .await
            .is_err()
        {
            ticks.tick().await;
        }
    }
    // One more is stored as well, and told at once that it is not created yet.
    let told = house.create(hire("a-20", collaborator("Dupont20"))).await;
    assert_ne!(told.unwrap().state(), State::Created);
    works(&house).await;
    waiting.abort_all();
}

#[tokio::test]
async fn slow_senders_of_webhooks_keep_nobody_out() {
    let mut house = tuned(|it| it.adapter.max_connections = 40).await;
    house.start_adapter().await;
    let mut slow = Vec::new();
    for index in 0..120 {
        let mut stream = TcpStream::connect(house.webhooks()).await.unwrap();
        let head = "POST /webhooks/acme HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n";
        // Half a head, or a head and the beginning of a body.
        let begun = match index % 2 {
            0 => head[..30].to_owned(),
            _ => format!("{head}\r\n{{\"type\""),
        };
        let _ = stream.write_all(begun.as_bytes()).await;
        slow.push(stream);
    }
    let webhook = Webhook::of(&event("hire.confirmed", "a-1", nine_items("Dupont")));
    assert_eq!(webhook.send(&house).await, 200);
    house.until("werecruit", "a-1", State::Created).await;
}

#[tokio::test]
async fn webhooks_that_come_slowly_or_too_large_are_refused() {
    let mut house = tuned(|it| {
        it.adapter.body_timeout = Duration::from_millis(100);
        it.adapter.header_timeout = Duration::from_millis(100);
    })
    .await;
    house.start_adapter().await;
    let say = async |text: &str| {
        let mut stream = TcpStream::connect(house.webhooks()).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = timeout(PATIENCE, stream.read_to_string(&mut answer)).await;
        assert!(read.is_ok(), "{text}");
        answer
    };
    let post = "POST /webhooks/acme HTTP/1.1\r\nHost: test\r\n";
    let slow_body = say(&format!("{post}Content-Length: 10\r\n\r\n{{")).await;
    assert!(slow_body.starts_with("HTTP/1.1 408"), "{slow_body}");
    assert_eq!(say(post).await, "");
    let large = say(&format!(
        "{post}Content-Length: 300000\r\nConnection: close\r\n\r\n"
    ))
    .await;
    assert!(large.starts_with("HTTP/1.1 413"), "{large}");
    let flood = format!("{post}X: {}\r\n\r\n", "x".repeat(40_000));
    assert!(say(&flood).await.starts_with("HTTP/1.1 431"));
    let webhook = Webhook::of(&event("hire.confirmed", "a-1", nine_items("Dupont")));
    assert_eq!(webhook.send(&house).await, 200);
}
