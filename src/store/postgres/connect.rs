//! Connections: how each is set up, and a small pool of them.

use std::time::Duration;

use deadpool_postgres::{
    Client, Hook, HookError, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime,
    TimeoutType,
};
use tokio_postgres::Config;

use super::{encryption::Encryption, error::PostgresError};
use crate::{db::DbError, store::StoreError};

/// Connections of one replica, without the one that listens. A server accepts 100 by default: enough
/// for ten replicas.
const CONNECTIONS: usize = 8;

/// How long a caller waits for a free connection of the pool.
const WAIT: Duration = Duration::from_secs(5);

/// The timeout of connecting.
const CONNECT: Duration = Duration::from_secs(5);

/// The longest time until a server that has vanished from the network is noticed.
const UNANSWERED: Duration = Duration::from_secs(15);

/// The settings of every session.
///
/// Nothing is answered before it is on disk, so `synchronous_commit = off` in the server's settings is
/// overridden. A replica that hangs inside a transaction loses it, so that others can go on.
const SESSION: &str = "SET default_transaction_isolation = 'read committed';
    SET statement_timeout = '10s';
    SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '30s';
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off'";

/// Reads a URL, and sets the timeouts and keep-alives that it does not set.
pub(super) fn config(url: &str) -> Result<Config, PostgresError> {
    if has_unencoded_login(url) {
        return Err(PostgresError::Unencoded);
    }
    // The driver's error would show a part of the URL.
    let mut config: Config = url.parse().map_err(|_| PostgresError::Url)?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(PostgresError::Url);
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNANSWERED);
    }
    if config.get_application_name().is_none() {
        config.application_name("lucca-onboarding");
    }
    config
        .keepalives_idle(UNANSWERED)
        .keepalives_interval(Duration::from_secs(5));
    Ok(config)
}

/// Whether user or password seem to hold a character that ends them. Programs differ in where such a
/// URL has its host, and nothing would say why that cannot be reached.
fn has_unencoded_login(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, after) = match rest.find(['/', '?', '#']) {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    // An `@` in a value of the query is none of a login.
    let before_values = after.split('=').next().unwrap_or_default();
    let ended_early = !authority.contains('@') && before_values.contains('@');
    ended_early || authority.matches('@').count() > 1
}

/// A pool that connects on first use.
pub(super) fn pool(config: Config, encryption: Encryption) -> Result<Pool, PostgresError> {
    let manager = Manager::from_config(
        config,
        encryption,
        ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        },
    );
    let set_up = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
        Box::pin(async move {
            client
                .batch_execute(SESSION)
                .await
                .map_err(HookError::Backend)
        })
    });
    Pool::builder(manager)
        .max_size(CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(CONNECT * 2))
        .recycle_timeout(Some(CONNECT))
        .post_create(set_up)
        .build()
        .map_err(|_| PostgresError::Other(DbError::Closed))
}

/// A connection of the pool.
pub(super) async fn connection(pool: &Pool) -> Result<Client, StoreError> {
    pool.get().await.map_err(|error| match error {
        PoolError::Timeout(TimeoutType::Wait) => DbError::Overloaded.into(),
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
            StoreError::from(error)
        }
        PoolError::Closed => DbError::Closed.into(),
        _ => DbError::Unreachable.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_refused_with_what_to_do_and_without_its_password() {
        let refusal = |url: &str| config(url).unwrap_err().to_string();
        for url in [
            "postgres://u:hunter2@h:port/d",
            "postgres://u:hunter2@h/d?colour=hunter2",
            "postgres:///d",
        ] {
            let text = refusal(url);
            assert!(text.contains("postgres://USER:PASSWORD@HOST"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_login_that_is_not_percent_encoded_is_refused_with_that_advice() {
        for password in [
            "hunter/2",
            "12/hunter2",
            "hunter?2",
            "hunter#2",
            "hunter@2",
            "/hunter2",
            "hunter2/",
            "hunter2@",
        ] {
            for rest in ["h/d", "h:5432/d", "h:5432", "h/d?application_name=a@b"] {
                let error = config(&format!("postgres://u:{password}@{rest}")).unwrap_err();
                let text = error.to_string();
                assert!(text.contains("percent-encode"), "{password}: {text}");
                assert!(!text.contains("hunter"), "{text}");
            }
        }
        for url in [
            "postgres://u:p%2F%40%3A@h/d",
            "postgres://u@h/d?application_name=a@b",
            "postgres://u:p@h1:1,h2:2/d",
            "postgres://u@%2Frun%2Fpostgresql/d",
            "postgres://u:p@[::1]:5432/d",
            "postgres://h",
        ] {
            assert!(config(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn timeouts_in_the_url_are_kept() {
        let given = config("postgres://u@h/d?connect_timeout=1").unwrap();
        assert_eq!(given.get_connect_timeout(), Some(&Duration::from_secs(1)));
        let left_out = config("postgres://u@h/d").unwrap();
        assert_eq!(left_out.get_connect_timeout(), Some(&CONNECT));
    }
}
