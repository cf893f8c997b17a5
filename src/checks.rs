//! `CheckDefaults`: whether the next hire of a tenant will be created, and what to do if not.
//!
//! What cannot be known is `UNVERIFIED`, never `PASS`. A check gives a finding, which is a code
//! with arguments. Its sentences are in the catalogue, for people who administer HR software.
//!
//! | file | contents |
//! | --- | --- |
//! | `finding`, `report` | the result of a check, and the results of all |
//! | `answers`, `reader` | Lucca's answers, and the reads that get them |
//! | `access`, `rights`, `visibility` | the address, the key, its rights, and the people it sees |
//! | `defaults`, `culture_login` | the values of a hire that does not give them |
//! | `learned` | learned acceptances: what earlier creations have shown |
//! | `heads`, `labels` | heads of departments, and the table of labels |
//! | `extended` | custom data of the HR file |
//! | `dpae` | the declaration before an employee starts |
//! | `settings` | settings that are checked without Lucca |
//! | `sample` | what the service would do with a sample hire |

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
    lucca::LuccaClient,
    store::{Store, StoreError, Unreadable},
};
use answers::Answers;
use learned::Learned;
use reader::LuccaReader;

/// The timeout of all reads together, the wait for the budget included.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The most records in quarantine that are named.
const MOST_UNREADABLE: usize = 20;

/// The most calls that the checks make on an account of 1,000 people.
pub const MOST_CALLS: u32 = 8;

/// Checks tenants.
pub struct Checks {
    /// What earlier creations have shown, and the budget.
    pub store: Arc<dyn Store>,
    /// Reads Lucca.
    pub client: Arc<LuccaClient>,
    /// Takes over the people that were read.
    pub directories: Arc<DirectoryCache>,
    /// Tells the time.
    pub clock: SharedClock,
    /// Where an API key may be sent.
    pub hosts: HostRules,
}

impl Checks {
    /// Checks everything that the tenant's next hire needs. A sample is resolved like a hire, and
    /// nothing is created.
    ///
    /// # Errors
    /// The store cannot answer. An unavailable Lucca is part of the report, not an error.
    pub async fn check(
        &self,
        tenant: &Tenant,
        sample: Option<&Draft>,
    ) -> Result<Report, StoreError> {
        let calls_left = self.calls_left(tenant).await?;
        let acceptances = self.store.learned_acceptances(&tenant.account, &tenant.id);
        let learned = Learned {
            all: &acceptances.await?,
            time_zone: &tenant.time_zone,
        };
        let proven = self
            .store
            .visibility_proven(&tenant.account, &tenant.id, tenant.api_key.version)
            .await?;
        let unreadable = self.store.quarantined(Some(&tenant.id), MOST_UNREADABLE);
        let unreadable = unreadable.await?;
        let deliveries = self.store.deliveries(&tenant.id).await?;
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
            settings::webhooks_arrive(tenant, deliveries),
            settings::budget(calls_left),
            settings::records(&unreadable),
        ]);
        if let Some(sample) = sample {
            sample::check(sample, tenant, &answers, &mut report);
        }
        Ok(report)
    }

    /// The report about a tenant that is in quarantine.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn unreadable(&self, tenant: &Unreadable) -> Result<Report, StoreError> {
        let waiting = match tenant.tenant_id() {
            Some(id) => self.store.waiting_for_tenant(Some(&id)).await?,
            None => 0,
        };
        let mut report = Report {
            calls_left: MOST_CALLS,
            ..Report::default()
        };
        report.add([settings::unreadable(tenant, waiting)]);
        Ok(report)
    }

    /// How many calls to the tenant's Lucca could begin now.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn calls_left(&self, tenant: &Tenant) -> Result<u32, StoreError> {
        self.client.gate().left(tenant).await
    }

    /// Reads what can be read before the timeout.
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
            // What was read before the timeout counts.
            Err(_) => {
                let starved = calls_left < MOST_CALLS || self.calls_left(tenant).await? == 0;
                answers.broken_off = Some(if starved { Gap::Calls } else { Gap::Time });
                Ok(())
            }
        }
    }
}

/// The checks that rest on Lucca's answers and on earlier creations.
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
