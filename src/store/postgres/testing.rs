//! A PostgreSQL server for tests: the one that `TEST_POSTGRES_URL` names (whose user may
//! create databases), or one of this process's own.
//!
//! The own one lives below the temporary directory and is started and ended by a shell that
//! waits for the end of its standard input. This process holds the other end, so that the
//! server ends with it, however it ends.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    panic::AssertUnwindSafe,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use futures_util::FutureExt as _;
use tokio_postgres::{Client, NoTls};
use url::Url;
use uuid::Uuid;

const SCRIPT: &str = r#"
    trap '' HUP INT TERM
    ready=
    dir=$(mktemp -d /tmp/onboarding-postgres.XXXXXX) || exit
    "$1/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale -N >"$dir/log" 2>&1
    "$1/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=500 \
        -c fsync=off -c full_page_writes=off >>"$dir/log" 2>&1 </dev/null &
    server=$!
    while kill -0 "$server"; do
        if "$1/pg_isready" -q -h "$dir" -U postgres; then
            ready=$dir
            break
        fi
        sleep 0.1
    done
    echo "$ready"
    read -r _
    kill -QUIT "$server" && wait "$server"
    rm -rf "$dir"
"#;

/// The server refuses to run as root.
const AS_POSTGRES: &str = r#"
    [ "$(id -u)" = 0 ] || exec sh -c "$2" sh "$1"
    exec setpriv --reuid=postgres --regid=postgres --init-groups sh -c "$2" sh "$1"
"#;

enum Server {
    /// Somebody else's.
    Given(Url),
    /// This process's own: ended when the child's input is closed.
    Own(Url, #[expect(dead_code)] Child),
}

impl Server {
    fn url(&self) -> &Url {
        match self {
            Self::Given(url) | Self::Own(url, _) => url,
        }
    }
}

fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match env::var("TEST_POSTGRES_URL") {
        Ok(url) => Some(Server::Given(url.parse().unwrap())),
        Err(_) => start(),
    });
    let required = env::var("REQUIRE_POSTGRES").is_ok_and(|it| it == "1");
    assert!(
        server.is_some() || !required,
        "REQUIRE_POSTGRES=1, but there is no PostgreSQL: install it or set TEST_POSTGRES_URL"
    );
    server.as_ref()
}

/// The directory of the newest server programs.
fn programs() -> Option<PathBuf> {
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

fn start() -> Option<Server> {
    let mut child = Command::new("sh")
        .args(["-c", AS_POSTGRES, "sh"])
        .arg(programs()?)
        .arg(SCRIPT)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut directory = String::new();
    // An empty line: it could not be started, and the shell waits.
    let mut output = BufReader::new(child.stdout.take()?);
    output.read_line(&mut directory).ok()?;
    let host = directory.trim_end().replace('/', "%2F");
    let url = format!("postgres://postgres@{host}/postgres");
    (!host.is_empty()).then(|| Server::Own(url.parse().unwrap(), child))
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
        #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
        {
            eprintln!("left out: there is no PostgreSQL (initdb) and no TEST_POSTGRES_URL");
        }
        return;
    };
    let name = format!("onboarding_{}", Uuid::new_v4().simple());
    let admin = connect(server.url().as_str()).await;
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    admin.batch_execute(&create).await.unwrap();
    let mut url = server.url().clone();
    url.set_path(&name);
    let outcome = AssertUnwindSafe(test(url.as_str())).catch_unwind().await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    admin.batch_execute(&drop).await.unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}
