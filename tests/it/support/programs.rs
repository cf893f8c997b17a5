//! The real programs as child processes, beside a sandbox in the test's own process.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use lucca_onboarding::sandbox::{Options as SandboxOptions, Sandbox};
use tokio::time::{Instant, sleep};
use tonic::transport::{Channel, Endpoint};

use super::LUCCA_KEY;
use crate::harness::{ports, process::Program};

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_onboarding");

/// A setting and its value.
pub type Setting = (&'static str, String);

fn file(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// A key that guards nothing but made-up people.
fn keys() -> String {
    format!("[{:?}]", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
}

/// What `serve` needs to run on a file.
pub fn service(database: &Path) -> Vec<Setting> {
    vec![
        ("server.grpc_listen", ports::free().to_string()),
        ("server.http_listen", ports::free().to_string()),
        ("store.url", file(database)),
        ("store.encryption_keys", keys()),
    ]
}

/// What `adapter` needs to run on a file.
pub fn adapter(spool: &Path, service: SocketAddr) -> Vec<Setting> {
    vec![
        ("adapter.listen", ports::free().to_string()),
        ("adapter.http_listen", ports::free().to_string()),
        ("adapter.onboarding_endpoint", format!("http://{service}")),
        ("adapter.spool", file(spool)),
        ("adapter.encryption_keys", keys()),
    ]
}

/// A program that logs into a directory; not started.
pub fn program(command: &'static str, settings: &[Setting], directory: &Path) -> Program {
    Program::new(PROGRAM.as_ref(), command, settings, directory, command)
}

/// Runs a program that is to refuse its database: its exit code and what it complains of.
pub fn refused(command: &str, settings: &[Setting]) -> (Option<i32>, String) {
    let settings = settings.iter().map(|(key, value)| {
        let name = key.to_uppercase().replace('.', "__");
        (format!("ONBOARDING_{name}"), value)
    });
    let output: Output = Command::new(PROGRAM)
        .arg(command)
        .env_clear()
        .envs(settings)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let complaint = text
        .lines()
        .find_map(|line| line.strip_prefix("onboarding: "));
    let complaint = complaint.unwrap_or_else(|| panic!("no complaint: {text}"));
    (output.status.code(), complaint.to_owned())
}

/// The address of a setting.
pub fn address(settings: &[Setting], key: &str) -> SocketAddr {
    let (_, value) = settings.iter().find(|(it, _)| *it == key).unwrap();
    value.parse().unwrap()
}

/// A sandbox, and a service that is allowed to call it.
pub struct Stage {
    pub sandbox: Sandbox,
    pub settings: Vec<Setting>,
    pub service: Program,
    pub channel: Channel,
}

impl Stage {
    /// The service on a file of this directory, with short times and these settings more.
    pub async fn start(directory: &Path, more: &[Setting]) -> Self {
        let options = SandboxOptions {
            api_key: LUCCA_KEY.to_owned(),
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let mut settings = service(&directory.join("onboarding.db"));
        let host = sandbox.address().to_string();
        settings.push(("lucca.allow_insecure_hosts", format!("[{host:?}]")));
        settings.push(("lucca.settle_delay", "300ms".to_owned()));
        settings.push(("lucca.verify_gap", "300ms".to_owned()));
        settings.extend_from_slice(more);
        let mut service = program("serve", &settings, directory);
        service.start().unwrap();
        let grpc = address(&settings, "server.grpc_listen");
        let channel = Endpoint::from_shared(format!("http://{grpc}")).unwrap();
        let stage = Self {
            sandbox,
            settings,
            service,
            channel: channel.connect_lazy(),
        };
        stage.answers().await;
        stage
    }

    /// Waits until the service listens.
    pub async fn answers(&self) {
        let grpc = address(&self.settings, "server.grpc_listen");
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(grpc).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "no service");
            sleep(Duration::from_millis(20)).await;
        }
    }
}
