//! Whose turn it is: events that are due and first in their lane, tenant by tenant.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{Spool, SpoolError, Waiting};
use crate::{db::DbError, domain::ids::TenantId};

/// What a row that cannot be decoded ends with.
pub(in crate::adapter) const UNREADABLE: &str = "SPOOL_UNREADABLE";

/// A tenant and one of its lanes.
type Lane = (String, Vec<u8>);

/// Events whose turn it is.
#[derive(Default)]
pub(in crate::adapter) struct Heads {
    pub(in crate::adapter) events: Vec<Waiting>,
    /// The numbers of events that cannot be decoded.
    pub(in crate::adapter) damaged: Vec<i64>,
    /// Tenants whose events cannot be read.
    pub(in crate::adapter) failed: Vec<String>,
}

impl Spool {
    /// The tenants that have waiting events, in the order of their names.
    pub(in crate::adapter) async fn tenants(&self) -> Result<Vec<String>, SpoolError> {
        let job = |conn: &Connection| -> Result<Vec<String>, SpoolError> {
            let mut find =
                conn.prepare_cached("SELECT tenant FROM share WHERE waiting > 0 ORDER BY tenant")?;
            let tenants = find.query_map([], |row| row.get(0))?;
            Ok(tenants.collect::<Result<_, _>>()?)
        };
        self.reader.read(job).await
    }

    /// Events that are due and first in their lane: of each tenant at most so many, the one due
    /// longest first. Stops after `limit` events. Leaves out the lanes of those under way, which
    /// may have been joined since they were started.
    pub(in crate::adapter) async fn heads(
        &self,
        now: Timestamp,
        turns: Vec<(String, usize)>,
        limit: usize,
        under_way: Vec<i64>,
    ) -> Result<Heads, SpoolError> {
        let now = now.as_millisecond();
        let job = move |conn: &Connection| -> Result<Heads, SpoolError> {
            let mut heads = Heads::default();
            let busy = lanes_of(conn, &under_way)?;
            for (tenant, most) in turns {
                if heads.events.len() >= limit {
                    break;
                }
                if let Err(error) = add_heads(conn, &tenant, now, most, &busy, &mut heads) {
                    tracing::error!(tenant, %error, "a tenant's events cannot be read");
                    heads.failed.push(tenant);
                }
            }
            Ok(heads)
        };
        self.reader.read(job).await
    }

    /// Ends events that cannot be decoded, so that they do not stop the others.
    pub(in crate::adapter) async fn set_aside(&self, damaged: Vec<i64>) -> Result<(), SpoolError> {
        let job = move |conn: &Connection| Ok(end_damaged(conn, &damaged)?);
        self.writer.write(job).await
    }
}

fn lanes_of(conn: &Connection, events: &[i64]) -> Result<HashSet<Lane>, rusqlite::Error> {
    let mut find = conn.prepare_cached("SELECT tenant, lane FROM event WHERE seq = ?1")?;
    let mut lanes = HashSet::new();
    for seq in events {
        let mut rows = find.query([seq])?;
        while let Some(row) = rows.next()? {
            // A damaged one has no lane that others are in.
            lanes.extend(row.get(0).and_then(|tenant| Ok((tenant, row.get(1)?))));
        }
    }
    Ok(lanes)
}

fn add_heads(
    conn: &Connection,
    tenant: &str,
    now: i64,
    most: usize,
    busy: &HashSet<Lane>,
    heads: &mut Heads,
) -> Result<(), rusqlite::Error> {
    let mut find = conn.prepare_cached(
        "SELECT seq, tenant, event_id, received_ms, attempts, delivery, body, \
             EXISTS (SELECT 1 FROM event AS earlier WHERE earlier.tenant = one.tenant \
             AND earlier.event_id = one.event_id AND earlier.seq < one.seq \
             AND earlier.delivery <> one.delivery), lane \
         FROM event AS one WHERE state = 'waiting' AND tenant = ?1 AND due_ms <= ?2 \
             AND NOT EXISTS ( \
                 SELECT 1 FROM event AS earlier WHERE earlier.state = 'waiting' \
                 AND earlier.tenant = one.tenant AND earlier.lane = one.lane \
                 AND earlier.seq < one.seq) \
         ORDER BY due_ms, seq LIMIT ?3",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut rows = find.query(params![tenant, now, most])?;
    while let Some(row) = rows.next()? {
        let lane = row.get(8).map(|lane| (tenant.to_owned(), lane));
        if lane.is_ok_and(|lane| busy.contains(&lane)) {
            continue;
        }
        match decode(row) {
            Ok(event) => heads.events.push(event),
            Err(_) => heads.damaged.push(row.get(0)?),
        }
    }
    Ok(())
}

fn decode(row: &Row<'_>) -> Result<Waiting, rusqlite::Error> {
    let received = Timestamp::from_millisecond(row.get(3)?);
    Ok(Waiting {
        seq: row.get(0)?,
        tenant: row.get(1)?,
        event_id: row.get(2)?,
        received: received.unwrap_or(Timestamp::UNIX_EPOCH),
        attempts: row.get(4)?,
        delivery: row.get(5)?,
        sealed: row.get::<_, Option<_>>(6)?.unwrap_or_default(),
        id_is_reused: row.get(7)?,
    })
}

/// Ends the events that no tenant's turn would find, because their tenant or their state is
/// damaged.
pub(super) fn end_lost(conn: &Connection) -> Result<(), DbError> {
    let mut find = conn.prepare_cached(
        "SELECT seq, CASE WHEN state = 'waiting' THEN tenant END FROM event \
         WHERE state NOT IN ('done', 'reported', 'unreported')",
    )?;
    let mut rows = find.query([])?;
    let mut lost = Vec::new();
    while let Some(row) = rows.next()? {
        let tenant: Result<Option<String>, _> = row.get(1);
        let is_found = matches!(tenant, Ok(Some(tenant)) if TenantId::parse(&tenant).is_ok());
        if !is_found {
            lost.push(row.get(0)?);
        }
    }
    Ok(end_damaged(conn, &lost)?)
}

fn end_damaged(conn: &Connection, damaged: &[i64]) -> Result<(), rusqlite::Error> {
    let mut end =
        conn.prepare_cached("UPDATE event SET state = 'unreported', reason = ?2 WHERE seq = ?1")?;
    for seq in damaged {
        end.execute(params![seq, UNREADABLE])?;
        tracing::error!(seq, "an event in the spool cannot be read and is set aside");
    }
    Ok(())
}
