//! Reads Lucca. Each thing is read by itself, so that a failure hides no other answer.
//!
//! An account of 1,000 people takes at most eight calls: departments, establishments, roles,
//! definitions of custom data, people, and, where needed, names of legal units, values of custom
//! data, and modified people.

use std::{collections::HashSet, sync::Arc};

use jiff::Timestamp;

use super::answers::{Answer, Answers, lacks_names};
use crate::domain::tenant::Unit;
use crate::{
    clock::SharedClock,
    directory::{DirectoryCache, MAX_AGE, Snapshot, Units, Wanted},
    domain::{dates::today, onboarding::earlier, tenant::Tenant},
    lucca::{Access, LuccaClient, People, Priority, ReadError},
    store::StoreError,
};

/// The most people that are read anew for a check: one call reads them.
const ONE_PAGE: usize = 1000;

/// Reads for one tenant.
pub(super) struct LuccaReader<'a> {
    pub client: &'a LuccaClient,
    pub directories: &'a Arc<DirectoryCache>,
    pub clock: &'a SharedClock,
    pub tenant: &'a Tenant,
    /// Whether a sample hire is resolved.
    pub sample: bool,
}

impl LuccaReader<'_> {
    /// Reads everything, as far as Lucca answers.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn read(&self, answers: &mut Answers) -> Result<(), StoreError> {
        let access = Access::interactive(self.tenant);
        let client = self.client;
        answers.departments = Answer::of(client.units(Unit::Department, access).await)?;
        if answers.departments.ends_all() {
            return Ok(());
        }
        let (establishments, roles, definitions) = tokio::join!(
            client.establishments_ever(access),
            client.units(Unit::Role, access),
            client.extension_definitions(access)
        );
        answers.establishments = Answer::of(establishments)?;
        answers.roles = Answer::of(roles)?;
        answers.definitions = Answer::of(definitions)?;
        if answers.establishments.ends_all()
            || answers.roles.ends_all()
            || answers.definitions.ends_all()
        {
            return Ok(());
        }
        if lacks_names(answers.establishments.known()) {
            answers.legal_units = Answer::of(client.legal_units(access).await)?;
        }
        self.people(answers, access).await?;
        let codes = &self.tenant.readable_extended_data;
        if !codes.is_empty() && answers.people.known().is_some() {
            let shown = client.shown_extended_data(access, codes).await;
            answers.shown_data = Answer::of(shown)?;
        }
        Ok(())
    }

    /// Reads the people; all of them if one call is enough, because the cached ones do not show
    /// what the key sees now.
    async fn people(&self, answers: &mut Answers, access: Access<'_>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let units = answers.units();
        answers.remembered = self.directories.cached(self.tenant).await;
        let few = |known: &Arc<Snapshot>| known.people.len() <= ONE_PAGE;
        let anew = answers.remembered.as_ref().is_some_and(few);
        match units {
            Some(units) if !anew => {
                answers.people = Answer::of(self.directory(now, units).await)?;
                answers.directory = answers.people.known().cloned();
            }
            units => {
                answers.people = Answer::of(self.everybody(access, now).await)?;
                if let Some(units) = units
                    && self.sample
                    && answers.people.known().is_some()
                {
                    let recent = earlier(now, MAX_AGE);
                    match Answer::of(self.directory(recent, units).await)? {
                        Answer::Known(snapshot) => answers.directory = Some(snapshot),
                        Answer::Failed(error) => answers.changes = Answer::Failed(error),
                        Answer::NotAsked => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// The directory, as of this time or later.
    async fn directory(&self, as_of: Timestamp, units: Units) -> Result<Arc<Snapshot>, ReadError> {
        let wanted = Wanted {
            people: as_of,
            given: Some(units),
            ..Wanted::default()
        };
        let view = self
            .directories
            .fresh(self.tenant, wanted, Priority::Interactive)
            .await?;
        Ok(view.snapshot)
    }

    /// Everybody whom the key sees now.
    async fn everybody(
        &self,
        access: Access<'_>,
        now: Timestamp,
    ) -> Result<Arc<Snapshot>, ReadError> {
        let people = self.client.people(access, People::All).await?;
        let people = people.into_iter().map(|it| (it.id, it));
        Ok(Arc::new(Snapshot {
            url: self.tenant.lucca_url.to_string(),
            units: Units::default(),
            people: people.collect(),
            unseen: HashSet::new(),
            as_of: now,
            today: today(now, &self.tenant.time_zone),
        }))
    }
}
