//! Keeps the directories of all accounts fresh with few calls.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    person::Person,
    snapshot::{Snapshot, Units},
};
use crate::{
    clock::SharedClock,
    domain::{
        dates::CivilDate, ids::Account, lucca_id::LuccaId, onboarding::later, tenant::Tenant,
    },
    lucca::{Access, LuccaClient, Priority, ReadError, User},
};

/// How old people may be when a creation is sent.
pub const MAX_AGE: Duration = Duration::from_secs(60);

/// After how long everything is read anew.
const FULL_RELOAD: Duration = Duration::from_secs(24 * 3600);

/// For how long a refused key is believed to be refused still: a thousand hires must not
/// spend a thousand calls on it.
const REFUSAL_AGE: Duration = Duration::from_secs(30);

/// How far back an incremental read reaches beyond the last one: the zone in which Lucca
/// reads `modifiedAt` is not documented, and no two zones differ from UTC by more.
const MARGIN: SignedDuration = SignedDuration::from_hours(14);

/// What is held of one account.
struct Held {
    snapshot: Arc<Snapshot>,
    units_as_of: Timestamp,
    full_as_of: Timestamp,
    /// Which key read it.
    read_with: (String, u32),
    /// People this service created that no read has shown yet.
    unconfirmed: BTreeSet<LuccaId>,
    /// A read has shown a person this service created, who starts in the future.
    saw_own_creation: bool,
}

/// A key that Lucca refused.
struct RefusedKey {
    key: (String, u32),
    status: u16,
    at: Timestamp,
}

/// An account's place: what is held of it, and which key was refused last.
#[derive(Default)]
struct Shelf {
    held: Option<Held>,
    refused: Option<RefusedKey>,
}

type Slot = Arc<tokio::sync::Mutex<Shelf>>;

/// What the directory knows, and whether the key has proven its sight.
#[derive(Clone, Debug)]
pub struct View {
    /// What is known.
    pub snapshot: Arc<Snapshot>,
    /// Whether the key has proven that it sees whom it must see to prove an absence.
    pub sight_proven: bool,
}

/// The directories of all accounts.
pub struct Directories {
    client: Arc<LuccaClient>,
    clock: SharedClock,
    held: Mutex<HashMap<Account, Slot>>,
}

impl Directories {
    /// Empty ones, which fill as they are asked for.
    pub fn new(client: Arc<LuccaClient>, clock: SharedClock) -> Self {
        Self {
            client,
            clock,
            held: Mutex::default(),
        }
    }

    fn slot(&self, account: &Account) -> Slot {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(held.entry(account.clone()).or_default())
    }

    /// The tenant's directory with people as they were at `not_before` or later.
    ///
    /// One read serves everyone who waits for it. People are read incrementally, all of
    /// it once a day and after a change of the key.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn fresh(
        &self,
        tenant: &Tenant,
        not_before: Timestamp,
        priority: Priority,
    ) -> Result<View, ReadError> {
        self.renewed(tenant, not_before, None, priority).await
    }

    /// The tenant's directory, as [`Self::fresh`] gives it, with units that were read just
    /// now: they take the place of those held, and reading everything needs no call for them.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn fresh_with_units(
        &self,
        tenant: &Tenant,
        not_before: Timestamp,
        units: Units,
        priority: Priority,
    ) -> Result<View, ReadError> {
        self.renewed(tenant, not_before, Some(units), priority)
            .await
    }

    async fn renewed(
        &self,
        tenant: &Tenant,
        not_before: Timestamp,
        units: Option<Units>,
        priority: Priority,
    ) -> Result<View, ReadError> {
        let slot = self.slot(&tenant.account);
        let mut shelf = slot.lock().await;
        let key = (tenant.id.as_str().to_owned(), tenant.api_key.version);
        let now = self.clock.now();
        if let Some(refused) = &shelf.refused
            && refused.key == key
            && now < later(refused.at, REFUSAL_AGE)
            && priority == Priority::Background
        {
            return Err(ReadError::KeyRefused(refused.status));
        }
        let read = self
            .read(tenant, &mut shelf.held, now, not_before, units, priority)
            .await;
        shelf.refused = match &read {
            Err(ReadError::KeyRefused(status)) => Some(RefusedKey {
                key,
                status: *status,
                at: now,
            }),
            _ => None,
        };
        read
    }

    /// Brings what is held up to date, as far as needed.
    async fn read(
        &self,
        tenant: &Tenant,
        held: &mut Option<Held>,
        now: Timestamp,
        not_before: Timestamp,
        units: Option<Units>,
        priority: Priority,
    ) -> Result<View, ReadError> {
        let today = today(now, &tenant.time_zone);
        let read_with = (tenant.id.as_str().to_owned(), tenant.api_key.version);
        let access = Access::of(tenant);
        let usable = held.as_ref().is_some_and(|held| {
            // Another tenant's key on the same account serves as well; a new key of the
            // same tenant may see more or less.
            let same_key = held.read_with.0 != read_with.0 || held.read_with.1 == read_with.1;
            same_key && now < later(held.full_as_of, FULL_RELOAD) && now >= held.full_as_of
        });
        let mut given = units;
        if !usable {
            let loaded = self.load(&access, read_with, now, today, given.take(), priority);
            *held = Some(loaded.await?);
        }
        let Some(entry) = held.as_mut() else {
            return Err(ReadError::Unreadable("nothing was loaded"));
        };
        if let Some(units) = given {
            entry.units_as_of = now;
            Arc::make_mut(&mut entry.snapshot).units = units;
        }
        if entry.snapshot.as_of < not_before || entry.snapshot.as_of > now {
            let since = entry.snapshot.as_of.min(now) - MARGIN;
            let users = self
                .client
                .users_modified_since(&access, since, priority)
                .await?;
            entry.merge(users, now, today);
        }
        Ok(View {
            snapshot: Arc::clone(&entry.snapshot),
            sight_proven: entry.saw_own_creation || entry.snapshot.sees_everybody(),
        })
    }

    async fn load(
        &self,
        access: &Access,
        read_with: (String, u32),
        now: Timestamp,
        today: CivilDate,
        given: Option<Units>,
        priority: Priority,
    ) -> Result<Held, ReadError> {
        let units = async {
            match given {
                Some(units) => Ok(units),
                None => self.units(access, priority).await,
            }
        };
        let (people, units) = tokio::try_join!(self.client.users(access, priority), units)?;
        Ok(Held {
            snapshot: Arc::new(Snapshot {
                url: access.url.clone(),
                units,
                people: people
                    .into_iter()
                    .map(|user| (user.id, Person::from(user)))
                    .collect(),
                as_of: now,
                today,
            }),
            units_as_of: now,
            full_as_of: now,
            read_with,
            unconfirmed: BTreeSet::new(),
            saw_own_creation: false,
        })
    }

    async fn units(&self, access: &Access, priority: Priority) -> Result<Units, ReadError> {
        let roles = async {
            match self.client.roles(access, priority).await {
                Ok(roles) => Ok(Some(roles)),
                // The listing is not documented: without it roles are taken on trust.
                Err(
                    ReadError::Refused { .. }
                    | ReadError::KeyRefused(403)
                    | ReadError::Unreadable(_),
                ) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let (establishments, departments, roles) = tokio::try_join!(
            self.client.establishments(access, priority),
            self.client.departments(access, priority),
            roles
        )?;
        Ok(Units {
            establishments,
            departments,
            roles,
        })
    }

    /// Reads establishments, departments and roles again if they are older than this.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn fresh_units(
        &self,
        tenant: &Tenant,
        not_before: Timestamp,
        priority: Priority,
    ) -> Result<View, ReadError> {
        let view = self.fresh(tenant, Timestamp::MIN, priority).await?;
        let slot = self.slot(&tenant.account);
        let mut shelf = slot.lock().await;
        let Some(entry) = shelf.held.as_mut() else {
            return Ok(view);
        };
        if entry.units_as_of < not_before {
            let now = self.clock.now();
            let units = self.units(&Access::of(tenant), priority).await?;
            entry.units_as_of = now;
            Arc::make_mut(&mut entry.snapshot).units = units;
        }
        Ok(View {
            snapshot: Arc::clone(&entry.snapshot),
            sight_proven: view.sight_proven,
        })
    }

    /// Asks Lucca for people by the login and address of an attempt, beyond what the
    /// incremental read has shown, and lets the directory know them.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn look_up(
        &self,
        tenant: &Tenant,
        login: Option<&str>,
        mail: Option<&str>,
    ) -> Result<(), ReadError> {
        let access = Access::of(tenant);
        let priority = Priority::Background;
        let mut users = Vec::new();
        if let Some(login) = login {
            users.extend(
                self.client
                    .users_with_login(&access, login, priority)
                    .await?,
            );
        }
        if let Some(mail) = mail.filter(|mail| login != Some(*mail) || users.is_empty()) {
            users.extend(self.client.users_with_mail(&access, mail, priority).await?);
        }
        let slot = self.slot(&tenant.account);
        if let Some(entry) = slot.lock().await.held.as_mut() {
            let (as_of, today) = (entry.snapshot.as_of, entry.snapshot.today);
            entry.merge(users, as_of, today);
        }
        Ok(())
    }

    /// What is held of an account, however old.
    pub async fn held(&self, account: &Account) -> Option<Arc<Snapshot>> {
        let slot = self.slot(account);
        let shelf = slot.lock().await;
        shelf.held.as_ref().map(|held| Arc::clone(&held.snapshot))
    }

    /// Lets the directory know a person that was just created, before any read shows them.
    pub async fn created(&self, account: &Account, person: Person) {
        let slot = self.slot(account);
        if let Some(entry) = slot.lock().await.held.as_mut() {
            entry.unconfirmed.insert(person.id);
            Arc::make_mut(&mut entry.snapshot)
                .people
                .insert(person.id, person);
        }
    }

    /// Forgets an account, so that the next reader reads everything anew.
    pub async fn forget(&self, account: &Account) {
        *self.slot(account).lock().await = Shelf::default();
    }
}

impl Held {
    /// Lets read people replace what was known of them.
    fn merge(&mut self, users: Vec<User>, as_of: Timestamp, today: CivilDate) {
        let snapshot = Arc::make_mut(&mut self.snapshot);
        for user in users {
            let person = Person::from(user);
            if self.unconfirmed.remove(&person.id) && person.is_future(today) {
                self.saw_own_creation = true;
            }
            snapshot.people.insert(person.id, person);
        }
        snapshot.as_of = as_of;
        snapshot.today = today;
    }
}

/// The day it is in a zone; in UTC if the zone is not known.
pub fn today(now: Timestamp, zone: &str) -> CivilDate {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    CivilDate::new(now.to_zoned_datetime(zone).date())
}
