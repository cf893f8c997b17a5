//! The quarantine: records that cannot be read are set aside, so that they stop no other record.
//!
//! Calls about such a record are refused. An operator retries or removes it.

mod damaged;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use jiff::Timestamp;
use strum::{EnumIter, IntoEnumIterator as _, IntoStaticStr};
use tokio::sync::watch;

use super::{
    Actor, StoreError,
    backend::{Backend, Rows},
    change::{self, Change, Plan, RESERVED_AFTER_CREATION, Stored, Write},
    events::HistoryEvent,
    history::insertion,
    mending::{end_reservations, mend},
    records::{Records, limit, onboarding_id, time},
    sql::{Conditions, Row, Statement, one, values},
    versions::{SELECT, read},
};
use crate::domain::{ids::TenantId, onboarding::lease::Lease};

pub use damaged::Damaged;
pub(super) use damaged::set_aside;
use damaged::{entry, found_by};

/// What can be in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// An onboarding with its attempts. It stays until an operator takes it out.
    Onboarding,
    /// A tenant. It leaves as soon as it can be read again.
    Tenant,
}

/// A record in quarantine. Id and tenant are shown as they are stored, and may be damaged, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The id of the record.
    pub id: String,
    /// The tenant it belongs to.
    pub tenant: String,
    /// Since when.
    pub since: Timestamp,
    /// Which part of it cannot be read.
    pub part: String,
}

/// What the store noticed in this process.
#[derive(Debug, Default)]
pub struct Noticed {
    quarantine: watch::Sender<u64>,
    refused_writes: AtomicU64,
    mended: AtomicU64,
}

/// Keeps the quarantine.
#[async_trait]
pub trait QuarantineStore: Send + Sync + 'static {
    /// Records in quarantine, of one tenant or of all, those that are there longest first.
    async fn quarantined(
        &self,
        tenant: Option<&TenantId>,
        limit: usize,
    ) -> Result<Vec<Unreadable>, StoreError>;

    /// The onboarding of this id, if it is in quarantine.
    async fn quarantined_onboarding(&self, id: &str) -> Result<Option<Unreadable>, StoreError>;

    /// How many records of each kind are in quarantine.
    async fn quarantine_counts(&self) -> Result<Vec<(Kind, u64)>, StoreError>;

    /// How many hires wait because their tenant is in quarantine: of one tenant or of all.
    async fn waiting_for_tenant(&self, tenant: Option<&TenantId>) -> Result<u64, StoreError>;

    /// Reads an onboarding again. If everything sealed of it can be read, its columns are written
    /// anew and it leaves the quarantine.
    ///
    /// # Errors
    /// [`StoreError::Quarantined`] if it still cannot be read.
    async fn release(&self, id: &str, by: &str, now: Timestamp) -> Result<(), StoreError>;

    /// Removes an onboarding in quarantine. Its login stays reserved for a while. Returns the
    /// attempts of unknown outcome that are not acknowledged; if there are any, nothing is done.
    async fn remove(
        &self,
        id: &str,
        acknowledged: &BTreeSet<u32>,
        by: &str,
        now: Timestamp,
    ) -> Result<Vec<u32>, StoreError>;

    /// Reads this many onboardings after a row and sets aside what cannot be read, also what no
    /// look-up finds. Sort keys, look-ups and login reservations that differ from the sealed record are
    /// written anew. Returns the last row; `None` at the end. From the beginning, tenants leave the
    /// quarantine that can be read again.
    async fn inspect(&self, after: Option<i64>, limit: usize) -> Result<Option<i64>, StoreError>;

    /// What was noticed in this process.
    fn noticed(&self) -> &Noticed;
}

impl Noticed {
    /// Changes whenever a record goes into quarantine or leaves it.
    pub fn quarantine(&self) -> watch::Receiver<u64> {
        self.quarantine.subscribe()
    }

    /// How often something was not stored because it could not be read back.
    pub fn refused_writes(&self) -> u64 {
        self.refused_writes.load(Ordering::Relaxed)
    }

    pub(super) fn refuse_write(&self) {
        self.refused_writes.fetch_add(1, Ordering::Relaxed);
        tracing::error!("a record was not stored, because it could not be read back");
    }

    /// How many onboardings had sort keys, look-ups or a login reservation that differed from the
    /// sealed record and were written anew.
    pub fn mended(&self) -> u64 {
        self.mended.load(Ordering::Relaxed)
    }

    pub(super) fn mend(&self) {
        self.mended.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn quarantine_changed(&self) {
        self.quarantine.send_modify(|changes| *changes += 1);
    }
}

impl Unreadable {
    /// The tenant, if its id can be read.
    pub fn tenant_id(&self) -> Option<TenantId> {
        TenantId::parse(&self.tenant).ok()
    }

    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            tenant: row.get(1)?,
            since: time(row.get(2)?).unwrap_or_default(),
            part: row.get(3)?,
        })
    }
}

/// The condition that an onboarding is not in quarantine.
pub(super) const NOT_SET_ASIDE: &str =
    "id NOT IN (SELECT id FROM quarantine WHERE kind = 'onboarding')";

/// An onboarding of the tenant `$1` that is in quarantine.
pub(super) const OF_TENANT: &str = "SELECT id, tenant, since, part FROM quarantine
    WHERE kind = 'onboarding' AND tenant = $1 LIMIT 1";

/// The refusal if a tenant has an onboarding in quarantine: nobody knows what it needs.
pub(super) fn none_set_aside(rows: &[Row]) -> Result<(), StoreError> {
    match rows.first().map(Unreadable::read).transpose()? {
        Some(found) => Err(StoreError::Quarantined(Box::new(found))),
        None => Ok(()),
    }
}

/// Lets tenants leave the quarantine that can be read again, or are gone.
async fn release_tenants(store: &impl Backend) -> Result<(), StoreError> {
    let sql = "SELECT id FROM quarantine WHERE kind = 'tenant'";
    let set_aside = store.query(sql, Vec::new()).await?;
    let sql = format!("{SELECT} WHERE id IN (SELECT id FROM quarantine WHERE kind = 'tenant')");
    let stored = store.query(sql, Vec::new()).await?;
    for row in set_aside {
        let id: String = row.get(0)?;
        let mut stored = stored.iter();
        let stored = stored.find(|row| row.get::<String>(0).is_ok_and(|it| it == id));
        if stored.is_none_or(|row| read(store.records(), row).is_ok()) {
            store.run(vec![leaving(Kind::Tenant, &id)]).await?;
            store.records().noticed.quarantine_changed();
        }
    }
    Ok(())
}

/// What is written for an onboarding that leaves the quarantine: all that is sealed counts.
fn plan_release(
    records: &Records,
    before: &Stored,
    actor: &Actor,
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let after = &before.onboarding;
    let lease = Lease {
        token: before.lease.token + 1,
        ..Lease::free(after.due())
    };
    let released = change::entry(after, now, actor, HistoryEvent::Released);
    let change = Change {
        lookups: Some(records.lookups(after, before.ids.as_ref())),
        ..Change::with(records, before, after, lease, vec![released], now)?
    };
    let mut statements = vec![
        found_by(before.seq, &change.source, change.episode),
        leaving_once(&after.id.to_string()),
    ];
    statements.extend(after.attempts.iter().map(|attempt| {
        Statement::new(
            "UPDATE attempts SET open = $3 WHERE onboarding = $1 AND number = $2",
            values![before.seq, attempt.number, attempt.is_open()],
        )
    }));
    let statements = statements.into_iter().map(Write::Statement);
    Ok([Write::Onboarding(Box::new(change))]
        .into_iter()
        .chain(statements)
        .collect())
}

/// Takes a record out of quarantine.
pub(super) fn leaving(kind: Kind, id: &str) -> Statement {
    let sql = "DELETE FROM quarantine WHERE kind = $1 AND id = $2";
    Statement::new(sql, values![<&str>::from(kind), id])
}

/// Takes an onboarding out of quarantine, if nobody else has done so.
fn leaving_once(id: &str) -> Statement {
    Statement {
        must_change: true,
        ..leaving(Kind::Onboarding, id)
    }
}

/// The statements that remove an onboarding that is in quarantine. Its login is free from then on.
fn removal(id: &str, free_from: &str) -> Vec<Statement> {
    const ITS: &str = "WHERE onboarding = (SELECT seq FROM onboardings WHERE id = $1)";
    let sql = [
        format!("UPDATE claims SET free_from = {free_from} WHERE onboarding = $1"),
        "DELETE FROM requests WHERE onboarding = $1".to_owned(),
        format!("DELETE FROM evidence {ITS}"),
        format!("DELETE FROM attempts {ITS}"),
        format!("DELETE FROM lookups {ITS}"),
        format!("DELETE FROM data_keys {ITS}"),
        "DELETE FROM onboardings WHERE id = $1".to_owned(),
    ];
    let statements = sql.map(|sql| Statement::new(sql, values![id]));
    [leaving_once(id)].into_iter().chain(statements).collect()
}

#[async_trait]
impl<B: Backend> QuarantineStore for B {
    async fn quarantined(
        &self,
        tenant: Option<&TenantId>,
        most: usize,
    ) -> Result<Vec<Unreadable>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.equal("tenant", tenant.map(TenantId::as_str));
        let most = conditions.values.add(limit(most));
        let sql = format!(
            "SELECT id, tenant, since, part FROM quarantine WHERE {}
             ORDER BY since, id LIMIT {most}",
            conditions.sql()
        );
        let rows = self.query(sql, conditions.values.0).await?;
        rows.iter().map(Unreadable::read).collect()
    }

    async fn quarantined_onboarding(&self, id: &str) -> Result<Option<Unreadable>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.equal("id", Some(id));
        let sql = format!(
            "SELECT id, tenant, since, part FROM quarantine WHERE kind = 'onboarding' AND {}",
            conditions.sql()
        );
        let rows = self.query(sql, conditions.values.0).await?;
        rows.first().map(Unreadable::read).transpose()
    }

    async fn quarantine_counts(&self) -> Result<Vec<(Kind, u64)>, StoreError> {
        let sql = "SELECT kind, count(*) FROM quarantine GROUP BY kind";
        let rows = self.query(sql, Vec::new()).await?;
        let count = |kind: Kind| {
            let name: &str = kind.into();
            let mut rows = rows.iter();
            let row = rows.find(|row| row.get::<String>(0).is_ok_and(|it| it == name));
            Ok((kind, row.map_or(Ok(0), |row| row.get(1))?))
        };
        Kind::iter().map(count).collect()
    }

    async fn waiting_for_tenant(&self, tenant: Option<&TenantId>) -> Result<u64, StoreError> {
        let mut conditions = Conditions::default();
        conditions.equal("tenant", tenant.map(TenantId::as_str));
        let sql = format!(
            "SELECT count(*) FROM onboardings WHERE {} AND state IN ('ACCEPTED', 'CREATING', 'VERIFYING')
                AND tenant IN (SELECT id FROM quarantine WHERE kind = 'tenant')",
            conditions.sql()
        );
        one(&self.query(sql, conditions.values.0).await?)
    }

    async fn release(&self, id: &str, by: &str, now: Timestamp) -> Result<(), StoreError> {
        let actor = Actor::named(by);
        let plan = move |records: &Records, rows: Vec<Stored>| {
            let Some(before) = rows.first() else {
                return Ok(Plan::answer(None));
            };
            Ok(Plan {
                writes: plan_release(records, before, &actor, now)?,
                answer: Some(before.onboarding.id),
            })
        };
        let released = self.change(Rows::SetAside(id.to_owned()), plan).await?;
        if let Some(id) = released {
            self.records().noticed.quarantine_changed();
            self.notify(id);
        }
        Ok(())
    }

    async fn remove(
        &self,
        id: &str,
        acknowledged: &BTreeSet<u32>,
        by: &str,
        now: Timestamp,
    ) -> Result<Vec<u32>, StoreError> {
        let Some(of) = self.quarantined_onboarding(id).await? else {
            return Ok(Vec::new());
        };
        let sql =
            "SELECT number, open FROM attempts JOIN onboardings ON onboardings.seq = onboarding
            WHERE onboardings.id = $1 ORDER BY number";
        let rows = self.query(sql, values![id]).await?;
        let mut open = open_attempts(&rows, &of.part);
        open.retain(|number| !acknowledged.contains(number));
        if !open.is_empty() {
            return Ok(open);
        }
        let entry = entry(&of, Actor::named(by), HistoryEvent::Removed, now);
        let mut statements = removal(id, &self.later(RESERVED_AFTER_CREATION));
        statements.push(insertion(self.records(), &entry));
        self.wipe();
        self.run(statements).await?;
        self.records().noticed.quarantine_changed();
        if let Ok(id) = onboarding_id(of.id) {
            self.notify(id);
        }
        Ok(Vec::new())
    }

    async fn inspect(&self, after: Option<i64>, most: usize) -> Result<Option<i64>, StoreError> {
        let after = after.unwrap_or(i64::MIN);
        if after == i64::MIN {
            release_tenants(self).await?;
        }
        let clause = format!("WHERE seq > $1 AND {NOT_SET_ASIDE} ORDER BY seq LIMIT $2");
        let found = self.find_all(&clause, &values![after, limit(most)]).await?;
        mend(self, &found).await?;
        match found.last() {
            Some(last) if found.len() == most => Ok(Some(last.seq)),
            _ => end_reservations(self).await.map(|()| None),
        }
    }

    fn noticed(&self) -> &Noticed {
        &self.records().noticed
    }
}

/// The numbers of attempts that may be open, from rows of number and whether open. If the damage is
/// about attempts, any of them may be, and one of them may be missing.
fn open_attempts(rows: &[Row], part: &str) -> Vec<u32> {
    let doubtful = matches!(part, "attempts" | "open" | "intent" | "evidence");
    let open = |row: &&Row| doubtful || row.get(1).unwrap_or(true);
    let numbers = rows.iter().filter(open).map(|row| row.get(0).unwrap_or(1));
    let numbers: BTreeSet<u32> = numbers.chain(doubtful.then_some(1)).collect();
    numbers.into_iter().collect()
}
