//! Removes rows that only grow once nothing needs them any more: withdrawals of hires that never came,
//! request ids, and entries of the history. A few at a time, since other writes wait meanwhile.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    HistoryEntry, StoreError,
    backend::{Backend, Rows},
    chain::Head,
    change::{Change, Plan, Stored, Write},
    history,
    records::{Index, Records, limit, millis},
    sql::{Statement, values},
};
use crate::domain::onboarding::earlier;

/// For how long rows are kept.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Entries of the history about onboardings, tenants and calls.
    pub history: Duration,
    /// Entries about events of an ATS, refused calls and reads of secrets.
    pub events: Duration,
    /// Request ids, and withdrawals of hires that are not known: longer than anything is delivered
    /// again.
    pub redelivery: Duration,
    /// Calls to Lucca after their end: longer than any window.
    pub calls: Duration,
}

/// Removes what is kept no longer. Several replicas may do so at once.
#[async_trait]
pub trait PruneStore: Send + Sync + 'static {
    /// Removes up to this many rows of each kind. Returns whether there may be more.
    async fn prune(&self, keep: Keep, now: Timestamp, limit: usize) -> Result<bool, StoreError>;

    /// Removes old entries of the histories of up to this many onboardings, after the one with this
    /// id. What is removed leaves a cut in the sealed record, so that a verification tells it from a
    /// removal by somebody else. Returns the last id; `None` at the end.
    async fn cut_histories(
        &self,
        keep: Keep,
        now: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Option<String>, StoreError>;
}

/// Entries of the history that are many and are needed for a short time only.
const OF_EVENTS: &str = "onboarding IS NULL AND (substr(event, 1, 6) = 'EVENT_'
    OR event IN ('REFUSED', 'SECRETS_READ', 'WITHDRAWN_UNKNOWN')) AND time";

impl Keep {
    /// Tables, their keys, and the columns by whose age rows are removed.
    fn ages(self) -> [(&'static str, &'static str, &'static str, Duration); 4] {
        let source = "tenant, account, system, source_index";
        let request = "tenant, account, request_index";
        [
            ("tombstones", source, "noted", self.redelivery),
            ("requests", request, "noted", self.redelivery),
            ("history", "seq", OF_EVENTS, self.events),
            (
                "history",
                "seq",
                "onboarding IS NULL AND time",
                self.history,
            ),
        ]
    }

    /// The statements that let the database remove entries of the history.
    fn limits(self, now: Timestamp) -> [Statement; 2] {
        let others = self.events.min(self.history);
        [("onboardings", self.history), ("others", others)].map(|(kind, kept)| {
            Statement::new(
                "INSERT INTO history_limits (kind, until) VALUES ($1, $2)
                 ON CONFLICT (kind) DO UPDATE SET until = excluded.until",
                values![kind, millis(earlier(now, kept))],
            )
        })
    }
}

/// Removes the old entries of the history of an onboarding.
async fn cut(store: &impl Backend, id: &str, keep: Keep, now: Timestamp) -> Result<(), StoreError> {
    let before = earlier(now, keep.history);
    let remove = |last: i64| {
        Statement::new(
            "DELETE FROM history WHERE onboarding = $1 AND time < $2 AND seq <= $3",
            values![id, millis(before), last],
        )
    };
    let Some(stored) = store.find("WHERE id = $1", values![id]).await?.pop() else {
        // An operator has removed the onboarding itself.
        let statements = keep.limits(now).into_iter().chain([remove(i64::MAX)]);
        return store.run(statements.collect()).await.map(|_| ());
    };
    let entries: Vec<(HistoryEntry, Option<Index>)> = history::entries_of(store, id).await?;
    let head = stored.history;
    let Some((next, last)) = head.cut(store.records(), entries, before, now) else {
        tracing::warn!(
            onboarding = id,
            "old entries of a history stay, for somebody has changed them"
        );
        return Ok(());
    };
    let statements: Vec<Statement> = keep.limits(now).into_iter().chain([remove(last)]).collect();
    let plan = move |records: &Records, rows: Vec<Stored>| {
        plan_cut(records, &rows, (&head, &next), &statements, now)
    };
    store.change(Rows::Id(stored.onboarding.id), plan).await
}

/// Keeps the cut in the sealed record, unless the history has grown meanwhile: then the next sweep
/// cuts it.
fn plan_cut(
    records: &Records,
    rows: &[Stored],
    (head, next): (&Head, &Head),
    statements: &[Statement],
    now: Timestamp,
) -> Result<Plan<()>, StoreError> {
    let mut writes = Vec::new();
    if let Some(before) = rows.first().filter(|row| row.history == *head) {
        let before = Stored {
            history: next.clone(),
            ..before.clone()
        };
        let after = &before.onboarding;
        let change = Change::with(records, &before, after, before.lease, Vec::new(), now)?;
        writes.push(Write::Onboarding(Box::new(change)));
        writes.extend(statements.iter().cloned().map(Write::Statement));
    }
    Ok(Plan { writes, answer: () })
}

#[async_trait]
impl<B: Backend> PruneStore for B {
    async fn prune(&self, keep: Keep, now: Timestamp, most: usize) -> Result<bool, StoreError> {
        let limits = keep.limits(now);
        let first = limits.len();
        let ages = keep.ages().map(|(table, key, age, kept)| {
            let sql = format!(
                "DELETE FROM {table} WHERE ({key}) IN
                    (SELECT {key} FROM {table} WHERE {age} < $1 LIMIT $2)"
            );
            Statement::new(sql, values![millis(earlier(now, kept)), limit(most)])
        });
        let removed = self.run(limits.into_iter().chain(ages).collect()).await?;
        let full = u64::try_from(most).unwrap_or(u64::MAX);
        Ok(removed.into_iter().skip(first).any(|rows| rows >= full))
    }

    async fn cut_histories(
        &self,
        keep: Keep,
        now: Timestamp,
        after: Option<&str>,
        most: usize,
    ) -> Result<Option<String>, StoreError> {
        let sql = "SELECT DISTINCT onboarding FROM history
            WHERE onboarding > $1 AND time < $2 ORDER BY onboarding LIMIT $3";
        let oldest = millis(earlier(now, keep.history));
        let values = values![after.unwrap_or_default(), oldest, limit(most)];
        let rows = self.query(sql, values).await?;
        let ids = rows.iter().map(|row| row.get(0));
        let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
        for id in &ids {
            match cut(self, id, keep, now).await {
                // The history of what is in quarantine waits for an operator, too.
                Err(StoreError::Quarantined(_)) => {}
                cut => cut?,
            }
        }
        Ok(ids.into_iter().last().filter(|_| rows.len() == most))
    }
}
