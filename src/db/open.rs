//! Opens an SQLite file: checks it, keeps it private, and brings its schema up to date.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::DbError;

/// First SQLite without the WAL reset bug that can corrupt a database (3.7.0 to 3.51.2).
const OLDEST_SQLITE: i32 = 3_051_003;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a database could not be opened; each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The linked SQLite may corrupt databases.
    #[error("SQLite {found} can corrupt databases: build with SQLite 3.51.3 or newer")]
    SqliteTooOld {
        /// Version of the linked library.
        found: String,
    },
    /// The directory or the file cannot be created or reached.
    #[error("cannot create or reach {}: {source}; check that the path exists and belongs to this user", path.display())]
    Path {
        /// What was to be created or reached.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process uses the file.
    #[error(
        "{} is in use by another process: stop it first, for only one may use an SQLite file \
         (several replicas of the service can share PostgreSQL)",
        path.display()
    )]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The file or its file system is read-only.
    #[error("{} is read-only: make the file and its directory writable by this user", path.display())]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// The file is not an SQLite database.
    #[error("{} is not an SQLite database: point the setting to another path, or move this file away", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("{} is damaged ({problem}): stop, keep a copy of it, and restore the last backup", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// First problem SQLite found; names pages and indexes, no content.
        problem: String,
    },
    /// A newer version of this program has changed the schema.
    #[error("{} has schema version {found}, this program knows versions up to {known}: start the newer program, or restore a backup from before its start", path.display())]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// Version in the file.
        found: u32,
        /// Newest version this program knows.
        known: u32,
    },
    /// The file system does not support the write-ahead log.
    #[error("{} cannot use a write-ahead log: put it on a local disk, not on a network share", path.display())]
    NoWal {
        /// The database file.
        path: PathBuf,
    },
    /// A migration failed; the file is as it was.
    #[error("{} could not be brought to schema version {version} ({source}); nothing was changed: check that no other program uses this file", path.display())]
    Migration {
        /// The database file.
        path: PathBuf,
        /// The version that was to be reached.
        version: u32,
        /// What SQLite said.
        source: DbError,
    },
    /// Anything else.
    #[error("{} cannot be opened: {source}; check that no other program holds it and that the disk is not full", path.display())]
    Other {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: DbError,
    },
}

impl OpenError {
    pub(super) fn from_sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path,
                problem: "SQLite cannot read it".to_owned(),
            },
            _ => Self::Other {
                path,
                source: error.into(),
            },
        }
    }
}

/// Opens the one connection that writes, checks the file and brings its schema up to date.
pub(super) fn open_for_writing(path: &Path, schema: &[&str]) -> Result<Connection, OpenError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(OpenError::SqliteTooOld {
            found: rusqlite::version().to_owned(),
        });
    }
    create(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || -> rusqlite::Result<_> {
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        Ok((conn.is_readonly("main")?, conn))
    };
    let (read_only, mut conn) = connect().map_err(|e| OpenError::from_sqlite(path, e))?;
    if read_only {
        return Err(OpenError::ReadOnly {
            path: path.to_owned(),
        });
    }
    configure(&conn, path)?;
    if migrate(&mut conn, path, schema)? {
        rewrite(&conn, path);
    }
    conn.pragma_update(None, "temp_store", "MEMORY")
        .map_err(|e| OpenError::from_sqlite(path, e))?;
    Ok(conn)
}

/// Opens a connection that cannot write.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || -> rusqlite::Result<_> {
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.pragma_update(None, "cell_size_check", true)?;
        conn.pragma_update(None, "trusted_schema", false)?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(conn)
    };
    connect().map_err(|e| OpenError::from_sqlite(path, e))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Path { path, source }
}

/// Creates the directory of a database file.
pub(super) fn create_directory(path: &Path) -> Result<(), OpenError> {
    if let Some(directory) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
        let mut builder = DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(failed(directory))?;
    }
    Ok(())
}

/// Creates the directory and an empty file that only this user may read; the log files inherit that.
fn create(path: &Path) -> Result<(), OpenError> {
    create_directory(path)?;
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => return Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(failed(path)(e)),
    }
    let metadata = fs::metadata(path).map_err(failed(path))?;
    if metadata.permissions().readonly() {
        return Err(OpenError::ReadOnly {
            path: path.to_owned(),
        });
    }
    Ok(())
}

fn configure(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    let failed = |e| OpenError::from_sqlite(path, e);
    conn.pragma_update(None, "cell_size_check", true)
        .map_err(failed)?;
    let problem: String = conn
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(failed)?;
    if problem != "ok" {
        return Err(OpenError::Damaged {
            path: path.to_owned(),
            // SQLite writes it on several lines.
            problem: problem.split_whitespace().collect::<Vec<_>>().join(" "),
        });
    }
    let mode: String = conn
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(failed)?;
    if mode != "wal" {
        return Err(OpenError::NoWal {
            path: path.to_owned(),
        });
    }
    conn.pragma_update(None, "synchronous", "FULL")
        .map_err(failed)?;
    conn.pragma_update(None, "foreign_keys", true)
        .map_err(failed)?;
    conn.pragma_update(None, "trusted_schema", false)
        .map_err(failed)?;
    // What is deleted is overwritten with zeros.
    conn.pragma_update(None, "secure_delete", true)
        .map_err(failed)
}

/// Writes the whole file anew. Older versions did not overwrite what they deleted.
fn rewrite(conn: &Connection, path: &Path) {
    let rewritten = conn.execute_batch("VACUUM").map_err(DbError::from);
    if let Err(error) = rewritten.and_then(|()| empty_log(conn).map(|_| ())) {
        tracing::warn!(path = %path.display(), %error,
            "an older version may have left deleted values in the file: run VACUUM on it");
    }
}

/// Moves the write-ahead log into the file and empties it, so that it holds nothing deleted. `false`:
/// a reader still needs it.
pub(super) fn empty_log(conn: &Connection) -> Result<bool, DbError> {
    // A write must not wait for a reader.
    conn.busy_timeout(Duration::ZERO)?;
    let busy = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    conn.busy_timeout(BUSY_TIMEOUT)?;
    Ok(!busy?)
}

/// Runs the migrations that the file lacks. Returns whether an older version has written it.
fn migrate(conn: &mut Connection, path: &Path, schema: &[&str]) -> Result<bool, OpenError> {
    let mut first = None;
    loop {
        // Read inside the transaction: another process may be migrating the same file.
        let transaction = conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|e| OpenError::from_sqlite(path, e))?;
        let found: u32 = transaction
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(|e| OpenError::from_sqlite(path, e))?;
        let known = u32::try_from(schema.len()).unwrap_or(u32::MAX);
        if found > known {
            let path = path.to_owned();
            return Err(OpenError::NewerSchema { path, found, known });
        }
        let Some(step) = schema.get(found as usize) else {
            return Ok(first.is_some_and(|first| first > 0));
        };
        first.get_or_insert(found);
        let version = found + 1;
        let run = || -> rusqlite::Result<()> {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()
        };
        run().map_err(|e| OpenError::Migration {
            path: path.to_owned(),
            version,
            source: e.into(),
        })?;
    }
}

#[cfg(test)]
mod tests;
