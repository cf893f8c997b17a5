//! Loads what scripts change. The writer is alone, so that nothing has to be locked.

use jiff::Timestamp;
use rusqlite::{Params, params};

use super::{super::StoreError, session::Session, tenants};
use crate::{
    domain::{ids::OnboardingId, onboarding::lease::Lease},
    store::{
        backend::{BeginContext, HireContext, HireQuery, Rows},
        change::Stored,
        records::{Index, SealedOnboarding, Source, limit, millis, onboarding_id, time},
    },
};

/// The columns of an onboarding, in the order of [`Row`].
pub(super) const COLUMNS: &str = "seq, tenant, id, token, leased, wake, document";

/// What stands in [`COLUMNS`].
pub(super) type Row = (i64, String, String, i64, bool, Option<i64>, Vec<u8>);

/// The latest episode of a hire.
const LATEST: &str = "WHERE tenant = ?1 AND account = ?2 AND system = ?3 AND source_index = ?4
    ORDER BY episode DESC LIMIT 1";

impl Session<'_> {
    /// The onboardings that a clause selects.
    pub(super) fn stored(
        &self,
        which: &str,
        params: impl Params,
    ) -> Result<Vec<Stored>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM onboardings {which}");
        let rows: Vec<Row> = self.rows(&sql, params)?;
        rows.into_iter().map(|row| self.open(row)).collect()
    }

    /// The onboarding of a row, with its attempts.
    pub(super) fn open(&self, row: Row) -> Result<Stored, StoreError> {
        let (seq, tenant, id, token, held, wake, document) = row;
        let intents = "SELECT number, intent FROM attempts WHERE onboarding = ?1 ORDER BY number";
        let intents: Vec<(u32, Vec<u8>)> = self.rows(intents, [seq])?;
        let evidence = match intents.is_empty() {
            true => Vec::new(),
            false => self.rows(
                "SELECT attempt, evidence FROM evidence WHERE onboarding = ?1 ORDER BY seq",
                [seq],
            )?,
        };
        let sealed = SealedOnboarding {
            tenant,
            id,
            document,
            intents,
            evidence,
        };
        Ok(Stored {
            seq,
            lease: Lease {
                token: u64::try_from(token).map_err(|_| StoreError::Malformed)?,
                held,
                wake: wake.map(time).transpose()?,
            },
            onboarding: self.records.open_onboarding(&sealed)?,
        })
    }

    /// The latest episode of a hire.
    pub(super) fn latest(&self, source: &Source) -> Result<Option<Stored>, StoreError> {
        let found = self.stored(LATEST, source.columns())?;
        Ok(found.into_iter().next())
    }

    pub(super) fn load(&self, rows: &Rows) -> Result<Vec<Stored>, StoreError> {
        match rows {
            Rows::Id(id) => self.stored("WHERE id = ?1", [id.to_string()]),
            Rows::Latest(source) => Ok(self.latest(source)?.into_iter().collect()),
            Rows::Due {
                account,
                now,
                limit: most,
            } => self.stored(
                "WHERE account = ?1 AND wake <= ?2 ORDER BY wake, seq LIMIT ?3",
                params![account.as_str(), millis(*now), limit(*most)],
            ),
            Rows::Retained {
                tenant,
                from,
                limit: most,
            } => self.stored(
                "WHERE tenant = ?1 AND retain_from <= ?2 ORDER BY retain_from LIMIT ?3",
                params![tenant.as_str(), millis(*from), limit(*most)],
            ),
            Rows::Leased => self.stored(
                "INDEXED BY onboardings_next WHERE wake IS NOT NULL AND leased = 1",
                [],
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
        let holder: Option<(String,)> = self.row(
            "SELECT onboarding FROM claims
             WHERE account = ?1 AND claim_index = ?2 AND onboarding <> ?3
                AND (free_from IS NULL OR free_from > ?4)",
            params![
                key.account.as_str(),
                login,
                stored.onboarding.id.to_string(),
                millis(now)
            ],
        )?;
        Ok(BeginContext {
            account: tenants::get(self, &key.tenant)?.map(|tenant| tenant.account),
            reserved_by: holder.map(|(id,)| onboarding_id(&id)).transpose()?,
        })
    }

    pub(super) fn hire_context(&self, query: &HireQuery) -> Result<HireContext, StoreError> {
        let source = &query.source;
        if tenants::former_key(self, &source.tenant)?.is_some() {
            return Ok(HireContext::NoTenant);
        }
        if let Some((request, _)) = query.request
            && let Some((content, id)) = self.requested(source, request)?
            && let Some(found) = self.load(&Rows::Id(id))?.into_iter().next()
        {
            return Ok(HireContext::Requested {
                content,
                onboarding: Box::new(found.onboarding),
            });
        }
        let mut withdrawn = self.tombstone(source)?;
        if let (None, Some(person)) = (withdrawn, &query.person) {
            withdrawn = self.tombstone(person)?;
        }
        Ok(HireContext::Source {
            latest: self.latest(source)?.map(Box::new),
            withdrawn,
        })
    }

    /// The content of a request id that was used before, and the onboarding it stands for.
    fn requested(
        &self,
        source: &Source,
        request: Index,
    ) -> Result<Option<(Vec<u8>, OnboardingId)>, StoreError> {
        let known: Option<(Vec<u8>, String)> = self.row(
            "SELECT content_index, onboarding FROM requests
             WHERE tenant = ?1 AND account = ?2 AND request_index = ?3",
            params![source.tenant.as_str(), source.account.as_str(), request],
        )?;
        let known = known.map(|(content, id)| Ok((content, onboarding_id(&id)?)));
        known.transpose()
    }

    /// A withdrawal that came before any hire: its event time, if it had one.
    fn tombstone(&self, source: &Source) -> Result<Option<Option<Timestamp>>, StoreError> {
        let found: Option<(Option<i64>,)> = self.row(
            "SELECT event_time FROM tombstones
             WHERE tenant = ?1 AND account = ?2 AND system = ?3 AND source_index = ?4",
            source.columns(),
        )?;
        let read = |at| Timestamp::from_microsecond(at).map_err(|_| StoreError::Malformed);
        found.map(|(at,)| at.map(read).transpose()).transpose()
    }
}
