//! SQL for the budget: a strict sliding window of calls per account.
//!
//! Lucca counts a call somewhere between its beginning and its end, so a call counts until one
//! window after its end. Times are whole milliseconds: the beginning of a span is rounded up and
//! the present is rounded down, so that a call is never free too early.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{SqliteStore, session::SqliteSession};
use crate::{
    clock::Clock,
    domain::ids::Account,
    store::{
        BudgetStore, Permit, StoreError,
        backend::Backend as _,
        budget::{Rate, left, usage, wait},
        session::Session as _,
        sql::{Statement, one, optional, values},
    },
};

/// Now, by the boot clock.
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

fn rate(limit: u32, window: Duration, longest: Duration) -> Rate {
    let window = to_millis(window);
    Rate {
        limit,
        window,
        unended: to_millis(longest).saturating_add(window),
    }
}

/// Whether something of another boot is stored, which a write has to adopt.
const KNOWS_OTHER_BOOTS: &str =
    "SELECT EXISTS (SELECT 1 FROM calls WHERE account = $1 AND boot <> $2)
         OR EXISTS (SELECT 1 FROM pauses WHERE account = $1 AND boot <> $2)";

/// What happened under another boot has no time on this boot's clock. It counts as if it ended
/// when this process first looks, so that a full window passes.
async fn adopt_other_boots(
    on: &SqliteSession<'_>,
    account: &Account,
    now: &Now,
) -> Result<(), StoreError> {
    let mut values = values![account.as_str(), now.boot.as_str()];
    // How much of a pause is left is not known. Lucca will ask for it again.
    let sql = "DELETE FROM pauses WHERE account = $1 AND boot <> $2";
    on.run(&Statement::new(sql, values.clone())).await?;
    values.push(now.mark.into());
    let sql =
        "UPDATE calls SET boot = $2, began = $3, ended = $3 WHERE account = $1 AND boot <> $2";
    on.run(&Statement::new(sql, values)).await?;
    Ok(())
}

async fn take(
    on: &SqliteSession<'_>,
    account: &Account,
    rate: Rate,
    now: Now,
) -> Result<Permit, StoreError> {
    adopt_other_boots(on, account, &now).await?;
    let name = account.as_str();
    let sql = "SELECT until FROM pauses WHERE account = $1";
    let paused = optional(&on.query(sql, &values![name]).await?)?;
    if let Some(span) = wait(on, account, rate, now.millis, paused).await? {
        let span = u64::try_from(span).unwrap_or_default();
        return Ok(Permit::Wait(Duration::from_millis(span)));
    }
    let sql = "INSERT INTO calls (account, boot, began) VALUES ($1, $2, $3) RETURNING seq";
    let call = on.query(sql, &values![name, now.boot, now.mark]).await?;
    one(&call).map(Permit::Granted)
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
        let rate = rate(limit, window, longest);
        let (account, clock) = (account.clone(), Arc::clone(&self.clock));
        self.write(async move |on| take(on, &account, rate, Now::of(&*clock)).await)
            .await
    }

    async fn end_permit(&self, permit: i64) -> Result<(), StoreError> {
        let clock = Arc::clone(&self.clock);
        self.write(async move |on| {
            let now = Now::of(&*clock);
            let sql = "UPDATE calls SET ended = $2
                WHERE seq = $1 AND boot = $3 AND ended IS NULL";
            let values = values![permit, now.mark, now.boot];
            on.run(&Statement::new(sql, values)).await.map(|_| ())
        })
        .await
    }

    async fn give_back_permit(&self, permit: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM calls WHERE seq = $1 AND ended IS NULL";
        let delete = Statement::new(sql, values![permit]);
        self.run(vec![delete]).await.map(|_| ())
    }

    async fn pause_account(&self, account: &Account, span: Duration) -> Result<(), StoreError> {
        let (account, clock) = (account.clone(), Arc::clone(&self.clock));
        self.write(async move |on| {
            let now = Now::of(&*clock);
            let sql = "INSERT INTO pauses (account, boot, until) VALUES ($1, $2, $3)
                 ON CONFLICT (account) DO UPDATE SET boot = excluded.boot,
                    until = CASE WHEN boot = excluded.boot THEN max(until, excluded.until)
                                 ELSE excluded.until END";
            let values = values![account.as_str(), now.boot, now.mark + to_millis(span)];
            on.run(&Statement::new(sql, values)).await.map(|_| ())
        })
        .await
    }

    async fn forget_calls(&self, kept: Duration) -> Result<(), StoreError> {
        let now = Now::of(&*self.clock);
        let boot = || values![now.boot.as_str(), now.mark];
        let old = now.millis - to_millis(kept);
        let statements = vec![
            Statement::new(
                "UPDATE calls SET boot = $1, began = $2, ended = $2 WHERE boot <> $1",
                boot(),
            ),
            Statement::new(
                "DELETE FROM calls WHERE coalesce(ended, began) <= $1",
                values![old],
            ),
            Statement::new("DELETE FROM pauses WHERE boot <> $1 OR until <= $2", boot()),
        ];
        self.run(statements).await.map(|_| ())
    }

    async fn budget_left(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<u32, StoreError> {
        let now = Now::of(&*self.clock);
        let (account, usage) = (account.clone(), usage("$4"));
        let values = rate(limit, window, longest).values(&account, now.millis);
        let known = values![account.as_str(), now.boot.as_str()];
        let others: bool = one(&self.query(KNOWS_OTHER_BOOTS, known).await?)?;
        if !others {
            return left(&self.query(usage, values).await?, limit);
        }
        self.write(async move |on| {
            adopt_other_boots(on, &account, &now).await?;
            left(&on.query(&usage, &values).await?, limit)
        })
        .await
    }
}
