//! What scripts load and write on a connection, whichever the database.
//!
//! A session of SQLite never waits, so that its futures are ready at the first poll. A session of
//! PostgreSQL waits for the server.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    StoreError,
    accounts::{ACCEPTANCES, acceptances},
    apply::{grant, statements},
    backend::{
        BeginContext, Dialect, HAS_OPEN_ATTEMPTS, HireContext, HireQuery, NOT_ENDED, RequestQuery,
        Rows, TenantContext,
    },
    change::{Plan, Stored, Write, learn},
    quarantine::{Damaged, OF_TENANT, none_set_aside},
    records::{Index, Records, Source, micros, onboarding_id},
    sql::{Row, Statement, Value, Values, one, optional, values},
    statements::{anonymised, candidates, early, hires_of_person},
    versions::{SELECT, Versions, read_any, registered},
};
use crate::domain::{
    ids::{Account, OnboardingId, TenantId},
    onboarding::submission::{Kind, Meant},
    tenant::Tenant,
};

/// Holds a reservation whose onboarding cannot be read.
const NOBODY: OnboardingId = OnboardingId::new(Uuid::nil());

/// A connection, and what seals and opens the values in its rows.
pub(super) trait Session: Dialect {
    /// Seals, opens and indexes.
    fn records(&self) -> &Records;

    /// Leaves nothing in the files of the database that this transaction deletes or replaces, as far
    /// as that can be done at once.
    fn wipe(&self) {}

    /// The clause that locks selected rows until the transaction ends; empty where a transaction
    /// that writes is the only one.
    fn row_lock(&self, clause: &'static str) -> &'static str;

    /// Lets transactions about one of these sources run one after the other, where several can write.
    /// Tells whether what was read before may be outdated.
    async fn serialise(&self, sources: &BTreeSet<Index>) -> Result<bool, StoreError>;

    /// The rows of a statement.
    async fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// Runs a statement and returns how many rows it changed.
    async fn run(&self, statement: &Statement) -> Result<u64, StoreError>;

    /// The onboardings that a clause selects, `WHERE` included, without locking them.
    async fn find(&self, clause: &str, values: &[Value]) -> Result<Vec<Stored>, StoreError>;

    /// The onboardings that a script changes, locked.
    async fn load(&self, rows: &Rows) -> Result<Vec<Stored>, StoreError>;
}

/// Writes what a script has decided.
pub(super) async fn carry_out<A>(on: &impl Session, plan: Plan<A>) -> Result<A, StoreError> {
    for write in plan.writes {
        let all = match write {
            Write::Onboarding(change) => {
                if change.erases {
                    on.wipe();
                }
                let mut all = statements(&change, on);
                if !change.learned.is_empty() {
                    let (tenant, account, ..) = change.source.columns();
                    let known = on.query(ACCEPTANCES, &values![tenant, account]).await?;
                    let known = acceptances(&known);
                    all.extend(learn(&change.source, &known, &change.learned));
                }
                all
            }
            Write::Leases { rows, now, until } => vec![grant(&rows, now, until, on)],
            Write::Statement(statement) => vec![statement],
        };
        for statement in &all {
            on.run(statement).await?;
        }
    }
    Ok(plan.answer)
}

/// The onboarding that a step moves. If an attempt is about to begin with this login, the tenant is
/// locked as well: it can move or an attempt can begin, but not both.
pub(super) async fn step_context(
    on: &impl Session,
    id: OnboardingId,
    login: Option<Index>,
    now: Timestamp,
) -> Result<Option<(Stored, Option<BeginContext>)>, StoreError> {
    let Some(stored) = on.load(&Rows::Id(id)).await?.pop() else {
        return Ok(None);
    };
    let Some(login) = login else {
        return Ok(Some((stored, None)));
    };
    let key = &stored.onboarding.key;
    let tenant = locked_tenant(on, &key.tenant, "FOR SHARE").await?;
    if let Some((tenant, versions)) = &tenant {
        versions.check(&tenant.id)?;
    }
    let mut values = Values(values![key.account.as_str(), login, id.to_string()]);
    let kept = if stored.onboarding.create_anyway {
        // An operator wants a new employee: only who may be creating one is waited for.
        String::new()
    } else {
        format!("OR free_from > {}", on.now(&mut values, now))
    };
    let sql = format!(
        "SELECT onboarding FROM claims
         WHERE account = $1 AND claim_index = $2 AND onboarding <> $3
            AND (free_from IS NULL {kept})"
    );
    let holder: Option<String> = optional(&on.query(&sql, &values.0).await?)?;
    let context = BeginContext {
        account: tenant.map(|(tenant, _)| tenant.account),
        // A reservation that names nobody is one of nobody known, and counts all the same.
        reserved_by: holder.map(|id| onboarding_id(id).unwrap_or(NOBODY)),
    };
    Ok(Some((stored, Some(context))))
}

/// Loads what is stored about the hire of a statement. Its tenant is not removed before the transaction ends.
pub(super) async fn hire_context(
    on: &impl Session,
    query: &HireQuery,
) -> Result<HireContext, StoreError> {
    let source = &query.ids.source;
    let lock = on.row_lock("FOR KEY SHARE");
    let sql = format!("SELECT id FROM tenants WHERE id = $1 {lock}");
    let tenant = on.query(&sql, &values![source.tenant.as_str()]).await?;
    if tenant.is_empty() && former_key(on, &source.tenant).await?.is_some() {
        return Ok(HireContext::NoTenant);
    }
    if let Some(request) = query.request
        && let Some(requested) = requested(on, source, request).await?
    {
        return Ok(requested);
    }
    if query.kind == Kind::Anonymization {
        let (hires, unreadable) = hires_of_person(on, &query.ids).await?;
        return Ok(HireContext::Person { hires, unreadable });
    }
    let candidates = candidates(on, &query.ids).await?;
    let meant = candidates.meant();
    let latest = match meant {
        Meant::Hire(place) | Meant::Shared { place, .. } => candidates.load(on, place).await?,
        Meant::Several | Meant::Unknown => None,
    };
    let mut withdrawn = tombstone(on, source).await?;
    if let (None, Some(person)) = (withdrawn, &query.ids.person) {
        withdrawn = tombstone(on, person).await?;
    }
    Ok(HireContext::Source {
        latest: latest.map(Box::new),
        meant,
        withdrawn,
        anonymised: anonymised::times(on, &query.ids).await?,
        early: match query.kind {
            Kind::Confirmation => early::load(on, &query.ids).await?,
            _ => Vec::new(),
        },
        has_room: query.kind == Kind::Update && early::has_room(on, &query.ids).await?,
    })
}

/// What a request id was used for before.
async fn requested(
    on: &impl Session,
    source: &Source,
    request: RequestQuery,
) -> Result<Option<HireContext>, StoreError> {
    let (tenant, account, ..) = source.columns();
    let sql = "SELECT content_index, onboarding FROM requests
        WHERE tenant = $1 AND account = $2 AND request_index IN ($3, $4)";
    let values = values![tenant, account, request.id, request.older[0]];
    let known = on.query(sql, &values).await?;
    let Some(known) = known.first() else {
        return Ok(None);
    };
    let id: String = known.get(1)?;
    let found = on.find("WHERE id = $1", &values![id]).await?.pop();
    let content = known.get(0)?;
    Ok(found.map(|stored| HireContext::Requested {
        content,
        onboarding: Box::new(stored.onboarding),
    }))
}

/// A withdrawal that came before any hire: its event time, if it had one.
async fn tombstone(
    on: &impl Session,
    source: &Source,
) -> Result<Option<Option<Timestamp>>, StoreError> {
    let (tenant, account, system, index) = source.columns();
    let sql = "SELECT event_time FROM tombstones
        WHERE tenant = $1 AND account = $2 AND system = $3 AND source_index = $4";
    let values = values![tenant, account, system, index];
    let found = on.query(sql, &values).await?;
    optional(&found)?.map(micros).transpose()
}

/// Loads what decides whether a tenant can change. It stays locked until the transaction ends, so
/// hires that are being handed in and attempts that are beginning are finished first.
pub(super) async fn tenant_context(
    on: &impl Session,
    id: &TenantId,
    account: Option<&Account>,
) -> Result<TenantContext, StoreError> {
    let (stored, versions) = match locked_tenant(on, id, "FOR UPDATE").await? {
        Some((stored, versions)) => (Some(stored), versions),
        None => (None, formerly(on, id).await?),
    };
    let moves = |stored: &Tenant| Some(&stored.account) != account;
    let values = values![id.as_str()];
    if stored.as_ref().is_some_and(moves) {
        none_set_aside(&on.query(OF_TENANT, &values).await?)?;
    }
    let open = match stored.as_ref().is_some_and(moves) {
        true => (
            one(&on.query(HAS_OPEN_ATTEMPTS, &values).await?)?,
            one(&on.query(NOT_ENDED, &values).await?)?,
        ),
        false => (false, 0),
    };
    Ok(TenantContext {
        stored,
        versions,
        former_key: former_key(on, id).await?,
        open,
    })
}

/// A tenant, locked: `FOR UPDATE` to change it, `FOR SHARE` to begin an attempt, of which there
/// may be many at once. Row and register are read once the lock is held, so that they fit together.
async fn locked_tenant(
    on: &impl Session,
    id: &TenantId,
    lock: &'static str,
) -> Result<Option<(Tenant, Versions)>, StoreError> {
    let id = values![id.as_str()];
    let lock = on.row_lock(lock);
    if !lock.is_empty() {
        let sql = format!("SELECT id FROM tenants WHERE id = $1 {lock}");
        on.query(&sql, &id).await?;
    }
    let rows = on.query(&format!("{SELECT} WHERE id = $1"), &id).await?;
    let read = rows.first().map(|row| read_any(on.records(), row));
    read.transpose()
}

/// The versions of a tenant without a row.
async fn formerly(on: &impl Session, id: &TenantId) -> Result<Versions, StoreError> {
    let sql = "SELECT version FROM tenant_versions WHERE id = $1";
    let sealed = optional(&on.query(sql, &values![id.as_str()]).await?)?;
    let registered = registered(on.records(), id.as_str(), sealed);
    Ok(Versions {
        row: 0,
        registered: registered
            .map_err(|error| Damaged::tenant(id.as_str(), "version", Some(error)))?,
    })
}

/// The version of the last key of a tenant that was removed and not stored again since.
async fn former_key(on: &impl Session, id: &TenantId) -> Result<Option<u32>, StoreError> {
    let sql = "SELECT key_version FROM former_tenants WHERE id = $1";
    optional(&on.query(sql, &values![id.as_str()]).await?)
}
