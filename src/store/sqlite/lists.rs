//! SQL for lists of onboardings and places in queues.

use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::time::Instant;

use super::{
    super::{
        Filter, Order, Page, Position, QueuePlace, Standing, StoreError,
        queue::Queues,
        records::{self, ENDED, Purpose, Records},
    },
    rows::{COLUMNS, raw, stored},
};
use crate::domain::{
    ids::{Account, OnboardingId},
    onboarding::State,
};

pub(super) fn list(
    conn: &Connection,
    records: &Records,
    filter: &Filter,
    order: Order,
    after: Option<&Position>,
    limit: usize,
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
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map(
        params![
            filter.tenant.as_ref().map(|it| it.as_str()),
            filter.state.map(State::as_str),
            filter.system.as_ref().map(|it| it.as_str()),
            filter.problem,
            filter
                .name
                .as_ref()
                .map(|name| records.index(Purpose::Name, name)),
            filter
                .email
                .as_ref()
                .map(|email| records.index(Purpose::Email, email)),
            after.map(|position| position.rank.as_str()),
            after.map(|position| position.seq),
            i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
        ],
        |row| Ok((raw(row)?, row.get::<_, String>(7)?)),
    )?;
    let mut page = Page {
        onboardings: Vec::new(),
        next: None,
    };
    let mut last = None;
    for row in rows {
        let (row, rank) = row?;
        if page.onboardings.len() == limit {
            page.next = last;
            break;
        }
        last = Some(Position { rank, seq: row.0 });
        page.onboardings
            .push(stored(conn, records, row)?.onboarding);
    }
    Ok(page)
}

pub(super) fn queue_place(
    conn: &Connection,
    queues: &Queues,
    id: OnboardingId,
) -> Result<QueuePlace, StoreError> {
    let this = conn
        .prepare_cached(
            "SELECT account, wake, seq FROM onboardings
             WHERE id = ?1 AND state = 'ACCEPTED' AND leased = 0 AND wake IS NOT NULL",
        )?
        .query_row([id.to_string()], |row| {
            Ok((row.get::<_, String>(0)?, (row.get(1)?, row.get(2)?)))
        })
        .optional()?;
    let Some((account, rank)) = this else {
        return Ok(QueuePlace::default());
    };
    let account = Account::parse(&account).map_err(|_| StoreError::Malformed)?;
    let begin = queues.begin(&account, rank, Instant::now());
    let between = conn
        .prepare_cached(
            "SELECT count(*) FROM onboardings
             WHERE account = ?1 AND state = 'ACCEPTED' AND wake IS NOT NULL
                AND (wake, seq) >= (?2, ?3) AND (wake, seq) < (?4, ?5)",
        )?
        .query_row(
            params![account.as_str(), begin.from.0, begin.from.1, rank.0, rank.1],
            |row| row.get(0),
        )?;
    let before = queues.end(&account, rank, begin, between);
    Ok(QueuePlace { before })
}

pub(super) fn standing(conn: &Connection) -> Result<Vec<Standing>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT state, urgency, problem, count(*) FROM onboardings WHERE urgency < ?1
         GROUP BY state, urgency, problem ORDER BY urgency, state, problem",
    )?;
    let rows = statement.query_map([ENDED], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, Option<String>>(2)?,
            row.get(3)?,
        ))
    })?;
    rows.map(|row| {
        let (state, rank, problem, count) = row?;
        records::standing(&state, &rank, problem.as_deref(), count)
    })
    .collect()
}
