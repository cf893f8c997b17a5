//! `CheckDefaults`: will the next hire of a tenant go through, and if not, what to do.
//!
//! What cannot be known is `UNVERIFIED`, never in order. Checks yield findings; their sentences
//! are for people who administer HR software, and are in the catalogue.
//!
//! | file | what it holds or looks at |
//! | --- | --- |
//! | `finding`, `report` | what a check found, and everything that was found |
//! | `answers`, `reader` | what Lucca answered, and how it is asked |
//! | `access`, `rights`, `visibility` | the address, the key, and what it may do and see |
//! | `defaults`, `culture_login` | what applies to a hire that does not say |
//! | `learned` | what earlier creations have shown |
//! | `heads`, `labels` | what hires are led to |
//! | `extended` | custom data of the HR file |
//! | `dpae` | the declaration before an employee starts |
//! | `settings` | what is known without Lucca |
//! | `sample` | what would become of a hire |

mod access;
mod answers;
mod culture_login;
mod defaults;
mod dpae;
mod extended;
mod finding;
mod heads;
mod labels;
mod learned;
mod reader;
mod report;
mod rights;
mod sample;
mod settings;
mod visibility;

use std::{sync::Arc, time::Duration};

pub use finding::Finding;
pub use report::{Check, DefaultValue, Gap, Report, Status};

use crate::{
    clock::SharedClock,
    directory::DirectoryCache,
    domain::{collaborator::Draft, lucca_url::HostRules, tenant::Tenant},
    lucca::{Access, LuccaClient},
    store::{Store, StoreError},
};
use answers::Answers;
use learned::Learned;
use reader::LuccaReader;

/// How long Lucca and the budget are waited for.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How many records in quarantine are named at most.
const MOST_UNREADABLE: usize = 20;

/// How many calls the checks make at most on an account of 1,000 people.
pub const MOST_CALLS: u32 = 8;

/// Looks at tenants.
pub struct Checks {
    store: Arc<dyn Store>,
    client: Arc<LuccaClient>,
    directories: Arc<DirectoryCache>,
    clock: SharedClock,
    hosts: HostRules,
}

impl Checks {
    /// With what it needs.
    pub fn new(
        store: Arc<dyn Store>,
        client: Arc<LuccaClient>,
        directories: Arc<DirectoryCache>,
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
        let calls_left = self.calls_left(tenant).await?;
        let learned = self.store.learned_acceptances(&tenant.account, &tenant.id);
        let lessons = learned.await?;
        let learned = Learned {
            all: &lessons,
            time_zone: &tenant.time_zone,
        };
        let proven = self
            .store
            .visibility_proven(&tenant.account, &tenant.id, tenant.api_key.version)
            .await?;
        let unreadable = self.store.quarantined(Some(&tenant.id), MOST_UNREADABLE);
        let unreadable = unreadable.await?;
        let url = access::url(tenant, &self.hosts);
        let mut answers = Answers::default();
        if url.status == Status::Pass {
            self.read(tenant, sample.is_some(), calls_left, &mut answers)
                .await?;
        }
        let mut report = Report {
            calls_left,
            gap: answers.gap(),
            defaults: defaults::list(tenant, &answers),
            ..Report::default()
        };
        report.add([settings::enabled(tenant), url]);
        report.add(of_lucca(tenant, &answers, &learned, proven));
        report.add([
            settings::time_zone(tenant),
            settings::webhook_auth(tenant, self.clock.now()),
            settings::budget(calls_left),
            settings::records(&unreadable),
        ]);
        if let Some(sample) = sample {
            sample::check(sample, tenant, &answers, &mut report);
        }
        Ok(report)
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
        calls_left: u32,
        answers: &mut Answers,
    ) -> Result<(), StoreError> {
        let reader = LuccaReader {
            client: &self.client,
            directories: &self.directories,
            clock: &self.clock,
            tenant,
            sample,
        };
        match tokio::time::timeout(PATIENCE, reader.read(answers)).await {
            Ok(read) => read,
            // What was read by then counts.
            Err(_) => {
                let starved = calls_left < MOST_CALLS || self.calls_left(tenant).await? == 0;
                answers.broken_off = Some(if starved { Gap::Calls } else { Gap::Time });
                Ok(())
            }
        }
    }
}

/// What Lucca's answers and earlier creations show.
fn of_lucca(tenant: &Tenant, answers: &Answers, learned: &Learned<'_>, proven: bool) -> Vec<Check> {
    let mut checks = Vec::from(access::reached(tenant, answers));
    checks.extend(rights::reads(tenant, answers));
    checks.push(visibility::check(tenant, answers, proven));
    checks.push(rights::create(tenant, learned));
    checks.extend(defaults::checks(tenant, answers, learned));
    checks.push(culture_login::login(tenant, learned));
    checks.push(culture_login::culture(tenant, learned));
    checks.push(heads::check(tenant, answers));
    checks.push(labels::check(tenant, answers));
    checks.push(extended::readable(tenant, answers));
    checks.extend(dpae::checks(tenant, answers));
    checks
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
