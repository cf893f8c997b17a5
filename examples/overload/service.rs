//! The service as a child process.

use std::{
    fs, io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use lucca_onboarding::pb::v1::{self, tenant_service_client::TenantServiceClient};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

/// A key for test data only.
const KEY: &str = r#"["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]"#;

/// A tenant whose Lucca does not answer: its hires are stored and wait.
pub const TENANT: &str = "acme";

const PATIENCE: Duration = Duration::from_secs(60);

pub struct Service {
    child: Child,
    pub grpc: SocketAddr,
    http: SocketAddr,
    _data: TempDir,
}

impl Service {
    pub async fn start() -> Result<Self, Box<dyn std::error::Error>> {
        let data = tempfile::tempdir()?;
        let (grpc, http, nobody) = (free()?, free()?, free()?);
        let child = Command::new(binary()?)
            .arg("serve")
            .env_clear()
            // Settings from outside, to compare them.
            .envs(std::env::vars().filter(|(name, _)| name.starts_with("ONBOARDING_")))
            .env("ONBOARDING_SERVER__GRPC_LISTEN", grpc.to_string())
            .env("ONBOARDING_SERVER__HTTP_LISTEN", http.to_string())
            .env("ONBOARDING_STORE__ENCRYPTION_KEYS", KEY)
            .env("ONBOARDING_LOG__LEVEL", "error")
            .env(
                "ONBOARDING_STORE__URL",
                format!("sqlite://{}", data.path().join("onboarding.db").display()),
            )
            .env(
                "ONBOARDING_LUCCA__ALLOW_INSECURE_HOSTS",
                format!("[\"{nobody}\"]"),
            )
            .stdin(Stdio::null())
            .spawn()?;
        let service = Self {
            child,
            grpc,
            http,
            _data: data,
        };
        let channel = service.connect().await?;
        let tenant = v1::Tenant {
            id: TENANT.to_owned(),
            lucca_url: format!("http://{nobody}"),
            lucca_api_key: "0123456789abcdef".to_owned(),
            ..v1::Tenant::default()
        };
        TenantServiceClient::new(channel)
            .create_tenant(v1::CreateTenantRequest {
                tenant: Some(tenant),
                verify_key: false,
                validate_only: false,
            })
            .await?;
        Ok(service)
    }

    /// A new connection, once the service listens.
    pub async fn connect(&self) -> Result<Channel, Box<dyn std::error::Error>> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.grpc))?;
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        let connected = tokio::time::timeout(PATIENCE, async {
            loop {
                ticks.tick().await;
                if let Ok(channel) = endpoint.connect().await {
                    return channel;
                }
            }
        });
        Ok(connected.await.map_err(|_| "the service does not start")?)
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        let kib = line.and_then(|it| it.trim().split(' ').next()?.parse::<u64>().ok());
        kib.unwrap_or_default() * 1024
    }

    /// Lines of `/metrics` about connections.
    pub async fn connections(&self) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let text = reqwest::get(format!("http://{}/metrics", self.http))
            .await?
            .text()
            .await?;
        let lines = text.lines();
        let lines = lines.filter(|it| it.contains(r#"listener="grpc""#));
        Ok(lines.map(str::to_owned).collect())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The service's program, which is built into the same directory as this one.
fn binary() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let beside = own.parent().and_then(|it| it.parent());
    let binary = beside
        .map(|it| it.join("onboarding"))
        .filter(|it| it.exists());
    binary.ok_or_else(|| io::Error::other("cargo build first: there is no onboarding program"))
}

fn free() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}
