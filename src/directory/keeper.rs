//! Keeps the directories of all accounts fresh with few calls.
//!
//! What is known belongs to an account *and a key*: two keys of one Lucca may see different
//! people, and an absence is only proven by a key that would have seen them. Tenants that
//! share account and key share what is known.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    person::Person,
    shelf::{Held, KeyPrint, Refusal, Slot},
    snapshot::{Snapshot, Units},
};
use crate::{
    clock::SharedClock,
    domain::{cause::Cause, dates::today, ids::Account, onboarding::later, tenant::Tenant},
    lucca::{Access, LuccaClient, Priority, ReadError},
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

/// How many people are held in all before what was not asked for longest is forgotten: some
/// 500 bytes each.
const MOST_PEOPLE: usize = 400_000;

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
    pub(super) client: Arc<LuccaClient>,
    pub(super) clock: SharedClock,
    slots: Mutex<HashMap<Account, HashMap<KeyPrint, Arc<Slot>>>>,
    uses: AtomicU64,
}

impl Directories {
    /// Empty ones, which fill as they are asked for.
    pub fn new(client: Arc<LuccaClient>, clock: SharedClock) -> Self {
        Self {
            client,
            clock,
            slots: Mutex::default(),
            uses: AtomicU64::default(),
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Account, HashMap<KeyPrint, Arc<Slot>>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of the tenant's key.
    pub(super) fn slot(&self, tenant: &Tenant) -> Arc<Slot> {
        let print = KeyPrint::of(&tenant.api_key.value);
        let mut slots = self.slots();
        let keys = slots.entry(tenant.account.clone()).or_default();
        let slot = Arc::clone(keys.entry(print).or_default());
        let use_number = self.uses.fetch_add(1, Ordering::Relaxed);
        slot.used.store(use_number, Ordering::Relaxed);
        slot
    }

    /// Forgets what was not asked for longest while there is too much.
    fn make_room(&self) {
        let mut slots = self.slots();
        loop {
            let all = || slots.values().flat_map(HashMap::values);
            let people: usize = all().map(|it| it.people.load(Ordering::Relaxed)).sum();
            let oldest = all()
                .filter(|it| it.people.load(Ordering::Relaxed) > 0)
                .map(|it| it.used.load(Ordering::Relaxed))
                .min();
            let used_last = self.uses.load(Ordering::Relaxed).saturating_sub(1);
            match oldest {
                Some(oldest) if people > MOST_PEOPLE && oldest != used_last => {
                    for keys in slots.values_mut() {
                        keys.retain(|_, it| it.used.load(Ordering::Relaxed) != oldest);
                    }
                }
                _ => break,
            }
        }
        slots.retain(|_, keys| !keys.is_empty());
    }

    /// The tenant's directory with people as they were at `not_before` or later.
    ///
    /// One read serves everyone who waits for it, and goes on when nobody does any more: to
    /// read a large company may take longer than anybody's patience. People are read incrementally, all of
    /// it once a day and after a change of the key.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn fresh(
        self: &Arc<Self>,
        tenant: &Tenant,
        not_before: Timestamp,
        priority: Priority,
    ) -> Result<View, ReadError> {
        let (this, tenant) = (Arc::clone(self), tenant.clone());
        to_its_end(async move { this.renewed(&tenant, not_before, None, priority).await }).await
    }

    /// The tenant's directory, as [`Self::fresh`] gives it, with units that were read just
    /// now: they take the place of those held, and reading everything needs no call for them.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn fresh_with_units(
        self: &Arc<Self>,
        tenant: &Tenant,
        not_before: Timestamp,
        units: Units,
        priority: Priority,
    ) -> Result<View, ReadError> {
        let (this, tenant) = (Arc::clone(self), tenant.clone());
        let read = async move {
            this.renewed(&tenant, not_before, Some(units), priority)
                .await
        };
        to_its_end(read).await
    }

    async fn renewed(
        &self,
        tenant: &Tenant,
        not_before: Timestamp,
        units: Option<Units>,
        priority: Priority,
    ) -> Result<View, ReadError> {
        let slot = self.slot(tenant);
        let mut shelf = slot.shelf.lock().await;
        let now = self.clock.now();
        if let Some(refused) = &shelf.refused
            && now < later(refused.at, REFUSAL_AGE)
            && priority == Priority::Background
        {
            return Err(ReadError::KeyRefused(refused.status));
        }
        let read = self
            .read(tenant, &mut shelf.held, now, not_before, units, priority)
            .await;
        shelf.refused = match &read {
            Err(ReadError::KeyRefused(status)) => Some(Refusal {
                status: *status,
                at: now,
            }),
            _ => None,
        };
        let people = shelf.held.as_ref().map_or(0, Held::size);
        drop(shelf);
        if slot.people.swap(people, Ordering::Relaxed) < people {
            self.make_room();
        }
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
        let access = Access::of(tenant);
        let usable = held.as_ref().is_some_and(|held| {
            now < later(held.full_as_of, FULL_RELOAD) && now >= held.full_as_of
        });
        let mut given = units;
        if !usable {
            let loaded = self.load(&access, now, today, given.take(), priority);
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
        Ok(entry.view())
    }

    /// Reads establishments, departments and roles again if they are older than this.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn fresh_units(
        self: &Arc<Self>,
        tenant: &Tenant,
        not_before: Timestamp,
        priority: Priority,
    ) -> Result<View, ReadError> {
        let view = self.fresh(tenant, Timestamp::MIN, priority).await?;
        let slot = self.slot(tenant);
        let mut shelf = slot.shelf.lock().await;
        let Some(entry) = shelf.held.as_mut() else {
            return Ok(view);
        };
        if entry.units_as_of < not_before {
            let now = self.clock.now();
            let units = self.units(&Access::of(tenant), priority).await?;
            entry.units_as_of = now;
            Arc::make_mut(&mut entry.snapshot).units = units;
        }
        Ok(entry.view())
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
        let slot = self.slot(tenant);
        if let Some(entry) = slot.shelf.lock().await.held.as_mut() {
            let (as_of, today) = (entry.snapshot.as_of, entry.snapshot.today);
            entry.merge(users, as_of, today);
        }
        Ok(())
    }

    /// What is held of the account with the tenant's key, however old.
    pub async fn held(&self, tenant: &Tenant) -> Option<Arc<Snapshot>> {
        let slot = self.slot(tenant);
        let shelf = slot.shelf.lock().await;
        shelf.held.as_ref().map(|held| Arc::clone(&held.snapshot))
    }

    /// Lets the directories of an account know a person that was just created, before any
    /// read shows them.
    pub async fn created(&self, account: &Account, person: Person) {
        let slots: Vec<Arc<Slot>> = match self.slots().get(account) {
            Some(keys) => keys.values().cloned().collect(),
            None => return,
        };
        for slot in slots {
            if let Some(entry) = slot.shelf.lock().await.held.as_mut() {
                entry.unconfirmed.insert(person.id);
                Arc::make_mut(&mut entry.snapshot)
                    .people
                    .insert(person.id, person.clone());
            }
        }
    }

    /// Forgets an account, so that the next reader reads everything anew.
    pub fn forget(&self, account: &Account) {
        self.slots().remove(account);
    }
}

/// Reads to the end, also if whoever waits for it goes away.
async fn to_its_end<T: Send + 'static>(
    read: impl Future<Output = Result<T, ReadError>> + Send + 'static,
) -> Result<T, ReadError> {
    let read = tokio::spawn(read).await;
    read.unwrap_or_else(|_| Err(ReadError::Unavailable(Cause::Stopped)))
}
