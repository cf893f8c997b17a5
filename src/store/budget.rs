//! The budget of calls to Lucca.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
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
    /// How many calls could begin now, and for how long the account is paused.
    async fn budget_left(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<u32, StoreError>;
}
