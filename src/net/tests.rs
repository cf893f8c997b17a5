use std::{net::SocketAddr, sync::Mutex};

use axum::routing::get;
use bytes::Bytes;
use h2::client::SendRequest;
use http::{Request, StatusCode};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::timeout,
};

use super::*;

/// Far beyond what anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

const SOON: Duration = Duration::from_millis(50);

const NEVER: Duration = Duration::from_secs(3600);

/// Tells how connections end.
struct Ends(Mutex<mpsc::UnboundedSender<End>>);

impl Observer for Ends {
    fn opened(&self) {}

    fn ended(&self, how: End) {
        let _ = self.0.lock().unwrap().send(how);
    }
}

struct Fixture {
    address: SocketAddr,
    ends: mpsc::UnboundedReceiver<End>,
    stop: CancellationToken,
    task: JoinHandle<()>,
    /// Lets `/wait` answer.
    go: Arc<Notify>,
}

impl Fixture {
    async fn http2(tune: impl FnOnce(&mut Limits, &mut Http2)) -> Self {
        let mut http2 = Http2 {
            max_streams: 100,
            max_header_bytes: 16_384,
            window: 65_535,
            keepalive_interval: NEVER,
            keepalive_timeout: NEVER,
            max_pending_resets: 20,
        };
        let mut limits = limits();
        tune(&mut limits, &mut http2);
        Self::start(limits, Protocol::Http2(http2)).await
    }

    async fn http1(tune: impl FnOnce(&mut Limits, &mut Http1)) -> Self {
        let mut http1 = Http1 {
            header_timeout: NEVER,
            max_header_bytes: 8192,
            max_headers: 20,
        };
        let mut limits = limits();
        tune(&mut limits, &mut http1);
        Self::start(limits, Protocol::Http1(http1)).await
    }

    async fn start(limits: Limits, protocol: Protocol) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, ends) = mpsc::unbounded_channel();
        let go = Arc::new(Notify::new());
        let wait = Arc::clone(&go);
        let router = Router::new().route("/", get(async || "hello")).route(
            "/wait",
            get(async move || {
                wait.notified().await;
                "at last"
            }),
        );
        let transport = Transport {
            limits,
            protocol,
            tls: None,
            observer: Arc::new(Ends(Mutex::new(sender))),
            chance: Arc::new(|| 0.5),
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(transport.serve(listener, router, stop.clone()));
        Self {
            address,
            ends,
            stop,
            task,
            go,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn ended(&mut self) -> End {
        timeout(PATIENCE, self.ends.recv()).await.unwrap().unwrap()
    }

    /// A client that speaks HTTP/2; the task tells how its connection ended.
    async fn h2(&self) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
        let (client, connection) = h2::client::handshake(self.connect().await).await.unwrap();
        (client.ready().await.unwrap(), tokio::spawn(connection))
    }
}

fn limits() -> Limits {
    Limits {
        max_connections: 10,
        handshake_timeout: NEVER,
        first_bytes_timeout: NEVER,
        max_age: NEVER,
        age_grace: NEVER,
    }
}

async fn ask(client: &mut SendRequest<Bytes>, path: &str) -> StatusCode {
    let request = Request::get(format!("http://test{path}")).body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    response.await.unwrap().status()
}

/// Reads until the other side has ended the connection.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest))
        .await
        .unwrap();
    rest
}

/// The code of the last GOAWAY in what a server has sent.
fn goaway(sent: &[u8]) -> Option<u8> {
    const HEAD: usize = 9;
    let mut code = None;
    let mut at = 0;
    while let Some(head) = sent.get(at..at + HEAD) {
        let length = usize::from(head[1]) << 8 | usize::from(head[2]);
        if head[3] == 7 {
            code = sent.get(at + HEAD + 7).copied();
        }
        at += HEAD + length;
    }
    code
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const PING: &[u8] = &[0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

#[tokio::test]
async fn a_connection_that_does_not_begin_is_ended() {
    for beginning in [&b""[..], &PREFACE[..10], PREFACE] {
        let mut fixture = Fixture::http2(|limits, _| limits.first_bytes_timeout = SOON).await;
        let mut stream = fixture.connect().await;
        stream.write_all(beginning).await.unwrap();
        assert_eq!(fixture.ended().await, End::Silent);
        rest(stream).await;
    }
}

#[tokio::test]
async fn a_connection_that_has_begun_may_idle_as_long_as_it_answers() {
    let mut fixture = Fixture::http2(|limits, http2| {
        limits.first_bytes_timeout = SOON;
        http2.keepalive_interval = SOON;
        http2.keepalive_timeout = PATIENCE;
    })
    .await;
    let (mut client, _connection) = fixture.h2().await;
    // Another one that is silent from the start has ended meanwhile.
    let silent = fixture.connect().await;
    assert_eq!(fixture.ended().await, End::Silent);
    drop(silent);
    assert_eq!(ask(&mut client, "/").await, StatusCode::OK);
}

#[tokio::test]
async fn a_peer_that_is_gone_is_found() {
    let mut fixture = Fixture::http2(|_, http2| {
        http2.keepalive_interval = SOON;
        http2.keepalive_timeout = SOON;
    })
    .await;
    let mut stream = fixture.connect().await;
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(SETTINGS).await.unwrap();
    assert_eq!(fixture.ended().await, End::Broken);
}

#[tokio::test]
async fn a_flood_of_pings_from_a_peer_that_reads_no_answers_ends_its_connection_and_no_other() {
    let mut fixture = Fixture::http2(|_, http2| {
        http2.keepalive_interval = SOON;
        http2.keepalive_timeout = SOON;
    })
    .await;
    let (mut client, _connection) = fixture.h2().await;
    let mut stream = fixture.connect().await;
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(SETTINGS).await.unwrap();
    // The server answers one at a time and reads no further while the answer cannot be sent. So
    // the buffers in between fill up, and keepalive finds a peer that no longer answers.
    let flood = tokio::spawn(async move {
        let pings = PING.repeat(1000);
        while stream.write_all(&pings).await.is_ok() {}
    });
    assert_eq!(fixture.ended().await, End::Broken);
    timeout(PATIENCE, flood).await.unwrap().unwrap();
    assert_eq!(ask(&mut client, "/").await, StatusCode::OK);
}

#[tokio::test]
async fn empty_data_frames_without_end_end_their_connection() {
    let mut fixture = Fixture::http2(|_, _| {}).await;
    let mut stream = fixture.connect().await;
    // POST http / with an authority, and then a body of nothing but empty frames.
    let head = [0x83, 0x86, 0x84, 0x41, 1, b'x'];
    let begin = [&[0, 0, 6, 1, 4, 0, 0, 0, 1][..], &head].concat();
    let empty = [0, 0, 0, 0, 0, 0, 0, 0, 1];
    let attack = [PREFACE, SETTINGS, &begin, &empty.repeat(1000)].concat();
    stream.write_all(&attack).await.unwrap();
    assert_eq!(fixture.ended().await, End::Broken);
}

#[tokio::test]
async fn requests_reset_before_they_are_accepted_end_their_connection() {
    let mut fixture = Fixture::http2(|_, _| {}).await;
    let mut stream = fixture.connect().await;
    let mut attack = [PREFACE, SETTINGS].concat();
    for stream in (1..400_u16).step_by(2) {
        let [high, low] = stream.to_be_bytes();
        // GET http /: three fields of HPACK's static table, and an authority.
        let head = [0x82, 0x86, 0x84, 0x41, 1, b'x'];
        attack.extend([0, 0, 6, 1, 5, 0, 0, high, low]);
        attack.extend(head);
        attack.extend([0, 0, 4, 3, 0, 0, 0, high, low, 0, 0, 0, 8]);
    }
    stream.write_all(&attack).await.unwrap();
    assert_eq!(fixture.ended().await, End::Broken);
    const ENHANCE_YOUR_CALM: u8 = 11;
    assert_eq!(goaway(&rest(stream).await), Some(ENHANCE_YOUR_CALM));
}

#[tokio::test]
async fn a_head_in_endless_pieces_ends_its_connection() {
    let mut fixture = Fixture::http2(|_, _| {}).await;
    let mut stream = fixture.connect().await;
    // HEADERS without END_HEADERS, then empty CONTINUATION frames.
    let begin = [0, 0, 1, 1, 1, 0, 0, 0, 1, 0x82];
    let more = [0, 0, 0, 9, 0, 0, 0, 0, 1];
    let attack = [PREFACE, SETTINGS, &begin, &more.repeat(100)].concat();
    stream.write_all(&attack).await.unwrap();
    assert_eq!(fixture.ended().await, End::Broken);
}

#[tokio::test]
async fn an_old_connection_is_asked_to_come_anew_and_what_is_under_way_ends_first() {
    let mut fixture = Fixture::http2(|limits, _| limits.max_age = SOON).await;
    let (mut client, connection) = fixture.h2().await;
    let waiting = tokio::spawn(async move {
        let status = ask(&mut client, "/wait").await;
        (status, client)
    });
    // One that asks nothing has gone meanwhile.
    let (_idle, other) = fixture.h2().await;
    other.await.unwrap().unwrap();
    assert_eq!(fixture.ended().await, End::Closed);
    fixture.go.notify_one();
    let (status, _client) = waiting.await.unwrap();
    assert_eq!(status, StatusCode::OK);
    connection.await.unwrap().unwrap();
    assert_eq!(fixture.ended().await, End::Closed);
}

#[tokio::test]
async fn an_old_connection_that_does_not_go_is_cut_after_its_grace() {
    let mut fixture = Fixture::http2(|limits, _| {
        limits.max_age = SOON;
        limits.age_grace = SOON;
    })
    .await;
    let (mut client, _connection) = fixture.h2().await;
    let request = Request::get("http://test/wait").body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    assert_eq!(fixture.ended().await, End::Aged);
    assert!(response.await.is_err());
}

#[tokio::test]
async fn a_stop_waits_for_what_is_under_way_and_for_nobody_else() {
    let mut fixture = Fixture::http2(|_, _| {}).await;
    let silent = fixture.connect().await;
    let (mut client, _connection) = fixture.h2().await;
    let request = Request::get("http://test/wait").body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    // The server has seen it once it answers another one.
    assert_eq!(ask(&mut client, "/").await, StatusCode::OK);
    fixture.stop.cancel();
    assert_eq!(fixture.ended().await, End::Stopped);
    rest(silent).await;
    assert!(!fixture.task.is_finished());
    fixture.go.notify_one();
    assert_eq!(response.await.unwrap().status(), StatusCode::OK);
    timeout(PATIENCE, fixture.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn when_all_places_are_taken_those_that_idle_make_room() {
    let mut fixture = Fixture::http2(|limits, _| limits.max_connections = 3).await;
    let (mut first, _first) = fixture.h2().await;
    assert_eq!(ask(&mut first, "/").await, StatusCode::OK);
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(fixture.connect().await);
    }
    let (mut late, _late) = fixture.h2().await;
    assert_eq!(ask(&mut late, "/").await, StatusCode::OK);
    assert_eq!(fixture.ended().await, End::Evicted);
}

#[tokio::test]
async fn a_head_that_comes_slowly_is_not_waited_for() {
    let mut fixture = Fixture::http1(|_, http1| http1.header_timeout = SOON).await;
    let mut stream = fixture.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: t")
        .await
        .unwrap();
    assert_eq!(fixture.ended().await, End::Broken);
    assert_eq!(rest(stream).await, b"");
    // Nor is the next request of a connection that idles.
    let mut stream = fixture.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        .await
        .unwrap();
    let answer = rest(stream).await;
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let fixture = Fixture::http1(|_, _| {}).await;
    for field in [
        format!("X: {}\r\n", "x".repeat(9000)),
        (0..30).map(|index| format!("X-{index}: x\r\n")).collect(),
    ] {
        let mut stream = fixture.connect().await;
        let head = format!("GET / HTTP/1.1\r\nHost: test\r\n{field}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = String::from_utf8(rest(stream).await).unwrap();
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    let fixture = Fixture::http2(|_, _| {}).await;
    let (mut client, _connection) = fixture.h2().await;
    let request = Request::get("http://test/").header("x", "x".repeat(17_000));
    let (response, _) = client
        .send_request(request.body(()).unwrap(), true)
        .unwrap();
    let refused = response.await.map(|it| it.status());
    assert_ne!(refused.ok(), Some(StatusCode::OK));
    assert_eq!(ask(&mut client, "/").await, StatusCode::OK);
}
