//! SQL for the budget: a strict sliding window of calls per account.
//!
//! Lucca counts a call somewhere between its beginning and its end, so a call counts until one
//! window after its end. One replica at a time decides for an account, and reads the clock once
//! it may.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    PostgresStore, connect,
    session::{Session, TRIES, may_pass, transaction},
    ticks::{MICROS, micros},
};
use crate::{
    domain::ids::Account,
    store::{
        BudgetStore, Permit, StoreError,
        sql::{Statement, values},
        tenants::one,
    },
};

/// How many calls, in which window, and how long one can take.
#[derive(Clone, Copy, Debug)]
struct Rule {
    limit: u32,
    window: Duration,
    longest: Duration,
}

impl Rule {
    /// For how long after its beginning a call without an end counts.
    fn unended(self) -> i64 {
        micros(self.longest).saturating_add(micros(self.window))
    }
}

/// When a call is free: its end plus `$2`, or without an end its beginning plus `$3`.
const FREE: &str = "coalesce(ended + $2, began + $3)";

fn wait(micros: i64) -> Permit {
    Permit::Wait(Duration::from_micros(
        u64::try_from(micros).unwrap_or_default(),
    ))
}

async fn take(on: &Session<'_>, account: &Account, rule: Rule) -> Result<Permit, StoreError> {
    let account = account.as_str();
    // Held until the commit, which makes the call known to whoever decides next.
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0)) IS NULL";
    on.query(lock, &values![account]).await?;
    let sql =
        format!("SELECT coalesce($2, {MICROS}), (SELECT until FROM pauses WHERE account = $1)");
    let rows = on
        .query(&sql, &values![account, on.ticks.budget_time()])
        .await?;
    let row = rows.first().ok_or(StoreError::Malformed)?;
    let (now, paused): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
    if let Some(until) = paused.filter(|until| *until > now) {
        return Ok(wait(until - now));
    }
    let values = values![account, micros(rule.window), rule.unended(), now];
    let sql = format!(
        "SELECT {FREE} AS free FROM calls WHERE account = $1 AND {FREE} > $4 ORDER BY free"
    );
    let taken = on.query(&sql, &values).await?;
    let limit = usize::try_from(rule.limit.max(1)).unwrap_or(usize::MAX);
    if let Some(first) = taken.len().checked_sub(limit) {
        let free: i64 = taken[first].get(0)?;
        return Ok(wait(free - now));
    }
    let sql = format!("DELETE FROM calls WHERE account = $1 AND {FREE} <= $4");
    on.run(&Statement::new(sql, values)).await?;
    let sql = "INSERT INTO calls (account, began) VALUES ($1, $2) RETURNING seq";
    let call = on.query(sql, &values![account, now]).await?;
    one(&call).map(Permit::Granted)
}

#[async_trait]
impl BudgetStore for PostgresStore {
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
        transaction!(self, |session| take(&session, account, rule))
    }

    async fn end_permit(&self, permit: i64) -> Result<(), StoreError> {
        let sql = format!(
            "UPDATE calls SET ended = coalesce($2, {MICROS}) WHERE seq = $1 AND ended IS NULL"
        );
        self.again(&sql, &values![permit, self.ticks.budget_time()])
            .await?;
        Ok(())
    }

    async fn give_back_permit(&self, permit: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM calls WHERE seq = $1 AND ended IS NULL";
        self.again(sql, &values![permit]).await?;
        Ok(())
    }

    async fn pause_account(&self, account: &Account, span: Duration) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO pauses (account, until) VALUES ($1, coalesce($2, {MICROS}) + $3)
             ON CONFLICT (account) DO UPDATE SET until = greatest(pauses.until, excluded.until)"
        );
        let (account, now) = (account.as_str(), self.ticks.budget_time());
        self.again(&sql, &values![account, now, micros(span)])
            .await?;
        Ok(())
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
        let sql = format!(
            "WITH present AS (SELECT coalesce($4, {MICROS}) AS now)
             SELECT EXISTS (SELECT 1 FROM pauses, present WHERE account = $1 AND until > now),
                (SELECT count(*) FROM calls, present WHERE account = $1 AND {FREE} > now)"
        );
        let (account, now) = (account.as_str(), self.ticks.budget_time());
        let values = values![account, micros(window), rule.unended(), now];
        let rows = self.again(&sql, &values).await?;
        let row = rows.first().ok_or(StoreError::Malformed)?;
        let (paused, taken): (bool, u32) = (row.get(0)?, row.get(1)?);
        Ok(match paused {
            true => 0,
            false => limit.saturating_sub(taken),
        })
    }
}
