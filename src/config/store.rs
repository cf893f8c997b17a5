//! Section `store`.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{
    keys::{Keys, number, section},
    listener::is_this_machine,
};

/// A hundred years, the same as for a tenant.
const MOST_DAYS: u32 = 36_525;

section! {
    /// Where hires are kept.
    Store {
        /// The database.
        pub url: StoreUrl = url,
        /// CA certificates to trust if the URL asks for TLS; `None`: those of the system.
        pub ca_file: Option<PathBuf> = Keys::path,
        /// Keys that seal personal data: 32 bytes in base64 each, newest first. May be empty; see
        /// [`super::Settings::check_serve`].
        pub encryption_keys: Vec<SecretString> = Keys::encryption_keys,
        /// The command that prints them instead; empty for none.
        pub encryption_keys_command: Vec<String> = Keys::command,
        /// Days for which personal data are kept, for tenants that do not say.
        pub retention_days: u32 = number(1..=MOST_DAYS),
        /// Days for which entries of the history are kept.
        pub history_days: u32 = number(31..=MOST_DAYS),
        /// Days for which entries about events of an ATS and refused calls are kept.
        pub event_days: u32 = number(31..=MOST_DAYS),
        /// Days for which request ids and withdrawals of unknown hires are kept: longer than an
        /// adapter remembers an event.
        pub redelivery_days: u32 = number(91..=MOST_DAYS),
    }
}

/// A database.
#[derive(Clone, Debug)]
pub enum StoreUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, as the whole URL, which may hold a password.
    Postgres(SecretString),
}

fn url(keys: &mut Keys, key: &str) -> Option<StoreUrl> {
    let expected = "sqlite://PATH (a file, without options) or postgres://…";
    keys.text(key, expected, parse_url)
}

impl StoreUrl {
    /// The SQLite file.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// Whether it is on another machine and connections to it are not encrypted.
    pub(super) fn is_clear(&self) -> bool {
        let Self::Postgres(url) = self else {
            return false;
        };
        let Ok(url) = Url::parse(url.expose_secret()) else {
            return false;
        };
        // A socket's path is percent-encoded.
        let host = url.host_str().unwrap_or_default();
        let is_local = host.is_empty() || host.starts_with("%2F") || is_this_machine(host);
        let is_encrypted = url
            .query_pairs()
            .any(|(key, value)| key == "sslmode" && value == "require");
        !is_local && !is_encrypted
    }
}

fn parse_url(text: &str) -> Option<StoreUrl> {
    match text.split_once("://") {
        Some(("postgres" | "postgresql", rest)) => {
            (!rest.is_empty()).then(|| StoreUrl::Postgres(SecretString::from(text)))
        }
        _ => sqlite_path(text).map(StoreUrl::Sqlite),
    }
}

/// The file of `sqlite://PATH`.
pub(super) fn sqlite_path(text: &str) -> Option<PathBuf> {
    let path = text.strip_prefix("sqlite://")?;
    // SQLite reads a leading colon or "file:" as something other than the name of a file.
    let plain = !path.is_empty()
        && !path.starts_with(':')
        && !path.starts_with("file:")
        && !path.ends_with('/')
        && !path.contains(['?', '\0']);
    plain.then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_sqlite_url_is_relative_with_two_slashes_and_absolute_with_three() {
        let path = |text| sqlite_path(text).map(|p| p.to_string_lossy().into_owned());
        assert_eq!(path("sqlite://data/a.db").as_deref(), Some("data/a.db"));
        assert_eq!(
            path("sqlite:///var/lib/a.db").as_deref(),
            Some("/var/lib/a.db")
        );
    }

    #[test]
    fn what_would_not_be_kept_in_a_file_is_refused() {
        for text in [
            "",
            "a.db",
            "sqlite:a.db",
            "sqlite://",
            "sqlite://:memory:",
            "sqlite://file:a.db",
            "sqlite://a.db?mode=memory",
            "sqlite://data/",
            "mysql://host/db",
            "postgres://",
        ] {
            assert!(parse_url(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_database_on_another_machine_is_clear_without_tls() {
        for (url, expected) in [
            ("sqlite://a.db", false),
            ("postgres://u:p@localhost/d", false),
            ("postgres://u:p@127.0.0.1:5432/d", false),
            ("postgres://u:p@[::1]/d", false),
            ("postgres://u@%2Frun%2Fpostgresql/d", false),
            ("postgres:///d", false),
            ("postgres://u:p@db.internal/d?sslmode=require", false),
            ("postgres://u:p@db.internal/d", true),
            ("postgres://u:p@10.0.0.1/d?sslmode=prefer", true),
        ] {
            assert_eq!(parse_url(url).unwrap().is_clear(), expected, "{url}");
        }
    }

    #[test]
    fn a_database_password_is_not_shown() {
        let url = parse_url("postgres://user:hunter2@host/db").unwrap();
        assert!(matches!(url, StoreUrl::Postgres(_)));
        assert!(!format!("{url:?}").contains("hunter2"));
    }
}
