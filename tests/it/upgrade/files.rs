//! The files of a released version, put to use beside the Lucca of a test.
//!
//! An onboarding is bound to the address of its Lucca for good, and that address stands in
//! sealed columns too. A test's Lucca has another port, so everything is opened, given the
//! port, and sealed again: in the format of the files, and not with the code under test.

use std::path::Path;

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey},
    rand,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rusqlite::{Connection, params};

/// The key that sealed the files. It guards nothing but made-up people.
pub const KEY: &str = "Zml4dHVyZS1rZXktdGhhdC1ndWFyZHMtbm90aGluZyE=";

const SERVICE: &[u8] = include_bytes!("../../data/released/0.1/service.sqlite");
const SPOOL: &[u8] = include_bytes!("../../data/released/0.1/spool.sqlite");
const POSTGRES: &str = include_str!("../../data/released/0.1/postgres.sql");

/// The port that the files name.
const PORT: &str = ":48090";

/// Where the address stands in the clear.
const ACCOUNTS: [&str; 8] = [
    "onboardings",
    "claims",
    "requests",
    "tombstones",
    "sights",
    "calls",
    "pauses",
    "lessons",
];

/// Where it stands sealed: the table, the column, and what the values are bound to, which is
/// the tenant, the record, and the name in front.
const SEALED: [(&str, &str, &str, &str); 3] = [
    (
        "tenant",
        "tenants",
        "document",
        "SELECT id, id, document FROM tenants",
    ),
    (
        "onboarding",
        "onboardings",
        "document",
        "SELECT tenant, id, document FROM onboardings",
    ),
    (
        "intent",
        "attempts",
        "intent",
        "SELECT o.tenant, o.id || '/' || a.number, a.intent \
         FROM attempts AS a JOIN onboardings AS o ON o.seq = a.onboarding",
    ),
];

/// Version, key id and nonce stand before the cipher text.
const KEY_ID: std::ops::Range<usize> = 0..9;
const NONCE: std::ops::Range<usize> = 9..21;

/// The same sealed value with another port in it.
fn resealed(context: [&str; 3], sealed: &[u8], port: &str) -> Vec<u8> {
    let key = UnboundKey::new(&AES_256_GCM_SIV, &STANDARD.decode(KEY).unwrap()).unwrap();
    let key = LessSafeKey::new(key);
    let mut bound = vec![1];
    for part in context {
        bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bound.extend_from_slice(part.as_bytes());
    }
    let nonce = Nonce::try_assume_unique_for_key(&sealed[NONCE]).unwrap();
    let mut body = sealed[NONCE.end..].to_vec();
    let plain = key
        .open_in_place(nonce, Aad::from(&bound), &mut body)
        .unwrap();
    let text = std::str::from_utf8(plain).unwrap().replace(PORT, port);
    let mut body = text.into_bytes();
    let mut nonce = [0; 12];
    rand::fill(&mut nonce).unwrap();
    let fresh = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(fresh, Aad::from(&bound), &mut body)
        .unwrap();
    [&sealed[KEY_ID], &nonce, &body].concat()
}

fn port_of(lucca_url: &str) -> String {
    format!(":{}", lucca_url.rsplit(':').next().unwrap())
}

/// A service database in SQLite, of a Lucca at this address.
pub fn sqlite(path: &Path, lucca_url: &str) {
    let port = port_of(lucca_url);
    std::fs::write(path, SERVICE).unwrap();
    let database = Connection::open(path).unwrap();
    for table in ACCOUNTS {
        let update = format!("UPDATE {table} SET account = replace(account, ?1, ?2)");
        database.execute(&update, params![PORT, port]).unwrap();
    }
    for (what, table, column, select) in SEALED {
        let mut statement = database.prepare(select).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let rows: Vec<(String, String, Vec<u8>)> = rows.unwrap().map(Result::unwrap).collect();
        let update = format!("UPDATE {table} SET {column} = ?1 WHERE {column} = ?2");
        for (tenant, record, sealed) in rows {
            let anew = resealed([&tenant, &record, what], &sealed, &port);
            assert_eq!(database.execute(&update, params![anew, sealed]).unwrap(), 1);
        }
    }
}

/// The same in PostgreSQL.
pub async fn postgres(database: &tokio_postgres::Client, lucca_url: &str) {
    let port = port_of(lucca_url);
    database.batch_execute(POSTGRES).await.unwrap();
    for table in ACCOUNTS {
        let update = format!("UPDATE {table} SET account = replace(account, $1, $2)");
        database.execute(&update, &[&PORT, &port]).await.unwrap();
    }
    for (what, table, column, select) in SEALED {
        let update = format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2");
        for row in database.query(select, &[]).await.unwrap() {
            let (tenant, record, sealed): (&str, &str, &[u8]) =
                (row.get(0), row.get(1), row.get(2));
            let anew = resealed([tenant, record, what], sealed, &port);
            assert_eq!(
                database.execute(&update, &[&anew, &sealed]).await.unwrap(),
                1
            );
        }
    }
}

/// The spool of an adapter.
pub fn spool(path: &Path) {
    std::fs::write(path, SPOOL).unwrap();
}
