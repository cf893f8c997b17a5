//! Whether the store answers, for the metrics and `/readyz`.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    db::DbError,
    store::{Store, StoreError},
    telemetry::Metrics,
};

/// How often the store is asked.
const PERIOD: Duration = Duration::from_secs(5);

/// How long it may take to answer. Less than two periods, so that an outage shows soon.
const PATIENCE: Duration = Duration::from_secs(8);

/// Asks the store until `stop`.
pub(super) async fn watch(store: Arc<dyn Store>, metrics: Metrics, stop: CancellationToken) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_up = true;
    loop {
        let answer = tokio::select! {
            () = stop.cancelled() => return,
            answer = async {
                ticks.tick().await;
                timeout(PATIENCE, store.ping()).await
            } => answer,
        };
        let answer = answer.unwrap_or(Err(StoreError::Database(DbError::Unreachable)));
        metrics.store(answer.is_ok());
        match &answer {
            Err(error) if was_up => tracing::error!(%error, "the store does not answer"),
            Ok(()) if !was_up => tracing::info!("the store answers again"),
            _ => {}
        }
        was_up = answer.is_ok();
    }
}
