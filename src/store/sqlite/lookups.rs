//! SQL for finding, listing and counting onboardings, and for what is due.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params;
use tokio::time::Instant;

use super::{
    super::{
        Cursor, Filter, Lookup, LookupStore, Order, Page, QueuePosition, ScheduleStore, SourceKey,
        StoreError, WaitingCount,
        backend::Rows,
        records::{ENDED, Purpose, account, limit, millis, onboarding_id, time, waiting_counts},
    },
    SqliteStore,
    load::COLUMNS,
    session::Session,
};
use crate::domain::{
    ids::{Account, OnboardingId},
    onboarding::{Onboarding, State},
};

/// The columns of an onboarding, and its sort value.
type Listed = (i64, String, String, i64, bool, Option<i64>, Vec<u8>, String);

fn list(
    on: &Session<'_>,
    filter: &Filter,
    order: Order,
    after: Option<&Cursor>,
    most: usize,
) -> Result<Page, StoreError> {
    let (rank, beyond, sort) = match order {
        Order::Urgency => ("urgency", "(urgency, seq) > (?7, ?8)", "urgency, seq"),
        Order::UpdateTime => (
            "CAST(update_time AS TEXT)",
            "(update_time, seq) < (CAST(?7 AS INTEGER), ?8)",
            "update_time DESC, seq DESC",
        ),
    };
    let sql = format!(
        "SELECT {COLUMNS}, {rank} FROM onboardings
         WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR state = ?2)
            AND (?3 IS NULL OR system = ?3) AND (?4 IS NULL OR problem = ?4)
            AND (?5 IS NULL OR seq IN
                (SELECT onboarding FROM lookups WHERE purpose = 'name' AND value = ?5))
            AND (?6 IS NULL OR seq IN
                (SELECT onboarding FROM lookups WHERE purpose = 'email' AND value = ?6))
            AND (?7 IS NULL OR {beyond})
         ORDER BY {sort} LIMIT ?9"
    );
    let index = |purpose, text: &Option<String>| {
        let text = text.as_ref();
        text.map(|text| on.records.index(purpose, text))
    };
    let rows: Vec<Listed> = on.rows(
        &sql,
        params![
            filter.tenant.as_ref().map(|it| it.as_str()),
            filter.state.map(State::as_str),
            filter.system.as_ref().map(|it| it.as_str()),
            filter.problem,
            index(Purpose::Name, &filter.name),
            index(Purpose::Email, &filter.email),
            after.map(|cursor| cursor.rank.as_str()),
            after.map(|cursor| cursor.seq),
            limit(most.saturating_add(1))
        ],
    )?;
    Page::of(rows, most, |row| {
        let (seq, tenant, id, token, held, wake, document, rank) = row;
        let stored = on.open((seq, tenant, id, token, held, wake, document))?;
        Ok((stored.onboarding, Cursor { rank, seq }))
    })
}

fn ids(rows: Vec<(String,)>) -> Result<Vec<OnboardingId>, StoreError> {
    rows.iter().map(|(id,)| onboarding_id(id)).collect()
}

#[async_trait]
impl LookupStore for SqliteStore {
    async fn onboarding(&self, lookup: Lookup) -> Result<Option<Onboarding>, StoreError> {
        self.read(move |on| {
            let found = match &lookup {
                Lookup::Id(id) => on.load(&Rows::Id(*id))?,
                Lookup::Source(key, account) => {
                    on.load(&Rows::Latest(on.records.source(key, account)))?
                }
                Lookup::LuccaUser(tenant, account, user) => on.stored(
                    "WHERE tenant = ?1 AND account = ?2 AND lucca_user = ?3
                     ORDER BY seq DESC LIMIT 1",
                    params![tenant.as_str(), account.as_str(), user.get()],
                )?,
            };
            Ok(found.into_iter().next().map(|stored| stored.onboarding))
        })
        .await
    }

    async fn list(
        &self,
        filter: Filter,
        order: Order,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.read(move |on| list(on, &filter, order, after.as_ref(), limit))
            .await
    }

    async fn episodes(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        self.read(move |on| {
            ids(on.rows(
                "SELECT id FROM onboardings
                 WHERE tenant = ?1 AND account = ?2 AND system = ?3 AND source_index = ?4
                 ORDER BY episode",
                on.records.source(&key, &account).columns(),
            )?)
        })
        .await
    }

    async fn onboardings_of_person(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        self.read(move |on| {
            ids(on.rows(
                "SELECT id FROM onboardings
                    JOIN lookups ON lookups.onboarding = onboardings.seq
                 WHERE lookups.purpose = 'person' AND lookups.value = ?1 AND account = ?2
                 ORDER BY source_index, episode",
                params![on.records.person(&key), account.as_str()],
            )?)
        })
        .await
    }

    async fn queue_position(&self, id: OnboardingId) -> Result<QueuePosition, StoreError> {
        let queues = self.queues.clone();
        self.read(move |on| {
            let this: Option<(String, i64, i64)> = on.row(
                "SELECT account, wake, seq FROM onboardings
                 WHERE id = ?1 AND state = 'ACCEPTED' AND leased = 0 AND wake IS NOT NULL",
                [id.to_string()],
            )?;
            let Some((host, wake, seq)) = this else {
                return Ok(QueuePosition::default());
            };
            let (host, rank) = (account(&host)?, (wake, seq));
            let start = queues.start(&host, rank, Instant::now());
            let (between,) = on.the_row(
                "SELECT count(*) FROM onboardings
                 WHERE account = ?1 AND state = 'ACCEPTED' AND wake IS NOT NULL
                    AND (wake, seq) >= (?2, ?3) AND (wake, seq) < (?4, ?5)",
                params![host.as_str(), start.from.0, start.from.1, wake, seq],
            )?;
            Ok(QueuePosition {
                before: queues.finish(&host, rank, start, between),
            })
        })
        .await
    }

    async fn waiting_counts(&self) -> Result<Vec<WaitingCount>, StoreError> {
        self.read(|on| {
            let groups: Vec<(String, String, Option<String>, i64)> = on.rows(
                "SELECT state, urgency, problem, count(*) FROM onboardings WHERE urgency < ?1
                 GROUP BY state, urgency, problem ORDER BY urgency, state, problem",
                [ENDED],
            )?;
            Ok(waiting_counts(groups))
        })
        .await
    }
}

#[async_trait]
impl ScheduleStore for SqliteStore {
    async fn due_accounts(&self, now: Timestamp) -> Result<Vec<Account>, StoreError> {
        self.read(move |on| {
            let sql = "SELECT DISTINCT account FROM onboardings WHERE wake <= ?1";
            let rows: Vec<(String,)> = on.rows(sql, [millis(now)])?;
            rows.iter().map(|(host,)| account(host)).collect()
        })
        .await
    }

    async fn next_due(&self, except: &[Account]) -> Result<Option<Timestamp>, StoreError> {
        let except: Vec<&str> = except.iter().map(Account::as_str).collect();
        let except = serde_json::to_string(&except).map_err(|_| StoreError::Malformed)?;
        self.read(move |on| {
            let (wake,): (Option<i64>,) = on.the_row(
                "SELECT min(wake) FROM onboardings
                 WHERE wake IS NOT NULL AND account NOT IN (SELECT value FROM json_each(?1))",
                [except],
            )?;
            wake.map(time).transpose()
        })
        .await
    }
}
