//! Starting, stopping, and databases that cannot be used.

use std::{net::SocketAddr, time::Duration};

use tokio::net::TcpListener;

use super::{
    super::{migrate, *},
    connect, keyring, replica, with_database,
};
use crate::{
    clock::FakeClock,
    domain::onboarding::fixtures::{at, hire, id},
    store::conformance::resealing,
};

async fn refusal(url: &str, key: u8) -> String {
    let clock = std::sync::Arc::new(FakeClock::new());
    match PostgresStore::open(url, keyring(key), clock).await {
        Ok(_) => panic!("opened"),
        Err(error) => error.to_string(),
    }
}

/// An address at which nobody listens.
async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart() {
    with_database(async |url| {
        let store = replica(url).await;
        let first = store.submit(hire("a-1"), None, id(1), at(0)).await.unwrap();
        drop(store);
        let store = replica(url).await;
        let again = store.submit(hire("a-1"), None, id(2), at(1)).await.unwrap();
        assert_eq!(again, first);
    })
    .await;
}

#[tokio::test]
async fn replicas_that_start_at_once_make_one_schema_and_one_index_key() {
    with_database(async |url| {
        let stores = futures_util::future::join_all((0..6).map(|_| replica(url))).await;
        let first = stores[0].submit(hire("a-1"), None, id(1), at(0));
        let first = first.await.unwrap();
        for (number, store) in (2..).zip(&stores) {
            // Found by its index, and opened.
            let again = store.submit(hire("a-1"), None, id(number), at(1));
            assert_eq!(again.await.unwrap(), first);
        }
    })
    .await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    with_database(async |url| {
        drop(replica(url).await);
        let client = connect(url).await;
        let newer = "UPDATE schema_version SET version = 999";
        client.batch_execute(newer).await.unwrap();
        let text = refusal(url, 7).await;
        assert!(text.contains("start the newer program"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn only_the_migrations_a_database_lacks_are_run_and_a_failed_one_changes_nothing() {
    with_database(async |url| {
        let first = replica(url).await;
        let kept = first.submit(hire("a-1"), None, id(1), at(0)).await.unwrap();
        let mut client = connect::connection(&first.pool).await.unwrap();
        let known = migrate::SCHEMA.len();
        let with = |more| [&migrate::SCHEMA[..], &[more]].concat();
        let bad = with("CREATE TABLE more (x BIGINT); CREATE TABLE tenants (x BIGINT)");
        let error = migrate::migrate(&mut client, &keyring(7), &bad).await;
        let failed = error.unwrap_err();
        assert!(
            matches!(failed, PostgresError::Migration { version, .. } if version == known as i64 + 1),
            "{failed}"
        );
        let good = with("CREATE TABLE more (x BIGINT)");
        migrate::migrate(&mut client, &keyring(7), &good)
            .await
            .unwrap();
        let again = first.submit(hire("a-1"), None, id(2), at(1)).await.unwrap();
        assert_eq!(again, kept);
        let newer = format!("schema version {}", known + 1);
        assert!(refusal(url, 7).await.contains(&newer));
    })
    .await;
}

#[tokio::test]
async fn what_an_older_version_stored_is_kept_and_retired_in_its_time() {
    with_database(async |url| {
        let store = replica(url).await;
        let undated = hire("a-1").incomplete();
        let stored = store.submit(undated, None, id(1), at(0)).await.unwrap();
        drop(store);
        let older = "DROP INDEX onboardings_queue;
            ALTER TABLE onboardings DROP COLUMN retain_from; DROP TABLE lessons;
            DROP TABLE former_tenants;
            DROP FUNCTION history_is_only_added_to CASCADE;
            DROP INDEX history_in;
            ALTER TABLE attempts DROP COLUMN seq;
            ALTER TABLE history DROP COLUMN rpc, DROP COLUMN outcome;
            UPDATE onboardings SET urgency = '09999-12-31';
            UPDATE schema_version SET version = 1";
        connect(url).await.batch_execute(older).await.unwrap();
        let store = replica(url).await;
        let again = store.submit(hire("a-1").incomplete(), None, id(2), at(1));
        assert_eq!(again.await.unwrap(), stored);
        let standing = store.standing().await.unwrap();
        assert_eq!((standing.len(), standing[0].start), (1, None));
        let tenant = hire("a-1").key.tenant;
        let kept = Duration::from_secs(100);
        let retired = async |now| store.retire(&tenant, kept, now, 10).await.unwrap();
        assert_eq!(retired(at(99)).await, Retired::default());
        assert_eq!(retired(at(100)).await.expired, [id(1)]);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_encryption_key_is_named_at_start() {
    with_database(async |url| {
        drop(replica(url).await);
        let text = refusal(url, 8).await;
        assert!(
            text.starts_with("store.encryption_keys does not contain"),
            "{text}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_keeps_from_connecting_is_told_without_the_url() {
    let text = refusal(&format!("postgres://u:hunter2@{}/d", nobody().await), 7).await;
    assert!(text.contains("check host and port"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    with_database(async |url| {
        let text = refusal(&format!("{url}_not"), 7).await;
        assert!(text.contains("does not exist"), "{text}");
        let text = refusal(&url.replace("postgres@", "nobody@"), 7).await;
        assert!(text.contains("refuses the user"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_read_only_database_is_not_ready() {
    with_database(async |url| {
        replica(url).await.ping().await.unwrap();
        let client = connect(url).await;
        let sql = "DO $$ BEGIN EXECUTE format(
            'ALTER DATABASE %I SET default_transaction_read_only = on', current_database()
        ); END $$";
        client.batch_execute(sql).await.unwrap();
        let store = replica(url).await;
        let pinged = store.ping().await;
        assert!(
            matches!(pinged, Err(StoreError::Database(DbError::ReadOnly))),
            "{pinged:?}"
        );
        let stored = store.submit(hire("a-1"), None, id(1), at(0)).await;
        assert!(
            matches!(stored, Err(StoreError::Database(DbError::ReadOnly))),
            "{stored:?}"
        );
    })
    .await;
}

/// Ends all other sessions of the database, as a restart of the server does.
async fn cut(url: &str) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    connect(url).await.query(sql, &[]).await.unwrap();
}

#[tokio::test]
async fn calls_survive_connections_that_were_cut() {
    with_database(async |url| {
        let store = replica(url).await;
        for number in 1..=5 {
            cut(url).await;
            let hire = hire(&format!("a-{number}"));
            let stored = store.submit(hire, None, id(number), at(0)).await;
            assert!(matches!(stored, Ok(Submitted::Stored(_))), "{stored:?}");
            cut(url).await;
            store.due_accounts(at(1)).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn changes_are_heard_again_after_the_connection_was_cut() {
    with_database(async |url| {
        let (one, other) = (replica(url).await, replica(url).await);
        let mut changes = other.changes();
        cut(url).await;
        let heard = async {
            for number in 1.. {
                let hire = hire(&format!("a-{number}"));
                let stored = one.submit(hire, None, id(number), at(0)).await;
                stored.unwrap();
                let soon = tokio::time::timeout(Duration::from_millis(200), changes.recv());
                if soon.await.is_ok() {
                    return;
                }
            }
        };
        let heard = tokio::time::timeout(Duration::from_secs(20), heard).await;
        assert!(heard.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_told_as_unreachable() {
    let url = format!("postgres://u:hunter2@{}/d", nobody().await);
    let pool = connect::pool(connect::config(&url).unwrap()).unwrap();
    let answer = connect::connection(&pool).await.map(drop);
    assert!(
        matches!(answer, Err(StoreError::Database(DbError::Unreachable))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn an_older_key_can_go_once_everything_is_sealed_anew() {
    with_database(async |url| {
        let open = async |keys: &[u8]| {
            let clock: SharedClock = std::sync::Arc::new(FakeClock::new());
            let ticks = Ticks::Held(std::sync::Arc::new(FakeClock::new()));
            let keys = resealing::keyring(keys);
            let opened = PostgresStore::open_with(url, keys, clock, ticks).await;
            opened.map_err(|error| error.to_string())
        };
        resealing::an_older_key_can_go_once_everything_is_sealed_anew(open).await;
    })
    .await;
}

#[tokio::test]
async fn the_history_is_only_ever_added_to() {
    with_database(async |url| {
        let store = replica(url).await;
        store.submit(hire("a-1"), None, id(1), at(0)).await.unwrap();
        let client = connect(url).await;
        for sql in [
            "DELETE FROM history",
            "UPDATE history SET actor = 'nobody'",
            "TRUNCATE history",
        ] {
            let error = client.batch_execute(sql).await.unwrap_err();
            let error = error.as_db_error().unwrap().message().to_owned();
            assert!(error.contains("only ever added to"), "{error}");
        }
    })
    .await;
}
