//! `CheckDefaults`: will the next hire of a tenant go through, and if not, what to do.
//!
//! What cannot be known is `UNVERIFIED`, never in order. Sentences are for people who
//! administer HR software, not for those who write it, in English and in French side by side.
//!
//! | file | what it looks at |
//! | --- | --- |
//! | `reading` | what Lucca is asked, and how that went |
//! | `access`, `reads`, `sight`, `writes` | the address, the key, and what it may do |
//! | `defaults`, `others`, `learned` | what applies to a hire that does not say, and what creations taught of it |
//! | `heads`, `labels` | what hires are led to |
//! | `extended` | custom data of the HR file |
//! | `dpae` | the declaration before an employee starts |
//! | `standing` | what is known without Lucca |
//! | `sample` | what would become of a hire |

mod access;
mod defaults;
mod dpae;
mod extended;
mod heads;
mod labels;
mod learned;
mod others;
mod reading;
mod reads;
mod report;
mod sample;
mod sight;
mod standing;
mod text;
mod writes;

use std::{sync::Arc, time::Duration};

pub use report::{Check, Default, Gap, Report, Status};
pub use text::Text;

use crate::{
    clock::SharedClock,
    directory::Directories,
    domain::{collaborator::Draft, lucca_url::HostRules, tenant::Tenant},
    lucca::{Access, LuccaClient},
    store::{Store, StoreError},
};
use learned::Lessons;
use reading::{Reader, Reading};

/// How long Lucca and the budget are waited for.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How many calls the checks make at most on an account of 1,000 people.
pub const MOST_CALLS: u32 = 8;

/// Looks at tenants.
pub struct Checks {
    store: Arc<dyn Store>,
    client: Arc<LuccaClient>,
    directories: Arc<Directories>,
    clock: SharedClock,
    hosts: HostRules,
}

impl Checks {
    /// With what it needs.
    pub fn new(
        store: Arc<dyn Store>,
        client: Arc<LuccaClient>,
        directories: Arc<Directories>,
        clock: SharedClock,
        hosts: HostRules,
    ) -> Self {
        Self {
            store,
            client,
            directories,
            clock,
            hosts,
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
        let left = self.calls_left(tenant).await?;
        let taught = self
            .store
            .learned_acceptances(&tenant.account, &tenant.id)
            .await?;
        let lessons = Lessons(&taught);
        let proven = self
            .store
            .visibility_proven(&tenant.account, &tenant.id, tenant.api_key.version)
            .await?;
        let url = access::url(tenant, &self.hosts);
        let mut reading = Reading::default();
        if url.status == Status::Pass {
            self.read(tenant, sample.is_some(), left, &mut reading)
                .await?;
        }
        let mut report = Report {
            calls_left: left,
            ..Report::default()
        };
        report.add([standing::enabled(tenant), url]);
        Self::add_all(&mut report, tenant, &reading, &lessons, proven);
        report.add([
            standing::time_zone(tenant),
            standing::webhook_auth(tenant, self.clock.now()),
            standing::budget(left),
        ]);
        report.defaults = defaults::list(tenant, &reading);
        if let Some(sample) = sample {
            sample::check(sample, tenant, &reading, &mut report);
        }
        Ok(report)
    }

    /// Adds what the reading and earlier creations tell.
    fn add_all(
        report: &mut Report,
        tenant: &Tenant,
        reading: &Reading,
        lessons: &Lessons<'_>,
        proven: bool,
    ) {
        report.gap = reading.gap();
        report.add(access::reached(tenant, reading));
        report.add(reads::checks(tenant, reading));
        report.add([
            sight::check(tenant, reading, proven),
            writes::check(tenant, lessons),
        ]);
        report.add(defaults::checks(tenant, reading, lessons));
        report.add([
            others::login(tenant, lessons),
            others::culture(tenant, lessons),
            heads::check(tenant, reading),
            labels::check(tenant, reading),
            extended::readable(tenant, reading),
        ]);
        report.add(dpae::checks(tenant, reading));
    }

    /// How many calls to the tenant's Lucca could begin now.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn calls_left(&self, tenant: &Tenant) -> Result<u32, StoreError> {
        self.client.gate().left(&Access::of(tenant)).await
    }

    /// Reads what can be read in time.
    async fn read(
        &self,
        tenant: &Tenant,
        sample: bool,
        left: u32,
        reading: &mut Reading,
    ) -> Result<(), StoreError> {
        let reader = Reader {
            client: &self.client,
            directories: &self.directories,
            clock: &self.clock,
            tenant,
            sample,
        };
        match tokio::time::timeout(PATIENCE, reader.read(reading)).await {
            Ok(read) => read,
            // What was read by then counts.
            Err(_) => {
                let starved = left < MOST_CALLS || self.calls_left(tenant).await? == 0;
                reading.broken_off = Some(if starved { Gap::Calls } else { Gap::Time });
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
