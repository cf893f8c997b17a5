//! The schema, and how it is brought up to date.

use deadpool_postgres::{Client, Transaction};

use super::error::{OLDEST, PostgresError};
use crate::db::{BlindIndex, Keyring, MetaRow, open_index_key};

/// The migrations, oldest first. In a database of version n, the first n have run.
pub(super) const SCHEMA: [&str; 16] = [
    include_str!("schema.sql"),
    include_str!("schema_retention.sql"),
    include_str!("lessons.sql"),
    include_str!("undated.sql"),
    include_str!("schema_audit.sql"),
    include_str!("queue.sql"),
    include_str!("accepted_keys.sql"),
    include_str!("schema_quarantine.sql"),
    include_str!("schema_chain.sql"),
    include_str!("schema_data_keys.sql"),
    include_str!("../requests_of.sql"),
    include_str!("recovery.sql"),
    include_str!("tenant_versions.sql"),
    include_str!("pruning.sql"),
    include_str!("statements.sql"),
    include_str!("../deliveries.sql"),
];

/// The key of the advisory lock that lets one replica at a time migrate: "lucca-on" in ASCII.
const LOCK: i64 = 0x6c75_6363_612d_6f6e;

/// Brings the schema up to date and opens or creates the index key, in one transaction.
///
/// Replicas that start at the same time do this one after the other; only the first has anything to do.
/// A user who may not create tables can start on a schema that is up to date.
pub(super) async fn migrate(
    client: &mut Client,
    keyring: &Keyring,
    schema: &[&str],
) -> Result<BlindIndex, PostgresError> {
    check_version(client).await?;
    let transaction = client.transaction().await?;
    // Another replica's migration may take longer than any ordinary statement.
    transaction
        .batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        .await?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    run(&transaction, schema).await?;
    let index = index_key(&transaction, keyring).await?;
    transaction.commit().await?;
    Ok(index)
}

async fn check_version(client: &Client) -> Result<(), PostgresError> {
    let row = client
        .query_one(
            "SELECT current_setting('server_version_num')::bigint, current_setting('server_version')",
            &[],
        )
        .await?;
    let number: i64 = row.try_get(0)?;
    if number < i64::from(OLDEST) * 10_000 {
        let found = row.try_get(1)?;
        return Err(PostgresError::TooOld { found });
    }
    Ok(())
}

async fn run(transaction: &Transaction<'_>, schema: &[&str]) -> Result<(), PostgresError> {
    let known = i64::try_from(schema.len()).unwrap_or(i64::MAX);
    let found = version(transaction).await?;
    if found > known {
        return Err(PostgresError::NewerSchema { found, known });
    }
    for (version, step) in (1..).zip(schema) {
        if version <= found {
            continue;
        }
        let done = async {
            transaction.batch_execute(step).await?;
            transaction
                .execute("UPDATE schema_version SET version = $1", &[&version])
                .await
        };
        done.await.map_err(|error| PostgresError::Migration {
            version,
            source: error.into(),
        })?;
    }
    Ok(())
}

/// The version of the schema; 0 in an empty database.
async fn version(transaction: &Transaction<'_>) -> Result<i64, PostgresError> {
    let known: bool = transaction
        .query_one("SELECT to_regclass('schema_version') IS NOT NULL", &[])
        .await?
        .try_get(0)?;
    if !known {
        transaction
            .batch_execute(
                "CREATE TABLE schema_version (version BIGINT NOT NULL);
                 INSERT INTO schema_version VALUES (0)",
            )
            .await
            .map_err(|error| PostgresError::Migration {
                version: 1,
                source: error.into(),
            })?;
    }
    let row = transaction
        .query_one("SELECT version FROM schema_version", &[])
        .await?;
    Ok(row.try_get(0)?)
}

async fn index_key(
    transaction: &Transaction<'_>,
    keyring: &Keyring,
) -> Result<BlindIndex, PostgresError> {
    let rows = transaction
        .query("SELECT key, value FROM meta", &[])
        .await?;
    let rows = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let meta: Vec<MetaRow> = rows.collect::<Result<_, tokio_postgres::Error>>()?;
    let (index, writes) = open_index_key(&meta, keyring)?;
    for (key, value) in writes {
        let sql = "INSERT INTO meta (key, value) VALUES ($1, $2)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        transaction.execute(sql, &[&key, &value]).await?;
    }
    Ok(index)
}
