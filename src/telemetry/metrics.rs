//! What is counted.

use std::{fmt, sync::Arc, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Metric, Registry},
};

use crate::transport::{End, Observer};

/// Bounds of the wait histogram in seconds: from "at once" to a few windows of a minute.
const WAITS: [f64; 10] = [0.001, 0.01, 0.1, 1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0];

/// Counters of one process, or of one part of it: no global state, clones share the numbers.
///
/// All labels are words of the program (names of methods, states, outcomes), which is why they are
/// `&'static str`: no tenant and no person can get in.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    grpc_requests: Family<Grpc, Counter>,
    transitions: Family<Transition, Counter>,
    standing: Family<Standing, Gauge>,
    problems: Family<Problem, Gauge>,
    spool_waiting: Gauge,
    spool_oldest: Gauge,
    reported: Family<Reported, Counter>,
    lucca_calls: Family<LuccaCall, Counter>,
    budget_wait: Histogram,
    webhooks: Family<Webhook, Counter>,
    refusals: Family<Refusal, Counter>,
    forwards: Family<Forward, Counter>,
    connections: Family<Listener, Gauge>,
    connections_ended: Family<ConnectionEnd, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Grpc {
    method: &'static str,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Transition {
    from: &'static str,
    to: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Standing {
    state: &'static str,
    urgency: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Problem {
    problem: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reported {
    kind: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LuccaCall {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Webhook {
    answer: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusal {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Forward {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Listener {
    listener: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectionEnd {
    listener: &'static str,
    how: &'static str,
}

/// Counts the connections of one listener.
struct Connections {
    open: Gauge,
    listener: &'static str,
    ended: Family<ConnectionEnd, Counter>,
}

impl Observer for Connections {
    fn opened(&self) {
        self.open.inc();
    }

    fn ended(&self, how: End) {
        // A refused connection was never open.
        if how != End::Refused {
            self.open.dec();
        }
        let end = ConnectionEnd {
            listener: self.listener,
            how: how.into(),
        };
        self.ended.get_or_create(&end).inc();
    }
}

/// Registers a metric under a name, with what it tells, and gives it back.
fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

impl Metrics {
    /// All counters at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("onboarding");
        Self {
            grpc_requests: add(
                &mut registry,
                "grpc_requests",
                "gRPC calls answered",
                Family::default(),
            ),
            transitions: add(
                &mut registry,
                "transitions",
                "Moves of hires between states",
                Family::default(),
            ),
            standing: add(
                &mut registry,
                "standing",
                "Hires that have not ended, or were withdrawn once the employee existed (CREATED), by state and urgency",
                Family::default(),
            ),
            problems: add(
                &mut registry,
                "needs_attention",
                "Hires that wait for a person, by problem",
                Family::default(),
            ),
            spool_waiting: add(
                &mut registry,
                "spool_waiting",
                "Events that wait in the spool",
                Gauge::default(),
            ),
            spool_oldest: add(
                &mut registry,
                "spool_oldest_age_seconds",
                "Age of the oldest event that waits in the spool",
                Gauge::default(),
            ),
            reported: add(
                &mut registry,
                "events_reported",
                "Events reported to the history, most of which became no hire, by reason",
                Family::default(),
            ),
            lucca_calls: add(
                &mut registry,
                "lucca_calls",
                "Calls to Lucca",
                Family::default(),
            ),
            budget_wait: add(
                &mut registry,
                "budget_wait_seconds",
                "Time calls waited for the allowance of their Lucca domain",
                Histogram::new(WAITS),
            ),
            webhooks: add(
                &mut registry,
                "webhooks",
                "Webhooks answered, by HTTP status",
                Family::default(),
            ),
            refusals: add(
                &mut registry,
                "webhook_refusals",
                "Webhooks refused, by reason",
                Family::default(),
            ),
            forwards: add(
                &mut registry,
                "forwards",
                "Events handed from the spool to the service",
                Family::default(),
            ),
            connections: add(
                &mut registry,
                "connections",
                "Connections that are open, by listener",
                Family::default(),
            ),
            connections_ended: add(
                &mut registry,
                "connections_ended",
                "Connections that have ended, by listener and how",
                Family::default(),
            ),
            // Last, when all of them are in it.
            registry: Arc::new(registry),
        }
    }

    /// A gRPC call was answered; `code` as in `NOT_FOUND`.
    pub fn grpc_request(&self, method: &'static str, code: &'static str) {
        self.grpc_requests
            .get_or_create(&Grpc { method, code })
            .inc();
    }

    /// A hire moved from one state to another.
    pub fn transition(&self, from: &'static str, to: &'static str) {
        self.transitions
            .get_or_create(&Transition { from, to })
            .inc();
    }

    /// So many hires of a state and an urgency are to be seen to.
    pub fn standing(&self, state: &'static str, urgency: &'static str, count: i64) {
        self.standing
            .get_or_create(&Standing { state, urgency })
            .set(count);
    }

    /// So many hires wait for a person because of a problem.
    pub fn needs_attention(&self, problem: &'static str, count: i64) {
        self.problems.get_or_create(&Problem { problem }).set(count);
    }

    /// So many events wait in the spool, the oldest for so many seconds.
    pub fn spool(&self, waiting: u32, oldest: i64) {
        self.spool_waiting.set(i64::from(waiting));
        self.spool_oldest.set(oldest);
    }

    /// An event was reported to the history.
    pub fn reported(&self, kind: &'static str, reason: &'static str) {
        self.reported
            .get_or_create(&Reported { kind, reason })
            .inc();
    }

    /// Lucca was called.
    pub fn lucca_call(&self, kind: &'static str, outcome: &'static str) {
        self.lucca_calls
            .get_or_create(&LuccaCall { kind, outcome })
            .inc();
    }

    /// A call to Lucca waited this long for its turn.
    pub fn budget_wait(&self, wait: Duration) {
        self.budget_wait.observe(wait.as_secs_f64());
    }

    /// A webhook was answered with this HTTP status.
    pub fn webhook(&self, answer: u16) {
        self.webhooks.get_or_create(&Webhook { answer }).inc();
    }

    /// A webhook was refused, for a reason that is no more than a word.
    pub fn webhook_refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&Refusal { reason }).inc();
    }

    /// An event was handed to the service, or was not.
    pub fn forward(&self, outcome: &'static str) {
        self.forwards.get_or_create(&Forward { outcome }).inc();
    }

    /// Counts the connections of a listener of this name.
    pub fn listener(&self, listener: &'static str) -> Arc<dyn Observer> {
        let open = self.connections.get_or_create_owned(&Listener { listener });
        Arc::new(Connections {
            open,
            listener,
            ended: self.connections_ended.clone(),
        })
    }

    /// All numbers in the text format of `/metrics`.
    ///
    /// # Errors
    /// Only what formatting into a string can bring.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new();
        metrics.grpc_request("GetStatus", "OK");
        metrics.clone().grpc_request("GetStatus", "OK");
        metrics.transition("ACCEPTED", "CREATING");
        metrics.standing("NEEDS_ATTENTION", "LATE", 3);
        metrics.needs_attention("INCOMPLETE", 2);
        metrics.spool(5, 90);
        metrics.reported("REJECTED", "REJECTED");
        metrics.lucca_call("create", "unknown");
        metrics.budget_wait(Duration::from_millis(500));
        metrics.webhook(401);
        metrics.webhook_refused("stale");
        metrics.forward("accepted");
        let text = metrics.encode().unwrap();
        for line in [
            r#"onboarding_grpc_requests_total{method="GetStatus",code="OK"} 2"#,
            r#"onboarding_transitions_total{from="ACCEPTED",to="CREATING"} 1"#,
            r#"onboarding_standing{state="NEEDS_ATTENTION",urgency="LATE"} 3"#,
            r#"onboarding_needs_attention{problem="INCOMPLETE"} 2"#,
            "onboarding_spool_waiting 5",
            "onboarding_spool_oldest_age_seconds 90",
            r#"onboarding_events_reported_total{kind="REJECTED",reason="REJECTED"} 1"#,
            r#"onboarding_lucca_calls_total{kind="create",outcome="unknown"} 1"#,
            r#"onboarding_budget_wait_seconds_bucket{le="1.0"} 1"#,
            r#"onboarding_budget_wait_seconds_bucket{le="0.1"} 0"#,
            r#"onboarding_webhooks_total{answer="401"} 1"#,
            r#"onboarding_webhook_refusals_total{reason="stale"} 1"#,
            r#"onboarding_forwards_total{outcome="accepted"} 1"#,
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn two_instances_share_nothing() {
        let (one, two) = (Metrics::new(), Metrics::new());
        one.webhook(200);
        assert!(!two.encode().unwrap().contains("answer="));
    }
}
