//! Why a database cannot answer, whichever it is.

use std::{fmt, io, sync::Arc};

use rusqlite::{Error, ErrorCode, ffi};
use tokio_postgres::error::SqlState;

/// Why a read or a write failed.
///
/// Neither `Display` nor `Debug` shows SQL or row data: of an error the database reports, only its
/// code is shown.
#[derive(Clone, thiserror::Error)]
pub enum DbError {
    /// The disk, or the space allowed to the database, is full.
    #[error("the disk of the database is full")]
    Full,
    /// The database cannot be written to any more.
    #[error("the database is read-only")]
    ReadOnly,
    /// The database file is damaged or is something else.
    #[error("the database file is damaged")]
    Corrupt,
    /// Another process held the database, or a row of it, for longer than the busy time-out.
    #[error("the database is held by another process")]
    Busy,
    /// The database server cannot be reached, or the connection to it was lost.
    #[error("the database cannot be reached")]
    Unreachable,
    /// The database took a transaction back because of another one; it may be tried again.
    #[error("the database took back a transaction that met another one")]
    Conflict,
    /// The writer or the run time has stopped.
    #[error("the database is closed")]
    Closed,
    /// Too many writes are waiting already; nothing was queued.
    #[error("too many database writes are waiting")]
    Overloaded,
    /// The job panicked; what it wrote was taken back.
    #[error("a database job panicked")]
    Panicked,
    /// Another job of the group hit a failure that made SQLite take back the whole transaction.
    #[error("the database took back a group of writes")]
    RolledBack,
    /// Anything else SQLite or its driver reports.
    #[error("{}", describe(.0))]
    Other(Arc<Error>),
    /// Anything else PostgreSQL reports.
    #[error("database error: SQLSTATE {}", .0.code())]
    Refused(SqlState),
    /// PostgreSQL sent something that the driver did not expect.
    #[error("database error: an answer of PostgreSQL has an unexpected form")]
    Unexpected,
}

impl DbError {
    /// Whether a `UNIQUE` or `PRIMARY KEY` constraint refused the write.
    pub fn is_unique_violation(&self) -> bool {
        let error = match self {
            Self::Other(error) => error,
            Self::Refused(state) => return *state == SqlState::UNIQUE_VIOLATION,
            _ => return false,
        };
        matches!(
            error.sqlite_error().map(|e| e.extended_code),
            Some(
                ffi::SQLITE_CONSTRAINT_UNIQUE
                    | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                    | ffi::SQLITE_CONSTRAINT_ROWID
            )
        )
    }
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Other(Arc::new(error)),
        }
    }
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(state) = error.code() {
            return of_state(state);
        }
        // A connection that breaks reports an I/O error, or that it is closed.
        let io = std::error::Error::source(&error).is_some_and(|source| source.is::<io::Error>());
        if io || error.is_closed() {
            return Self::Unreachable;
        }
        Self::Unexpected
    }
}

/// What a PostgreSQL error code means here; the classes are those of the appendix "Error Codes"
/// of its manual.
fn of_state(state: &SqlState) -> DbError {
    match state.code() {
        "53100" => DbError::Full,
        "25006" => DbError::ReadOnly,
        "40001" | "40P01" => DbError::Conflict,
        // lock_not_available, query_canceled, idle_in_transaction_session_timeout
        "55P03" | "57014" | "25P03" => DbError::Busy,
        code if code.starts_with("XX") => DbError::Corrupt,
        code if code.starts_with("08") || code.starts_with("57P") => DbError::Unreachable,
        code if code.starts_with("53") => DbError::Overloaded,
        _ => DbError::Refused(state.clone()),
    }
}

impl fmt::Debug for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DbError({self})")
    }
}

fn describe(error: &Error) -> String {
    match (error, error.sqlite_error()) {
        (_, Some(code)) => format!("database error: {code}"),
        (Error::QueryReturnedNoRows, _) => "database error: no such row".to_owned(),
        (Error::FromSqlConversionFailure(column, ..) | Error::InvalidColumnType(column, ..), _) => {
            format!("database error: column {column} holds something unexpected")
        }
        _ => "database error outside SQLite".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Type;

    use super::*;

    #[test]
    fn neither_display_nor_debug_shows_what_a_row_holds() {
        let inner = Box::new(std::io::Error::other("eloise.dupont@example.com"));
        let error = DbError::from(Error::FromSqlConversionFailure(3, Type::Text, inner));
        for shown in [format!("{error}"), format!("{error:?}")] {
            assert!(shown.contains("column 3"), "{shown}");
            assert!(!shown.contains("eloise"), "{shown}");
        }
    }

    #[test]
    fn a_constraint_message_is_reduced_to_its_code() {
        let code = ffi::Error::new(ffi::SQLITE_CONSTRAINT_UNIQUE);
        let error = DbError::from(Error::SqliteFailure(code, Some("secret".to_owned())));
        assert!(error.is_unique_violation());
        assert!(!error.to_string().contains("secret"));
        assert!(error.to_string().contains("2067"), "{error}");
    }

    #[test]
    fn the_codes_an_operator_acts_on_have_their_own_variant() {
        let of = |code| DbError::from(Error::SqliteFailure(ffi::Error::new(code), None));
        assert!(matches!(of(ffi::SQLITE_FULL), DbError::Full));
        assert!(matches!(
            of(ffi::SQLITE_READONLY_DBMOVED),
            DbError::ReadOnly
        ));
        assert!(matches!(of(ffi::SQLITE_CORRUPT_INDEX), DbError::Corrupt));
        assert!(matches!(of(ffi::SQLITE_BUSY_TIMEOUT), DbError::Busy));
        assert!(matches!(of(ffi::SQLITE_IOERR_FSYNC), DbError::Other(_)));
    }

    #[test]
    fn the_codes_of_postgresql_say_what_to_do() {
        let of = |code| of_state(&SqlState::from_code(code));
        assert!(matches!(of("53100"), DbError::Full));
        assert!(matches!(of("53300"), DbError::Overloaded));
        assert!(matches!(of("25006"), DbError::ReadOnly));
        assert!(matches!(of("40001"), DbError::Conflict));
        assert!(matches!(of("40P01"), DbError::Conflict));
        assert!(matches!(of("55P03"), DbError::Busy));
        assert!(matches!(of("XX001"), DbError::Corrupt));
        for lost in ["57P01", "57P02", "57P03", "08006"] {
            assert!(matches!(of(lost), DbError::Unreachable), "{lost}");
        }
        assert!(of("23505").is_unique_violation());
        assert!(!of("23503").is_unique_violation());
        assert_eq!(of("42501").to_string(), "database error: SQLSTATE 42501");
    }
}
