//! Reading from an SQLite file beside the writer.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    thread,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    DbError,
    jobs::{JobSender, jobs},
    open::{OpenError, open_for_reading},
};

const CONNECTIONS: usize = 4;
/// The most reads that may wait. Beyond that a read is refused.
const QUEUE: usize = 4096;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// A few read-only connections to a database file that a [`super::Writer`] has opened, each with a
/// thread of its own. The shares of [`super::in_share`] take turns.
///
/// Clones share the connections.
#[derive(Clone, Debug)]
pub struct ReadPool {
    jobs: JobSender<Job>,
}

impl ReadPool {
    /// Opens the connections. The file must exist.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (jobs, queue) = jobs::<Job>(QUEUE);
        for _ in 0..CONNECTIONS {
            let (conn, queue) = (open_for_reading(path)?, queue.clone());
            let reader = thread::Builder::new().name("db-reader".to_owned());
            let spawned = reader.spawn(move || {
                while let Some(job) = queue.next() {
                    job(&conn);
                }
            });
            spawned.map_err(|source| OpenError::Path {
                path: path.to_owned(),
                source,
            })?;
        }
        Ok(Self { jobs })
    }

    /// Runs `job` on a thread that may block. All its queries see one snapshot, in which
    /// everything committed so far is visible. Waits while all connections are in use.
    ///
    /// # Errors
    /// The job's own, or a [`DbError`] if it could not be run or panicked.
    pub async fn read<T, E>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.jobs.push(Box::new(move |conn| {
            let result = catch_unwind(AssertUnwindSafe(|| in_snapshot(conn, job)))
                .unwrap_or_else(|_| Err(DbError::Panicked.into()));
            if !conn.is_autocommit() {
                // It only read: a failure here shows at the next BEGIN.
                let _ = conn.execute_batch("ROLLBACK");
            }
            // Nobody listens any more if the caller has gone.
            let _ = answer.send(result);
        }))?;
        answered
            .await
            .unwrap_or_else(|_| Err(DbError::Closed.into()))
    }
}

fn in_snapshot<T, E: From<DbError>>(
    conn: &Connection,
    job: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    conn.execute_batch("BEGIN DEFERRED")
        .map_err(DbError::from)?;
    job(conn)
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::{super::Writer, *};

    fn pair() -> (tempfile::TempDir, Writer, ReadPool) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db");
        let writer = Writer::open(&path, &["CREATE TABLE t(x INTEGER)"]).unwrap();
        let reader = ReadPool::open(&path).unwrap();
        (dir, writer, reader)
    }

    async fn insert(writer: &Writer) {
        let job = |conn: &Connection| -> Result<_, DbError> {
            Ok(conn.execute("INSERT INTO t VALUES (1)", [])?)
        };
        writer.write(job).await.unwrap();
    }

    fn count(conn: &Connection) -> Result<i64, DbError> {
        Ok(conn.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)
    }

    #[tokio::test]
    async fn a_read_after_an_answered_write_sees_it() {
        let (_dir, writer, reader) = pair();
        for expected in 1..=20 {
            insert(&writer).await;
            assert_eq!(reader.read(count).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn all_queries_of_a_read_see_one_state() {
        let (_dir, writer, reader) = pair();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let (started, start) = tokio::sync::oneshot::channel();
        let read = reader.read(move |conn| {
            let before = count(conn)?;
            started.send(()).unwrap();
            wait.recv().unwrap();
            Ok::<_, DbError>((before, count(conn)?))
        });
        let write = async {
            start.await.unwrap();
            insert(&writer).await;
            go.send(()).unwrap();
        };
        let (seen, ()) = tokio::join!(read, write);
        assert_eq!(seen.unwrap(), (0, 0));
        assert_eq!(reader.read(count).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_panic_costs_no_connection() {
        let (_dir, _writer, reader) = pair();
        for _ in 0..=CONNECTIONS {
            let answer: Result<(), DbError> = reader.read(|_| panic!("a bug in a job")).await;
            assert!(matches!(answer, Err(DbError::Panicked)));
        }
        assert_eq!(reader.read(count).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn more_readers_than_connections_take_turns() {
        let (_dir, _writer, reader) = pair();
        let answers = join_all((0..50).map(|_| reader.read(count))).await;
        assert!(answers.iter().all(|answer| matches!(answer, Ok(0))));
    }
}
