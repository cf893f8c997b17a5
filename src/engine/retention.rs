//! Erases personal data when the tenant's retention time is over.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    clock::SharedClock,
    domain::tenant::Tenant,
    store::{Keep, Store, StoreError},
};

/// The time between two sweeps. Retention times are counted in days.
const PERIOD: Duration = Duration::from_hours(1);

/// Onboardings per transaction: other writes wait for it.
const BATCH: usize = 50;

/// The most batches of a sweep that remove rows, so that a sweep ends.
const BATCHES: usize = 40;

/// Rows that are removed per transaction.
const ROWS: usize = 500;

/// Tenants per page.
const TENANTS: usize = 100;

/// Retires what is due, tenant by tenant. Replicas may do so at the same time.
pub struct Retention {
    store: Arc<dyn Store>,
    clock: SharedClock,
    /// For tenants without a retention time of their own.
    days: u32,
    keep: Keep,
}

impl Retention {
    /// `days` apply to tenants that do not set their own; `keep` to rows that only grow.
    pub fn new(store: Arc<dyn Store>, clock: SharedClock, days: u32, keep: Keep) -> Self {
        Self {
            store,
            clock,
            days,
            keep,
        }
    }

    /// Sweeps every `PERIOD` until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut cut = None;
        loop {
            if let Err(error) = self.sweep(&stop).await {
                tracing::warn!(%error, "the retention time could not be applied; it will be tried again");
            }
            if let Err(error) = self.inspect(&stop).await {
                tracing::warn!(%error, "stored records could not be inspected; it will be tried again");
            }
            if let Err(error) = self.prune(&mut cut, &stop).await {
                tracing::warn!(%error, "old rows could not be removed; it will be tried again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }

    async fn sweep(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let mut last = None;
        loop {
            let tenants = self.store.tenants(last.as_ref(), TENANTS).await?;
            for tenant in &tenants {
                match self.retire(tenant, stop).await {
                    Err(error) if !error.is_of_database() => {
                        tracing::error!(tenant = %tenant.id, %error,
                            "the retention time could not be applied to a tenant");
                    }
                    retired => retired?,
                }
            }
            match tenants.last() {
                Some(tenant) if tenants.len() == TENANTS => last = Some(tenant.id.clone()),
                _ => return Ok(()),
            }
        }
    }

    /// Reads every onboarding, so that damage is noticed that no look-up meets.
    async fn inspect(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let mut last = None;
        while !stop.is_cancelled() {
            last = self.store.inspect(last, BATCH).await?;
            if last.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Removes what only grows and is kept no longer. Histories are cut from the onboarding on where
    /// the sweep before has ended.
    async fn prune(
        &self,
        cut: &mut Option<String>,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        self.store.forget_calls(self.keep.calls).await?;
        let now = self.clock.now();
        for _ in 0..BATCHES {
            if stop.is_cancelled() || !self.store.prune(self.keep, now, ROWS).await? {
                break;
            }
        }
        for _ in 0..BATCHES {
            if stop.is_cancelled() {
                break;
            }
            let after = cut.as_deref();
            *cut = self
                .store
                .cut_histories(self.keep, now, after, BATCH)
                .await?;
            if cut.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn retire(&self, tenant: &Tenant, stop: &CancellationToken) -> Result<(), StoreError> {
        let days = tenant.retention_days.unwrap_or(self.days);
        let kept = Duration::from_hours(24 * u64::from(days));
        while !stop.is_cancelled() {
            let now = self.clock.now();
            let retired = self.store.retire(&tenant.id, kept, now, BATCH).await?;
            let (forgotten, expired) = (retired.forgotten.len(), retired.expired.len());
            if forgotten + expired > 0 {
                tracing::info!(tenant = %tenant.id, forgotten, expired, "retention time over");
            }
            for id in retired.expired {
                tracing::info!(onboarding = %id, tenant = %tenant.id, to = "CANCELLED",
                    reason = "EXPIRED", "onboarding moved");
            }
            if !retired.more {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::FakeClock,
        db::Keyring,
        domain::onboarding::fixtures::{at, hire, id, tenant_id},
        store::{
            Actor, Lookup, NewHistoryEntry, conformance::tenants::tenant, sqlite::SqliteStore,
        },
    };

    const DAY: Duration = Duration::from_hours(24);
    const KEEP: Keep = Keep {
        history: Duration::from_hours(24 * 1000),
        events: Duration::from_hours(24 * 90),
        redelivery: Duration::from_hours(24 * 400),
        calls: Duration::from_hours(24),
    };

    async fn open(dir: &tempfile::TempDir, clock: &SharedClock) -> Arc<dyn Store> {
        let keyring = Keyring::from_base64(["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]);
        let path = dir.path().join("store.db");
        let store = SqliteStore::open(&path, keyring.unwrap(), Arc::clone(clock)).await;
        Arc::new(store.unwrap())
    }

    async fn erased(store: &dyn Store, number: u128) -> bool {
        let found = store.onboarding(Lookup::Id(id(number))).await;
        found.unwrap().unwrap().erased
    }

    /// Onboardings 1 to `many` of a tenant, which wait for a person.
    async fn waiting(store: &dyn Store, name: &str, numbers: std::ops::RangeInclusive<u128>) {
        for number in numbers {
            let mut undated = hire(&format!("a-{number}")).incomplete();
            undated.key.tenant = tenant_id(name);
            let said = store.submit(undated, None, id(number), Actor::payroll(), at(0));
            said.await.unwrap();
        }
    }

    #[tokio::test]
    async fn the_days_of_the_tenant_count_and_otherwise_those_of_the_service() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(FakeClock::new());
        let shared: SharedClock = Arc::clone(&clock) as SharedClock;
        let store = open(&dir, &shared).await;
        for (name, days) in [("acme", None), ("brief", Some(2)), ("long", Some(400))] {
            let mut tenant = tenant(name);
            tenant.retention_days = days;
            store
                .insert_tenant(&tenant, NewHistoryEntry::test())
                .await
                .unwrap();
        }
        // More than one batch.
        waiting(&*store, "acme", 1..=101).await;
        waiting(&*store, "brief", 201..=201).await;
        waiting(&*store, "long", 301..=301).await;
        let retention = Retention::new(Arc::clone(&store), shared, 30, KEEP);
        let table = [
            (1, [false, false, false, false]),
            (2, [false, false, true, false]),
            (29, [false, false, true, false]),
            (30, [true, true, true, false]),
            (399, [true, true, true, false]),
            (400, [true, true, true, true]),
        ];
        for (day, expected) in table {
            clock.set_wall(at(0) + DAY * day);
            retention.sweep(&CancellationToken::new()).await.unwrap();
            let mut found = Vec::new();
            for number in [1, 101, 201, 301] {
                found.push(erased(&*store, number).await);
            }
            assert_eq!(found, expected, "day {day}");
        }
    }

    #[tokio::test]
    async fn the_first_sweep_is_at_the_start_and_a_signal_ends_it() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(FakeClock::new());
        let shared: SharedClock = Arc::clone(&clock) as SharedClock;
        let store = open(&dir, &shared).await;
        store
            .insert_tenant(&tenant("acme"), NewHistoryEntry::test())
            .await
            .unwrap();
        waiting(&*store, "acme", 1..=1).await;
        clock.set_wall(at(0) + DAY * 30);
        let mut changes = store.changes();
        let stop = CancellationToken::new();
        let retention = Retention::new(Arc::clone(&store), shared, 30, KEEP);
        let running = tokio::spawn(retention.run(stop.clone()));
        assert_eq!(changes.recv().await.unwrap(), id(1));
        stop.cancel();
        running.await.unwrap();
        assert!(erased(&*store, 1).await);
    }
}
