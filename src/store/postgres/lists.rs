//! SQL for lists and for places in a queue.

use deadpool_postgres::GenericClient;
use tokio::time::Instant;
use tokio_postgres::types::ToSql;

use super::{
    session::Session,
    stored::{COLUMNS, columns, stored},
};
use crate::{
    domain::ids::{Account, OnboardingId},
    store::{
        Filter, Order, Page, Position, QueuePlace, Standing, StoreError,
        queue::Queues,
        records::{self, ENDED, Purpose},
    },
};

/// Conditions, each with the values of its parameters.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Conditions {
    /// Adds a value and gives the name of its parameter.
    fn value(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.values.len())
    }

    fn equal(&mut self, column: &str, value: Option<&str>) {
        if let Some(value) = value {
            // PostgreSQL takes no text with a NUL; nothing that it holds is equal to one.
            let value = (!value.contains('\0')).then(|| value.to_owned());
            let name = self.value(value);
            self.sql.push(format!("{column} = {name}"));
        }
    }

    fn found(&mut self, purpose: Purpose, index: Option<[u8; 16]>) {
        if let Some(index) = index {
            let (purpose, index) = (self.value(purpose.name()), self.value(index.to_vec()));
            self.sql.push(format!(
                "seq IN (SELECT onboarding FROM lookups WHERE purpose = {purpose} AND value = {index})"
            ));
        }
    }

    fn beyond(&mut self, order: Order, after: Option<&Position>) {
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
}

pub(super) async fn list(
    on: &Session<'_, impl GenericClient>,
    filter: &Filter,
    order: Order,
    after: Option<&Position>,
    limit: usize,
) -> Result<Page, StoreError> {
    let index =
        |purpose, text: &Option<String>| text.as_ref().map(|text| on.records.index(purpose, text));
    let mut conditions = Conditions::default();
    conditions.equal("tenant", filter.tenant.as_ref().map(|it| it.as_str()));
    conditions.equal("state", filter.state.map(|it| it.as_str()));
    conditions.equal("system", filter.system.as_ref().map(|it| it.as_str()));
    conditions.equal("problem", filter.problem.as_deref());
    conditions.found(Purpose::Name, index(Purpose::Name, &filter.name));
    conditions.found(Purpose::Email, index(Purpose::Email, &filter.email));
    conditions.beyond(order, after);
    let one_more = conditions.value(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1));
    let (rank, sort) = match order {
        Order::Urgency => ("urgency", "urgency, seq"),
        Order::UpdateTime => ("update_time::text", "update_time DESC, seq DESC"),
    };
    let condition = if conditions.sql.is_empty() {
        "true".to_owned()
    } else {
        conditions.sql.join(" AND ")
    };
    let sql = format!(
        "SELECT {}, {rank} FROM onboardings WHERE {condition} ORDER BY {sort} LIMIT {one_more}",
        columns()
    );
    let values: Vec<&(dyn ToSql + Sync)> = conditions
        .values
        .iter()
        .map(|value| &**value as &(dyn ToSql + Sync))
        .collect();
    let rows = on.rows(&sql, &values).await?;
    let mut page = Page {
        onboardings: Vec::with_capacity(rows.len().min(limit)),
        next: None,
    };
    let mut last = None;
    for row in &rows {
        if page.onboardings.len() == limit {
            page.next = last;
            break;
        }
        let stored = stored(on.records, row)?;
        last = Some(Position {
            rank: row.try_get(COLUMNS)?,
            seq: stored.seq,
        });
        page.onboardings.push(stored.onboarding);
    }
    Ok(page)
}

pub(super) async fn queue_place(
    on: &Session<'_, impl GenericClient>,
    queues: &Queues,
    id: OnboardingId,
) -> Result<QueuePlace, StoreError> {
    let this = on
        .row(
            "SELECT account, wake, seq FROM onboardings
             WHERE id = $1 AND state = 'ACCEPTED' AND lease_end IS NULL AND wake IS NOT NULL",
            &[&id.to_string()],
        )
        .await?;
    let Some(this) = this else {
        return Ok(QueuePlace::default());
    };
    let account = Account::parse(this.try_get(0)?).map_err(|_| StoreError::Malformed)?;
    let rank = (this.try_get(1)?, this.try_get(2)?);
    let begin = queues.begin(&account, rank, Instant::now());
    let row = on
        .the_row(
            "SELECT count(*) FROM onboardings
             WHERE account = $1 AND state = 'ACCEPTED' AND lease_end IS NULL
                AND wake IS NOT NULL AND (wake, seq) >= ($2, $3) AND (wake, seq) < ($4, $5)",
            &[
                &account.as_str(),
                &begin.from.0,
                &begin.from.1,
                &rank.0,
                &rank.1,
            ],
        )
        .await?;
    let between = u32::try_from(row.try_get::<_, i64>(0)?).unwrap_or(u32::MAX);
    let before = queues.end(&account, rank, begin, between);
    Ok(QueuePlace { before })
}

pub(super) async fn standing(
    on: &Session<'_, impl GenericClient>,
) -> Result<Vec<Standing>, StoreError> {
    let rows = on
        .rows(
            "SELECT state, urgency, problem, count(*) FROM onboardings WHERE urgency < $1
             GROUP BY state, urgency, problem ORDER BY urgency, state, problem",
            &[&ENDED],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let (state, rank) = (row.try_get(0)?, row.try_get(1)?);
            records::standing(state, rank, row.try_get(2)?, row.try_get(3)?)
        })
        .collect()
}
