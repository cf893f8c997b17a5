//! Starting, stopping, and databases that cannot be used.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::{
    super::{migrate, *},
    connect, keyring, replica, with_database,
};
use crate::{
    clock::FakeClock,
    domain::onboarding::fixtures::{at, hire, id},
    net::tls::{
        ServerFiles, ServerTls,
        testing::{Authority, dns},
    },
    store::{
        Actor, HireStore as _, LookupStore as _, Retired, ScheduleStore as _, StatementStore as _,
        Submitted, conformance::resealing,
    },
};

async fn refusal(url: &str, key: u8) -> String {
    let clock = Arc::new(FakeClock::new());
    match PostgresStore::open(url, ClientFiles::default(), keyring(key), clock).await {
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
        let first = store
            .submit(hire("a-1"), None, id(1), Actor::payroll(), at(0))
            .await
            .unwrap();
        drop(store);
        let store = replica(url).await;
        let again = store
            .submit(hire("a-1"), None, id(2), Actor::payroll(), at(1))
            .await
            .unwrap();
        assert_eq!(again, first);
    })
    .await;
}

#[tokio::test]
async fn replicas_that_start_at_once_make_one_schema_and_one_index_key() {
    with_database(async |url| {
        let stores = futures_util::future::join_all((0..6).map(|_| replica(url))).await;
        let first = stores[0].submit(hire("a-1"), None, id(1), Actor::payroll(), at(0));
        let first = first.await.unwrap();
        for (number, store) in (2..).zip(&stores) {
            // Found by its index, and opened.
            let again = store.submit(hire("a-1"), None, id(number), Actor::payroll(), at(1));
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
        let kept = first.submit(hire("a-1"), None, id(1), Actor::payroll(), at(0)).await.unwrap();
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
        let again = first.submit(hire("a-1"), None, id(2), Actor::payroll(), at(1)).await.unwrap();
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
        let stored = store
            .submit(undated, None, id(1), Actor::payroll(), at(0))
            .await
            .unwrap();
        drop(store);
        let older = "DROP INDEX onboardings_queue; DROP INDEX requests_of; DROP INDEX onboardings_unavailable;
            ALTER TABLE onboardings DROP COLUMN retain_from; DROP TABLE lessons;
            DROP TABLE former_tenants; DROP TABLE quarantine; DROP TABLE tenant_versions; DROP TABLE anonymised, early, deliveries;
            DROP TABLE history_limits; DROP INDEX history_aged;
            ALTER TABLE tombstones DROP COLUMN noted; ALTER TABLE requests DROP COLUMN noted;
            DROP FUNCTION history_is_removed_in_time CASCADE;
            ALTER TABLE data_keys RENAME TO kept_keys;
            DROP FUNCTION history_is_only_added_to CASCADE;
            DROP INDEX history_in;
            ALTER TABLE attempts DROP COLUMN seq;
            ALTER TABLE history DROP COLUMN rpc, DROP COLUMN outcome, DROP COLUMN link;
            DROP TABLE accepted_keys; DROP INDEX onboardings_lane, onboardings_leased;
            CREATE INDEX onboardings_wake ON onboardings (account, wake, seq);
            CREATE INDEX onboardings_leased ON onboardings (account, lease_end, seq);
            UPDATE onboardings SET urgency = '09999-12-31';
            UPDATE schema_version SET version = 1";
        connect(url).await.batch_execute(older).await.unwrap();
        let store = replica(url).await;
        // It sealed without data keys; here the values keep those that they have.
        let keys = "INSERT INTO data_keys SELECT * FROM kept_keys; DROP TABLE kept_keys";
        connect(url).await.batch_execute(keys).await.unwrap();
        let again = store.submit(
            hire("a-1").incomplete(),
            None,
            id(2),
            Actor::payroll(),
            at(1),
        );
        assert_eq!(again.await.unwrap(), stored);
        let standing = store.waiting_counts().await.unwrap();
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
async fn errors_of_connecting_do_not_show_the_url() {
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
        let stored = store
            .submit(hire("a-1"), None, id(1), Actor::payroll(), at(0))
            .await;
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
            let stored = store
                .submit(hire, None, id(number), Actor::payroll(), at(0))
                .await;
            assert!(matches!(stored, Ok(Submitted::Stored(_))), "{stored:?}");
            cut(url).await;
            store.due_times().await.unwrap();
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
                let stored = one
                    .submit(hire, None, id(number), Actor::payroll(), at(0))
                    .await;
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
async fn a_server_that_is_gone_is_reported_as_unreachable() {
    let url = format!("postgres://u:hunter2@{}/d", nobody().await);
    let mut config = connect::config(&url).unwrap();
    let plain = Encryption::of(&mut config, ClientFiles::default()).unwrap();
    let pool = connect::pool(config, plain).unwrap();
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
            let opened = PostgresStore::open_with(
                url,
                crate::net::tls::ClientFiles::default(),
                keys,
                clock,
                ticks,
            )
            .await;
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
        store
            .submit(hire("a-1"), None, id(1), Actor::payroll(), at(0))
            .await
            .unwrap();
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

/// A server that speaks TLS and then refuses whoever wants in; without a certificate it
/// speaks no TLS.
async fn guarded(files: Option<ServerFiles>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = files.map(|files| ServerTls::load(files, b"postgresql").unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // SSLRequest: its length and its code.
            let mut asked = [0; 8];
            stream.read_exact(&mut asked).await.unwrap();
            assert_eq!(asked, [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
            let Some(tls) = &tls else {
                stream.write_all(b"N").await.unwrap();
                continue;
            };
            stream.write_all(b"S").await.unwrap();
            let Ok(mut stream) = TlsAcceptor::from(tls.config()).accept(stream).await else {
                continue;
            };
            let length = stream.read_u32().await.unwrap();
            let mut startup = vec![0; usize::try_from(length).unwrap() - 4];
            stream.read_exact(&mut startup).await.unwrap();
            let fields = b"SFATAL\0C28P01\0Mno\0\0";
            stream.write_u8(b'E').await.unwrap();
            stream
                .write_u32(u32::try_from(fields.len()).unwrap() + 4)
                .await
                .unwrap();
            stream.write_all(fields).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn with_tls_a_server_has_to_prove_its_name_and_nothing_is_said_in_the_clear() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let open = async |server: SocketAddr, host: &str, tls: ClientFiles| {
        let url = format!(
            "postgres://u:hunter2@{host}:{}/d?sslmode=require",
            server.port()
        );
        let clock = Arc::new(FakeClock::new());
        let refused = PostgresStore::open(&url, tls, keyring(7), clock).await;
        let error = refused.err().unwrap();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        error
    };
    let (cert, key) = ours.issue("localhost", &[dns("localhost")]);
    let files = ServerFiles {
        cert,
        key,
        client_ca: None,
        require_client_certificate: false,
    };
    let server = guarded(Some(files)).await;
    // Far enough to be refused for the password.
    let trusted = open(server, "localhost", ours.client()).await;
    assert!(matches!(trusted, PostgresError::Login(_)), "{trusted}");
    let other_ca = open(server, "localhost", theirs.client()).await;
    assert!(matches!(other_ca, PostgresError::Tls(_)), "{other_ca}");
    let other_name = open(server, "127.0.0.1", ours.client()).await;
    assert!(matches!(other_name, PostgresError::Tls(_)), "{other_name}");
    // A server without TLS does not get the password.
    let plain = open(guarded(None).await, "localhost", ours.client()).await;
    assert!(matches!(plain, PostgresError::Tls(_)), "{plain}");
    let nowhere = ClientFiles {
        ca: Some("/nowhere/ca.pem".into()),
        identity: None,
    };
    let missing = open(server, "localhost", nowhere).await;
    assert!(matches!(missing, PostgresError::Files(_)), "{missing}");
}
