//! What workers do: find what is due, claim it, take steps, add what they saw.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use super::{
    saving::{save, take_claim},
    session::Session,
    stored::{columns, locked_by_id, stored},
    tenants,
    ticks::{MICROS, micros},
};
use crate::{
    clock::SharedClock,
    domain::{
        attempt::Evidence,
        ids::{Account, OnboardingId},
        onboarding::{
            Moment, Onboarding,
            lease::{By, goes_on},
            progress::Step,
        },
    },
    store::{
        Actor, Claimed, Stepped, StoreError,
        records::{millis, time},
    },
};

pub(super) async fn due_accounts(
    on: &Session<'_, impl GenericClient>,
    now: Timestamp,
) -> Result<Vec<Account>, StoreError> {
    let rows = on
        .rows(
            &format!(
                "SELECT account FROM onboardings WHERE lease_end IS NULL AND wake <= $1
                 UNION
                 SELECT account FROM onboardings
                 WHERE lease_end <= (SELECT coalesce($2, {MICROS}))"
            ),
            &[&millis(now), &on.ticks.lease_time(now)],
        )
        .await?;
    rows.iter()
        .map(|row| Account::parse(row.try_get(0)?).map_err(|_| StoreError::Malformed))
        .collect()
}

pub(super) async fn next_due(
    on: &Session<'_, impl GenericClient>,
    except: &[Account],
    clock: &SharedClock,
) -> Result<Option<Timestamp>, StoreError> {
    let except: Vec<&str> = except.iter().map(Account::as_str).collect();
    let row = on
        .the_row(
            &format!(
                "SELECT (SELECT min(wake) FROM onboardings
                         WHERE lease_end IS NULL AND wake IS NOT NULL AND account <> ALL ($1)),
                    (SELECT min(lease_end) FROM onboardings
                     WHERE lease_end IS NOT NULL AND account <> ALL ($1)),
                    {MICROS}"
            ),
            &[&except],
        )
        .await?;
    let (wake, lease_end): (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    let server_now = row.try_get(2)?;
    let lease_end = lease_end.map(|end| {
        let here = on.ticks.here(clock, end, server_now);
        here.saturating_add(999).div_euclid(1000)
    });
    [wake, lease_end]
        .into_iter()
        .flatten()
        .min()
        .map(time)
        .transpose()
}

/// The rows to be claimed, locked: claims that have ended first, then what is due. Rows that
/// another replica is just claiming are passed over.
async fn lock_due(
    on: &Session<'_, impl GenericClient>,
    account: &Account,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<i64>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ended = on
        .rows(
            &format!(
                "SELECT seq FROM onboardings
                 WHERE account = $1 AND lease_end <= (SELECT coalesce($2, {MICROS}))
                 ORDER BY lease_end, seq LIMIT $3 FOR UPDATE SKIP LOCKED"
            ),
            &[&account.as_str(), &on.ticks.lease_time(now), &limit],
        )
        .await?;
    let left = limit.saturating_sub(i64::try_from(ended.len()).unwrap_or(i64::MAX));
    let due = on
        .rows(
            "SELECT seq FROM onboardings
             WHERE account = $1 AND lease_end IS NULL AND wake <= $2
             ORDER BY wake, seq LIMIT $3 FOR UPDATE SKIP LOCKED",
            &[&account.as_str(), &millis(now), &left],
        )
        .await?;
    ended
        .iter()
        .chain(&due)
        .map(|row| Ok(row.try_get(0)?))
        .collect()
}

/// What was claimed, and what was found lost while it was being created.
pub(super) async fn claim(
    on: &Session<'_, impl GenericClient>,
    account: &Account,
    limit: usize,
    moment: &Moment,
) -> Result<(Vec<Claimed>, Vec<OnboardingId>), StoreError> {
    let (mut claimed, mut recovered) = (Vec::new(), Vec::new());
    let due = lock_due(on, account, limit, moment.now).await?;
    if due.is_empty() {
        return Ok((claimed, recovered));
    }
    let sql = format!(
        "SELECT {} FROM onboardings WHERE seq = ANY ($1) ORDER BY array_position($1, seq)",
        columns()
    );
    let mut taken = Vec::with_capacity(due.len());
    for row in on.rows(&sql, &[&due]).await? {
        let before = stored(on.records, &row)?;
        let mut after = before.onboarding.clone();
        if after.recover(moment) {
            save(on, &before, &after, moment.now, Actor::ENGINE, false).await?;
            recovered.push(after.id);
            if after.due().is_some_and(|due| due > moment.now) {
                continue;
            }
        }
        taken.push((before.seq, after));
    }
    let tokens = lease(on, taken.iter().map(|(seq, _)| *seq).collect(), moment).await?;
    for (seq, onboarding) in taken {
        let token = tokens.get(&seq).copied().ok_or(StoreError::Malformed)?;
        claimed.push(Claimed {
            onboarding,
            token: u64::try_from(token).map_err(|_| StoreError::Malformed)?,
        });
    }
    Ok((claimed, recovered))
}

/// Begins a claim on each of the rows, and gives the tokens.
async fn lease(
    on: &Session<'_, impl GenericClient>,
    rows: Vec<i64>,
    moment: &Moment,
) -> Result<HashMap<i64, i64>, StoreError> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = on
        .rows(
            &format!(
                "UPDATE onboardings
                 SET token = token + 1, lease_end = coalesce($2, {MICROS}) + $3
                 WHERE seq = ANY ($1) RETURNING seq, token"
            ),
            &[
                &rows,
                &on.ticks.lease_time(moment.now),
                &micros(moment.timing.lease),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

pub(super) async fn step(
    on: &Session<'_, impl GenericClient>,
    id: OnboardingId,
    token: u64,
    step: Step,
    moment: &Moment,
) -> Result<Stepped, StoreError> {
    let Some(before) = locked_by_id(on, id).await? else {
        return Ok(Stepped::Fenced);
    };
    if !before.lease().covers(token) {
        return Ok(Stepped::Fenced);
    }
    if let Step::Begin { intent, .. } = &step {
        let key = &before.onboarding.key;
        if !tenants::points_to(on, &key.tenant, &key.account).await? {
            return Ok(Stepped::Fenced);
        }
        if let Some(other) = take_claim(on, &before, &intent.claim, moment.now).await? {
            return Ok(Stepped::Blocked(other));
        }
    }
    let mut after = before.onboarding.clone();
    after.step(step, moment)?;
    let leased = goes_on(By::Step, &before.onboarding, &after);
    save(on, &before, &after, moment.now, Actor::ENGINE, leased).await?;
    Ok(Stepped::Done(Box::new(after)))
}

pub(super) async fn see(
    on: &Session<'_, impl GenericClient>,
    id: OnboardingId,
    attempt: u32,
    evidence: Evidence,
    url: Option<String>,
    moment: &Moment,
) -> Result<Option<Onboarding>, StoreError> {
    let Some(before) = locked_by_id(on, id).await? else {
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    after.see(attempt, evidence, url, moment)?;
    let leased = before.lease().held && goes_on(By::Evidence, &before.onboarding, &after);
    save(on, &before, &after, moment.now, Actor::ENGINE, leased).await?;
    Ok(Some(after))
}
