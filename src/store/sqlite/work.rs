//! SQL for workers: what is due, claims, steps, evidence.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    super::{
        Actor, Claimed, Stepped, StoreError,
        records::{Purpose, Records, millis, time},
    },
    rows::{COLUMNS, RawRow, by_id, raw, stored},
    saving::{save, save_lease},
    tenants,
};
use crate::domain::{
    attempt::Evidence,
    ids::{Account, OnboardingId},
    onboarding::{
        Moment, Onboarding,
        lease::{By, Claim},
        progress::Step,
    },
};

pub(super) fn due_accounts(conn: &Connection, now: Timestamp) -> Result<Vec<Account>, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT DISTINCT account FROM onboardings WHERE wake <= ?1")?;
    let rows = statement.query_map([millis(now)], |row| row.get::<_, String>(0))?;
    rows.map(|row| Account::parse(&row?).map_err(|_| StoreError::Malformed))
        .collect()
}

pub(super) fn next_due(
    conn: &Connection,
    except: &[Account],
) -> Result<Option<Timestamp>, StoreError> {
    let except: Vec<&str> = except.iter().map(Account::as_str).collect();
    let except = serde_json::to_string(&except).map_err(|_| StoreError::Malformed)?;
    let wake: Option<i64> = conn
        .prepare_cached(
            "SELECT min(wake) FROM onboardings
             WHERE wake IS NOT NULL AND account NOT IN (SELECT value FROM json_each(?1))",
        )?
        .query_row([except], |row| row.get(0))?;
    wake.map(time).transpose()
}

/// What was claimed, and what was found lost while it was being created.
pub(super) fn claim(
    conn: &Connection,
    records: &Records,
    account: &Account,
    limit: usize,
    moment: &Moment,
) -> Result<(Vec<Claimed>, Vec<OnboardingId>), StoreError> {
    let due: Vec<RawRow> = conn
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM onboardings WHERE account = ?1 AND wake <= ?2
             ORDER BY wake, seq LIMIT ?3"
        ))?
        .query_map(
            params![
                account.as_str(),
                millis(moment.now),
                i64::try_from(limit).unwrap_or(i64::MAX)
            ],
            raw,
        )?
        .collect::<Result<_, _>>()?;
    let mut claimed = Vec::with_capacity(due.len());
    let mut recovered = Vec::new();
    for row in due {
        let before = stored(conn, records, row)?;
        let mut after = before.onboarding.clone();
        let mut lease = before.lease;
        let claim = lease.claim(&mut after, moment);
        if claim == Claim::Granted {
            save_lease(conn, before.seq, lease)?;
        } else {
            save(conn, records, &before, &after, Actor::ENGINE, lease)?;
            recovered.push(after.id);
        }
        if claim != Claim::Recovered {
            claimed.push(Claimed {
                onboarding: after,
                token: lease.token,
            });
        }
    }
    Ok((claimed, recovered))
}

/// Ends all claims of the process that had the file before; tells of which onboardings.
pub(super) fn take_over(
    conn: &Connection,
    records: &Records,
    moment: &Moment,
) -> Result<Vec<OnboardingId>, StoreError> {
    let claimed: Vec<RawRow> = conn
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM onboardings INDEXED BY onboardings_next
             WHERE wake IS NOT NULL AND leased = 1"
        ))?
        .query_map([], raw)?
        .collect::<Result<_, _>>()?;
    let mut ids = Vec::with_capacity(claimed.len());
    for row in claimed {
        let before = stored(conn, records, row)?;
        let mut after = before.onboarding.clone();
        let mut lease = before.lease;
        lease.void(&mut after, moment);
        if after == before.onboarding {
            save_lease(conn, before.seq, lease)?;
        } else {
            save(conn, records, &before, &after, Actor::ENGINE, lease)?;
        }
        ids.push(after.id);
    }
    Ok(ids)
}

/// Who else holds the claim now.
pub(super) fn claimed_by_other(
    conn: &Connection,
    records: &Records,
    onboarding: &Onboarding,
    claim: &str,
    now: Timestamp,
) -> Result<Option<OnboardingId>, StoreError> {
    let holder: Option<String> = conn
        .prepare_cached(
            "SELECT onboarding FROM claims
             WHERE account = ?1 AND claim_index = ?2 AND onboarding <> ?3
                AND (free_from IS NULL OR free_from > ?4)",
        )?
        .query_row(
            params![
                onboarding.key.account.as_str(),
                records.index(Purpose::Claim, claim),
                onboarding.id.to_string(),
                millis(now)
            ],
            |row| row.get(0),
        )
        .optional()?;
    holder
        .map(|id| OnboardingId::parse(&id).map_err(|_| StoreError::Malformed))
        .transpose()
}

/// Whether no change has pointed the tenant to another account than the onboarding is
/// for: what a worker has read of the tenant may be outdated.
fn account_stands(
    conn: &Connection,
    records: &Records,
    onboarding: &Onboarding,
) -> Result<bool, StoreError> {
    let tenant = tenants::get(conn, records, &onboarding.key.tenant)?;
    Ok(tenant.is_none_or(|tenant| tenant.account == onboarding.key.account))
}

pub(super) fn step(
    conn: &Connection,
    records: &Records,
    id: OnboardingId,
    token: u64,
    step: Step,
    moment: &Moment,
) -> Result<Stepped, StoreError> {
    let Some(before) = by_id(conn, records, id)? else {
        return Ok(Stepped::Fenced);
    };
    if !before.lease.covers(token) {
        return Ok(Stepped::Fenced);
    }
    if matches!(step, Step::Begin { .. }) && !account_stands(conn, records, &before.onboarding)? {
        return Ok(Stepped::Fenced);
    }
    if let Step::Begin { intent, .. } = &step
        && let Some(other) =
            claimed_by_other(conn, records, &before.onboarding, &intent.claim, moment.now)?
    {
        return Ok(Stepped::Blocked(other));
    }
    let mut after = before.onboarding.clone();
    after.step(step, moment)?;
    let lease = before.lease.after(By::Step, &before.onboarding, &after);
    save(conn, records, &before, &after, Actor::ENGINE, lease)?;
    Ok(Stepped::Done(Box::new(after)))
}

pub(super) fn see(
    conn: &Connection,
    records: &Records,
    id: OnboardingId,
    attempt: u32,
    evidence: Evidence,
    url: Option<String>,
    moment: &Moment,
) -> Result<Option<Onboarding>, StoreError> {
    let Some(before) = by_id(conn, records, id)? else {
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    after.see(attempt, evidence, url, moment)?;
    let lease = before.lease.after(By::Evidence, &before.onboarding, &after);
    save(conn, records, &before, &after, Actor::ENGINE, lease)?;
    Ok(Some(after))
}
