//! A PostgreSQL server for tests: the one that `TEST_POSTGRES_URL` names (whose user may
//! create databases), or one of our own.
//!
//! An own one lives in a directory below `/tmp`. It serves this process, or all processes of
//! a run of nextest, which starts one per test. A shell ends it and removes the directory
//! once the process it serves is gone, however that ended.

use std::{
    env, fs,
    os::unix::process::{CommandExt as _, parent_id},
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    thread::sleep,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use tokio_postgres::{Client, NoTls};
use url::Url;
use uuid::Uuid;

/// `$1`: the server's programs; `$2`: the directory to make; `$3`: the process to serve.
/// Whoever makes the directory starts the server.
const SCRIPT: &str = r#"
    trap '' HUP INT TERM
    mkdir -m 700 "$2" || exit
    as=
    # The server refuses to run as root.
    if [ "$(id -u)" = 0 ]; then
        chown postgres "$2"
        as="setpriv --reuid=postgres --regid=postgres --init-groups"
    fi
    $as "$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --no-locale -N
    $as "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=500 \
        -c fsync=off -c full_page_writes=off &
    server=$!
    until "$1/pg_isready" -q -h "$2" -U postgres; do
        kill -0 "$server" || touch "$2/failed"
        kill -0 "$3" || break
        sleep 0.1
    done
    touch "$2/ready"
    while kill -0 "$3"; do sleep 0.5; done
    kill -QUIT "$server"
    wait "$server"
    rm -rf "$2"
"#;

/// How long a server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn server() -> Option<&'static Url> {
    static SERVER: OnceLock<Option<Url>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match env::var("TEST_POSTGRES_URL") {
        Ok(url) => Some(url.parse().unwrap()),
        Err(_) => start(&programs()?),
    });
    let required = env::var("REQUIRE_POSTGRES").is_ok_and(|it| it == "1");
    assert!(
        server.is_some() || !required,
        "REQUIRE_POSTGRES=1, but there is no PostgreSQL: install it or set TEST_POSTGRES_URL"
    );
    server.as_ref()
}

/// The directory of the newest server programs.
pub(crate) fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut packaged: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|it| it.path().join("bin")).collect())
        .unwrap_or_default();
    packaged.sort();
    packaged
        .into_iter()
        .rev()
        .chain(env::split_paths(&path))
        .find(|dir| {
            ["initdb", "pg_isready", "postgres"]
                .iter()
                .all(|it| dir.join(it).exists())
        })
}

fn start(programs: &Path) -> Option<Url> {
    let (name, serves) = match env::var("NEXTEST_RUN_ID") {
        Ok(run) => (run, parent_id()),
        Err(_) => (Uuid::new_v4().to_string(), std::process::id()),
    };
    let directory = format!("/tmp/onboarding-postgres.{name}");
    let mut shell = Command::new("sh")
        .args(["-c", SCRIPT, "sh"])
        .arg(programs)
        .arg(&directory)
        .arg(serves.to_string())
        .current_dir("/")
        // What ends this process's group is not to end the shell.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let begun = Instant::now();
    let is_there = |name| Path::new(&directory).join(name).exists();
    while !is_there("ready") {
        if is_there("failed") || begun.elapsed() > PATIENCE {
            return None;
        }
        sleep(Duration::from_millis(50));
        // Ends at once if another process has made the directory.
        let _ = shell.try_wait();
    }
    let host = directory.replace('/', "%2F");
    format!("postgres://postgres@{host}/postgres").parse().ok()
}

/// A connection for the test itself.
pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Gives a test the URL of an empty database, which is gone afterwards.
pub(crate) async fn with_database(test: impl AsyncFnOnce(&str)) {
    let Some(server) = server() else {
        #[allow(clippy::print_stderr, reason = "a test that is left out says so")]
        {
            eprintln!("left out: there is no PostgreSQL (initdb) and no TEST_POSTGRES_URL");
        }
        return;
    };
    let name = format!("onboarding_{}", Uuid::new_v4().simple());
    let admin = connect(server.as_str()).await;
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    admin.batch_execute(&create).await.unwrap();
    let mut url = server.clone();
    url.set_path(&name);
    let outcome = AssertUnwindSafe(test(url.as_str())).catch_unwind().await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    admin.batch_execute(&drop).await.unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}
