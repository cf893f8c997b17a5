use std::os::unix::fs::PermissionsExt as _;

use super::*;

const FIRST: &str = "CREATE TABLE a(x TEXT NOT NULL)";
const SECOND: &str = "ALTER TABLE a ADD COLUMN y INTEGER";

fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data").join("store.db");
    (dir, path)
}

fn refusal(path: &Path, schema: &[&str]) -> OpenError {
    open_for_writing(path, schema).expect_err("the database should be refused")
}

#[test]
fn a_new_database_is_private_durable_and_migrated() {
    let (_dir, path) = place();
    let conn = open_for_writing(&path, &[FIRST, SECOND]).unwrap();
    let number = |pragma: &str| -> i64 {
        conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(number("user_version"), 2);
    assert_eq!(number("synchronous"), 2);
    assert_eq!(number("foreign_keys"), 1);
    assert_eq!(number("secure_delete"), 1);
    conn.execute("INSERT INTO a VALUES ('x', 1)", []).unwrap();
    for name in ["store.db", "store.db-wal"] {
        let mode = fs::metadata(path.with_file_name(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn only_the_migrations_a_file_lacks_are_run() {
    let (_dir, path) = place();
    open_for_writing(&path, &[FIRST])
        .unwrap()
        .execute("INSERT INTO a VALUES ('x')", [])
        .unwrap();
    let conn = open_for_writing(&path, &[FIRST, SECOND]).unwrap();
    let row: (String, Option<i64>) = conn
        .query_row("SELECT x, y FROM a", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    assert_eq!(row, ("x".to_owned(), None));
}

#[test]
fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let (_dir, path) = place();
    let error = refusal(&path, &[FIRST, "CREATE TABLE b(x); CREATE TABLE a(x)"]);
    assert!(
        matches!(error, OpenError::Migration { version: 2, .. }),
        "{error}"
    );
    let conn = open_for_writing(&path, &[FIRST]).unwrap();
    let tables: i64 = conn
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1);
}

#[test]
fn a_newer_schema_is_refused() {
    let (_dir, path) = place();
    drop(open_for_writing(&path, &[FIRST, SECOND]).unwrap());
    let error = refusal(&path, &[FIRST]);
    assert!(
        error.to_string().contains("start the newer program"),
        "{error}"
    );
    assert!(matches!(
        error,
        OpenError::NewerSchema {
            found: 2,
            known: 1,
            ..
        }
    ));
}

#[test]
fn a_read_only_file_is_refused_with_what_to_do() {
    let (_dir, path) = place();
    drop(open_for_writing(&path, &[FIRST]).unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    let error = refusal(&path, &[FIRST]);
    assert!(
        error
            .to_string()
            .contains("make the file and its directory writable"),
        "{error}"
    );
}

#[test]
fn a_file_of_another_kind_is_refused_and_left_alone() {
    let (_dir, path) = place();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text = "name,first name\n".repeat(400);
    fs::write(&path, &text).unwrap();
    let error = refusal(&path, &[FIRST]);
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_damaged_file_is_refused() {
    let (_dir, path) = place();
    let conn = open_for_writing(&path, &[FIRST]).unwrap();
    conn.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         INSERT INTO a SELECT hex(randomblob(50)) FROM n",
        [],
    )
    .unwrap();
    drop(conn);
    let mut bytes = fs::read(&path).unwrap();
    assert!(bytes.len() > 5 * 4096);
    bytes[4 * 4096..5 * 4096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let error = refusal(&path, &[FIRST]);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("restore the last backup"));
}

#[test]
fn a_connection_for_reading_cannot_write() {
    let (_dir, path) = place();
    let _writer = open_for_writing(&path, &[FIRST]).unwrap();
    let conn = open_for_reading(&path).unwrap();
    assert!(conn.execute("INSERT INTO a VALUES ('x')", []).is_err());
}

#[test]
fn what_an_older_version_has_deleted_is_not_in_the_file_any_more() {
    let (_dir, path) = place();
    drop(open_for_writing(&path, &[FIRST]).unwrap());
    let conn = Connection::open(&path).unwrap();
    conn.pragma_update(None, "secure_delete", false).unwrap();
    let secret = "deleted-for-good".repeat(1000);
    conn.execute("INSERT INTO a VALUES (?1)", [&secret])
        .unwrap();
    conn.execute("DELETE FROM a", []).unwrap();
    drop(conn);
    let holds_it = |path: &Path| {
        let bytes = fs::read(path).unwrap_or_default();
        bytes.windows(16).any(|part| part == b"deleted-for-good")
    };
    assert!(holds_it(&path));
    let conn = open_for_writing(&path, &[FIRST, SECOND]).unwrap();
    assert!(!holds_it(&path));
    assert!(!holds_it(&path.with_file_name("store.db-wal")));
    drop(conn);
}
