//! Tells the service whether webhooks arrive, at most once a minute for each tenant.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tonic::Code;

use super::service::Service;
use crate::{
    domain::{
        delivery::{Deliveries, Refusal},
        ids::TenantId,
    },
    pb::{tenant::deliveries_message, v1::ReportDeliveriesRequest},
};

/// The longest time between two looks for something to tell.
const LOOK: Duration = Duration::from_secs(60);

/// What webhooks of each tenant came last. Only tenants that are known to exist are noted, so
/// strangers cannot make it grow. Clones share it.
#[derive(Clone, Default)]
pub(super) struct DeliveryLog {
    notes: Arc<Mutex<HashMap<TenantId, Note>>>,
    /// Notified when there is something to tell.
    news: Arc<Notify>,
}

#[derive(Default)]
struct Note {
    seen: Deliveries,
    /// Whether the service has not been told of it.
    is_news: bool,
    /// When the service may be told of the tenant again.
    next: Option<Instant>,
}

impl DeliveryLog {
    /// Notes a webhook, accepted or refused at this time.
    pub(super) fn note(&self, tenant: TenantId, now: jiff::Timestamp, refusal: Option<Refusal>) {
        let mut notes = self.notes.lock();
        let note = notes.entry(tenant).or_default();
        match refusal {
            None => note.seen.accepted = Some(now),
            Some(why) => note.seen.refused = Some((now, why)),
        }
        if !std::mem::replace(&mut note.is_news, true) {
            self.news.notify_one();
        }
    }

    /// Tells the service until `stop`.
    pub(super) async fn tell(self, service: Service, pace: Duration, stop: CancellationToken) {
        while !stop.is_cancelled() {
            for (tenant, seen) in self.due(pace) {
                let report = ReportDeliveriesRequest {
                    tenant: tenant.to_string(),
                    deliveries: Some(deliveries_message(seen)),
                };
                let told = stop.run_until_cancelled(service.report_deliveries(report));
                match told.await {
                    // A service that does not know the call never will.
                    None | Some(Ok(())) => {}
                    Some(Err(status)) if status.code() == Code::Unimplemented => {}
                    Some(Err(status)) => {
                        let code = status.code();
                        tracing::warn!(%tenant, ?code, "the service does not take a report of deliveries");
                        self.keep(&tenant);
                    }
                }
            }
            let next = self.next();
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.news.notified() => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// What the service may be told now; it counts as told.
    fn due(&self, pace: Duration) -> Vec<(TenantId, Deliveries)> {
        let now = Instant::now();
        let mut due = Vec::new();
        for (tenant, note) in &mut *self.notes.lock() {
            if note.is_news && note.next.is_none_or(|next| next <= now) {
                note.is_news = false;
                note.next = Some(now + pace);
                due.push((tenant.clone(), note.seen));
            }
        }
        due
    }

    /// The service could not be told of a tenant.
    fn keep(&self, tenant: &TenantId) {
        if let Some(note) = self.notes.lock().get_mut(tenant) {
            note.is_news = true;
        }
    }

    /// When the service may be told of something next.
    fn next(&self) -> Instant {
        let notes = self.notes.lock();
        let news = notes.values().filter(|note| note.is_news);
        let next = news.filter_map(|note| note.next).min();
        let look = Instant::now() + LOOK;
        next.map_or(look, |next| next.min(look))
    }
}
