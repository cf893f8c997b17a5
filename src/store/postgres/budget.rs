//! SQL for the budget: a strict sliding window of calls per account.
//!
//! Lucca counts a call somewhere between its beginning and its end, so a call's place is
//! free one window after its end, and before that is always taken. One replica at a time
//! decides for an account, and reads the clock once it may.

use std::time::Duration;

use deadpool_postgres::GenericClient;

use super::{
    session::Session,
    ticks::{MICROS, micros},
};
use crate::{
    domain::ids::Account,
    store::{Permit, StoreError},
};

/// How many calls, in which window, and how long one can take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub limit: u32,
    pub window: Duration,
    pub longest: Duration,
}

impl Rule {
    /// For how long after its beginning a call without end takes its place.
    fn unended(self) -> i64 {
        micros(self.longest).saturating_add(micros(self.window))
    }
}

/// When a call's place is free: `$2` with the call's end and `$3` without.
const FREE: &str = "coalesce(ended + $2, began + $3)";

fn wait(micros: i64) -> Permit {
    Permit::Wait(Duration::from_micros(
        u64::try_from(micros).unwrap_or_default(),
    ))
}

pub(super) async fn take(
    on: &Session<'_, impl GenericClient>,
    account: &Account,
    rule: Rule,
) -> Result<Permit, StoreError> {
    let account = account.as_str();
    // Held until the commit, which makes the call known to whoever decides next.
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    on.rows(lock, &[&account]).await?;
    let row = on
        .the_row(
            &format!(
                "SELECT coalesce($2, {MICROS}), (SELECT until FROM pauses WHERE account = $1)"
            ),
            &[&account, &on.ticks.budget_time()],
        )
        .await?;
    let (now, paused): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    if let Some(until) = paused.filter(|until| *until > now) {
        return Ok(wait(until - now));
    }
    let (window, unended) = (micros(rule.window), rule.unended());
    let sql = format!(
        "SELECT {FREE} AS free FROM calls WHERE account = $1 AND {FREE} > $4 ORDER BY free"
    );
    let taken = on.rows(&sql, &[&account, &window, &unended, &now]).await?;
    let limit = usize::try_from(rule.limit.max(1)).unwrap_or(usize::MAX);
    if let Some(place) = taken.len().checked_sub(limit) {
        let free: i64 = taken[place].try_get(0)?;
        return Ok(wait(free - now));
    }
    on.run(
        &format!("DELETE FROM calls WHERE account = $1 AND {FREE} <= $4"),
        &[&account, &window, &unended, &now],
    )
    .await?;
    let sql = "INSERT INTO calls (account, began) VALUES ($1, $2) RETURNING seq";
    let row = on.the_row(sql, &[&account, &now]).await?;
    Ok(Permit::Granted(row.try_get(0)?))
}

pub(super) async fn end(
    on: &Session<'_, impl GenericClient>,
    permit: i64,
) -> Result<(), StoreError> {
    on.run(
        &format!(
            "UPDATE calls SET ended = coalesce($2, {MICROS}) WHERE seq = $1 AND ended IS NULL"
        ),
        &[&permit, &on.ticks.budget_time()],
    )
    .await?;
    Ok(())
}

pub(super) async fn give_back(
    on: &Session<'_, impl GenericClient>,
    permit: i64,
) -> Result<(), StoreError> {
    let forget = "DELETE FROM calls WHERE seq = $1 AND ended IS NULL";
    on.run(forget, &[&permit]).await?;
    Ok(())
}

pub(super) async fn pause(
    on: &Session<'_, impl GenericClient>,
    account: &Account,
    span: Duration,
) -> Result<(), StoreError> {
    on.run(
        &format!(
            "INSERT INTO pauses (account, until) VALUES ($1, coalesce($2, {MICROS}) + $3)
             ON CONFLICT (account) DO UPDATE SET until = greatest(pauses.until, excluded.until)"
        ),
        &[&account.as_str(), &on.ticks.budget_time(), &micros(span)],
    )
    .await?;
    Ok(())
}

pub(super) async fn left(
    on: &Session<'_, impl GenericClient>,
    account: &Account,
    rule: Rule,
) -> Result<u32, StoreError> {
    let row = on
        .the_row(
            &format!(
                "WITH present AS (SELECT coalesce($4, {MICROS}) AS now)
                 SELECT EXISTS (SELECT 1 FROM pauses, present WHERE account = $1 AND until > now),
                    (SELECT count(*) FROM calls, present WHERE account = $1 AND {FREE} > now)"
            ),
            &[
                &account.as_str(),
                &micros(rule.window),
                &rule.unended(),
                &on.ticks.budget_time(),
            ],
        )
        .await?;
    let (paused, taken): (bool, i64) = (row.try_get(0)?, row.try_get(1)?);
    if paused {
        return Ok(0);
    }
    let taken = u32::try_from(taken).unwrap_or(u32::MAX);
    Ok(rule.limit.saturating_sub(taken))
}
