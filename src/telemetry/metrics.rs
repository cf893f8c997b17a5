//! Metrics: what is counted.

use std::{fmt, sync::Arc, time::Duration};

use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Metric, Registry},
};

use crate::net::{End, Observer};

/// Bounds of the wait histogram in seconds: from "at once" to a few windows of a minute.
const WAITS: [f64; 10] = [0.001, 0.01, 0.1, 1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0];

/// Names and values of labels. The values are words of the program (methods, states, outcomes),
/// which is why they are `&'static str`: no tenant and no person can get in.
type Labels<const N: usize> = [(&'static str, &'static str); N];
type Counters<const N: usize> = Family<Labels<N>, Counter>;
type Gauges<const N: usize> = Family<Labels<N>, Gauge>;

/// The metrics of one process, or of one part of it: no global state, clones share the numbers.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    grpc_requests: Counters<2>,
    transitions: Counters<2>,
    standing: Gauges<2>,
    problems: Gauges<1>,
    quarantine: Gauges<1>,
    /// Over all kinds, for readiness.
    quarantined: Gauge,
    scope_denied: Gauge,
    tenants_denied: Gauge,
    waiting_for_tenant: Gauge,
    refused_writes: Counter,
    mended: Counter,
    store_up: Gauge,
    store_errors: Counter,
    spool_waiting: Gauge,
    spool_apart: Gauge,
    spool_oldest: Gauge,
    reported: Counters<2>,
    lucca_calls: Counters<2>,
    budget_wait: Histogram,
    webhooks: Family<[(&'static str, u16); 1], Counter>,
    refusals: Counters<1>,
    forwards: Counters<1>,
    held: Gauges<1>,
    queued: Gauges<1>,
    connections: Gauges<1>,
    connections_ended: Counters<2>,
}

/// Shows how much of something that callers share is in use.
#[derive(Clone, Debug)]
pub struct PoolGauges {
    held: Gauge,
    waiting: Gauge,
}

impl PoolGauges {
    /// Sets the number of units that are held, and of requests that wait.
    pub fn set(&self, (held, waiting): (usize, usize)) {
        let count = |number| i64::try_from(number).unwrap_or(i64::MAX);
        self.held.set(count(held));
        self.waiting.set(count(waiting));
    }
}

/// Counts the connections of one listener.
struct Connections {
    open: Gauge,
    listener: &'static str,
    ended: Counters<2>,
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
        let labels = [("listener", self.listener), ("how", how.into())];
        self.ended.get_or_create(&labels).inc();
    }
}

/// Registers a metric and returns it.
fn add<M: Metric + Clone>(all: &mut Registry, name: &str, help: &str, metric: M) -> M {
    all.register(name, help, metric.clone());
    metric
}

/// A counter or gauge, or a family of them, at zero.
fn new<M: Metric + Clone + Default>(all: &mut Registry, name: &str, help: &str) -> M {
    add(all, name, help, M::default())
}

/// A gauge at 1.
fn up() -> Gauge {
    let gauge = Gauge::default();
    gauge.set(1);
    gauge
}

impl Metrics {
    /// All metrics at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("onboarding");
        let all = &mut registry;
        Self {
            grpc_requests: new(all, "grpc_requests", "gRPC calls answered"),
            transitions: new(all, "transitions", "Moves of hires between states"),
            standing: new(
                all,
                "standing",
                "Hires that have not ended, or were withdrawn once the employee existed (CREATED), by state and urgency",
            ),
            problems: new(
                all,
                "needs_attention",
                "Hires that wait for a person, by problem",
            ),
            quarantine: new(
                all,
                "quarantine",
                "Stored records that cannot be read and are in quarantine, by kind",
            ),
            quarantined: Gauge::default(),
            scope_denied: new(
                all,
                "adapter_scope_denied",
                "1: the service does not give the adapter's token any webhook settings",
            ),
            tenants_denied: new(
                all,
                "adapter_tenants_denied",
                "Tenants whose webhook settings the adapter's token lately was not given",
            ),
            waiting_for_tenant: new(
                all,
                "waiting_for_unreadable_tenant",
                "Hires that wait because their tenant is in quarantine",
            ),
            mended: new(
                all,
                "mended_records",
                "Onboardings whose sort keys, look-ups or login reservation differed from the sealed record and were written anew",
            ),
            refused_writes: new(
                all,
                "refused_writes",
                "Records that were not stored because they could not be read back",
            ),
            // Until it is asked for the first time; a process without a store never asks.
            store_up: add(all, "store_up", "Whether the store answers: 1, or 0", up()),
            store_errors: new(all, "store_errors", "Times that the store did not answer"),
            spool_waiting: new(all, "spool_waiting", "Events that wait in the spool"),
            spool_apart: new(
                all,
                "spool_waiting_apart",
                "Events of disabled and deleted tenants that wait in the spool",
            ),
            spool_oldest: new(
                all,
                "spool_oldest_age_seconds",
                "Age of the oldest event that waits in the spool",
            ),
            reported: new(
                all,
                "events_reported",
                "Events reported to the history, most of which became no hire, by reason",
            ),
            lucca_calls: new(all, "lucca_calls", "Calls to Lucca"),
            budget_wait: add(
                all,
                "budget_wait_seconds",
                "Time calls waited for the allowance of their Lucca domain",
                Histogram::new(WAITS),
            ),
            webhooks: new(all, "webhooks", "Webhooks answered, by HTTP status"),
            refusals: new(all, "webhook_refusals", "Webhooks refused, by reason"),
            forwards: new(
                all,
                "forwards",
                "Events handed from the spool to the service",
            ),
            held: new(
                all,
                "grpc_held",
                "What gRPC calls hold, by kind: permits, places to wait, bytes for messages, streams without a token",
            ),
            queued: new(
                all,
                "grpc_queued",
                "gRPC calls that wait for what others hold, by kind",
            ),
            connections: new(all, "connections", "Connections that are open, by listener"),
            connections_ended: new(
                all,
                "connections_ended",
                "Connections that have ended, by listener and how",
            ),
            // Last, when everything is registered.
            registry: Arc::new(registry),
        }
    }

    /// Counts a gRPC call; `code` as in `NOT_FOUND`.
    pub fn grpc_request(&self, method: &'static str, code: &'static str) {
        count(&self.grpc_requests, [("method", method), ("code", code)]);
    }

    /// Counts a move of a hire from one state to another.
    pub fn transition(&self, from: &'static str, to: &'static str) {
        count(&self.transitions, [("from", from), ("to", to)]);
    }

    /// Sets how many hires of a state and an urgency there are.
    pub fn standing(&self, state: &'static str, urgency: &'static str, count: i64) {
        let labels = [("state", state), ("urgency", urgency)];
        self.standing.get_or_create(&labels).set(count);
    }

    /// Sets how many hires wait for a person because of a problem.
    pub fn needs_attention(&self, problem: &'static str, count: i64) {
        let labels = [("problem", problem)];
        self.problems.get_or_create(&labels).set(count);
    }

    /// Sets how many records of each kind are in quarantine.
    pub fn quarantine(&self, counts: impl Iterator<Item = (&'static str, u64)>) {
        let mut sum = 0_i64;
        for (kind, count) in counts {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.quarantine.get_or_create(&[("kind", kind)]).set(count);
            sum = sum.saturating_add(count);
        }
        self.quarantined.set(sum);
    }

    /// Sets how many hires wait because their tenant is in quarantine.
    pub fn waiting_for_tenant(&self, count: u64) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.waiting_for_tenant.set(count);
    }

    /// How many records are in quarantine.
    pub fn quarantined(&self) -> i64 {
        self.quarantined.get()
    }

    /// Sets whether the adapter's token is denied all webhook settings, and of how many tenants.
    pub fn settings_denied(&self, all: bool, tenants: usize) {
        self.scope_denied.set(i64::from(all));
        self.tenants_denied
            .set(i64::try_from(tenants).unwrap_or(i64::MAX));
    }

    /// Whether the adapter's token is denied all webhook settings.
    pub fn is_scope_denied(&self) -> bool {
        self.scope_denied.get() > 0
    }

    /// Of how many tenants the adapter's token is denied the webhook settings.
    pub fn tenants_denied(&self) -> i64 {
        self.tenants_denied.get()
    }

    /// Counts records that were not stored because they could not be read back.
    pub fn refused_writes(&self, count: u64) {
        self.refused_writes.inc_by(count);
    }

    /// Counts onboardings whose look-up values were written anew.
    pub fn mended(&self, count: u64) {
        self.mended.inc_by(count);
    }

    /// Sets whether the store answers, and counts each time it does not.
    pub fn store(&self, answers: bool) {
        self.store_up.set(answers.into());
        if !answers {
            self.store_errors.inc();
        }
    }

    /// Whether the store answered when it was asked last.
    pub fn store_is_up(&self) -> bool {
        self.store_up.get() > 0
    }

    /// Sets how many events wait in the spool, how many wait apart, and the age of the oldest in
    /// seconds.
    pub fn spool(&self, waiting: u32, apart: u32, oldest: i64) {
        self.spool_apart.set(i64::from(apart));
        self.spool_waiting.set(i64::from(waiting));
        self.spool_oldest.set(oldest);
    }

    /// Counts an event that was reported to the history.
    pub fn reported(&self, kind: &'static str, reason: &'static str) {
        count(&self.reported, [("kind", kind), ("reason", reason)]);
    }

    /// Counts a call to Lucca.
    pub fn lucca_call(&self, kind: &'static str, outcome: &'static str) {
        count(&self.lucca_calls, [("kind", kind), ("outcome", outcome)]);
    }

    /// Records how long a call to Lucca waited for its turn.
    pub fn budget_wait(&self, wait: Duration) {
        self.budget_wait.observe(wait.as_secs_f64());
    }

    /// Counts a webhook that was answered with this HTTP status.
    pub fn webhook(&self, answer: u16) {
        self.webhooks.get_or_create(&[("answer", answer)]).inc();
    }

    /// Counts a webhook that was refused.
    pub fn webhook_refused(&self, reason: &'static str) {
        count(&self.refusals, [("reason", reason)]);
    }

    /// Counts a try to hand an event to the service.
    pub fn forward(&self, outcome: &'static str) {
        count(&self.forwards, [("outcome", outcome)]);
    }

    /// Shows the use of something that gRPC calls share.
    pub fn pool(&self, kind: &'static str) -> PoolGauges {
        let labels = [("kind", kind)];
        PoolGauges {
            held: self.held.get_or_create_owned(&labels),
            waiting: self.queued.get_or_create_owned(&labels),
        }
    }

    /// Counts the connections of a listener of this name.
    pub fn listener(&self, listener: &'static str) -> Arc<dyn Observer> {
        let labels = [("listener", listener)];
        Arc::new(Connections {
            open: self.connections.get_or_create_owned(&labels),
            listener,
            ended: self.connections_ended.clone(),
        })
    }

    /// All metrics in the text format of `/metrics`.
    ///
    /// # Errors
    /// Only what formatting into a string can bring.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

fn count<const N: usize>(counters: &Counters<N>, labels: Labels<N>) {
    counters.get_or_create(&labels).inc();
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
        metrics.quarantine([("onboarding", 2), ("tenant", 1)].into_iter());
        metrics.waiting_for_tenant(4);
        metrics.refused_writes(1);
        metrics.mended(2);
        metrics.spool(5, 2, 90);
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
            r#"onboarding_quarantine{kind="onboarding"} 2"#,
            r#"onboarding_quarantine{kind="tenant"} 1"#,
            "onboarding_waiting_for_unreadable_tenant 4",
            "onboarding_refused_writes_total 1",
            "onboarding_mended_records_total 2",
            "onboarding_spool_waiting 5",
            "onboarding_spool_waiting_apart 2",
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
