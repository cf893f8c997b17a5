//! What each tenant may have in the spool.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::SpoolError;

/// Most ended events of a tenant that are remembered, per event that may wait.
const ENDED_PER_WAITING: i64 = 10;

/// Most ended events of a tenant that are forgotten, or lose their bodies, in one transaction.
const GROUP: i64 = 5_000;

/// How much may be in the spool.
#[derive(Clone, Copy, Debug)]
pub(in crate::adapter) struct Capacity {
    /// Most events that may wait.
    pub(in crate::adapter) events: u32,
    /// Most events of one tenant that may wait.
    pub(in crate::adapter) tenant_events: u32,
    /// Most bytes of the bodies of one tenant's waiting events, and as many of its others.
    pub(in crate::adapter) tenant_bytes: u64,
}

impl Capacity {
    fn tenant_bytes(self) -> i64 {
        i64::try_from(self.tenant_bytes).unwrap_or(i64::MAX)
    }

    /// Checks that a body of a tenant may be added.
    pub(super) fn check(
        self,
        conn: &Connection,
        tenant: &str,
        body: &[u8],
    ) -> Result<(), SpoolError> {
        let known: Option<(u32, i64)> = conn
            .prepare_cached("SELECT waiting, waiting_bytes FROM share WHERE tenant = ?1")?
            .query_row([tenant], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (waiting, bytes) = known.unwrap_or_default();
        let size = i64::try_from(body.len()).unwrap_or(i64::MAX);
        if waiting >= self.tenant_events || bytes.saturating_add(size) > self.tenant_bytes() {
            return Err(SpoolError::ShareFull);
        }
        if self.has_room(conn)? {
            Ok(())
        } else {
            Err(SpoolError::Full)
        }
    }

    /// Whether an event of a tenant that has not used up its share may be added.
    pub(super) fn has_room(self, conn: &Connection) -> Result<bool, SpoolError> {
        Ok(Waits::count(conn)?.in_turn < self.events)
    }

    /// Forgets the oldest of what each tenant keeps beyond its share.
    pub(super) fn trim(self, conn: &Connection) -> Result<(), SpoolError> {
        let most = i64::from(self.tenant_events) * ENDED_PER_WAITING;
        let over: Vec<(String, i64)> = conn
            .prepare_cached(
                "SELECT tenant, max(ended - ?1, 0) FROM share WHERE ended > ?1 OR ended_bytes > ?2",
            )?
            .query_map([most, self.tenant_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<Result<_, _>>()?;
        for (tenant, excess) in over {
            conn.prepare_cached(
                "DELETE FROM event WHERE seq IN (SELECT seq FROM event \
                 WHERE tenant = ?1 AND state <> 'waiting' ORDER BY seq LIMIT ?2)",
            )?
            .execute(params![tenant, excess.min(GROUP)])?;
            conn.prepare_cached(
                "UPDATE event SET body = NULL WHERE seq IN (SELECT seq FROM ( \
                     SELECT seq, sum(length(body)) OVER (ORDER BY seq DESC) AS newer \
                     FROM event WHERE tenant = ?1 AND state <> 'waiting' AND body IS NOT NULL) \
                 WHERE newer > ?2 ORDER BY seq LIMIT ?3)",
            )?
            .execute(params![tenant, self.tenant_bytes(), GROUP])?;
        }
        conn.prepare_cached("DELETE FROM share WHERE waiting = 0 AND ended = 0")?
            .execute([])?;
        Ok(())
    }
}

/// How many events wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::adapter) struct Waits {
    /// Those that are handed over as soon as possible.
    pub(in crate::adapter) in_turn: u32,
    /// Those of disabled and deleted tenants.
    pub(in crate::adapter) apart: u32,
}

impl Waits {
    pub(super) fn count(conn: &Connection) -> Result<Self, SpoolError> {
        let count = conn
            .prepare_cached(
                "SELECT coalesce(sum(waiting) FILTER (WHERE apart = 0), 0), \
                     coalesce(sum(waiting) FILTER (WHERE apart <> 0), 0) FROM share",
            )?
            .query_row([], |row| {
                let (in_turn, apart) = (row.get(0)?, row.get(1)?);
                Ok(Self { in_turn, apart })
            })?;
        Ok(count)
    }
}

/// Counts anew what each tenant has, so that a damaged count does not outlive a start.
pub(super) fn recount(conn: &Connection) -> Result<(), rusqlite::Error> {
    conn.execute_batch(
        "CREATE TEMP TABLE was_apart AS SELECT tenant FROM share WHERE apart <> 0; \
         DELETE FROM share; \
         INSERT INTO share (tenant, waiting, waiting_bytes, ended, ended_bytes, apart) \
         SELECT tenant, count(*) FILTER (WHERE state = 'waiting'), \
             coalesce(sum(length(body)) FILTER (WHERE state = 'waiting'), 0), \
             count(*) FILTER (WHERE state <> 'waiting'), \
             coalesce(sum(length(body)) FILTER (WHERE state <> 'waiting'), 0), \
             tenant IN (SELECT tenant FROM temp.was_apart) \
         FROM event GROUP BY tenant; \
         DROP TABLE temp.was_apart;",
    )
}

/// Sets a tenant's waiting events apart, or puts them back into turn.
pub(super) fn set_apart(
    conn: &Connection,
    tenant: &str,
    apart: bool,
) -> Result<(), rusqlite::Error> {
    conn.prepare_cached("UPDATE share SET apart = ?2 WHERE tenant = ?1 AND apart <> ?2")?
        .execute(params![tenant, apart])
        .map(|_| ())
}
