//! SQL for the budget: a strict sliding window of calls per account.
//!
//! Lucca counts a call somewhere between its beginning and its end, so a call's place is
//! free one window after its end, and before that is always taken. Times are kept in
//! whole milliseconds: beginnings of spans are rounded up, the present is rounded down,
//! so that a place is never free too early.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::{Permit, StoreError};
use crate::{clock::Clock, domain::ids::Account};

/// How many calls, in which window, and how long one can take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub limit: u32,
    pub window: Duration,
    pub longest: Duration,
}

/// Now, by the boot clock.
#[derive(Clone, Debug)]
pub(super) struct Now {
    boot: String,
    /// The millisecond that has begun.
    millis: i64,
    /// The next one, unless it begins now: from here spans are measured.
    mark: i64,
}

impl Now {
    pub(super) fn of(clock: &dyn Clock) -> Self {
        let since_boot = clock.since_boot();
        Self {
            boot: clock.boot_id(),
            millis: i64::try_from(since_boot.as_millis()).unwrap_or(i64::MAX / 4),
            mark: to_millis(since_boot),
        }
    }
}

/// Whole milliseconds, rounded up.
fn to_millis(span: Duration) -> i64 {
    i64::try_from(span.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX / 4)
}

fn from_millis(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

/// Whether something is left of another boot that has to be adopted by a write.
pub(super) fn knows_other_boots(
    conn: &Connection,
    account: &Account,
    now: &Now,
) -> Result<bool, StoreError> {
    Ok(conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM calls WHERE account = ?1 AND boot <> ?2)")?
        .query_row(params![account.as_str(), now.boot], |row| row.get(0))?)
}

/// What happened under another boot has no time on this one's clock: it counts as if it
/// ended now, that is when this process first looks, so that a full window passes.
pub(super) fn adopt_other_boots(
    conn: &Connection,
    account: &Account,
    now: &Now,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE calls SET boot = ?2, began = ?3, ended = ?3 WHERE account = ?1 AND boot <> ?2",
    )?
    .execute(params![account.as_str(), now.boot, now.mark])?;
    // How much of the pause is left is not known either; Lucca will say again.
    conn.prepare_cached("DELETE FROM pauses WHERE account = ?1 AND boot <> ?2")?
        .execute(params![account.as_str(), now.boot])?;
    Ok(())
}

/// The moments at which the taken places become free, the earliest first.
fn taken(
    conn: &Connection,
    account: &Account,
    rule: Rule,
    now: &Now,
) -> Result<Vec<i64>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT coalesce(ended, began + ?2) + ?3 AS free FROM calls
         WHERE account = ?1 AND free > ?4 ORDER BY free",
    )?;
    let rows = statement.query_map(
        params![
            account.as_str(),
            to_millis(rule.longest),
            to_millis(rule.window),
            now.millis
        ],
        |row| row.get(0),
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn paused_for(conn: &Connection, account: &Account, now: &Now) -> Result<Duration, StoreError> {
    let until: Option<i64> = conn
        .prepare_cached("SELECT until FROM pauses WHERE account = ?1 AND boot = ?2")?
        .query_row(params![account.as_str(), now.boot], |row| row.get(0))
        .optional()?;
    Ok(until.map_or(Duration::ZERO, |until| from_millis(until - now.millis)))
}

pub(super) fn take(
    conn: &Connection,
    account: &Account,
    rule: Rule,
    now: &Now,
) -> Result<Permit, StoreError> {
    adopt_other_boots(conn, account, now)?;
    let paused = paused_for(conn, account, now)?;
    if !paused.is_zero() {
        return Ok(Permit::Wait(paused));
    }
    let taken = taken(conn, account, rule, now)?;
    let limit = usize::try_from(rule.limit.max(1)).unwrap_or(usize::MAX);
    if taken.len() >= limit {
        let free = taken[taken.len() - limit];
        return Ok(Permit::Wait(from_millis(free - now.millis)));
    }
    conn.prepare_cached(
        "DELETE FROM calls WHERE account = ?1 AND coalesce(ended, began + ?2) + ?3 <= ?4",
    )?
    .execute(params![
        account.as_str(),
        to_millis(rule.longest),
        to_millis(rule.window),
        now.millis
    ])?;
    conn.prepare_cached("INSERT INTO calls (account, boot, began) VALUES (?1, ?2, ?3)")?
        .execute(params![account.as_str(), now.boot, now.mark])?;
    Ok(Permit::Granted(conn.last_insert_rowid()))
}

pub(super) fn end(conn: &Connection, permit: i64, now: &Now) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE calls SET ended = ?2 WHERE seq = ?1 AND boot = ?3 AND ended IS NULL",
    )?
    .execute(params![permit, now.mark, now.boot])?;
    Ok(())
}

pub(super) fn give_back(conn: &Connection, permit: i64) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM calls WHERE seq = ?1 AND ended IS NULL")?
        .execute([permit])?;
    Ok(())
}

pub(super) fn pause(
    conn: &Connection,
    account: &Account,
    span: Duration,
    now: &Now,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO pauses (account, boot, until) VALUES (?1, ?2, ?3)
         ON CONFLICT (account) DO UPDATE SET boot = excluded.boot,
            until = CASE WHEN boot = excluded.boot THEN max(until, excluded.until)
                         ELSE excluded.until END",
    )?
    .execute(params![
        account.as_str(),
        now.boot,
        now.mark + to_millis(span)
    ])?;
    Ok(())
}

pub(super) fn left(
    conn: &Connection,
    account: &Account,
    rule: Rule,
    now: &Now,
) -> Result<u32, StoreError> {
    if !paused_for(conn, account, now)?.is_zero() {
        return Ok(0);
    }
    let taken = u32::try_from(taken(conn, account, rule, now)?.len()).unwrap_or(u32::MAX);
    Ok(rule.limit.saturating_sub(taken))
}
