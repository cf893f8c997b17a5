//! What Lucca is asked, each thing by itself, and how that went.
//!
//! A thing that cannot be read hides no other. On an account of 1,000 people it is at most
//! eight calls: departments, establishments, roles, definitions of custom data, people, and,
//! where needed, names of legal units, values of custom data, what has changed of people.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::report::Gap;
use crate::{
    clock::SharedClock,
    directory::{Directories, MAX_AGE, Person, Snapshot, Units},
    domain::{cause::Cause, dates::today, tenant::Tenant},
    lucca::{
        Access, Department, Establishment, ExtensionDefinition, LegalUnit, LuccaClient, Priority,
        ReadError, Role,
    },
    store::StoreError,
};

/// Up to so many people are read anew for a check, by one call.
const ONE_PAGE: usize = 1000;

/// A thing that was to be read.
#[derive(Debug, Default)]
pub(super) enum Part<T> {
    /// Something else that failed made it idle to ask, or time ran out.
    #[default]
    NotAsked,
    /// It was read.
    Known(T),
    /// It could not be read.
    Failed(ReadError),
}

impl<T> Part<T> {
    fn of(read: Result<T, ReadError>) -> Result<Self, StoreError> {
        match read {
            Ok(value) => Ok(Self::Known(value)),
            Err(ReadError::Store(error)) => Err(error),
            Err(error) => Ok(Self::Failed(error)),
        }
    }

    /// What was read.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Why it could not be read.
    pub fn error(&self) -> Option<&ReadError> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Whether it was not even asked for.
    pub fn is_not_asked(&self) -> bool {
        matches!(self, Self::NotAsked)
    }

    /// Whether asking for anything else is idle: nobody answers, or the key is refused
    /// whatever it asks for, or there have been too many calls.
    fn ends_all(&self) -> bool {
        match self.error() {
            Some(ReadError::KeyRefused(status)) => *status == 401,
            Some(ReadError::TooMany(_)) => true,
            // A status is an answer: other things may be read all the same.
            Some(ReadError::Unavailable(cause)) => !matches!(cause, Cause::Status { .. }),
            _ => false,
        }
    }
}

/// Everything that was to be read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub departments: Part<Vec<Department>>,
    /// Archived ones too.
    pub establishments: Part<Vec<Establishment>>,
    pub roles: Part<Vec<Role>>,
    pub definitions: Part<Vec<ExtensionDefinition>>,
    /// Asked for only if establishments do not name them.
    pub legal_units: Part<Vec<LegalUnit>>,
    /// The people of the account; units are in it only if hires can be resolved with it.
    pub people: Part<Arc<Snapshot>>,
    /// The people as they were known before.
    pub remembered: Option<Arc<Snapshot>>,
    /// What a hire is resolved with, if everything for it could be read.
    pub directory: Option<Arc<Snapshot>>,
    /// Which of the codes to read back show a value.
    pub shown_data: Part<BTreeSet<String>>,
    /// Whether what has changed of people could be read, where a hire is to be resolved.
    pub changes: Part<()>,
    /// Why the reading was broken off, if it was.
    pub broken_off: Option<Gap>,
}

impl Reading {
    /// Why things could not be read, in the order in which they were asked for.
    pub fn errors(&self) -> impl Iterator<Item = &ReadError> {
        [
            self.departments.error(),
            self.establishments.error(),
            self.roles.error(),
            self.definitions.error(),
            self.people.error(),
        ]
        .into_iter()
        .flatten()
    }

    /// Why Lucca was not asked for everything, or did not answer; `None` if it did, be it by a
    /// refusal.
    pub fn gap(&self) -> Option<Gap> {
        let others = [
            self.legal_units.error(),
            self.shown_data.error(),
            self.changes.error(),
        ];
        let errors = self.errors().chain(others.into_iter().flatten());
        self.broken_off.or_else(|| errors.filter_map(gap).next())
    }

    /// Why one part of it is not known; `None` if it is, or if Lucca refused it.
    pub fn gap_in<T>(&self, part: &Part<T>) -> Option<Gap> {
        match part {
            Part::Known(_) => None,
            Part::NotAsked => self.gap(),
            Part::Failed(error) => gap(error),
        }
    }

    /// Whether anything was read.
    pub fn any_known(&self) -> bool {
        self.departments.known().is_some()
            || self.establishments.known().is_some()
            || self.roles.known().is_some()
            || self.definitions.known().is_some()
            || self.people.known().is_some()
    }
}

/// Reads for one tenant.
pub(super) struct Reader<'a> {
    pub client: &'a LuccaClient,
    pub directories: &'a Arc<Directories>,
    pub clock: &'a SharedClock,
    pub tenant: &'a Tenant,
    /// Whether a hire is to be resolved.
    pub sample: bool,
}

impl Reader<'_> {
    /// Reads what is needed, as far as it can be read.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn read(&self, reading: &mut Reading) -> Result<(), StoreError> {
        let access = Access::of(self.tenant);
        let priority = Priority::Interactive;
        let client = self.client;
        reading.departments = Part::of(client.departments(&access, priority).await)?;
        if reading.departments.ends_all() {
            return Ok(());
        }
        let (establishments, roles, definitions) = tokio::join!(
            client.establishments_ever(&access, priority),
            client.roles(&access, priority),
            client.extension_definitions(&access, priority)
        );
        reading.establishments = Part::of(establishments)?;
        reading.roles = Part::of(roles)?;
        reading.definitions = Part::of(definitions)?;
        if reading.establishments.ends_all()
            || reading.roles.ends_all()
            || reading.definitions.ends_all()
        {
            return Ok(());
        }
        if lacks_names(reading.establishments.known()) {
            reading.legal_units = Part::of(client.legal_units(&access, priority).await)?;
        }
        self.people(reading, &access, priority).await?;
        let codes = &self.tenant.readable_extended_data;
        if !codes.is_empty() && reading.people.known().is_some() {
            let shown = client.shown_extended_data(&access, codes, priority).await;
            reading.shown_data = Part::of(shown)?;
        }
        Ok(())
    }

    /// Reads the people, all of them where one call does it: what is remembered of them
    /// does not tell what the key sees now.
    async fn people(
        &self,
        reading: &mut Reading,
        access: &Access,
        priority: Priority,
    ) -> Result<(), StoreError> {
        let tenant = self.tenant;
        let now = self.clock.now();
        let units = units(reading);
        reading.remembered = self.directories.held(tenant).await;
        let few = |held: &Arc<Snapshot>| held.people.len() <= ONE_PAGE;
        let anew = reading.remembered.as_ref().is_some_and(few);
        match units {
            Some(units) if !anew => {
                let view = self
                    .directories
                    .fresh_with_units(tenant, now, units, priority)
                    .await;
                reading.people = Part::of(view.map(|view| view.snapshot))?;
                reading.directory = reading.people.known().cloned();
            }
            units => {
                let users = self.client.users(access, priority).await;
                reading.people = Part::of(users.map(|users| {
                    Arc::new(Snapshot {
                        url: tenant.lucca_url.to_string(),
                        units: Units::default(),
                        people: users
                            .into_iter()
                            .map(|user| (user.id, Person::from(user)))
                            .collect(),
                        as_of: now,
                        today: today(now, &tenant.time_zone),
                    })
                }))?;
                if let Some(units) = units
                    && self.sample
                    && reading.people.known().is_some()
                {
                    let recent = before(now, MAX_AGE.try_into().unwrap_or_default());
                    let view = self
                        .directories
                        .fresh_with_units(tenant, recent, units, priority)
                        .await;
                    match Part::of(view.map(|view| view.snapshot))? {
                        Part::Known(snapshot) => reading.directory = Some(snapshot),
                        Part::Failed(error) => reading.changes = Part::Failed(error),
                        Part::NotAsked => {}
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether an error leaves open what Lucca would have told.
fn gap(error: &ReadError) -> Option<Gap> {
    match error {
        ReadError::TooMany(_) => Some(Gap::Limit),
        ReadError::Unavailable(_) => Some(Gap::Silence),
        _ => None,
    }
}

/// What the directory holds of units, if all of it was read. Roles may be missing, as the
/// directory lets them, but not because Lucca was silent.
fn units(reading: &Reading) -> Option<Units> {
    let silent = matches!(reading.roles.error(), Some(ReadError::Unavailable(_)));
    let used = |it: &&Establishment| !it.archived;
    Some(Units {
        establishments: reading
            .establishments
            .known()
            .filter(|_| !silent)?
            .iter()
            .filter(used)
            .cloned()
            .collect(),
        departments: reading.departments.known()?.clone(),
        roles: reading.roles.known().cloned(),
    })
}

/// Whether an establishment tells its legal unit without a name.
pub(super) fn lacks_names(establishments: Option<&Vec<Establishment>>) -> bool {
    let nameless = |it: &Establishment| it.legal_unit.as_ref().is_some_and(|it| it.name.is_empty());
    establishments.into_iter().flatten().any(nameless)
}

fn before(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.checked_sub(span).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_what_says_something_about_everything_ends_the_reading() {
        let failed = |error| Part::<()>::Failed(error).ends_all();
        for (error, expected) in [
            (ReadError::KeyRefused(401), true),
            (ReadError::KeyRefused(403), false),
            (ReadError::TooMany(Duration::from_secs(1)), true),
            (ReadError::Unavailable(Cause::NoConnection), true),
            (ReadError::Unavailable(Cause::Status { status: 503 }), false),
            (ReadError::Unreadable("not JSON"), false),
            (
                ReadError::Refused {
                    status: 404,
                    words: None,
                },
                false,
            ),
        ] {
            let words = format!("{error:?}");
            assert_eq!(failed(error), expected, "{words}");
        }
        assert!(!Part::Known(()).ends_all() && !Part::<()>::NotAsked.ends_all());
    }
}
