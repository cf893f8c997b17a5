mod attacks;
mod deliveries;
mod fake;
mod forwarding;
mod isolation;
mod readiness;
mod responses;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{Adapter, timing::Timing};
use crate::{
    clock::{Clock, SystemClock},
    config::{self, Settings, WebhookLimits},
    pb::v1::{GetWebhookSettingsResponse, Secret, Webhook, WebhookAuth, webhook_auth},
    telemetry::Metrics,
};
use fake::Fake;

const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
/// The time at which every adapter starts.
const NOW: &str = "2026-11-23T09:00:00Z";
/// Far beyond what anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// An adapter on a free port, in front of a fake service.
struct Fixture {
    dir: TempDir,
    fake: Fake,
    tuning: Tuning,
    running: Option<Running>,
    http: reqwest::Client,
    metrics: Metrics,
    clock: Arc<ShiftedClock>,
}

/// A clock that runs, and that a test can set forward.
struct ShiftedClock {
    began: Instant,
    start: Timestamp,
    forward: Mutex<Duration>,
}

impl ShiftedClock {
    fn starting_at(start: &str) -> Self {
        Self {
            began: Instant::now(),
            start: start.parse().unwrap(),
            forward: Mutex::default(),
        }
    }
}

impl Clock for ShiftedClock {
    fn new_id(&self) -> uuid::Uuid {
        SystemClock::new().new_id()
    }

    fn now(&self) -> Timestamp {
        self.start + self.began.elapsed() + *self.forward.lock().unwrap()
    }

    fn since_boot(&self) -> Duration {
        self.began.elapsed() + *self.forward.lock().unwrap()
    }

    fn boot_id(&self) -> String {
        SystemClock::new().boot_id()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

struct Running {
    address: SocketAddr,
    ready: watch::Receiver<bool>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// What a test may want otherwise.
struct Tuning {
    timing: Timing,
    settings: Settings,
}

impl Fixture {
    /// Tenant `acme` proves itself with the path secret `s3cret`.
    async fn new() -> Self {
        Self::tuned(|_| {}).await
    }

    async fn tuned(tune: impl FnOnce(&mut Tuning)) -> Self {
        let mut tuning = Tuning {
            timing: Timing {
                settings_pace: Duration::from_nanos(1),
                retry_first: Duration::from_millis(1),
                retry_longest: Duration::from_millis(5),
                ..Timing::default()
            },
            settings: config::load(None, std::iter::empty()).unwrap(),
        };
        let fake = Fake::start().await;
        fake.set_tenant("acme", with_path_secret("s3cret"));
        let dir = tempfile::tempdir().unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let adapter = &mut tuning.settings.adapter;
        adapter.listen = any;
        adapter.http_listen = any;
        adapter.onboarding_endpoint = format!("http://{}", fake.address()).parse().unwrap();
        adapter.spool = dir.path().join("spool.db");
        adapter.encryption_keys = vec![KEY.into()];
        adapter.spool_max_events = 100;
        adapter.limits = WebhookLimits {
            events_per_minute: 1_000,
            requests_per_minute: 10_000,
            failures_per_minute: 1_000,
            trusted_proxies: Vec::new(),
        };
        tune(&mut tuning);
        let mut fixture = Self {
            dir,
            fake,
            tuning,
            running: None,
            http: reqwest::Client::new(),
            metrics: Metrics::new(),
            clock: Arc::new(ShiftedClock::starting_at(NOW)),
        };
        fixture.start().await;
        fixture
    }

    async fn start(&mut self) {
        let Tuning { settings, timing } = &self.tuning;
        let (metrics, clock) = (self.metrics.clone(), self.clock.clone());
        let adapter = Adapter::bind_with(settings, metrics, clock, *timing);
        let adapter = adapter.await.unwrap();
        let stop = CancellationToken::new();
        self.running = Some(Running {
            address: adapter.address(),
            ready: adapter.ready(),
            stop: stop.clone(),
            task: tokio::spawn(adapter.run_until(stop)),
        });
    }

    /// Stops the adapter; what was being handed over has ended.
    async fn stop(&mut self) {
        let running = self.running.take().unwrap();
        running.stop.cancel();
        running.task.await.unwrap();
    }

    /// Sets the adapter's clock forward.
    fn pass(&self, time: Duration) {
        *self.clock.forward.lock().unwrap() += time;
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.as_ref().unwrap().address)
    }

    fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.http.post(self.url(path)).body(body)
    }

    /// Sends an event as `acme` would, and gives the status.
    async fn send(&self, body: &str) -> u16 {
        let request = self.post("/webhooks/acme/s3cret", body.to_owned());
        request.send().await.unwrap().status().as_u16()
    }

    async fn send_ok(&self, body: &str) {
        assert_eq!(self.send(body).await, 200, "{body}");
    }

    /// How many events in the spool meet a condition. The adapter must be stopped.
    fn spooled(&self, condition: &str) -> i64 {
        assert!(self.running.is_none());
        let conn = Connection::open(self.dir.path().join("spool.db")).unwrap();
        let sql = format!("SELECT count(*) FROM event WHERE {condition}");
        conn.query_row(&sql, [], |row| row.get(0)).unwrap()
    }
}

fn secret(value: &str) -> Secret {
    Secret {
        value: value.to_owned(),
        ..Secret::default()
    }
}

fn with(method: webhook_auth::Method) -> GetWebhookSettingsResponse {
    GetWebhookSettingsResponse {
        webhook: Some(Webhook {
            auth: vec![WebhookAuth {
                method: Some(method),
            }],
            ..Webhook::default()
        }),
        time_zone: "Europe/Paris".to_owned(),
        disabled: false,
    }
}

fn with_path_secret(value: &str) -> GetWebhookSettingsResponse {
    with(webhook_auth::Method::PathSecret(webhook_auth::PathSecret {
        value: Some(secret(value)),
    }))
}

/// An event of a type about an application.
fn event(kind: &str, application: &str, name: &str) -> String {
    serde_json::json!({
        "type": kind,
        "data": {
            "applicationId": application,
            "sendToLucca": true,
            "lastName": name,
            "firstName": "Éloïse",
            "personalEmail": "eloise@example.com",
            "contractStartDate": "2027-01-04",
        }
    })
    .to_string()
}

/// A new name, no job title any more, and a given name that no hire can do without.
fn updated(application: &str) -> String {
    serde_json::json!({
        "type": "hire.updated",
        "data": {
            "applicationId": application,
            "lastName": "Durand",
            "firstName": "",
            "jobTitle": null,
        }
    })
    .to_string()
}

fn confirmed(application: &str) -> String {
    event("hire.confirmed", application, "Dupont")
}
