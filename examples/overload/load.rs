//! Sends hires at a rate, and counts the answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use lucca_onboarding::pb::v1::{self, onboarding_service_client::OnboardingServiceClient};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use tonic::{Code, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::service::{Service, TENANT};

/// Connections; each carries up to 256 calls at the same time.
const CONNECTIONS: usize = 16;

/// Callers that wait for each answer, to measure the capacity.
const CALLERS: usize = 128;

/// How long such a caller waits after a refusal.
const REST: Duration = Duration::from_millis(200);

/// How often new calls are started.
const TICK: Duration = Duration::from_millis(2);

/// How often a health check is sent.
const PROBE: Duration = Duration::from_millis(50);

pub struct Load {
    channels: Vec<Channel>,
    next: Arc<AtomicUsize>,
}

/// How the calls of a load were answered.
#[derive(Default)]
pub struct Outcome {
    pub span: Duration,
    pub offered: usize,
    /// The latencies of the answered calls.
    pub accepted: Vec<Duration>,
    /// The number of refused calls.
    pub shed: usize,
    pub failed: usize,
    pub probes: Vec<Duration>,
    pub probes_failed: usize,
}

enum Answer {
    Accepted,
    Shed,
    Failed,
}

impl Load {
    pub async fn connect(service: &Service) -> Result<Self, Box<dyn std::error::Error>> {
        let mut channels = Vec::new();
        for _ in 0..CONNECTIONS {
            channels.push(service.connect().await?);
        }
        Ok(Self {
            channels,
            next: Arc::default(),
        })
    }

    /// A call with a hire that differs from all others.
    fn call(&self) -> impl Future<Output = Answer> + Send + 'static {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let channel = self.channels[number % self.channels.len()].clone();
        async move {
            let request = hire(number);
            let mut client = OnboardingServiceClient::new(channel);
            match client.create_collaborator(request).await {
                Ok(_) => Answer::Accepted,
                Err(status) if status.code() == Code::Unavailable => Answer::Shed,
                Err(_) => Answer::Failed,
            }
        }
    }

    /// Sends as many calls as the service answers.
    pub async fn as_fast_as_possible(&self, span: Duration) -> Outcome {
        let began = Instant::now();
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let load = self.share();
            callers.spawn(async move {
                let mut outcome = Outcome::default();
                while began.elapsed() < span {
                    let asked = began.elapsed();
                    let answer = load.call().await;
                    outcome.note(asked, began.elapsed(), &answer);
                    if matches!(answer, Answer::Shed) {
                        tokio::time::sleep(REST).await;
                    }
                }
                outcome
            });
        }
        let mut whole = Outcome::default();
        while let Some(Ok(part)) = callers.join_next().await {
            whole.add(part);
        }
        whole.span = began.elapsed();
        whole
    }

    /// Sends this many calls a second, whether they are answered or not.
    pub async fn at(&self, rate: f64, span: Duration) -> Outcome {
        let began = Instant::now();
        let probing = tokio::spawn(probe(self.channels[0].clone(), began, span));
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut calls = JoinSet::new();
        let mut whole = Outcome::default();
        while began.elapsed() < span {
            ticks.tick().await;
            let due = (began.elapsed().as_secs_f64() * rate) as usize;
            while whole.offered < due {
                let asked = Duration::from_secs_f64(whole.offered as f64 / rate);
                let call = self.call();
                calls.spawn(async move {
                    let answer = call.await;
                    (asked, began.elapsed(), answer)
                });
                whole.offered += 1;
            }
            while let Some(Ok((asked, answered, answer))) = calls.try_join_next() {
                whole.take(asked, answered, &answer);
            }
        }
        whole.span = began.elapsed();
        while let Some(Ok((asked, answered, answer))) = calls.join_next().await {
            whole.take(asked, answered, &answer);
        }
        let (probes, failed) = probing.await.unwrap_or_default();
        (whole.probes, whole.probes_failed) = (probes, failed);
        whole
    }

    fn share(&self) -> Self {
        Self {
            channels: self.channels.clone(),
            next: Arc::clone(&self.next),
        }
    }
}

impl Outcome {
    fn note(&mut self, asked: Duration, answered: Duration, answer: &Answer) {
        self.offered += 1;
        self.take(asked, answered, answer);
    }

    fn take(&mut self, asked: Duration, answered: Duration, answer: &Answer) {
        match answer {
            Answer::Accepted => self.accepted.push(answered.saturating_sub(asked)),
            Answer::Shed => self.shed += 1,
            Answer::Failed => self.failed += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.offered += other.offered;
        self.accepted.extend(other.accepted);
        self.shed += other.shed;
        self.failed += other.failed;
    }

    /// Hires stored a second.
    pub fn rate(&self) -> f64 {
        self.accepted.len() as f64 / self.span.as_secs_f64()
    }
}

/// Sends health checks; returns their latencies, and the number of those without an answer.
async fn probe(channel: Channel, began: Instant, span: Duration) -> (Vec<Duration>, usize) {
    let mut client = HealthClient::new(channel);
    let (mut took, mut failed) = (Vec::new(), 0);
    let mut ticks = interval(PROBE);
    while began.elapsed() < span {
        ticks.tick().await;
        let asked = Instant::now();
        match client.check(HealthCheckRequest::default()).await {
            Ok(_) => took.push(asked.elapsed()),
            Err(_) => failed += 1,
        }
    }
    (took, failed)
}

fn hire(number: usize) -> v1::CreateCollaboratorRequest {
    let named = |name: &str| {
        Some(v1::Reference {
            target: Some(v1::reference::Target::Name(name.to_owned())),
        })
    };
    v1::CreateCollaboratorRequest {
        tenant: TENANT.to_owned(),
        request_id: format!("overload-{number}"),
        collaborator: Some(v1::Collaborator {
            family_name: "Dupont".to_owned(),
            given_name: "Éloïse".to_owned(),
            personal_email: format!("eloise-{number}@example.com"),
            contract_start_date: "2027-01-04".to_owned(),
            establishment: named("Siège Paris"),
            department: named("Produit"),
            ..v1::Collaborator::default()
        }),
        ..v1::CreateCollaboratorRequest::default()
    }
}

/// The value that this percentage of values do not exceed.
pub fn percentile(values: &[Duration], percent: f64) -> Option<Duration> {
    let mut values = values.to_vec();
    values.sort_unstable();
    let last = values.len().checked_sub(1)?;
    values
        .get((last as f64 * percent / 100.0).round() as usize)
        .copied()
}
