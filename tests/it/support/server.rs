//! A PostgreSQL server that a test may stop and start.

use std::{
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::harness::postgres;

/// `$1`: the server's programs; `$2`: an empty directory; `$3`: the process to serve. While
/// there is a file `stop` the server is down. It is stopped as by a crash.
const SCRIPT: &str = r#"
    trap '' HUP INT TERM
    as=
    # The server refuses to run as root.
    if [ "$(id -u)" = 0 ]; then
        chown postgres "$2"
        as="setpriv --reuid=postgres --regid=postgres --init-groups"
    fi
    $as "$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --no-locale -N || exit
    while kill -0 "$3"; do
        if [ -e "$2/stop" ]; then
            touch "$2/stopped"
            sleep 0.05
            continue
        fi
        rm -f "$2/stopped"
        $as "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off \
            -c full_page_writes=off &
        while kill -0 "$3" && [ ! -e "$2/stop" ]; do
            "$1/pg_isready" -q -h "$2" -U postgres && touch "$2/ready"
            sleep 0.05
        done
        rm -f "$2/ready"
        kill -QUIT "$!"
        wait "$!"
    done
    rm -rf "$2"
"#;

/// How long starting may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server. Ends when dropped, and with the process of the test.
pub struct Server {
    shell: Child,
    directory: TempDir,
}

impl Server {
    /// A server with an empty database; `None` if there is no PostgreSQL on this machine.
    pub async fn start() -> Option<Self> {
        let Some(programs) = postgres::programs() else {
            #[allow(clippy::print_stderr, reason = "a test that is left out says so")]
            {
                eprintln!("left out: there is no PostgreSQL (initdb)");
            }
            return None;
        };
        // The user that it runs as has to get there.
        let directory = tempfile::Builder::new()
            .prefix("onboarding-postgres.")
            .tempdir_in("/tmp")
            .unwrap();
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(programs)
            .arg(directory.path())
            .arg(std::process::id().to_string())
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { shell, directory };
        until(&server.file("ready")).await;
        Some(server)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn url(&self) -> String {
        let host = self.directory.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://postgres@{host}/postgres")
    }

    /// Lets it crash, and stay away.
    pub async fn stop(&self) {
        std::fs::write(self.file("stop"), "").unwrap();
        until(&self.file("stopped")).await;
    }

    /// Lets it come back.
    pub async fn start_again(&self) {
        std::fs::remove_file(self.file("stop")).unwrap();
        until(&self.file("ready")).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = std::fs::write(self.file("stop"), "");
        let begun = std::time::Instant::now();
        while !self.file("stopped").exists() && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

async fn until(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < PATIENCE, "{}", path.display());
        sleep(Duration::from_millis(20)).await;
    }
}
