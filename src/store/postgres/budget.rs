//! SQL for the budget: a strict sliding window of calls per account.
//!
//! Lucca counts a call somewhere between its beginning and its end, so a call counts until one
//! window after its end. One replica at a time decides for an account, and reads the clock once
//! it may.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    PostgresStore, connect,
    session::{PostgresSession, TRIES, may_pass, transaction},
    ticks::{MICROS, micros},
};
use crate::{
    domain::ids::Account,
    store::{
        BudgetStore, Permit, StoreError,
        budget::{Rate, left, usage, wait},
        session::Session as _,
        sql::{one, values},
    },
};

fn rate(limit: u32, window: Duration, longest: Duration) -> Rate {
    let window = micros(window);
    Rate {
        limit,
        window,
        unended: micros(longest).saturating_add(window),
    }
}

async fn take(
    on: &PostgresSession<'_>,
    account: &Account,
    rate: Rate,
) -> Result<Permit, StoreError> {
    let name = account.as_str();
    // Held until the commit, which makes the call known to whoever decides next.
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0)) IS NULL";
    on.query(lock, &values![name]).await?;
    let sql =
        format!("SELECT coalesce($2, {MICROS}), (SELECT until FROM pauses WHERE account = $1)");
    let values = values![name, on.ticks.budget_time()];
    let rows = on.query(&sql, &values).await?;
    let row = rows.first().ok_or(StoreError::Malformed)?;
    let now = row.get(0)?;
    if let Some(span) = wait(on, account, rate, now, row.get(1)?).await? {
        let span = u64::try_from(span).unwrap_or_default();
        return Ok(Permit::Wait(Duration::from_micros(span)));
    }
    let sql = "INSERT INTO calls (account, began) VALUES ($1, $2) RETURNING seq";
    let call = on.query(sql, &values![name, now]).await?;
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
        let rate = rate(limit, window, longest);
        transaction!(self, |session| take(session, account, rate))
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

    async fn forget_calls(&self, kept: Duration) -> Result<(), StoreError> {
        let now = self.ticks.budget_time();
        let old = format!(
            "DELETE FROM calls WHERE coalesce(ended, began) <= coalesce($1, {MICROS}) - $2"
        );
        self.again(&old, &values![now, micros(kept)]).await?;
        let past = format!("DELETE FROM pauses WHERE until <= coalesce($1, {MICROS})");
        self.again(&past, &values![now]).await?;
        Ok(())
    }

    async fn budget_left(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<u32, StoreError> {
        let sql = usage(&format!("coalesce($4, {MICROS})"));
        let rate = rate(limit, window, longest);
        let values = rate.values(account, self.ticks.budget_time());
        left(&self.again(&sql, &values).await?, limit)
    }
}
