//! The cache of all directories, kept fresh with few calls.
//!
//! An entry belongs to an account, a tenant and a version of its key: two keys of one Lucca may
//! see different people, an absence is only proven by a key that would have seen the person, and
//! no tenant is shown what another one's key has seen.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::{
    entry::{Contents, Entry, Refusal, View},
    snapshot::{Snapshot, Units},
};
use crate::{
    clock::SharedClock,
    domain::{
        cause::Cause,
        dates::today,
        ids::{Account, TenantId},
        lucca_id::LuccaId,
        onboarding::later,
        tenant::Tenant,
    },
    lucca::{Access, LuccaClient, People, Person, Priority, ReadError},
};

/// The greatest age of people and units when a creation is sent.
pub const MAX_AGE: Duration = Duration::from_secs(60);

/// After how long everything is read anew.
const FULL_RELOAD: Duration = Duration::from_secs(24 * 3600);

/// How long a refusal of a key is cached: a thousand hires must not spend a thousand calls
/// on it.
const REFUSAL_AGE: Duration = Duration::from_secs(30);

/// The overlap of an incremental read with the last one: the zone in which Lucca reads
/// `modifiedAt` is not documented, and no zone differs from UTC by more.
const MARGIN: SignedDuration = SignedDuration::from_hours(14);

/// The most bytes that are cached, about; a person takes some 600. Beyond it, the entry that was
/// not used for longest is evicted.
const MOST_BYTES: usize = 96 * 1024 * 1024;

/// The directories of all accounts.
pub struct DirectoryCache {
    pub(super) client: Arc<LuccaClient>,
    pub(super) clock: SharedClock,
    entries: Mutex<HashMap<EntryKey, Arc<Entry>>>,
    uses: AtomicU64,
}

/// How fresh a directory is wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// People as they were then or later.
    pub people: Timestamp,
    /// Everything was read anew then or later.
    pub everything: Timestamp,
    /// Establishments, departments and roles as they were then or later.
    pub units: Timestamp,
    /// Units were read after a refusal then or later.
    pub units_after_refusal: Timestamp,
    /// Units that were read just now: they replace the cached ones, and no call is made.
    pub given: Option<Units>,
    /// A refusal of the key before this time says nothing.
    pub key: Timestamp,
}

impl From<Timestamp> for Wanted {
    fn from(people: Timestamp) -> Self {
        Self {
            people,
            ..Self::default()
        }
    }
}

/// Whose key has seen an entry.
#[derive(Clone, PartialEq, Eq, Hash)]
struct EntryKey {
    account: Account,
    tenant: TenantId,
    key_version: u32,
}

impl DirectoryCache {
    /// An empty cache.
    pub fn new(client: Arc<LuccaClient>, clock: SharedClock) -> Self {
        Self {
            client,
            clock,
            entries: Mutex::default(),
            uses: AtomicU64::default(),
        }
    }

    /// The entry of the tenant's key.
    pub(super) fn entry(&self, tenant: &Tenant) -> Arc<Entry> {
        let key = EntryKey {
            account: tenant.account.clone(),
            tenant: tenant.id.clone(),
            key_version: tenant.api_key.version,
        };
        let entry = Arc::clone(self.entries.lock().entry(key).or_default());
        let use_number = self.uses.fetch_add(1, Ordering::Relaxed);
        entry.used.store(use_number, Ordering::Relaxed);
        entry
    }

    /// Evicts the least recently used entries while too much is cached.
    fn evict(&self) {
        let mut entries = self.entries.lock();
        loop {
            let bytes = entries.values();
            let bytes: usize = bytes.map(|it| it.bytes.load(Ordering::Relaxed)).sum();
            let oldest = entries
                .values()
                .filter(|it| it.bytes.load(Ordering::Relaxed) > 0)
                .map(|it| it.used.load(Ordering::Relaxed))
                .min();
            let used_last = self.uses.load(Ordering::Relaxed).saturating_sub(1);
            match oldest {
                Some(oldest) if bytes > MOST_BYTES && oldest != used_last => {
                    entries.retain(|_, it| it.used.load(Ordering::Relaxed) != oldest);
                }
                _ => return,
            }
        }
    }

    /// The tenant's directory, as fresh as wanted.
    ///
    /// One read serves all callers that wait for it. It goes on when none waits any more: to
    /// read a large company may take longer than a caller's deadline. People are read
    /// incrementally, and everything once a day and after a change of the key.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn fresh(
        self: &Arc<Self>,
        tenant: &Tenant,
        wanted: impl Into<Wanted>,
        priority: Priority,
    ) -> Result<View, ReadError> {
        let (this, tenant, wanted) = (Arc::clone(self), tenant.clone(), wanted.into());
        // The read goes on if the caller goes away.
        let read = tokio::spawn(async move {
            let access = Access::new(&tenant, priority);
            this.renewed(access, wanted).await
        });
        let stopped = |_| Err(ReadError::Unavailable(Cause::Stopped));
        read.await.unwrap_or_else(stopped)
    }

    async fn renewed(&self, access: Access<'_>, wanted: Wanted) -> Result<View, ReadError> {
        let entry = self.entry(access.tenant);
        let mut cached = entry.cached.lock().await;
        let now = self.clock.now();
        if let Some(refused) = &cached.refused
            && now < later(refused.at, REFUSAL_AGE)
            && refused.at >= wanted.key
            && access.priority != Priority::Interactive
        {
            return Err(ReadError::KeyRefused(refused.status));
        }
        let contents = &mut cached.contents;
        let read = self.read(access, contents, now, wanted).await;
        cached.refused = match &read {
            Err(ReadError::KeyRefused(status)) => Some(Refusal {
                status: *status,
                at: now,
            }),
            _ => None,
        };
        let contents = cached.contents.as_ref();
        let bytes = contents.map_or(0, |contents| contents.snapshot.bytes());
        drop(cached);
        if entry.bytes.swap(bytes, Ordering::Relaxed) < bytes {
            self.evict();
        }
        read
    }

    /// Brings the contents of an entry up to date, as far as needed.
    async fn read(
        &self,
        access: Access<'_>,
        cached: &mut Option<Contents>,
        now: Timestamp,
        mut wanted: Wanted,
    ) -> Result<View, ReadError> {
        let today = today(now, &access.tenant.time_zone);
        let usable = cached.take_if(|contents| {
            let age = contents.full_as_of..later(contents.full_as_of, FULL_RELOAD);
            age.contains(&now) && contents.full_as_of >= wanted.everything
        });
        let contents = match usable {
            Some(contents) => cached.insert(contents),
            None => {
                let given = wanted.given.take();
                let mut loaded = self.load(access, now, today, given).await?;
                if let Some(before) = cached {
                    loaded.keep_unconfirmed(before, now);
                }
                cached.insert(loaded)
            }
        };
        if let Some(units) = wanted.given {
            contents.replace_units(units, now);
        }
        let outdated = |as_of, not_before| as_of < not_before || as_of > now;
        let refused = outdated(contents.units_after_refusal, wanted.units_after_refusal);
        if outdated(contents.units_as_of, wanted.units) || refused {
            contents.replace_units(self.units(access).await?, now);
            if refused {
                contents.units_after_refusal = now;
            }
        }
        let as_of = contents.snapshot.as_of;
        if outdated(as_of, wanted.people) {
            let since = as_of.min(now) - MARGIN;
            let modified = self.client.people(access, People::ModifiedSince(since));
            contents.merge(modified.await?, now, today);
        }
        Ok(contents.view())
    }

    /// Reads people by the login and the address of an attempt and caches them: the incremental
    /// read may have missed them.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn look_up(
        &self,
        tenant: &Tenant,
        login: Option<&str>,
        mail: Option<&str>,
    ) -> Result<(), ReadError> {
        let access = Access::new(tenant, Priority::Verification);
        let mut people = Vec::new();
        if let Some(login) = login {
            let found = self.client.people(access, People::WithLogin(login));
            people.extend(found.await?);
        }
        if let Some(mail) = mail.filter(|mail| login != Some(*mail) || people.is_empty()) {
            let found = self.client.people(access, People::WithMail(mail));
            people.extend(found.await?);
        }
        let entry = self.entry(tenant);
        if let Some(contents) = entry.cached.lock().await.contents.as_mut() {
            let (as_of, today) = (contents.snapshot.as_of, contents.snapshot.today);
            contents.merge(people, as_of, today);
        }
        Ok(())
    }

    /// The cached directory of the tenant's key, however old.
    pub async fn cached(&self, tenant: &Tenant) -> Option<Arc<Snapshot>> {
        let entry = self.entry(tenant);
        let cached = entry.cached.lock().await;
        let contents = cached.contents.as_ref()?;
        Some(Arc::clone(&contents.snapshot))
    }

    /// Adds a person whom a tenant has just created to its directory, whatever key it had, before
    /// any read shows them. Another tenant of the account sees them when its own key does.
    pub async fn created(&self, tenant: &Tenant, person: Person) {
        let of_tenant = |key: &EntryKey| key.account == tenant.account && key.tenant == tenant.id;
        let entries = self.entries.lock().clone().into_iter();
        for (_, entry) in entries.filter(|(key, _)| of_tenant(key)) {
            if let Some(contents) = entry.cached.lock().await.contents.as_mut() {
                contents.unconfirmed.insert(person.id, self.clock.now());
                let snapshot = Arc::make_mut(&mut contents.snapshot);
                snapshot.unseen.remove(&person.id);
                snapshot.people.insert(person.id, person.clone());
            }
        }
    }

    /// Notes that another read has shown a person whom the service has created.
    pub async fn shown(&self, tenant: &Tenant, person: LuccaId) {
        if let Some(contents) = self.entry(tenant).cached.lock().await.contents.as_mut() {
            contents.unconfirmed.remove(&person);
        }
    }

    /// Evicts what a tenant's keys have seen, so that the next caller reads everything anew.
    pub fn forget(&self, tenant: &TenantId) {
        self.entries.lock().retain(|key, _| key.tenant != *tenant);
    }
}
