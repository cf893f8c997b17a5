//! Loads what scripts change. The writer is alone, so that nothing has to be locked.

use jiff::Timestamp;

use super::session::Session;
use crate::{
    domain::{
        ids::{Account, TenantId},
        onboarding::lease::Lease,
        tenant::Tenant,
    },
    store::{
        StoreError,
        backend::{
            BeginContext, HAS_OPEN_ATTEMPTS, HireContext, HireQuery, LATEST, NOT_ENDED, Rows,
            TenantContext,
        },
        change::Stored,
        records::{Index, SealedOnboarding, Source, limit, micros, millis, onboarding_id, time},
        sql::{Row, Value, values},
        tenants::one,
    },
};

impl Session<'_> {
    /// The onboardings that a clause selects.
    pub(super) fn find(&self, clause: &str, values: &[Value]) -> Result<Vec<Stored>, StoreError> {
        let sql = format!(
            "SELECT seq, tenant, id, token, leased, wake, urgency, update_time, document
             FROM onboardings {clause}"
        );
        let rows = self.query(&sql, values)?;
        rows.iter().map(|row| self.open(row)).collect()
    }

    /// The onboarding of a row, with its attempts.
    fn open(&self, row: &Row) -> Result<Stored, StoreError> {
        let seq: i64 = row.get(0)?;
        let pairs = |sql| {
            let rows = self.query(sql, &values![seq])?;
            let pairs = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?)));
            pairs.collect::<Result<Vec<(u32, Vec<u8>)>, StoreError>>()
        };
        let intents =
            pairs("SELECT number, intent FROM attempts WHERE onboarding = $1 ORDER BY number")?;
        let evidence = match intents.is_empty() {
            true => Vec::new(),
            false => {
                pairs("SELECT attempt, evidence FROM evidence WHERE onboarding = $1 ORDER BY seq")?
            }
        };
        let sealed = SealedOnboarding {
            tenant: row.get(1)?,
            id: row.get(2)?,
            document: row.get(8)?,
            intents,
            evidence,
        };
        Ok(Stored {
            seq,
            lease: Lease {
                token: row.get(3)?,
                held: row.get(4)?,
                wake: row.get::<Option<i64>>(5)?.map(time).transpose()?,
            },
            urgency: row.get(6)?,
            update_time: row.get(7)?,
            onboarding: self.records.open_onboarding(&sealed)?,
        })
    }

    pub(super) fn load(&self, rows: &Rows) -> Result<Vec<Stored>, StoreError> {
        match rows {
            Rows::Id(id) => self.find("WHERE id = $1", &values![id.to_string()]),
            Rows::Latest(source) => {
                let (tenant, account, system, index) = source.columns();
                let values = values![tenant, account, system, index];
                self.find(&format!("WHERE {LATEST}"), &values)
            }
            Rows::Due {
                account,
                now,
                limit: most,
            } => self.find(
                "WHERE account = $1 AND wake <= $2 ORDER BY wake, seq LIMIT $3",
                &values![account.as_str(), millis(*now), limit(*most)],
            ),
            Rows::Retained {
                tenant,
                from,
                limit: most,
            } => self.find(
                "WHERE tenant = $1 AND retain_from <= $2 ORDER BY retain_from LIMIT $3",
                &values![tenant.as_str(), millis(*from), limit(*most)],
            ),
            Rows::Leased => self.find(
                "INDEXED BY onboardings_next WHERE wake IS NOT NULL AND leased = 1",
                &[],
            ),
        }
    }

    pub(super) fn begin_context(
        &self,
        stored: &Stored,
        login: Index,
        now: Timestamp,
    ) -> Result<BeginContext, StoreError> {
        let key = &stored.onboarding.key;
        let holder = self.query(
            "SELECT onboarding FROM claims
             WHERE account = $1 AND claim_index = $2 AND onboarding <> $3
                AND (free_from IS NULL OR free_from > $4)",
            &values![
                key.account.as_str(),
                login,
                stored.onboarding.id.to_string(),
                millis(now)
            ],
        )?;
        let holder = holder.first().map(|row| onboarding_id(row.get(0)?));
        let tenant = self.tenant(&key.tenant, Some(&key.account))?.stored;
        Ok(BeginContext {
            account: tenant.map(|tenant| tenant.account),
            reserved_by: holder.transpose()?,
        })
    }

    pub(super) fn hire_context(&self, query: &HireQuery) -> Result<HireContext, StoreError> {
        let source = &query.source;
        if self.former_key(&source.tenant)?.is_some() {
            return Ok(HireContext::NoTenant);
        }
        if let Some((request, _)) = query.request
            && let Some(requested) = self.requested(source, request)?
        {
            return Ok(requested);
        }
        let mut withdrawn = self.tombstone(source)?;
        if let (None, Some(person)) = (withdrawn, &query.person) {
            withdrawn = self.tombstone(person)?;
        }
        let latest = self.load(&Rows::Latest(source.clone()))?;
        Ok(HireContext::Source {
            latest: latest.into_iter().next().map(Box::new),
            withdrawn,
        })
    }

    fn requested(
        &self,
        source: &Source,
        request: Index,
    ) -> Result<Option<HireContext>, StoreError> {
        let (tenant, account, ..) = source.columns();
        let known = self.query(
            "SELECT content_index, onboarding FROM requests
             WHERE tenant = $1 AND account = $2 AND request_index = $3",
            &values![tenant, account, request],
        )?;
        let Some(known) = known.first() else {
            return Ok(None);
        };
        let content = known.get(0)?;
        let found = self.load(&Rows::Id(onboarding_id(known.get(1)?)?))?;
        Ok(found
            .into_iter()
            .next()
            .map(|stored| HireContext::Requested {
                content,
                onboarding: Box::new(stored.onboarding),
            }))
    }

    /// A withdrawal that came before any hire: its event time, if it had one.
    fn tombstone(&self, source: &Source) -> Result<Option<Option<Timestamp>>, StoreError> {
        let (tenant, account, system, index) = source.columns();
        let found = self.query(
            "SELECT event_time FROM tombstones
             WHERE tenant = $1 AND account = $2 AND system = $3 AND source_index = $4",
            &values![tenant, account, system, index],
        )?;
        let at = found.first().map(|row| micros(row.get(0)?));
        at.transpose()
    }

    /// The version of the last key of a tenant that was removed and not stored again since.
    fn former_key(&self, id: &TenantId) -> Result<Option<u32>, StoreError> {
        let sql = "SELECT key_version FROM former_tenants WHERE id = $1";
        let found = self.query(sql, &values![id.as_str()])?;
        found.first().map(|row| row.get(0)).transpose()
    }

    /// A tenant, and what hinders its removal (`None`) or a move to this account.
    pub(super) fn tenant(
        &self,
        id: &TenantId,
        account: Option<&Account>,
    ) -> Result<TenantContext, StoreError> {
        let values = values![id.as_str()];
        let found = self.query("SELECT document FROM tenants WHERE id = $1", &values)?;
        let open = |row: &Row| {
            self.records
                .open_tenant(id.as_str(), &row.get::<Vec<u8>>(0)?)
        };
        let stored = found.first().map(open).transpose()?;
        let moves = |stored: &Tenant| Some(&stored.account) != account;
        let open = match stored.as_ref().is_some_and(moves) {
            true => (
                one(&self.query(HAS_OPEN_ATTEMPTS, &values)?)?,
                one(&self.query(NOT_ENDED, &values)?)?,
            ),
            false => (false, 0),
        };
        Ok(TenantContext {
            stored,
            former_key: self.former_key(id)?,
            open,
        })
    }
}
