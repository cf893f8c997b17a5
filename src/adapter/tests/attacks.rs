//! What an attacker tries, and what comes of it.

mod floods;
mod forging;
mod replays;
mod shapes;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::*;

const KEY: [u8; 32] = [7; 32];
const OTHER_KEY: [u8; 32] = [8; 32];

/// A request under construction.
#[derive(Clone)]
struct Forged {
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Forged {
    fn to(path: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    /// As a sender of Standard Webhooks would send it to tenant `signed`.
    fn standard(key: &[u8], id: &str, timestamp: i64, body: &str) -> Self {
        Self::to("/webhooks/signed", body)
            .with("webhook-id", id)
            .with("webhook-timestamp", timestamp.to_string())
            .with("webhook-signature", v1(key, id, timestamp, body))
    }

    /// With this value of a header instead of any other.
    fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// With this value of a header as well.
    fn and(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.remove(name).unwrap();
        self
    }

    fn saying(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    async fn send(&self, fixture: &Fixture) -> u16 {
        let request = fixture.post(&self.path, self.body.clone());
        let request = request.headers(self.headers.clone());
        request.send().await.unwrap().status().as_u16()
    }
}

fn now() -> i64 {
    NOW.parse::<Timestamp>().unwrap().as_second()
}

fn sign(key: &[u8], message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message)
}

fn v1(key: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let message = format!("{id}.{timestamp}.{body}");
    format!("v1,{}", STANDARD.encode(sign(key, message.as_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn whsec(key: &[u8]) -> Secret {
    secret(&format!("whsec_{}", STANDARD.encode(key)))
}

fn expiring(mut secret: Secret, seconds: i64) -> Secret {
    let seconds = now() + seconds;
    secret.expire_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
    secret
}

fn standard_webhooks(secrets: Vec<Secret>) -> webhook_auth::Method {
    webhook_auth::Method::StandardWebhooks(webhook_auth::StandardWebhooks { secrets })
}

fn hmac_of_body(prefix: &str, base64: bool, secrets: Vec<Secret>) -> webhook_auth::Method {
    use webhook_auth::hmac::Encoding;
    let encoding = if base64 {
        Encoding::Base64
    } else {
        Encoding::Hex
    };
    webhook_auth::Method::Hmac(webhook_auth::Hmac {
        header: "x-signature".to_owned(),
        prefix: prefix.to_owned(),
        encoding: encoding.into(),
        secrets,
    })
}

/// A fixture with tenant `signed`, whose sender signs with [`KEY`].
async fn signed(tune: impl FnOnce(&mut Tuning)) -> Fixture {
    let fixture = Fixture::tuned(tune).await;
    let settings = with(standard_webhooks(vec![whsec(&KEY)]));
    fixture.fake.set_tenant("signed", settings);
    fixture
}

/// Sends all of them; those that should pass are about hires of their own, and nothing else
/// reaches the service.
async fn try_all(fixture: &Fixture, attacks: Vec<(&str, Forged, u16)>) {
    let passing = attacks.iter().filter(|(_, _, status)| *status == 200);
    let passing = passing.count();
    for (name, forged, status) in attacks {
        assert_eq!(forged.send(fixture).await, status, "{name}");
    }
    fixture.send_ok(&confirmed("last")).await;
    let heard = fixture.fake.heard(passing + 1).await;
    assert_eq!(heard.len(), passing + 1, "{heard:?}");
}

/// A connection to the adapter from another address of this machine.
async fn connect_from(fixture: &Fixture, address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(format!("{address}:0").parse().unwrap())
        .unwrap();
    let adapter = fixture.running.as_ref().unwrap().address;
    socket.connect(adapter).await.unwrap()
}

/// Sends bytes from an address, and gives all that comes back until the connection ends.
async fn send_raw_from(fixture: &Fixture, address: &str, bytes: &[u8]) -> String {
    let mut connection = connect_from(fixture, address).await;
    connection.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = connection.read_to_end(&mut answer);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

async fn send_raw(fixture: &Fixture, bytes: &[u8]) -> String {
    send_raw_from(fixture, "127.0.0.1", bytes).await
}
