//! SQL for lists of onboardings and places in queues.

use rusqlite::{Connection, params};

use super::{
    super::{
        Filter, Order, Page, Position, QueuePlace, Standing, StoreError,
        records::{self, ENDED, Purpose, Records},
    },
    rows::{COLUMNS, raw, stored},
};
use crate::domain::{ids::OnboardingId, onboarding::State};

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

pub(super) fn queue_place(conn: &Connection, id: OnboardingId) -> Result<QueuePlace, StoreError> {
    let before = conn
        .prepare_cached(
            "SELECT count(*) FROM onboardings AS other JOIN onboardings AS this
                ON other.account = this.account AND other.wake IS NOT NULL
             WHERE this.id = ?1 AND this.state = 'ACCEPTED' AND this.leased = 0
                AND other.state = 'ACCEPTED' AND (other.wake, other.seq) < (this.wake, this.seq)",
        )?
        .query_row([id.to_string()], |row| row.get(0))?;
    Ok(QueuePlace { before })
}

pub(super) fn standing(conn: &Connection) -> Result<Vec<Standing>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT state, urgency, count(*) FROM onboardings WHERE urgency < ?1
         GROUP BY state, urgency ORDER BY urgency, state",
    )?;
    let rows = statement.query_map([ENDED], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get(2)?,
        ))
    })?;
    rows.map(|row| {
        let (state, rank, count) = row?;
        records::standing(&state, &rank, count)
    })
    .collect()
}
