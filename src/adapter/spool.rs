//! The spool: where events wait until the service has them. All SQL of the adapter is in this
//! module and in the files `.sql` beside it.

mod erasure;
mod event;
mod lanes;
mod resealing;
mod shares;
mod turns;

use std::{path::Path, sync::Arc, time::Duration};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::db::{
    BlindIndex, DbError, IndexKeyError, Keyring, META_SCHEMA, OpenError, ReadPool, SealContext,
    SealError, Writer, load_or_create_index_key,
};

use erasure::{ANONYMIZED, erase, erase_late};
pub(super) use event::{Arrival, End, Stored, Waiting};
use lanes::{Names, is_last};
use resealing::seal_anew;
pub(super) use shares::{Capacity, Waits};
use shares::{recount, set_apart};
use turns::end_lost;
pub(super) use turns::{Heads, UNREADABLE};

const SCHEMA: [&str; 6] = [
    META_SCHEMA,
    include_str!("spool.sql"),
    "CREATE INDEX event_id ON event (tenant, event_id, seq);",
    "CREATE INDEX event_oldest ON event (received_ms) WHERE state = 'waiting';",
    include_str!("spool/shares.sql"),
    include_str!("spool/lanes.sql"),
];
/// How long a delivery is remembered, at least, so that its repetitions are recognised.
const REMEMBERED: Duration = Duration::from_secs(90 * 24 * 3600);
/// How long the body of a reported event is kept for inspection.
const BODY_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// Longer event ids are replaced by a hash in reports.
const MAX_EVENT_ID_CHARS: usize = 256;

/// Why the spool cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SpoolOpenError {
    /// The file cannot be used.
    #[error("adapter.spool: {0}")]
    Open(#[from] OpenError),
    /// The key that the spool was sealed with is missing.
    #[error(
        "adapter.encryption_keys does not contain the key the spool was sealed with: put it back \
         into the list, or start with another spool"
    )]
    WrongKey,
    /// The key of the spool's blind index cannot be read or made.
    #[error("adapter.spool: its index key cannot be read")]
    IndexKey,
    /// The database failed.
    #[error("adapter.spool: {0}")]
    Db(#[from] DbError),
}

impl From<IndexKeyError> for SpoolOpenError {
    fn from(error: IndexKeyError) -> Self {
        match error {
            IndexKeyError::WrongKey(_) => Self::WrongKey,
            IndexKeyError::Db(error) => Self::Db(error),
            IndexKeyError::Unreadable(_) | IndexKeyError::NotMade => Self::IndexKey,
        }
    }
}

/// Why an operation on the spool failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpoolError {
    #[error("the spool holds as many events as it may")]
    Full,
    #[error("the tenant's events take as much of the spool as they may")]
    ShareFull,
    #[error("the spool's {0}")]
    Seal(#[from] SealError),
    #[error("the spool: {0}")]
    Db(#[from] DbError),
}

/// The spool. Clones share it.
#[derive(Clone)]
pub(super) struct Spool {
    writer: Writer,
    reader: ReadPool,
    keys: Arc<Keyring>,
    index: BlindIndex,
    capacity: Capacity,
}

impl Spool {
    /// Opens or creates the spool. All waiting events become due at once, because the reasons for
    /// their waits may no longer hold. Waits this long for another process to release the file.
    pub(super) async fn open(
        path: &Path,
        keys: Keyring,
        capacity: Capacity,
        patience: Duration,
    ) -> Result<Self, SpoolOpenError> {
        let writer = Writer::open_once_free(path, &SCHEMA, patience).await?;
        let reader = ReadPool::open(path)?;
        let keys = Arc::new(keys);
        let ring = Arc::clone(&keys);
        let index = writer
            .write(move |conn| {
                conn.execute("UPDATE event SET due_ms = 0 WHERE state = 'waiting'", [])
                    .map_err(DbError::from)?;
                end_lost(conn)?;
                recount(conn).map_err(DbError::from)?;
                load_or_create_index_key(conn, &ring)
            })
            .await?;
        seal_anew(&writer, &keys).await?;
        Ok(Self {
            writer,
            reader,
            keys,
            index,
            capacity,
        })
    }

    /// Commits an event, unless it is a repetition. Returns its number, or that of the event that
    /// it repeats.
    ///
    /// The same id with the same body is a repetition. The same id with another body is not: the
    /// event is handed over, and reported. The same body without an id and a date is a repetition
    /// as long as no other event about the person came in between: a hire that is confirmed,
    /// cancelled and confirmed again may have two equal confirmations.
    pub(super) async fn store(&self, arrival: Arrival<'_>) -> Result<(Stored, i64), SpoolError> {
        let tenant = arrival.tenant.as_str().to_owned();
        let id = arrival.id.unwrap_or_default();
        let hash = HEXLOWER.encode(digest::digest(&digest::SHA256, arrival.body).as_ref());
        let delivery = self
            .index
            .of("delivery", &format!("{tenant}\n{hash}\n{id}"))
            .to_vec();
        let names = Names::of(&arrival, &self.index);
        let record = HEXLOWER.encode(&delivery);
        let sealed = self.keys.seal(&place(&tenant, &record), arrival.body)?;
        let event_id = match arrival.id {
            Some(id) if is_showable(id) => id.to_owned(),
            Some(id) => HEXLOWER.encode(&self.index.of("id", &format!("{tenant}\n{id}"))),
            None => record,
        };
        let says_which = arrival.id.is_some() || arrival.is_dated;
        let (received, capacity) = (arrival.received.as_millisecond(), self.capacity);
        let job = move |conn: &Connection| -> Result<(Stored, i64), SpoolError> {
            let (known, earlier): (i64, Option<i64>) = conn
                .prepare_cached(
                    "SELECT count(*), max(seq) FROM event WHERE tenant = ?1 AND delivery = ?2",
                )?
                .query_row(params![tenant, delivery], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            if let Some(earlier) = earlier
                && (says_which || is_last(conn, earlier)?)
            {
                return Ok((Stored::Duplicate, earlier));
            }
            capacity.check(conn, &tenant, &sealed)?;
            let lane = names.lane(conn, &tenant, &delivery)?;
            conn.prepare_cached(
                "INSERT INTO event (tenant, lane, delivery, nth, event_id, received_ms, state, body) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7)",
            )?
            .execute(params![tenant, lane, delivery, known, event_id, received, sealed])?;
            Ok((Stored::New, conn.last_insert_rowid()))
        };
        self.writer.write(job).await
    }

    /// When the next event becomes due, of those that are not due yet.
    pub(super) async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, SpoolError> {
        let now = now.as_millisecond();
        let job = move |conn: &Connection| -> Result<Option<i64>, SpoolError> {
            Ok(conn
                .prepare_cached(
                    "SELECT min(due_ms) FROM event WHERE state = 'waiting' AND due_ms > ?1",
                )?
                .query_row([now], |row| row.get(0))?)
        };
        let due = self.reader.read(job).await?;
        Ok(due.and_then(|millis| Timestamp::from_millisecond(millis).ok()))
    }

    /// How many events wait, and when the oldest of those in turn arrived.
    pub(super) async fn backlog(&self) -> Result<(Waits, Option<Timestamp>), SpoolError> {
        let job = |conn: &Connection| -> Result<(Waits, Option<i64>), SpoolError> {
            let oldest = conn
                .prepare_cached(
                    "SELECT received_ms FROM event WHERE state = 'waiting' \
                     AND tenant NOT IN (SELECT tenant FROM share WHERE apart <> 0) \
                     ORDER BY received_ms LIMIT 1",
                )?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok((Waits::count(conn)?, oldest))
        };
        let (waiting, oldest) = self.reader.read(job).await?;
        let oldest = oldest.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        Ok((waiting, oldest))
    }

    /// The body of an event, byte for byte as it arrived.
    pub(super) fn body(&self, event: &Waiting) -> Result<Vec<u8>, SealError> {
        let record = HEXLOWER.encode(&event.delivery);
        self.keys
            .open(&place(&event.tenant, &record), &event.sealed)
    }

    /// Ends an event.
    pub(super) async fn finish(&self, event: &Waiting, end: End) -> Result<(), SpoolError> {
        let (state, reason) = match end {
            End::Done => ("done", None),
            End::Erased => ("done", Some(ANONYMIZED)),
            End::Dropped(reason) => ("unreported", Some(reason)),
            End::Reported(reason) => ("reported", Some(reason)),
            End::Unreported(reason) => ("unreported", Some(reason)),
        };
        let (seq, tenant) = (event.seq, event.tenant.clone());
        let job = move |conn: &Connection| -> Result<(), SpoolError> {
            conn.prepare_cached(
                "UPDATE event SET state = ?2, reason = ?3, \
                 body = CASE ?2 WHEN 'done' THEN NULL ELSE body END WHERE seq = ?1",
            )?
            .execute(params![seq, state, reason])?;
            set_apart(conn, &tenant, matches!(end, End::Dropped(_)))?;
            if matches!(end, End::Dropped(_)) {
                conn.prepare_cached(
                    "UPDATE event SET body = NULL \
                     WHERE tenant = ?1 AND state <> 'waiting' AND body IS NOT NULL",
                )?
                .execute([&tenant])?;
            }
            match end {
                End::Erased => erase(conn, seq)?,
                End::Reported(_) | End::Unreported(_) => erase_late(conn, seq)?,
                End::Done | End::Dropped(_) => {}
            }
            Ok(())
        };
        self.writer.write(job).await
    }

    /// Makes an event, and with it its lane, wait until `due`; `apart` if its tenant's events
    /// are not to take room of others.
    pub(super) async fn postpone(
        &self,
        event: &Waiting,
        due: Timestamp,
        apart: bool,
    ) -> Result<(), SpoolError> {
        let (seq, due, tenant) = (event.seq, due.as_millisecond(), event.tenant.clone());
        let job = move |conn: &Connection| -> Result<(), SpoolError> {
            conn.prepare_cached(
                "UPDATE event SET attempts = attempts + 1, due_ms = ?2 WHERE seq = ?1",
            )?
            .execute(params![seq, due])?;
            set_apart(conn, &tenant, apart)?;
            Ok(())
        };
        self.writer.write(job).await
    }

    /// Deletes what is old, and makes events due that would wait longer than `longest_wait`
    /// because the clock was set back. Returns whether there is room for more events.
    ///
    /// # Errors
    /// Nothing can be written.
    pub(super) async fn keep_house(
        &self,
        now: Timestamp,
        longest_wait: Duration,
    ) -> Result<bool, SpoolError> {
        let ago = |age| now.saturating_sub(age).map_or(0, Timestamp::as_millisecond);
        let (forget, clear) = (ago(REMEMBERED), ago(BODY_KEPT));
        let now_ms = now.as_millisecond();
        let latest = now
            .saturating_add(longest_wait)
            .map_or(now_ms, Timestamp::as_millisecond);
        let capacity = self.capacity;
        let job = move |conn: &Connection| -> Result<bool, SpoolError> {
            // So that something is written each time.
            conn.prepare_cached("UPDATE meta SET value = value")?
                .execute([])?;
            conn.prepare_cached(
                "UPDATE event SET due_ms = ?1 WHERE state = 'waiting' AND due_ms > ?2",
            )?
            .execute([now_ms, latest])?;
            conn.prepare_cached(
                "UPDATE event SET body = NULL \
                 WHERE state <> 'waiting' AND received_ms < ?1 AND body IS NOT NULL",
            )?
            .execute([clear])?;
            conn.prepare_cached("DELETE FROM event WHERE state <> 'waiting' AND received_ms < ?1")?
                .execute([forget])?;
            capacity.trim(conn)?;
            capacity.has_room(conn)
        };
        self.writer.write(job).await
    }
}

impl From<rusqlite::Error> for SpoolError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Db(error.into())
    }
}

fn place<'a>(tenant: &'a str, record: &'a str) -> SealContext<'a> {
    SealContext {
        tenant,
        record,
        column: "event.body",
    }
}

/// Whether an id can be shown in a report.
fn is_showable(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_EVENT_ID_CHARS && id.bytes().all(|it| it.is_ascii_graphic())
}

#[cfg(test)]
#[path = "tests/spool.rs"]
mod tests;
