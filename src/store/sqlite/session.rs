//! Statements on a connection.

use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use super::super::{StoreError, records::Records};

/// A connection, and what seals and opens the values in its rows.
#[derive(Clone, Copy)]
pub(super) struct Session<'a> {
    pub conn: &'a Connection,
    pub records: &'a Records,
}

impl Session<'_> {
    /// The rows of a query, each as a tuple of its columns.
    pub(super) fn rows<T>(&self, sql: &str, params: impl Params) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error>,
    {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, |row| T::try_from(row))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first row of a query.
    pub(super) fn row<T>(&self, sql: &str, params: impl Params) -> Result<Option<T>, StoreError>
    where
        T: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error>,
    {
        let mut statement = self.conn.prepare_cached(sql)?;
        Ok(statement
            .query_row(params, |row| T::try_from(row))
            .optional()?)
    }

    /// The row of a query that always has one.
    pub(super) fn the_row<T>(&self, sql: &str, params: impl Params) -> Result<T, StoreError>
    where
        T: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error>,
    {
        self.row(sql, params)?.ok_or(StoreError::Malformed)
    }

    /// Runs a statement and tells how many rows it changed.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.conn.prepare_cached(sql)?.execute(params)?)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}
