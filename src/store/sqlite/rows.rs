//! SQL that reads onboardings with their attempts and evidence.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::super::{
    Lookup, SourceKey, StoreError,
    records::{Records, time},
};
use crate::domain::{
    attempt::Attempt,
    ids::{Account, OnboardingId},
    onboarding::{Onboarding, lease::Lease},
};

/// An onboarding and what its row says beside it.
pub(super) struct Stored {
    pub seq: i64,
    pub lease: Lease,
    pub onboarding: Onboarding,
}

pub(super) const COLUMNS: &str = "seq, tenant, id, token, leased, wake, document";

pub(super) type RawRow = (i64, String, String, i64, bool, Option<i64>, Vec<u8>);

pub(super) fn raw(row: &Row<'_>) -> rusqlite::Result<RawRow> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
    ))
}

pub(super) fn stored(
    conn: &Connection,
    records: &Records,
    raw: RawRow,
) -> Result<Stored, StoreError> {
    let (seq, tenant, id, token, held, wake, document) = raw;
    let mut onboarding = records.open_onboarding(&tenant, &id, &document)?;
    onboarding.attempts = attempts(conn, records, seq, &onboarding)?;
    Ok(Stored {
        seq,
        lease: Lease {
            token: u64::try_from(token).map_err(|_| StoreError::Malformed)?,
            held,
            wake: wake.map(time).transpose()?,
        },
        onboarding,
    })
}

pub(super) fn attempts(
    conn: &Connection,
    records: &Records,
    seq: i64,
    of: &Onboarding,
) -> Result<Vec<Attempt>, StoreError> {
    let mut list = Vec::new();
    let mut statement = conn.prepare_cached(
        "SELECT number, intent FROM attempts WHERE onboarding = ?1 ORDER BY number",
    )?;
    let rows = statement.query_map([seq], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    for row in rows {
        let (number, intent) = row?;
        list.push(Attempt {
            number,
            intent: records.open_intent(of, number, &intent)?,
            seen: Vec::new(),
        });
    }
    if list.is_empty() {
        return Ok(list);
    }
    let mut statement = conn.prepare_cached(
        "SELECT attempt, evidence FROM evidence WHERE onboarding = ?1 ORDER BY seq",
    )?;
    let rows = statement.query_map([seq], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    for row in rows {
        let (number, evidence) = row?;
        let seen = records.open_seen(of, number, &evidence)?;
        if let Some(attempt) = list.iter_mut().find(|attempt| attempt.number == number) {
            attempt.seen.push(seen);
        }
    }
    Ok(list)
}

pub(super) fn by_id(
    conn: &Connection,
    records: &Records,
    id: OnboardingId,
) -> Result<Option<Stored>, StoreError> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM onboardings WHERE id = ?1"))?
        .query_row([id.to_string()], raw)
        .optional()?
        .map(|row| stored(conn, records, row))
        .transpose()
}

pub(super) fn latest(
    conn: &Connection,
    records: &Records,
    key: &SourceKey,
    account: &Account,
) -> Result<Option<Stored>, StoreError> {
    conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM onboardings
         WHERE tenant = ?1 AND account = ?2 AND system = ?3 AND source_index = ?4
         ORDER BY episode DESC LIMIT 1"
    ))?
    .query_row(
        params![
            key.tenant.as_str(),
            account.as_str(),
            key.system.as_str(),
            records.source(&key.tenant, &key.external_id)
        ],
        raw,
    )
    .optional()?
    .map(|row| stored(conn, records, row))
    .transpose()
}

pub(super) fn get(
    conn: &Connection,
    records: &Records,
    lookup: &Lookup,
) -> Result<Option<Onboarding>, StoreError> {
    let found = match lookup {
        Lookup::Id(id) => by_id(conn, records, *id)?,
        Lookup::Source(key, account) => latest(conn, records, key, account)?,
        Lookup::LuccaUser(tenant, account, user) => conn
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM onboardings
                 WHERE tenant = ?1 AND account = ?2 AND lucca_user = ?3
                 ORDER BY seq DESC LIMIT 1"
            ))?
            .query_row(params![tenant.as_str(), account.as_str(), user.get()], raw)
            .optional()?
            .map(|row| stored(conn, records, row))
            .transpose()?,
    };
    Ok(found.map(|stored| stored.onboarding))
}
