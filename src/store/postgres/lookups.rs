//! SQL for finding, listing and counting onboardings, and for what is due.

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_postgres::{Row, types::ToSql};

use super::{
    PostgresStore,
    load::{COLUMN_COUNT, COLUMNS, LATEST, open},
    session::Values,
    ticks::MICROS,
};
use crate::{
    domain::{
        ids::{Account, OnboardingId},
        onboarding::Onboarding,
    },
    store::{
        Cursor, Filter, Lookup, LookupStore, Order, Page, QueuePosition, ScheduleStore, SourceKey,
        StoreError, WaitingCount,
        records::{
            ENDED, Index, Purpose, Records, account, limit, millis, onboarding_id, time,
            waiting_counts,
        },
    },
};

/// Conditions, each with the values of its parameters.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Conditions {
    /// Those that a filter and a cursor set.
    fn of(records: &Records, filter: &Filter, order: Order, after: Option<&Cursor>) -> Self {
        let index = |purpose, text: &Option<String>| {
            let text = text.as_ref();
            text.map(|text| records.index(purpose, text))
        };
        let mut conditions = Self::default();
        conditions.equal("tenant", filter.tenant.as_ref().map(|it| it.as_str()));
        conditions.equal("state", filter.state.map(|it| it.as_str()));
        conditions.equal("system", filter.system.as_ref().map(|it| it.as_str()));
        conditions.equal("problem", filter.problem.as_deref());
        conditions.found(Purpose::Name, index(Purpose::Name, &filter.name));
        conditions.found(Purpose::Email, index(Purpose::Email, &filter.email));
        conditions.beyond(order, after);
        conditions
    }

    /// Adds a value and returns the name of its parameter.
    fn value(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.values.len())
    }

    fn equal(&mut self, column: &str, value: Option<&str>) {
        if let Some(value) = value {
            // PostgreSQL takes no text with a NUL, and nothing that it holds is equal to one.
            let value = (!value.contains('\0')).then(|| value.to_owned());
            let name = self.value(value);
            self.sql.push(format!("{column} = {name}"));
        }
    }

    fn found(&mut self, purpose: Purpose, index: Option<Index>) {
        if let Some(index) = index {
            let purpose = self.value(<&'static str>::from(purpose));
            let index = self.value(index.to_vec());
            self.sql.push(format!(
                "seq IN (SELECT onboarding FROM lookups WHERE purpose = {purpose} AND value = {index})"
            ));
        }
    }

    fn beyond(&mut self, order: Order, after: Option<&Cursor>) {
        let Some(after) = after else {
            return;
        };
        let seq = self.value(after.seq);
        let condition = match order {
            Order::Urgency => {
                let rank = self.value(after.rank.replace('\0', ""));
                format!("(urgency, seq) > ({rank}, {seq})")
            }
            Order::UpdateTime => {
                let rank = self.value(after.rank.parse::<i64>().unwrap_or_default());
                format!("(update_time, seq) < ({rank}, {seq})")
            }
        };
        self.sql.push(condition);
    }

    fn all(&self) -> String {
        match self.sql.as_slice() {
            [] => "true".to_owned(),
            conditions => conditions.join(" AND "),
        }
    }
}

fn ids(rows: &[Row]) -> Result<Vec<OnboardingId>, StoreError> {
    rows.iter()
        .map(|row| onboarding_id(row.try_get(0)?))
        .collect()
}

impl PostgresStore {
    /// The onboarding that a clause selects.
    async fn one(&self, which: &str, values: Values<'_>) -> Result<Option<Onboarding>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM onboardings WHERE {which}");
        let row = self.row(&sql, values).await?;
        row.map(|row| Ok(open(&self.records, &row)?.onboarding))
            .transpose()
    }
}

#[async_trait]
impl LookupStore for PostgresStore {
    async fn onboarding(&self, lookup: Lookup) -> Result<Option<Onboarding>, StoreError> {
        match &lookup {
            Lookup::Id(id) => self.one("id = $1", &[&id.to_string()]).await,
            Lookup::Source(key, account) => {
                let source = self.records.source(key, account);
                let (tenant, account, system, index) = source.columns();
                self.one(LATEST, &[&tenant, &account, &system, &index])
                    .await
            }
            Lookup::LuccaUser(tenant, account, user) => {
                let which = "tenant = $1 AND account = $2 AND lucca_user = $3
                    ORDER BY seq DESC LIMIT 1";
                let values: Values<'_> = &[&tenant.as_str(), &account.as_str(), &user.get()];
                self.one(which, values).await
            }
        }
    }

    async fn list(
        &self,
        filter: Filter,
        order: Order,
        after: Option<Cursor>,
        most: usize,
    ) -> Result<Page, StoreError> {
        let mut conditions = Conditions::of(&self.records, &filter, order, after.as_ref());
        let one_more = conditions.value(limit(most.saturating_add(1)));
        let (rank, sort) = match order {
            Order::Urgency => ("urgency", "urgency, seq"),
            Order::UpdateTime => ("update_time::text", "update_time DESC, seq DESC"),
        };
        let sql = format!(
            "SELECT {COLUMNS}, {rank} FROM onboardings WHERE {} ORDER BY {sort} LIMIT {one_more}",
            conditions.all()
        );
        let values = conditions.values.iter();
        let values: Vec<_> = values
            .map(|value| &**value as &(dyn ToSql + Sync))
            .collect();
        let rows = self.rows(&sql, &values).await?;
        Page::of(rows, most, |row| {
            let stored = open(&self.records, &row)?;
            let rank = row.try_get(COLUMN_COUNT)?;
            let seq = stored.seq;
            Ok((stored.onboarding, Cursor { rank, seq }))
        })
    }

    async fn episodes(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        let source = self.records.source(&key, &account);
        let (tenant, account, system, index) = source.columns();
        let sql = "SELECT id FROM onboardings
            WHERE tenant = $1 AND account = $2 AND system = $3 AND source_index = $4
            ORDER BY episode";
        let values: Values<'_> = &[&tenant, &account, &system, &index];
        ids(&self.rows(sql, values).await?)
    }

    async fn onboardings_of_person(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        let person = self.records.person(&key);
        let sql = "SELECT id FROM onboardings
                JOIN lookups ON lookups.onboarding = onboardings.seq
            WHERE lookups.purpose = 'person' AND lookups.value = $1 AND account = $2
            ORDER BY source_index, episode";
        ids(&self.rows(sql, &[&&person[..], &account.as_str()]).await?)
    }

    async fn queue_position(&self, id: OnboardingId) -> Result<QueuePosition, StoreError> {
        let this = self
            .row(
                "SELECT account, wake, seq FROM onboardings
                 WHERE id = $1 AND state = 'ACCEPTED' AND lease_end IS NULL
                    AND wake IS NOT NULL",
                &[&id.to_string()],
            )
            .await?;
        let Some(this) = this else {
            return Ok(QueuePosition::default());
        };
        let account = account(this.try_get(0)?)?;
        let rank = (this.try_get(1)?, this.try_get(2)?);
        let start = self.queues.start(&account, rank, Instant::now());
        let row = self
            .the_row(
                "SELECT count(*) FROM onboardings
                 WHERE account = $1 AND state = 'ACCEPTED' AND lease_end IS NULL
                    AND wake IS NOT NULL AND (wake, seq) >= ($2, $3) AND (wake, seq) < ($4, $5)",
                &[
                    &account.as_str(),
                    &start.from.0,
                    &start.from.1,
                    &rank.0,
                    &rank.1,
                ],
            )
            .await?;
        let between = u32::try_from(row.try_get::<_, i64>(0)?).unwrap_or(u32::MAX);
        Ok(QueuePosition {
            before: self.queues.finish(&account, rank, start, between),
        })
    }

    async fn waiting_counts(&self) -> Result<Vec<WaitingCount>, StoreError> {
        let rows = self
            .rows(
                "SELECT state, urgency, problem, count(*) FROM onboardings WHERE urgency < $1
                 GROUP BY state, urgency, problem ORDER BY urgency, state, problem",
                &[&ENDED],
            )
            .await?;
        let groups = rows.iter().map(|row| {
            let (state, urgency) = (row.try_get(0)?, row.try_get(1)?);
            Ok((state, urgency, row.try_get(2)?, row.try_get(3)?))
        });
        let groups = groups.collect::<Result<Vec<_>, StoreError>>()?;
        Ok(waiting_counts(groups))
    }
}

#[async_trait]
impl ScheduleStore for PostgresStore {
    async fn due_accounts(&self, now: Timestamp) -> Result<Vec<Account>, StoreError> {
        let sql = format!(
            "SELECT account FROM onboardings WHERE lease_end IS NULL AND wake <= $1
             UNION
             SELECT account FROM onboardings WHERE lease_end <= (SELECT coalesce($2, {MICROS}))"
        );
        let values: Values<'_> = &[&millis(now), &self.ticks.lease_time(now)];
        let rows = self.rows(&sql, values).await?;
        rows.iter().map(|row| account(row.try_get(0)?)).collect()
    }

    async fn next_due(&self, except: &[Account]) -> Result<Option<Timestamp>, StoreError> {
        let except: Vec<&str> = except.iter().map(Account::as_str).collect();
        let sql = format!(
            "SELECT (SELECT min(wake) FROM onboardings
                     WHERE lease_end IS NULL AND wake IS NOT NULL AND account <> ALL ($1)),
                (SELECT min(lease_end) FROM onboardings
                 WHERE lease_end IS NOT NULL AND account <> ALL ($1)),
                {MICROS}"
        );
        let row = self.the_row(&sql, &[&except]).await?;
        let (wake, lease_end): (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        let server_now = row.try_get(2)?;
        let lease_end = lease_end.map(|end| {
            let here = self.ticks.here(&self.clock, end, server_now);
            here.saturating_add(999).div_euclid(1000)
        });
        let next = [wake, lease_end].into_iter().flatten().min();
        next.map(time).transpose()
    }
}
