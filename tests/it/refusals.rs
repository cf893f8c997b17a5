//! Databases that cannot be used: every program says what to do, and does not start.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use rusqlite::Connection;

use crate::support::programs::{Setting, Stage, adapter, refused, service};

/// Both programs keep an SQLite file, and refuse it alike.
fn both(file: &Path) -> [(&'static str, Vec<Setting>); 2] {
    let nobody = ([127, 0, 0, 1], 1).into();
    let both = [("serve", service(file)), ("adapter", adapter(file, nobody))];
    both.map(|(command, mut settings)| {
        settings.push(("server.shutdown_grace", "1s".to_owned()));
        (command, settings)
    })
}

fn assert_refused(file: &Path, what: &str, advice: &str) {
    for (command, settings) in both(file) {
        let (code, complaint) = refused(command, &settings);
        assert_eq!(code, Some(1), "{command}: {complaint}");
        for words in [what, advice, file.to_str().unwrap()] {
            assert!(complaint.contains(words), "{command}: {complaint}");
        }
    }
}

#[test]
fn a_database_that_cannot_be_used_is_refused_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);

    let other = file("hires.csv");
    fs::write(&other, "family name,given name\n".repeat(400)).unwrap();
    assert_refused(&other, "not an SQLite database", "move this file away");

    let damaged = file("damaged.db");
    let conn = Connection::open(&damaged).unwrap();
    conn.execute_batch(
        "CREATE TABLE a(x);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         INSERT INTO a SELECT hex(randomblob(50)) FROM n",
    )
    .unwrap();
    drop(conn);
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[4 * 4096..5 * 4096].fill(0xa5);
    fs::write(&damaged, bytes).unwrap();
    assert_refused(&damaged, "is damaged", "restore the last backup");

    let newer = file("newer.db");
    let conn = Connection::open(&newer).unwrap();
    conn.execute_batch("CREATE TABLE a(x); PRAGMA user_version = 999")
        .unwrap();
    drop(conn);
    assert_refused(&newer, "schema version 999", "start the newer program");

    let read_only = file("read-only.db");
    fs::write(&read_only, "").unwrap();
    fs::set_permissions(&read_only, fs::Permissions::from_mode(0o400)).unwrap();
    assert_refused(
        &read_only,
        "read-only",
        "make the file and its directory writable",
    );

    for (command, settings) in both(Path::new("/proc/onboarding/x.db")) {
        let (code, complaint) = refused(command, &settings);
        assert_eq!(code, Some(1), "{command}: {complaint}");
        assert!(
            complaint.contains("check that the path exists"),
            "{complaint}"
        );
    }
}

#[tokio::test]
async fn a_second_service_on_the_same_file_is_refused_and_the_first_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut stage = Stage::start(directory.path(), &[]).await;
    let file = directory.path().join("onboarding.db");
    let link = directory.path().join("link.db");
    symlink(&file, &link).unwrap();
    assert_refused(&file, "in use by another process", "stop it first");
    assert_refused(&link, "in use by another process", "PostgreSQL");
    assert_eq!(stage.service.ended(), None);
    // As soon as the first has gone, however it went, the next one may.
    stage.service.kill();
    stage.service.start().unwrap();
    stage.answers().await;
    assert_eq!(stage.service.ended(), None);
}
