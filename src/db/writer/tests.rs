use std::{path::PathBuf, sync::mpsc as blocking};

use futures_util::{FutureExt as _, future::join_all};

use super::*;

const SCHEMA: &[&str] = &["CREATE TABLE t(x INTEGER PRIMARY KEY);
     CREATE TABLE child(x INTEGER NOT NULL REFERENCES t(x))"];

struct Bench {
    _dir: tempfile::TempDir,
    path: PathBuf,
    writer: Writer,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db");
        let writer = Writer::open(&path, SCHEMA).unwrap();
        Self {
            _dir: dir,
            path,
            writer,
        }
    }

    /// What another process would see.
    fn rows(&self) -> Vec<i64> {
        let conn = Connection::open(&self.path).unwrap();
        let mut statement = conn.prepare("SELECT x FROM t ORDER BY x").unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    /// Keeps the writer inside a job until the sender is used, so that others pile up behind it.
    async fn hold(&self) -> blocking::Sender<()> {
        let (release, released) = blocking::channel();
        let (entered_tx, entered) = oneshot::channel();
        let held = self.writer.write(move |_| {
            entered_tx.send(()).unwrap();
            released.recv().unwrap();
            Ok::<_, DbError>(())
        });
        assert!(held.now_or_never().is_none());
        entered.await.unwrap();
        release
    }

    async fn insert(&self, x: i64) -> Result<(), DbError> {
        self.writer.write(move |conn| insert(conn, x)).await
    }
}

/// Frees the writer once what is joined after this has been polled, which queues its jobs.
async fn let_go(release: blocking::Sender<()>) {
    tokio::task::yield_now().await;
    release.send(()).unwrap();
}

fn insert(conn: &Connection, x: i64) -> Result<(), DbError> {
    conn.execute("INSERT INTO t VALUES (?1)", [x])?;
    Ok(())
}

#[tokio::test]
async fn an_answered_write_is_visible_to_others() {
    let bench = Bench::new();
    bench.insert(7).await.unwrap();
    assert_eq!(bench.rows(), [7]);
}

#[tokio::test]
async fn jobs_that_wait_share_one_commit() {
    let bench = Bench::new();
    let release = bench.hold().await;
    let many = join_all((0..100).map(|x| bench.insert(x)));
    let ((), answers) = tokio::join!(let_go(release), many);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(bench.rows().len(), 100);
    let stats = bench.writer.stats();
    assert_eq!(stats.jobs, 101);
    // On a slow machine a group ends before it has all of them.
    assert!(stats.commits < 20, "{stats:?}");
}

#[tokio::test]
async fn a_failed_job_is_taken_back_and_its_neighbours_stay() {
    let bench = Bench::new();
    let release = bench.hold().await;
    let failing = bench.writer.write(|conn| {
        insert(conn, 2)?;
        Err::<(), _>(DbError::Busy)
    });
    let all = async { tokio::join!(bench.insert(1), failing, bench.insert(3)) };
    let ((), (first, second, third)) = tokio::join!(let_go(release), all);
    assert!(first.is_ok() && third.is_ok());
    assert!(matches!(second, Err(DbError::Busy)));
    assert_eq!(bench.rows(), [1, 3]);
}

#[tokio::test]
async fn a_panicking_job_is_taken_back_and_the_writer_goes_on() {
    let bench = Bench::new();
    let answer: Result<(), DbError> = bench
        .writer
        .write(|conn| {
            insert(conn, 1)?;
            panic!("a bug in a job")
        })
        .await;
    assert!(matches!(answer, Err(DbError::Panicked)));
    bench.insert(2).await.unwrap();
    assert_eq!(bench.rows(), [2]);
}

#[tokio::test]
async fn when_the_commit_fails_every_job_of_the_group_hears_of_it() {
    let bench = Bench::new();
    let release = bench.hold().await;
    let poison = bench.writer.write(|conn| {
        conn.execute_batch("PRAGMA defer_foreign_keys = ON; INSERT INTO child VALUES (99)")?;
        Ok::<_, DbError>(())
    });
    let all = async { tokio::join!(bench.insert(1), poison, bench.insert(3)) };
    let ((), (first, second, third)) = tokio::join!(let_go(release), all);
    for answer in [first, second, third] {
        assert!(matches!(answer, Err(DbError::Other(_))), "{answer:?}");
    }
    assert_eq!(bench.rows(), [0; 0]);
    bench.insert(4).await.unwrap();
    assert_eq!(bench.rows(), [4]);
}

#[tokio::test]
async fn when_sqlite_ends_the_transaction_early_no_job_is_told_that_it_is_written() {
    let bench = Bench::new();
    let release = bench.hold().await;
    // What SQLite does by itself on some failures.
    let poison = bench.writer.write(|conn| {
        conn.execute_batch("ROLLBACK")?;
        Err::<(), _>(DbError::Full)
    });
    let all = async { tokio::join!(bench.insert(1), poison, bench.insert(3)) };
    let ((), (first, second, third)) = tokio::join!(let_go(release), all);
    assert!(matches!(first, Err(DbError::RolledBack)), "{first:?}");
    assert!(matches!(second, Err(DbError::Full)), "{second:?}");
    third.unwrap();
    assert_eq!(bench.rows(), [3]);
}

#[tokio::test]
async fn a_full_database_refuses_and_recovers() {
    let bench = Bench::new();
    let limit = |pages: &'static str| {
        bench.writer.write(move |conn| {
            conn.query_row(pages, [], |row| row.get::<_, i64>(0))
                .map_err(DbError::from)
        })
    };
    limit("PRAGMA max_page_count = 1").await.unwrap();
    let fill = bench.writer.write(|conn| {
        conn.execute_batch("CREATE TABLE big AS SELECT zeroblob(100000) AS b")
            .map_err(DbError::from)
    });
    assert!(matches!(fill.await, Err(DbError::Full)));
    limit("PRAGMA max_page_count = 1000").await.unwrap();
    bench.insert(1).await.unwrap();
    assert_eq!(bench.rows(), [1]);
}

#[tokio::test]
async fn a_job_whose_caller_has_gone_is_written_all_the_same() {
    let bench = Bench::new();
    let release = bench.hold().await;
    assert!(bench.insert(1).now_or_never().is_none());
    release.send(()).unwrap();
    bench.insert(2).await.unwrap();
    assert_eq!(bench.rows(), [1, 2]);
}

#[tokio::test]
async fn a_full_queue_refuses_instead_of_growing() {
    let bench = Bench::new();
    let release = bench.hold().await;
    // One share may have half of the queue.
    for x in 0..QUEUE / 2 {
        assert!(
            bench
                .insert(i64::try_from(x).unwrap())
                .now_or_never()
                .is_none()
        );
    }
    assert!(matches!(bench.insert(-1).await, Err(DbError::Overloaded)));
    release.send(()).unwrap();
}

#[tokio::test]
async fn a_database_held_by_another_process_is_reported_as_busy() {
    let bench = Bench::new();
    bench
        .writer
        .write(|conn| {
            conn.busy_timeout(std::time::Duration::ZERO)
                .map_err(DbError::from)
        })
        .await
        .unwrap();
    let other = Connection::open(&bench.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(bench.insert(1).await, Err(DbError::Busy)));
    other.execute_batch("ROLLBACK").unwrap();
    bench.insert(2).await.unwrap();
    assert_eq!(bench.rows(), [2]);
}

#[tokio::test]
async fn the_log_is_emptied_once_no_reader_needs_it() {
    let bench = Bench::new();
    let log = bench.path.with_file_name("t.db-wal");
    // A job that asks for it, and the length of the log in the next job.
    let wipe = async |x| {
        let wipe = bench.writer.wipe();
        let asks = bench.writer.write(move |conn| {
            wipe.request();
            insert(conn, x)
        });
        asks.await.unwrap();
        let log = log.clone();
        let length = bench.writer.write(move |_| {
            let length = std::fs::metadata(&log).map(|it| it.len());
            length.map_err(|_| DbError::Closed)
        });
        length.await.unwrap()
    };
    bench.insert(1).await.unwrap();
    let reader = Connection::open(&bench.path).unwrap();
    let begin = "BEGIN; SELECT count(*) FROM t";
    reader.execute_batch(begin).unwrap();
    assert!(wipe(2).await > 0, "a reader needs it");
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(wipe(3).await, 0);
    assert_eq!(bench.rows(), [1, 2, 3]);
}
