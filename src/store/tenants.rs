//! Tenants.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    NewHistoryEntry, StoreError,
    backend::{Backend, HAS_OPEN_ATTEMPTS, NOT_ENDED, TenantContext},
    change::{Plan, Write, undeclared},
    history::insertion,
    quarantine::{Kind, OF_TENANT, leaving, none_set_aside},
    records::{Records, limit, millis},
    sql::{Row, Statement, Values, one, values},
    versions::{SELECT, read, read_any, register},
};
use crate::domain::{ids::TenantId, tenant::Tenant};

/// Keeps tenants.
#[async_trait]
pub trait TenantStore: Send + Sync + 'static {
    /// Stores a new tenant, with the history entry that says so. `false`: there is one with its
    /// id.
    async fn insert_tenant(
        &self,
        tenant: &Tenant,
        entry: NewHistoryEntry,
    ) -> Result<bool, StoreError>;

    /// Replaces a tenant, with the history entry that says so, if it was last changed at this time,
    /// and if its account stays the same or the outcome of every attempt is known. Learned
    /// acceptances of fields that it no longer leaves to Lucca, or of another account, are
    /// forgotten.
    async fn replace_tenant(
        &self,
        tenant: &Tenant,
        last_change: Timestamp,
        entry: NewHistoryEntry,
    ) -> Result<Replaced, StoreError>;

    /// Removes a tenant, with its key and secrets, if all its hires have ended, and keeps the
    /// history entry that says so. From then on no hire is taken for it. A tenant that is stored
    /// under its id later counts its key versions on.
    async fn remove_tenant(
        &self,
        tenant: &TenantId,
        entry: NewHistoryEntry,
    ) -> Result<Removed, StoreError>;

    /// A tenant.
    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError>;

    /// A tenant that an administrator changes, and whether its row is the last one. An older row
    /// that was put back keeps it in quarantine until it is replaced.
    async fn tenant_to_change(&self, id: &TenantId) -> Result<Option<(Tenant, bool)>, StoreError>;

    /// Tenants in the order of their ids, after this one.
    async fn tenants(
        &self,
        after: Option<&TenantId>,
        limit: usize,
    ) -> Result<Vec<Tenant>, StoreError>;

    /// Whether the tenant has an attempt of unknown outcome.
    ///
    /// # Errors
    /// [`StoreError::Quarantined`] if it has a hire in quarantine, whose attempts nobody knows.
    async fn has_open_attempts(&self, tenant: &TenantId) -> Result<bool, StoreError>;

    /// How many hires of the tenant have not ended.
    async fn not_ended(&self, tenant: &TenantId) -> Result<u64, StoreError>;

    /// How many onboardings the tenant has, counted up to `most`.
    async fn onboardings_of(&self, tenant: &TenantId, most: u64) -> Result<u64, StoreError>;
}

/// What became of a changed tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is stored.
    Done,
    /// Somebody else changed it meanwhile: nothing was done.
    Outdated,
    /// It would point elsewhere while the outcome of an attempt is unknown: nothing was done.
    OpenAttempts,
}

/// What became of the removal of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is gone.
    Done,
    /// There is none.
    Unknown,
    /// The outcome of an attempt is unknown: nothing was done.
    OpenAttempts,
    /// So many hires have not ended: nothing was done.
    NotEnded(u64),
}

/// Writes statements and the history entry about them.
fn with_entry<A>(
    records: &Records,
    statements: Vec<Statement>,
    entry: &NewHistoryEntry,
    answer: A,
) -> Plan<A> {
    let statements = statements.into_iter().chain([insertion(records, entry)]);
    Plan {
        writes: statements.map(Write::Statement).collect(),
        answer,
    }
}

fn plan_insert(
    records: &Records,
    context: &TenantContext,
    tenant: &Tenant,
    entry: &NewHistoryEntry,
) -> Result<Plan<bool>, StoreError> {
    if context.stored.is_some() {
        return Ok(Plan::answer(false));
    }
    let mut tenant = tenant.clone();
    if let Some(version) = context.former_key {
        tenant.api_key.version = version.saturating_add(1);
    }
    let (id, version) = (tenant.id.as_str(), context.versions.next());
    let insert = Statement::new(
        "INSERT INTO tenants (id, update_time, document) VALUES ($1, $2, $3)",
        values![
            id,
            tenant.update_time.as_microsecond(),
            records.seal_tenant(&tenant, version)?
        ],
    );
    let known = Statement::new("DELETE FROM former_tenants WHERE id = $1", values![id]);
    let statements = vec![insert, known, register(records, &tenant.id, version)?];
    Ok(with_entry(records, statements, entry, true))
}

fn plan_replace(
    records: &Records,
    context: &TenantContext,
    tenant: &Tenant,
    last_change: Timestamp,
    entry: &NewHistoryEntry,
) -> Result<Plan<Replaced>, StoreError> {
    match &context.stored {
        Some(stored) if stored.account != tenant.account && context.open.0 => {
            return Ok(Plan::answer(Replaced::OpenAttempts));
        }
        Some(stored) if stored.update_time == last_change => {}
        _ => return Ok(Plan::answer(Replaced::Outdated)),
    }
    let (id, version) = (tenant.id.as_str(), context.versions.next());
    let update = Statement::new(
        "UPDATE tenants SET update_time = $2, document = $3 WHERE id = $1",
        values![
            id,
            tenant.update_time.as_microsecond(),
            records.seal_tenant(tenant, version)?
        ],
    );
    let mut values = Values(values![id, tenant.account.as_str()]);
    let subjects = undeclared(tenant).into_iter();
    let subjects: Vec<String> = subjects.map(|subject| values.add(subject)).collect();
    let sql = match subjects.join(", ").as_str() {
        "" => "DELETE FROM lessons WHERE tenant = $1 AND account <> $2".to_owned(),
        list => format!(
            "DELETE FROM lessons WHERE tenant = $1 AND (account <> $2 OR subject IN ({list}))"
        ),
    };
    let forget = Statement::new(sql, values.0);
    let statements = vec![
        update,
        forget,
        register(records, &tenant.id, version)?,
        leaving(Kind::Tenant, id),
    ];
    Ok(with_entry(records, statements, entry, Replaced::Done))
}

fn plan_remove(
    records: &Records,
    context: &TenantContext,
    entry: &NewHistoryEntry,
) -> Result<Plan<Removed>, StoreError> {
    if let Some(stored) = &context.stored {
        context.versions.check(&stored.id)?;
    }
    let stored = match (&context.stored, context.open) {
        (None, _) => return Ok(Plan::answer(Removed::Unknown)),
        (_, (true, _)) => return Ok(Plan::answer(Removed::OpenAttempts)),
        (_, (_, count)) if count > 0 => return Ok(Plan::answer(Removed::NotEnded(count))),
        (Some(stored), _) => stored,
    };
    let id = stored.id.as_str();
    let statements = [
        "DELETE FROM tenants WHERE id = $1",
        "DELETE FROM sights WHERE tenant = $1",
        "DELETE FROM accepted_keys WHERE tenant = $1",
        "DELETE FROM lessons WHERE tenant = $1",
        "DELETE FROM early WHERE tenant = $1",
        "DELETE FROM deliveries WHERE tenant = $1",
    ];
    let mut statements = statements
        .map(|sql| Statement::new(sql, values![id]))
        .to_vec();
    statements.push(Statement::new(
        "INSERT INTO former_tenants (id, key_version, delete_time) VALUES ($1, $2, $3)",
        values![id, stored.api_key.version, millis(entry.time)],
    ));
    // Whoever puts its row back is noticed.
    statements.push(register(records, &stored.id, context.versions.next())?);
    Ok(with_entry(records, statements, entry, Removed::Done))
}

/// Reads the row of a tenant.
async fn row<T>(
    store: &impl Backend,
    id: &TenantId,
    read: impl FnOnce(&Records, &Row) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let sql = format!("{SELECT} WHERE id = $1");
    let rows = store.query(sql, values![id.as_str()]).await?;
    let read = rows.first().map(|row| read(store.records(), row));
    read.transpose()
}

#[async_trait]
impl<B: Backend> TenantStore for B {
    async fn insert_tenant(
        &self,
        tenant: &Tenant,
        entry: NewHistoryEntry,
    ) -> Result<bool, StoreError> {
        let (id, account, tenant) = (tenant.id.clone(), tenant.account.clone(), tenant.clone());
        let plan =
            move |records: &Records, context| plan_insert(records, &context, &tenant, &entry);
        self.change_tenant(id, Some(account), plan).await
    }

    async fn replace_tenant(
        &self,
        tenant: &Tenant,
        last_change: Timestamp,
        entry: NewHistoryEntry,
    ) -> Result<Replaced, StoreError> {
        let (id, account, tenant) = (tenant.id.clone(), tenant.account.clone(), tenant.clone());
        let plan = move |records: &Records, context| {
            plan_replace(records, &context, &tenant, last_change, &entry)
        };
        let replaced = self.change_tenant(id, Some(account), plan).await?;
        // It may have left the quarantine.
        self.records().noticed.quarantine_changed();
        Ok(replaced)
    }

    async fn remove_tenant(
        &self,
        tenant: &TenantId,
        entry: NewHistoryEntry,
    ) -> Result<Removed, StoreError> {
        let plan = move |records: &Records, context| plan_remove(records, &context, &entry);
        self.change_tenant(tenant.clone(), None, plan).await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        let read = row(self, id, read).await;
        self.settled(read).await
    }

    async fn tenant_to_change(&self, id: &TenantId) -> Result<Option<(Tenant, bool)>, StoreError> {
        let read = row(self, id, read_any).await;
        let Some((tenant, versions)) = self.settled(read).await? else {
            return Ok(None);
        };
        Ok(Some((tenant, versions.agree())))
    }

    async fn tenants(
        &self,
        after: Option<&TenantId>,
        most: usize,
    ) -> Result<Vec<Tenant>, StoreError> {
        let sql = format!("{SELECT} WHERE id > $1 ORDER BY id LIMIT $2");
        let mut after = after.map_or("", TenantId::as_str).to_owned();
        let mut tenants = Vec::new();
        while tenants.len() < most {
            let wanted = most - tenants.len();
            let rows = self
                .query(sql.clone(), values![&*after, limit(wanted)])
                .await?;
            for row in &rows {
                let read = read(self.records(), row).map(Some);
                tenants.extend(StoreError::if_readable(self.settled(read).await)?);
            }
            match rows.last() {
                Some(last) if rows.len() == wanted => after = last.get(0)?,
                _ => break,
            }
        }
        Ok(tenants)
    }

    async fn has_open_attempts(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        let values = values![tenant.as_str()];
        none_set_aside(&self.query(OF_TENANT, values.clone()).await?)?;
        one(&self.query(HAS_OPEN_ATTEMPTS, values).await?)
    }

    async fn not_ended(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        one(&self.query(NOT_ENDED, values![tenant.as_str()]).await?)
    }

    async fn onboardings_of(&self, tenant: &TenantId, most: u64) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM onboardings WHERE tenant = $1 LIMIT {most}) AS own"
        );
        one(&self.query(sql, values![tenant.as_str()]).await?)
    }
}
