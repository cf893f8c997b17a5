//! The budget of calls to Lucca.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    StoreError,
    session::Session,
    sql::{Row, Statement, Value, values},
};
use crate::domain::ids::Account;

/// The answer of the budget to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// The call may be made. Its end is reported by this number.
    Granted(i64),
    /// The call may be tried after this time.
    Wait(Duration),
}

/// Keeps budgets. Spans are measured by a clock that the wall clock does not move.
#[async_trait]
pub trait BudgetStore: Send + Sync + 'static {
    /// Asks for one call to an account: granted if with it no window ever holds more than
    /// `limit` calls. A granted call is spent, whatever becomes of it. A call that never
    /// ends counts as ended `longest` after it began.
    async fn take_permit(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<Permit, StoreError>;
    /// Records the end of a call, which counts for one window from now.
    async fn end_permit(&self, permit: i64) -> Result<(), StoreError>;
    /// Gives back a permit whose call was never made.
    async fn give_back_permit(&self, permit: i64) -> Result<(), StoreError>;
    /// Lets no call to the account begin for this long, because Lucca said so.
    async fn pause_account(&self, account: &Account, span: Duration) -> Result<(), StoreError>;
    /// Forgets calls of all accounts that ended this long ago, and pauses that are over.
    async fn forget_calls(&self, kept: Duration) -> Result<(), StoreError>;
    /// How many calls could begin now: none while the account is paused.
    async fn budget_left(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<u32, StoreError>;
}

/// How many calls an account takes in a window, in the unit of the clock that measures them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub limit: u32,
    pub window: i64,
    /// For how long after its beginning a call without an end counts.
    pub unended: i64,
}

impl Rate {
    /// The parameters of [`FREE`], of the account, and of the time.
    pub(super) fn values(self, account: &Account, now: impl Into<Value>) -> Vec<Value> {
        values![account.as_str(), self.window, self.unended, now.into()]
    }
}

/// When a call no longer counts: one window after its end.
const FREE: &str = "coalesce(ended + $2, began + $3)";

/// How long the next call has to wait, given until when the account is paused. If it need not wait,
/// calls that no longer count are forgotten.
pub(super) async fn wait(
    on: &impl Session,
    account: &Account,
    rate: Rate,
    now: i64,
    paused: Option<i64>,
) -> Result<Option<i64>, StoreError> {
    if let Some(until) = paused.filter(|until| *until > now) {
        return Ok(Some(until - now));
    }
    let values = rate.values(account, now);
    let sql = format!(
        "SELECT {FREE} AS free FROM calls WHERE account = $1 AND {FREE} > $4 ORDER BY free"
    );
    let taken = on.query(&sql, &values).await?;
    let limit = usize::try_from(rate.limit.max(1)).unwrap_or(usize::MAX);
    if let Some(first) = taken.len().checked_sub(limit) {
        return Ok(Some(taken[first].get::<i64>(0)? - now));
    }
    let sql = format!("DELETE FROM calls WHERE account = $1 AND {FREE} <= $4");
    on.run(&Statement::new(sql, values)).await?;
    Ok(None)
}

/// Reads whether the account is paused and how many calls count, at a time that is given as SQL.
pub(super) fn usage(now: &str) -> String {
    format!(
        "WITH present AS (SELECT {now} AS now)
         SELECT EXISTS (SELECT 1 FROM pauses, present WHERE account = $1 AND until > now),
            (SELECT count(*) FROM calls, present WHERE account = $1 AND {FREE} > now)"
    )
}

/// How many calls could begin, from the row of [`usage`].
pub(super) fn left(rows: &[Row], limit: u32) -> Result<u32, StoreError> {
    let row = rows.first().ok_or(StoreError::Malformed)?;
    let (paused, taken): (bool, u32) = (row.get(0)?, row.get(1)?);
    Ok(match paused {
        true => 0,
        false => limit.saturating_sub(taken),
    })
}
