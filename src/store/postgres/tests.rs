use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

use super::*;
use crate::{
    clock::FakeClock,
    store::conformance::{
        budget::Subject, budget_checks, chain, checks, erasure, indexes, personal, pruning,
    },
};
use testing::{connect, with_database};

mod damage;
mod opening;
mod replicas;

fn keyring(byte: u8) -> Keyring {
    Keyring::from_base64([BASE64.encode([byte; 32]).as_str()]).unwrap()
}

/// A store whose leases and budgets follow the server's clock.
async fn replica(url: &str) -> PostgresStore {
    let clock = Arc::new(FakeClock::new());
    PostgresStore::open(url, ClientFiles::default(), keyring(7), clock)
        .await
        .unwrap()
}

async fn held(url: &str, clock: &Arc<FakeClock>) -> PostgresStore {
    let shared: SharedClock = Arc::clone(clock) as SharedClock;
    let ticks = Ticks::Held(Arc::clone(clock));
    PostgresStore::open_with(url, ClientFiles::default(), keyring(7), shared, ticks)
        .await
        .unwrap()
}

/// All rows of all tables, in lower case; bytes are written in hexadecimal.
async fn content(url: &str) -> String {
    let client = connect(url).await;
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let mut content = String::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let sql = format!(
            "SELECT coalesce(string_agg(row::text, ' '), '') FROM {} AS row",
            table.get::<_, &str>(0)
        );
        content += client.query_one(&sql, &[]).await.unwrap().get::<_, &str>(0);
    }
    content.to_lowercase()
}

/// Nothing personal of the tests, in any form that is compared.
async fn assert_sealed(url: &str) {
    let content = content(url).await;
    assert!(content.contains("\\\\x"), "nothing is sealed");
    for text in personal() {
        for text in [text.to_lowercase(), text.to_owned()] {
            assert!(!content.contains(&text), "{text} is written in the clear");
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(!content.contains(&hex), "{text} is written in the clear");
        }
    }
}

async fn run(check: impl AsyncFnOnce(&dyn Store)) {
    with_database(async |url| {
        let store = held(url, &Arc::new(FakeClock::new())).await;
        check(&store).await;
        assert_sealed(url).await;
    })
    .await;
}

async fn run_with_clock(check: impl AsyncFnOnce(Subject<'_>)) {
    with_database(async |url| {
        let clock = Arc::new(FakeClock::new());
        let store = held(url, &clock).await;
        check((&store, &clock)).await;
    })
    .await;
}

#[tokio::test]
async fn a_change_of_the_history_is_found_where_it_is() {
    with_database(async |url| {
        let store = held(url, &Arc::new(FakeClock::new())).await;
        let client = connect(url).await;
        let free = "SET session_replication_role = replica";
        client.batch_execute(free).await.unwrap();
        let vandalise = async |sql: &str| client.batch_execute(sql).await.unwrap();
        chain::a_change_of_the_history_is_found_where_it_is(&store, vandalise).await;
    })
    .await;
}

#[tokio::test]
async fn a_cut_of_the_history_is_told_from_a_removal() {
    with_database(async |url| {
        let store = held(url, &Arc::new(FakeClock::new())).await;
        let client = connect(url).await;
        let free = "SET session_replication_role = replica";
        client.batch_execute(free).await.unwrap();
        let vandalise = async |sql: &str| client.batch_execute(sql).await.unwrap();
        pruning::a_cut_of_the_history_is_told_from_a_removal(&store, vandalise).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_sealed_before_an_erasure_does_not_open_after_it() {
    with_database(async |url| {
        let store = held(url, &Arc::new(FakeClock::new())).await;
        erasure::what_was_sealed_before_an_erasure_does_not_open_after_it(&store).await;
    })
    .await;
}

#[tokio::test]
async fn a_person_has_another_index_in_each_tenant() {
    with_database(async |url| {
        let store = held(url, &Arc::new(FakeClock::new())).await;
        indexes::a_person_has_another_index_in_each_tenant(&store).await;
    })
    .await;
}

#[tokio::test]
async fn an_erasure_forgets_what_the_request_said() {
    with_database(async |url| {
        let store = held(url, &Arc::new(FakeClock::new())).await;
        indexes::an_erasure_forgets_what_the_request_said(&store).await;
    })
    .await;
}

mod conformance {
    use super::{checks, run};

    checks!(run);
}

mod budget_conformance {
    use super::{budget_checks, run_with_clock};

    budget_checks!(run_with_clock);
}
