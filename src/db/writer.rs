//! Writes to an SQLite file: one thread, and one transaction for all jobs that wait.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use rusqlite::Connection;
use tokio::{
    sync::oneshot,
    time::{Instant, sleep},
};

use super::{
    DbError,
    jobs::{JobQueue, JobSender, jobs},
    open::{OpenError, empty_log, open_for_writing},
    owner::Owner,
};

/// The most jobs in one transaction, and how long no further one is begun: bounds how long the first
/// of them waits for its answer.
const GROUP: usize = 512;
const GROUP_TIME: Duration = Duration::from_millis(10);
/// The most jobs that may wait. Beyond that a write is refused.
const QUEUE: usize = 4096;
/// How often to look whether another process has released the file.
const LOOK: Duration = Duration::from_millis(20);
/// After this long a log line says what is waited for.
const SILENCE: Duration = Duration::from_secs(1);

/// The one way to write to a database file.
///
/// A thread owns the connection. Jobs that wait while a transaction is being committed share the
/// next one, so a sync to disk is paid once per group and nothing ever waits for a timer. The
/// shares of [`super::in_share`] take turns. Clones share the thread; when the last clone is gone,
/// what is queued is still written.
#[derive(Clone, Debug)]
pub struct Writer {
    jobs: JobSender<Box<dyn Job>>,
    counters: Arc<Counters>,
    wipe: Wipe,
}

/// Asks a [`Writer`] to empty the write-ahead log after the present transaction, because something
/// was deleted for good. While a reader needs the log, it is tried again after each transaction.
#[derive(Clone, Debug, Default)]
pub struct Wipe(Arc<AtomicBool>);

impl Wipe {
    /// Asks.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Empties the log if that was asked for.
    fn carry_out(&self, conn: &Connection) {
        if !self.0.swap(false, Ordering::Relaxed) {
            return;
        }
        match empty_log(conn) {
            Ok(true) => {}
            Ok(false) => self.request(),
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log cannot be emptied");
                self.request();
            }
        }
    }
}

/// How much work a [`Writer`] has done since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Jobs that were run, whatever came of them.
    pub jobs: u64,
    /// Transactions that were committed.
    pub commits: u64,
}

#[derive(Debug, Default)]
struct Counters {
    jobs: AtomicU64,
    commits: AtomicU64,
}

impl Writer {
    /// Opens or creates the database and brings its schema up to date.
    ///
    /// `schema` holds all migrations, oldest first; how many of them a file has seen is kept in
    /// its `user_version`. Directory and file are created if missing, the file with mode 0600.
    /// Reads the whole file once to check it, so it blocks. No other process can open it so
    /// before the last clone is gone.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, schema: &[&'static str]) -> Result<Self, OpenError> {
        let owner = Owner::of(path)?;
        let conn = open_for_writing(path, schema)?;
        let (jobs, queue) = jobs(QUEUE);
        let counters = Arc::new(Counters::default());
        let shared = Arc::clone(&counters);
        let wipe = Wipe::default();
        let wiping = wipe.clone();
        thread::Builder::new()
            .name("db-writer".to_owned())
            .spawn(move || {
                work(&conn, &queue, &shared, &wiping);
                drop(conn);
                drop(owner);
            })
            .map_err(|source| OpenError::Path {
                path: path.to_owned(),
                source,
            })?;
        Ok(Self {
            jobs,
            counters,
            wipe,
        })
    }

    /// Does so, but waits this long for an owner that is about to end.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_once_free(
        path: &Path,
        schema: &[&'static str],
        patience: Duration,
    ) -> Result<Self, OpenError> {
        let begun = Instant::now();
        let mut is_silent = true;
        loop {
            match Self::open(path, schema) {
                Err(OpenError::InUse { .. }) if begun.elapsed() < patience => {
                    if is_silent && begun.elapsed() >= SILENCE {
                        is_silent = false;
                        let (file, seconds) = (path.display(), patience.as_secs());
                        tracing::warn!(%file, seconds,
                            "the database is in use by another process; waiting for it to end");
                    }
                    sleep(LOOK).await;
                }
                opened => return opened,
            }
        }
    }

    /// Runs `job` in a transaction and answers after it is committed and synced.
    ///
    /// The job has a savepoint of its own: if it answers `Err` or panics, what it wrote is taken
    /// back and its neighbours are not touched. It must not begin or end transactions, block, or
    /// leave deferred constraints violated (that fails the whole group). Once this future has been
    /// polled the job will run even if the future is dropped.
    ///
    /// # Errors
    /// The job's own, or a [`DbError`] if the job could not be run or its group not be committed.
    /// After a failed commit the write is not visible, but an I/O error leaves open whether a
    /// restart brings it back.
    pub async fn write<T, E>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.jobs.push(Box::new(Typed { job, answer }))?;
        answered
            .await
            .unwrap_or_else(|_| Err(DbError::Closed.into()))
    }

    /// Asks for the log to be emptied, also from within a job.
    pub fn wipe(&self) -> Wipe {
        self.wipe.clone()
    }

    /// What has been done so far.
    pub fn stats(&self) -> Stats {
        Stats {
            jobs: self.counters.jobs.load(Ordering::Relaxed),
            commits: self.counters.commits.load(Ordering::Relaxed),
        }
    }
}

/// Tells a caller how its job ended: with its own result, or with the failure of its group.
type Answer = Box<dyn FnOnce(Result<(), DbError>)>;

trait Job: Send {
    /// Runs the job; says whether to keep what it wrote.
    fn run(self: Box<Self>, conn: &Connection) -> (bool, Answer);
    fn refuse(self: Box<Self>, error: DbError);
}

struct Typed<F, T, E> {
    job: F,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Typed<F, T, E>
where
    F: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    fn run(self: Box<Self>, conn: &Connection) -> (bool, Answer) {
        let Self { job, answer } = *self;
        let result = catch_unwind(AssertUnwindSafe(|| job(conn)))
            .unwrap_or_else(|_| Err(DbError::Panicked.into()));
        let keep = result.is_ok();
        let deliver = move |group: Result<(), DbError>| {
            // Nobody listens any more if the caller has gone: the write stands all the same.
            let _ = answer.send(group.map_err(E::from).and(result));
        };
        (keep, Box::new(deliver))
    }

    fn refuse(self: Box<Self>, error: DbError) {
        let _ = self.answer.send(Err(error.into()));
    }
}

fn work(conn: &Connection, queue: &JobQueue<Box<dyn Job>>, counters: &Counters, wipe: &Wipe) {
    while let Some(first) = queue.next() {
        run_group(conn, first, queue, counters);
        wipe.carry_out(conn);
    }
}

/// Runs the first job and those that wait in one transaction.
fn run_group(
    conn: &Connection,
    first: Box<dyn Job>,
    queue: &JobQueue<Box<dyn Job>>,
    counters: &Counters,
) {
    if let Err(error) = execute(conn, "BEGIN IMMEDIATE") {
        return first.refuse(error);
    }
    let begun = Instant::now();
    let mut answers = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        if let Err(error) = execute(conn, "SAVEPOINT job") {
            job.refuse(error.clone());
            return abandon(conn, answers, &error);
        }
        counters.jobs.fetch_add(1, Ordering::Relaxed);
        let (keep, answer) = job.run(conn);
        if conn.is_autocommit() {
            // A full disk or an I/O error makes SQLite roll back everything at once. This job
            // knows why; the others learn that they were rolled back.
            answer(if keep {
                Err(DbError::RolledBack)
            } else {
                Ok(())
            });
            return abandon(conn, answers, &DbError::RolledBack);
        }
        answers.push(answer);
        let ended = if keep {
            Ok(())
        } else {
            execute(conn, "ROLLBACK TO job")
        };
        if let Err(error) = ended.and_then(|()| execute(conn, "RELEASE job")) {
            return abandon(conn, answers, &error);
        }
        let is_open = answers.len() < GROUP && begun.elapsed() < GROUP_TIME;
        next = is_open.then(|| queue.try_next()).flatten();
    }
    match execute(conn, "COMMIT") {
        Ok(()) => {
            counters.commits.fetch_add(1, Ordering::Relaxed);
            answers.into_iter().for_each(|answer| answer(Ok(())));
        }
        Err(error) => abandon(conn, answers, &error),
    }
}

fn abandon(conn: &Connection, answers: Vec<Answer>, error: &DbError) {
    if !conn.is_autocommit()
        && let Err(error) = execute(conn, "ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
    answers
        .into_iter()
        .for_each(|answer| answer(Err(error.clone())));
}

fn execute(conn: &Connection, sql: &'static str) -> Result<(), DbError> {
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests;
