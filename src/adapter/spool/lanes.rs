//! Lanes: all that is said of one person is handed over in the order of its arrival, whether it
//! names an application, the candidate, or both.

use rusqlite::{Connection, params};

use super::Arrival;
use crate::{db::BlindIndex, domain::ids::ExternalId};

/// The ids that an event names, as keyed hashes.
pub(super) struct Names {
    application: Option<Vec<u8>>,
    candidate: Option<Vec<u8>>,
    /// What the candidate's id was stored as when lanes did not tell the two kinds apart.
    untold: Option<Vec<u8>>,
}

impl Names {
    pub(super) fn of(arrival: &Arrival<'_>, index: &BlindIndex) -> Self {
        let hash = |kind, id: &ExternalId| {
            let text = format!("{}\n{id}", arrival.tenant.as_str());
            index.of(kind, &text).to_vec()
        };
        Self {
            application: arrival.application.map(|id| hash("source", id)),
            candidate: arrival.candidate.map(|id| hash("candidate", id)),
            untold: arrival.candidate.map(|id| hash("source", id)),
        }
    }

    /// The lane of the person whom the ids name. Ids that were of several lanes join them. An
    /// event that names nobody has a lane to itself.
    pub(super) fn lane(
        &self,
        conn: &Connection,
        tenant: &str,
        delivery: &[u8],
    ) -> Result<Vec<u8>, rusqlite::Error> {
        let mut lanes = self.known_lanes(conn, tenant)?;
        let first = self.application.as_ref().or(self.candidate.as_ref());
        let new = || first.map_or_else(|| delivery.to_vec(), Clone::clone);
        let lane = lanes.pop().unwrap_or_else(new);
        for other in lanes {
            join(conn, tenant, &other, &lane)?;
        }
        let mut keep = conn.prepare_cached(
            "INSERT INTO name (tenant, name, lane) VALUES (?1, ?2, ?3) \
             ON CONFLICT (tenant, name) DO UPDATE SET untold = 0",
        )?;
        for name in [&self.application, &self.candidate].into_iter().flatten() {
            keep.execute(params![tenant, name, lane])?;
        }
        Ok(lane)
    }

    /// The lanes that the ids lead to, the one with the most events last: joining moves the events
    /// of the others.
    fn known_lanes(
        &self,
        conn: &Connection,
        tenant: &str,
    ) -> Result<Vec<Vec<u8>>, rusqlite::Error> {
        let mut find = conn.prepare_cached(
            "SELECT DISTINCT lane FROM name WHERE tenant = ?1 \
             AND (name IN (?2, ?3) OR name = ?4 AND untold = 1)",
        )?;
        let names = params![tenant, self.application, self.candidate, self.untold];
        let lanes = find.query_map(names, |row| row.get(0))?;
        let mut lanes: Vec<Vec<u8>> = lanes.collect::<Result<_, _>>()?;
        if lanes.len() > 1 {
            let mut counted = Vec::new();
            for lane in lanes {
                counted.push((count(conn, tenant, &lane)?, lane));
            }
            counted.sort();
            lanes = counted.into_iter().map(|(_, lane)| lane).collect();
        }
        Ok(lanes)
    }
}

fn count(conn: &Connection, tenant: &str, lane: &[u8]) -> Result<i64, rusqlite::Error> {
    conn.prepare_cached("SELECT count(*) FROM event WHERE tenant = ?1 AND lane = ?2")?
        .query_row(params![tenant, lane], |row| row.get(0))
}

fn join(conn: &Connection, tenant: &str, from: &[u8], to: &[u8]) -> Result<(), rusqlite::Error> {
    for table in ["event", "name"] {
        let sql = format!("UPDATE {table} SET lane = ?3 WHERE tenant = ?1 AND lane = ?2");
        conn.prepare_cached(&sql)?
            .execute(params![tenant, from, to])?;
    }
    Ok(())
}

/// Whether an event is the last one in its lane.
pub(super) fn is_last(conn: &Connection, seq: i64) -> Result<bool, rusqlite::Error> {
    conn.prepare_cached(
        "SELECT NOT EXISTS (SELECT 1 FROM event AS one JOIN event AS later \
             ON later.tenant = one.tenant AND later.lane = one.lane AND later.seq > one.seq \
         WHERE one.seq = ?1)",
    )?
    .query_row([seq], |row| row.get(0))
}
