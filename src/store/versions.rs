//! Versions of tenants. Each change of a tenant counts its version on, in the sealed row and in a
//! sealed register beside it. Somebody without keys who puts an older row back revives no secret:
//! the register has a later version. A database that is restored as a whole has both.

use super::{
    StoreError,
    quarantine::Damaged,
    records::Records,
    sql::{Row, Statement, values},
};
use crate::domain::{ids::TenantId, tenant::Tenant};

/// Reads tenants for [`read`].
pub(super) const SELECT: &str = "SELECT id, document,
    (SELECT version FROM tenant_versions WHERE tenant_versions.id = tenants.id) FROM tenants";

/// The version of a tenant's row, and the last one according to the register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Versions {
    /// 0: an older version of this program wrote the row.
    pub row: u64,
    /// 0: there is no entry.
    pub registered: u64,
}

impl Versions {
    /// Whether the row is the last one that was written.
    pub fn agree(self) -> bool {
        self.row == self.registered
    }

    /// The refusal if the row of this tenant is not the last one that was written.
    pub fn check(self, id: &TenantId) -> Result<(), StoreError> {
        match self.agree() {
            true => Ok(()),
            false => Err(Damaged::tenant(id.as_str(), "version", None)),
        }
    }

    /// The version of the next row, later than any before.
    pub fn next(self) -> u64 {
        self.row.max(self.registered).saturating_add(1)
    }
}

/// The tenant of a row of [`SELECT`], which may be an older row.
pub(super) fn read_any(records: &Records, row: &Row) -> Result<(Tenant, Versions), StoreError> {
    let id: String = row.get(0)?;
    let damaged = |part| {
        let id = &id;
        move |error| Damaged::tenant(id, part, Some(error))
    };
    let (tenant, version) = records
        .open_tenant(&id, &row.get::<Vec<u8>>(1)?)
        .map_err(damaged("tenant"))?;
    let versions = Versions {
        row: version,
        registered: registered(records, &id, row.get(2)?).map_err(damaged("version"))?,
    };
    Ok((tenant, versions))
}

/// The tenant of a row of [`SELECT`].
///
/// # Errors
/// It cannot be read, or a later one was written.
pub(super) fn read(records: &Records, row: &Row) -> Result<Tenant, StoreError> {
    let (tenant, versions) = read_any(records, row)?;
    versions.check(&tenant.id)?;
    Ok(tenant)
}

/// The version in the register.
pub(super) fn registered(
    records: &Records,
    id: &str,
    sealed: Option<Vec<u8>>,
) -> Result<u64, StoreError> {
    let version = sealed.map(|sealed| records.open_version(id, &sealed));
    Ok(version.transpose()?.unwrap_or_default())
}

/// The statement that registers a version.
pub(super) fn register(
    records: &Records,
    id: &TenantId,
    version: u64,
) -> Result<Statement, StoreError> {
    let id = id.as_str();
    Ok(Statement::new(
        "INSERT INTO tenant_versions (id, version) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        values![id, records.seal_version(id, version)?],
    ))
}
