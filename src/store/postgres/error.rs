//! Why a PostgreSQL database cannot be used.

use tokio_postgres::error::SqlState;

use crate::{
    db::{DbError, IndexKeyError},
    net::tls::TlsError,
    store::StoreError,
};

/// How the driver's errors about TLS begin; it has no other way to tell them.
const TLS_HANDSHAKE: &str = "error performing TLS handshake";

/// The oldest major version that the SQL here is tested with.
pub(super) const OLDEST: u32 = 15;

/// Why the database cannot be used; each text says what to do, none shows the URL.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// The URL cannot be read.
    #[error(
        "store.url is not a PostgreSQL URL that can be used: \
         write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with anything else than letters and digits percent-encoded"
    )]
    Url,
    /// The user or the password holds a character that ends it in a URL.
    #[error(
        "the user or the password in store.url holds a character that has another meaning in a URL: \
         percent-encode it (/ as %2F, @ as %40, ? as %3F, # as %23)"
    )]
    Unencoded,
    /// The files for TLS cannot be used.
    #[error("store.ca_file: {0}")]
    Files(#[from] TlsError),
    /// The server speaks no TLS, or does not prove its name.
    #[error(
        "PostgreSQL cannot be reached over TLS, as sslmode=require in store.url asks for ({0}): \
         check that the server has ssl = on, that its certificate names the host of the URL, and that store.ca_file holds the CA of it"
    )]
    Tls(String),
    /// The server does not answer.
    #[error(
        "PostgreSQL cannot be reached: check host and port in store.url, and that the server runs and lets this machine in"
    )]
    Unreachable,
    /// The server refuses the user.
    #[error(
        "PostgreSQL refuses the user or the password in store.url (SQLSTATE {0}): correct them, or let the user in (pg_hba.conf)"
    )]
    Login(String),
    /// There is no such database.
    #[error(
        "the database that store.url names does not exist: create it, or correct the name; \
         the service creates the tables in it, not the database itself"
    )]
    NoDatabase,
    /// The server is too old.
    #[error("PostgreSQL {found} is too old: use version {OLDEST} or newer")]
    TooOld {
        /// Its version, as it writes it.
        found: String,
    },
    /// A newer version of this program has changed the schema.
    #[error(
        "the database has schema version {found}, this program knows versions up to {known}: \
         start the newer program, or restore a backup from before its start"
    )]
    NewerSchema {
        /// Version in the database.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// A migration failed; the database is as it was.
    #[error(
        "the database could not be brought to schema version {version} ({source}); nothing was changed: \
         check that the user in store.url may create tables, and that its schema holds no tables of other programs"
    )]
    Migration {
        /// The version that was to be reached.
        version: i64,
        /// What the server said.
        source: DbError,
    },
    /// The blind-index key cannot be used.
    #[error(transparent)]
    Key(#[from] IndexKeyError),
    /// Anything else.
    #[error("PostgreSQL cannot be used: {0}")]
    Other(#[from] DbError),
    /// What an older version stored cannot be read or brought up to date.
    #[error("what an older version stored cannot be brought up to date: {0}")]
    Store(#[from] StoreError),
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(
                state @ (&SqlState::INVALID_PASSWORD
                | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION),
            ) => Self::Login(state.code().to_owned()),
            Some(&SqlState::INVALID_CATALOG_NAME) => Self::NoDatabase,
            _ if error.to_string().starts_with(TLS_HANDSHAKE) => Self::Tls(
                error
                    .into_source()
                    .map_or_else(String::new, |it| it.to_string()),
            ),
            _ => match DbError::from(error) {
                DbError::Unreachable => Self::Unreachable,
                other => Self::Other(other),
            },
        }
    }
}
