//! SQL for the budget: a strict sliding window of calls per account.
//!
//! Lucca counts a call somewhere between its beginning and its end, so a call counts until one
//! window after its end. Times are whole milliseconds: the beginning of a span is rounded up and
//! the present is rounded down, so that a call is never free too early.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{
    super::{
        BudgetStore, Permit, StoreError,
        sql::{Statement, values},
        tenants::one,
    },
    SqliteStore,
    session::Session,
};
use crate::{clock::Clock, domain::ids::Account};

/// How many calls, in which window, and how long one can take.
#[derive(Clone, Copy, Debug)]
struct Rule {
    limit: u32,
    window: Duration,
    longest: Duration,
}

/// Now, by the boot clock.
#[derive(Clone, Debug)]
struct Now {
    boot: String,
    /// The millisecond that has begun.
    millis: i64,
    /// The next one, unless it begins now: spans are measured from here.
    mark: i64,
}

impl Now {
    fn of(clock: &dyn Clock) -> Self {
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

/// Whether there are calls of another boot, which a write has to adopt.
fn knows_other_boots(on: &Session<'_>, account: &Account, now: &Now) -> Result<bool, StoreError> {
    one(&on.query(
        "SELECT EXISTS (SELECT 1 FROM calls WHERE account = $1 AND boot <> $2)",
        &values![account.as_str(), now.boot.as_str()],
    )?)
}

/// What happened under another boot has no time on this boot's clock. It counts as if it ended
/// when this process first looks, so that a full window passes.
fn adopt_other_boots(on: &Session<'_>, account: &Account, now: &Now) -> Result<(), StoreError> {
    on.run(&Statement::new(
        "UPDATE calls SET boot = $2, began = $3, ended = $3 WHERE account = $1 AND boot <> $2",
        values![account.as_str(), now.boot.as_str(), now.mark],
    ))?;
    // How much of the pause is left is not known either. Lucca will say so again.
    on.run(&Statement::new(
        "DELETE FROM pauses WHERE account = $1 AND boot <> $2",
        values![account.as_str(), now.boot.as_str()],
    ))?;
    Ok(())
}

/// The moments at which the calls that count become free, the earliest first.
fn taken(
    on: &Session<'_>,
    account: &Account,
    rule: Rule,
    now: &Now,
) -> Result<Vec<i64>, StoreError> {
    let rows = on.query(
        "SELECT coalesce(ended, began + $2) + $3 AS free FROM calls
         WHERE account = $1 AND free > $4 ORDER BY free",
        &values![
            account.as_str(),
            to_millis(rule.longest),
            to_millis(rule.window),
            now.millis
        ],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

fn paused_for(on: &Session<'_>, account: &Account, now: &Now) -> Result<Duration, StoreError> {
    let until = on.query(
        "SELECT until FROM pauses WHERE account = $1 AND boot = $2",
        &values![account.as_str(), now.boot.as_str()],
    )?;
    match until.first() {
        Some(row) => Ok(from_millis(row.get::<i64>(0)? - now.millis)),
        None => Ok(Duration::ZERO),
    }
}

fn take(on: &Session<'_>, account: &Account, rule: Rule, now: &Now) -> Result<Permit, StoreError> {
    adopt_other_boots(on, account, now)?;
    let paused = paused_for(on, account, now)?;
    if !paused.is_zero() {
        return Ok(Permit::Wait(paused));
    }
    let taken = taken(on, account, rule, now)?;
    let limit = usize::try_from(rule.limit.max(1)).unwrap_or(usize::MAX);
    if let Some(free) = taken.len().checked_sub(limit).map(|first| taken[first]) {
        return Ok(Permit::Wait(from_millis(free - now.millis)));
    }
    on.run(&Statement::new(
        "DELETE FROM calls WHERE account = $1 AND coalesce(ended, began + $2) + $3 <= $4",
        values![
            account.as_str(),
            to_millis(rule.longest),
            to_millis(rule.window),
            now.millis
        ],
    ))?;
    on.run(&Statement::new(
        "INSERT INTO calls (account, boot, began) VALUES ($1, $2, $3)",
        values![account.as_str(), now.boot.as_str(), now.mark],
    ))?;
    Ok(Permit::Granted(on.conn.last_insert_rowid()))
}

fn left(on: &Session<'_>, account: &Account, rule: Rule, now: &Now) -> Result<u32, StoreError> {
    if !paused_for(on, account, now)?.is_zero() {
        return Ok(0);
    }
    let taken = u32::try_from(taken(on, account, rule, now)?.len()).unwrap_or(u32::MAX);
    Ok(rule.limit.saturating_sub(taken))
}

#[async_trait]
impl BudgetStore for SqliteStore {
    async fn take_permit(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<Permit, StoreError> {
        let rule = Rule {
            limit,
            window,
            longest,
        };
        let (account, clock) = (account.clone(), Arc::clone(&self.clock));
        self.write(move |on| take(on, &account, rule, &Now::of(&*clock)))
            .await
    }

    async fn end_permit(&self, permit: i64) -> Result<(), StoreError> {
        let clock = Arc::clone(&self.clock);
        self.write(move |on| {
            let now = Now::of(&*clock);
            let sql = "UPDATE calls SET ended = $2
                WHERE seq = $1 AND boot = $3 AND ended IS NULL";
            on.run(&Statement::new(sql, values![permit, now.mark, now.boot]))?;
            Ok(())
        })
        .await
    }

    async fn give_back_permit(&self, permit: i64) -> Result<(), StoreError> {
        self.write(move |on| {
            let sql = "DELETE FROM calls WHERE seq = $1 AND ended IS NULL";
            on.run(&Statement::new(sql, values![permit]))?;
            Ok(())
        })
        .await
    }

    async fn pause_account(&self, account: &Account, span: Duration) -> Result<(), StoreError> {
        let (account, clock) = (account.clone(), Arc::clone(&self.clock));
        self.write(move |on| {
            let now = Now::of(&*clock);
            on.run(&Statement::new(
                "INSERT INTO pauses (account, boot, until) VALUES ($1, $2, $3)
                 ON CONFLICT (account) DO UPDATE SET boot = excluded.boot,
                    until = CASE WHEN boot = excluded.boot THEN max(until, excluded.until)
                                 ELSE excluded.until END",
                values![account.as_str(), now.boot, now.mark + to_millis(span)],
            ))?;
            Ok(())
        })
        .await
    }

    async fn budget_left(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<u32, StoreError> {
        let rule = Rule {
            limit,
            window,
            longest,
        };
        let now = Now::of(&*self.clock);
        let (of, at) = (account.clone(), now.clone());
        let known = self.read(move |on| match knows_other_boots(on, &of, &at)? {
            true => Ok(None),
            false => left(on, &of, rule, &at).map(Some),
        });
        if let Some(left) = known.await? {
            return Ok(left);
        }
        let account = account.clone();
        self.write(move |on| {
            adopt_other_boots(on, &account, &now)?;
            left(on, &account, rule, &now)
        })
        .await
    }
}
