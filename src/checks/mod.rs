//! `CheckDefaults`: will the next hire of a tenant go through, and if not, what to do.
//!
//! What cannot be known is `UNVERIFIED`, never in order. Sentences are for people who
//! administer HR software, not for those who write it.

mod defaults;
mod reading;
mod report;
mod sample;
mod standing;

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

pub use report::{Check, Default, Report, Status};

use crate::{
    clock::SharedClock,
    directory::{Directories, MAX_AGE, View},
    domain::{collaborator::Draft, tenant::Tenant},
    lucca::{Access, LuccaClient, Priority, ReadError},
    store::{Store, StoreError},
};

/// How old units may be: somebody may just have made one in Lucca.
const UNITS_AGE: SignedDuration = SignedDuration::from_secs(10);

/// How long Lucca and the budget are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks at tenants.
pub struct Checks {
    store: Arc<dyn Store>,
    client: Arc<LuccaClient>,
    directories: Arc<Directories>,
    clock: SharedClock,
}

/// What reading Lucca came to.
enum Reading {
    /// Everything that is needed.
    Done(View),
    /// People cannot be read, the key itself is in question.
    NoPeople(ReadError),
    /// People can be read, but not everything else.
    NoUnits(ReadError),
    /// It took too long.
    Slow,
}

impl Reading {
    fn view(&self) -> Option<&View> {
        match self {
            Self::Done(view) => Some(view),
            _ => None,
        }
    }
}

impl Checks {
    /// With what it needs.
    pub fn new(
        store: Arc<dyn Store>,
        client: Arc<LuccaClient>,
        directories: Arc<Directories>,
        clock: SharedClock,
    ) -> Self {
        Self {
            store,
            client,
            directories,
            clock,
        }
    }

    /// Looks at everything that the tenant's next hire needs; a sample is resolved as a
    /// hire would be, and nothing is created.
    ///
    /// # Errors
    /// The store cannot answer. That Lucca cannot is part of the report.
    pub async fn check(
        &self,
        tenant: &Tenant,
        sample: Option<&Draft>,
    ) -> Result<Report, StoreError> {
        let access = Access::of(tenant);
        let left = self.client.gate().left(&access).await?;
        let reading = match tokio::time::timeout(PATIENCE, self.read(tenant, &access)).await {
            Ok(reading) => reading?,
            Err(_) => Reading::Slow,
        };
        let view = reading.view();
        let snapshot = view.map(|view| &*view.snapshot);
        let now = self.clock.now();
        let mut report = Report::default();
        report.add(standing::enabled(tenant));
        for check in reading::checks(tenant, &reading) {
            report.add(check);
        }
        for check in defaults::checks(tenant, snapshot) {
            report.add(check);
        }
        report.add(standing::sight(self.sees_everybody(tenant, view).await?));
        report.add(standing::webhook_auth(tenant, now));
        report.add(standing::budget(left));
        report.add(standing::writes(self.has_created(tenant).await?));
        report.defaults = defaults::list(tenant, snapshot);
        if let Some(sample) = sample {
            sample::check(sample, tenant, snapshot, &mut report);
        }
        Ok(report)
    }

    /// One call tells whether the key is accepted, even if all else is known already.
    async fn read(&self, tenant: &Tenant, access: &Access) -> Result<Reading, StoreError> {
        let priority = Priority::Interactive;
        match self.client.probe(access, priority).await {
            Ok(()) => {}
            Err(ReadError::Store(error)) => return Err(error),
            Err(error) => return Ok(Reading::NoPeople(error)),
        }
        match self.look(tenant, priority).await {
            Ok(view) => Ok(Reading::Done(view)),
            Err(ReadError::Store(error)) => Err(error),
            Err(error) => Ok(Reading::NoUnits(error)),
        }
    }

    async fn look(&self, tenant: &Tenant, priority: Priority) -> Result<View, ReadError> {
        let now = self.clock.now();
        let people_age = SignedDuration::try_from(MAX_AGE).unwrap_or_default();
        let people = self
            .directories
            .fresh(tenant, before(now, people_age), priority)
            .await?;
        let units = self
            .directories
            .fresh_units(tenant, before(now, UNITS_AGE), priority)
            .await?;
        Ok(View {
            sight_proven: people.sight_proven || units.sight_proven,
            ..units
        })
    }

    async fn sees_everybody(
        &self,
        tenant: &Tenant,
        view: Option<&View>,
    ) -> Result<bool, StoreError> {
        if view.is_some_and(|view| view.sight_proven) {
            return Ok(true);
        }
        self.store
            .sight_proven(&tenant.account, &tenant.id, tenant.api_key.version)
            .await
    }

    /// Whether one of the latest creations was made with the present key.
    async fn has_created(&self, tenant: &Tenant) -> Result<bool, StoreError> {
        use crate::{
            domain::{attempt::Outcome, onboarding::State},
            store::{Filter, Order},
        };
        const LATEST: usize = 20;
        let created = Filter {
            tenant: Some(tenant.id.clone()),
            state: Some(State::Created),
            ..Filter::default()
        };
        let page = self
            .store
            .list(created, Order::UpdateTime, None, LATEST)
            .await?;
        Ok(page.onboardings.iter().any(|onboarding| {
            onboarding.key.account == tenant.account
                && onboarding.attempts.iter().any(|attempt| {
                    attempt.intent.key_version == tenant.api_key.version
                        && matches!(attempt.outcome(), Outcome::Executed(_))
                })
        }))
    }
}

fn before(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.checked_sub(span).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod fixtures;
