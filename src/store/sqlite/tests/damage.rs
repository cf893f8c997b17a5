//! Damaged rows in a file.

use rusqlite::{Connection, params_from_iter};

use super::{super::session::read, *};
use crate::store::conformance::{
    damage::{self, Fault},
    mending, quarantine, versions,
};

/// A connection that damages rows, whatever would keep it from that.
fn vandal(bench: &Bench) -> Connection {
    let conn = Connection::open(bench.path()).unwrap();
    let free = "PRAGMA foreign_keys = OFF; DROP TRIGGER IF EXISTS history_stays_as_it_is";
    conn.execute_batch(free).unwrap();
    conn
}

fn columns(conn: &Connection) -> Vec<(String, String)> {
    let sql = "SELECT tables.name, columns.name
        FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%'";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// Damages a value; `false` if there is none, or if the database refuses the damaged one.
fn spoil(conn: &Connection, table: &str, column: &str, row: &str, fault: Fault) -> bool {
    let sql = format!("SELECT {column} FROM {table} WHERE {row}");
    let value = conn.query_row(&sql, [], |row| Ok(read(row.get_ref(0)?)));
    let Some(value) = fault.of(value.unwrap()) else {
        return false;
    };
    let sql = format!("UPDATE {table} SET {column} = ?1 WHERE {row}");
    conn.execute(&sql, params_from_iter([value])).is_ok()
}

#[tokio::test]
async fn every_column_is_one_records_trouble() {
    let whole = Bench::new();
    let store = whole.open().await;
    damage::furnish(&store).await;
    vandal(&whole).execute_batch(damage::DAMAGE_ONE).unwrap();
    store.inspect(None, 100).await.unwrap();
    drop(store);
    // Waits until the file is free.
    drop(whole.open().await);
    let conn = vandal(&whole);
    let columns = columns(&conn);
    damage::every_column_is_one_records_trouble(&columns, async |table, column, row, fault| {
        let bench = Bench::new();
        let copy = format!("VACUUM INTO '{}'", bench.path().display());
        conn.execute_batch(&copy).unwrap();
        if !spoil(&vandal(&bench), table, column, row, fault) {
            return None;
        }
        Some((bench.open().await, bench))
    })
    .await;
}

async fn run(check: impl AsyncFnOnce(&dyn Store, &Bench)) {
    let bench = Bench::new();
    let store = bench.open().await;
    check(&store, &bench).await;
}

macro_rules! checks {
    ($module:ident: $($check:ident)*) => {$(
        #[tokio::test]
        async fn $check() {
            run(async |store, bench| {
                let spoil = async |sql: &str| vandal(bench).execute_batch(sql).unwrap();
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
