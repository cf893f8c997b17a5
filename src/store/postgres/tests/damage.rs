//! Damaged rows in a database.

use tokio_postgres::Client;
use uuid::Uuid;

use super::*;
use crate::{
    db::SealError,
    store::{
        QuarantineStore as _, TenantStore as _,
        conformance::{
            damage::{self, Fault},
            mending, quarantine, resealing, versions,
        },
        sql::Value,
    },
};

/// A connection that damages rows, whatever would keep it from that.
async fn vandal(url: &str) -> Client {
    let client = connect(url).await;
    let free = "SET session_replication_role = replica";
    client.batch_execute(free).await.unwrap();
    client
}

async fn columns(client: &Client) -> Vec<(String, String)> {
    let sql = "SELECT table_name::text, column_name::text FROM information_schema.columns
        WHERE table_schema = 'public'";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Damages a value; `false` if there is none, or if the database refuses the damaged one.
async fn spoil(client: &Client, table: &str, column: &str, row: &str, fault: Fault) -> bool {
    let sql = format!("SELECT {column} FROM {table} WHERE {row}");
    let found = client.query(&sql, &[]).await.unwrap();
    let Some(value) = fault.of(found[0].get::<_, Value>(0)) else {
        return false;
    };
    let own = format!("ALTER TABLE {table} ALTER COLUMN {column} DROP IDENTITY IF EXISTS");
    client.batch_execute(&own).await.unwrap();
    let sql = format!("UPDATE {table} SET {column} = $1 WHERE {row}");
    let spoilt = client.execute(&sql, &[&value]).await.is_ok();
    let next = "coalesce((SELECT max(abs(seq % 1000000)) FROM";
    let again = format!(
        "DO $$ BEGIN EXECUTE 'ALTER TABLE {table} ALTER COLUMN {column}
            ADD GENERATED ALWAYS AS IDENTITY (START WITH ' || {next} {table}), 0) + 1 || ')';
         END $$"
    );
    if column == "seq" {
        client.batch_execute(&again).await.unwrap();
    }
    spoilt
}

#[tokio::test]
async fn every_column_is_one_records_trouble() {
    with_database(async |url| {
        let clock = Arc::new(FakeClock::new());
        let store = held(url, &clock).await;
        damage::furnish(&store).await;
        let client = vandal(url).await;
        client.batch_execute(damage::DAMAGE_ONE).await.unwrap();
        store.inspect(None, 100).await.unwrap();
        let columns = columns(&client).await;
        drop((store, client));
        let mut server: url::Url = url.parse().unwrap();
        let whole = server.path().trim_start_matches('/').to_owned();
        server.set_path("postgres");
        let admin = connect(server.as_str()).await;
        let mut copy = server.clone();
        let name = format!("onboarding_{}", Uuid::new_v4().simple());
        copy.set_path(&name);
        let drop_copy = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        // A copy can be made once nobody is connected.
        let disconnect = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{whole}'"
        );
        let make_copy = format!("CREATE DATABASE {name} TEMPLATE {whole}");
        damage::every_column_is_one_records_trouble(&columns, async |table, column, row, fault| {
            admin.batch_execute(&drop_copy).await.unwrap();
            admin.batch_execute(&disconnect).await.unwrap();
            admin.batch_execute(&make_copy).await.unwrap();
            let client = vandal(copy.as_str()).await;
            if !spoil(&client, table, column, row, fault).await {
                return None;
            }
            Some((held(copy.as_str(), &clock).await, ()))
        })
        .await;
        admin.batch_execute(&drop_copy).await.unwrap();
    })
    .await;
}

async fn run(check: impl AsyncFnOnce(&dyn Store, &str)) {
    with_database(async |url| {
        let store = held(url, &Arc::new(FakeClock::new())).await;
        check(&store, url).await;
    })
    .await;
}

#[tokio::test]
async fn a_record_that_another_replica_has_sealed_with_a_newer_key_is_not_at_fault() {
    with_database(async |url| {
        let with = async |keys: &[u8]| {
            let clock = Arc::new(FakeClock::new());
            let tls = ClientFiles::default();
            let opened = PostgresStore::open(url, tls, resealing::keyring(keys), clock).await;
            opened.map_err(|error| error.to_string()).unwrap()
        };
        let older = with(&[1]).await;
        let newer = with(&[2, 1]).await;
        damage::furnish(&newer).await;
        let read = older.tenants(None, 10).await;
        let missing = SealError::UnknownKey(resealing::keyring(&[2]).newest());
        assert!(matches!(read, Err(StoreError::Sealed(error)) if error == missing));
        assert!(older.inspect(None, 10).await.is_err());
        assert!(newer.quarantined(None, 10).await.unwrap().is_empty());
    })
    .await;
}

macro_rules! checks {
    ($module:ident: $($check:ident)*) => {$(
        #[tokio::test]
        async fn $check() {
            run(async |store, url| {
                let spoil = async |sql: &str| vandal(url).await.batch_execute(sql).await.unwrap();
                $module::$check(store, spoil).await;
            })
            .await;
        }
    )*};
}

checks! { quarantine:
    what_is_in_quarantine_blocks_until_it_is_repaired
    what_is_removed_needs_its_open_attempts_acknowledged
    a_tenant_leaves_the_quarantine_by_itself
}

checks! { mending:
    what_differs_from_the_sealed_record_is_written_anew
    a_reservation_that_no_hire_holds_ends
}

checks! { versions:
    an_older_row_of_a_tenant_that_is_put_back_is_noticed
}
