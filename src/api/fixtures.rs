//! A store, callers and requests for tests of the services.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use http::HeaderMap;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tonic::Request;

use super::{
    Authentication,
    adapter::Adapters,
    call::Call,
    guard::{Admission, Deadline},
    rpc::Rpc,
    shared::Shared,
    tenants::Tenants,
};
use crate::{
    clock::{SharedClock, SystemClock},
    config::{Auth, Rights, Scope, Token},
    db::Keyring,
    directory::DirectoryCache,
    domain::lucca_url::HostRules,
    lucca::{Gate, GateRules, HttpRules, Lookup, LuccaClient},
    store::{Store, sqlite::SqliteStore},
};

/// A store in a directory of its own, and what services need around it.
pub(crate) struct House {
    pub store: Arc<dyn Store>,
    pub client: Arc<LuccaClient>,
    pub directories: Arc<DirectoryCache>,
    pub clock: SharedClock,
    pub shared: Shared,
    _dir: TempDir,
}

impl House {
    pub async fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock::new())).await
    }

    pub async fn with_clock(clock: SharedClock) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let sqlite = Arc::new(open(dir.path(), &clock).await);
        let gate = Arc::new(Gate::new(
            Arc::clone(&sqlite) as Arc<dyn Store>,
            Arc::clone(&clock),
            GateRules {
                limit: 45,
                window: Duration::from_secs(60),
                longest: Duration::from_secs(10),
            },
        ));
        let store: Arc<dyn Store> = sqlite;
        let rules = HttpRules {
            hosts: hosts(),
            lookup: Arc::new(Loopback),
            request_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
        };
        let client = Arc::new(
            LuccaClient::new(Arc::clone(&gate), &rules, crate::telemetry::Metrics::new()).unwrap(),
        );
        let directories = DirectoryCache::new(Arc::clone(&client), Arc::clone(&clock));
        let directories = Arc::new(directories);
        Self {
            shared: Shared::new(
                Arc::clone(&store),
                gate,
                Arc::clone(&directories),
                Arc::clone(&clock),
                crate::domain::onboarding::fixtures::moment(0).timing,
                CancellationToken::new(),
            ),
            directories,
            store,
            client,
            clock,
            _dir: dir,
        }
    }

    /// The tenant service; keys may go to Lucca, and to anything on loopback.
    pub fn tenants(&self) -> Tenants {
        Tenants::new(
            self.shared.clone(),
            Arc::clone(&self.client),
            Arc::clone(&self.directories),
            hosts(),
        )
    }

    pub fn adapters(&self) -> Adapters {
        Adapters::new(self.shared.clone())
    }
}

/// Keys may go to Lucca, and to anything on loopback.
fn hosts() -> HostRules {
    HostRules::new(["ilucca.net"], ["127.0.0.1"]).unwrap()
}

async fn open(dir: &Path, clock: &SharedClock) -> SqliteStore {
    let keyring = Keyring::from_base64(["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]).unwrap();
    SqliteStore::open(&dir.join("store.db"), keyring, Arc::clone(clock))
        .await
        .unwrap()
}

/// Whatever the name, it leads to this machine.
struct Loopback;

#[async_trait::async_trait]
impl Lookup for Loopback {
    async fn lookup(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
    }
}

/// A request of a caller with this scope for these tenants.
pub(crate) fn request<T>(message: T, scope: Scope, tenants: &[&str]) -> Request<T> {
    let rights = Rights {
        name: "test".into(),
        scopes: vec![scope],
        tenants: tenants.iter().map(|it| (*it).to_owned()).collect(),
    };
    let auth = Authentication::new(&Auth {
        tokens: vec![Token::new(rights, &"0123456789abcdef".into()).unwrap()],
        certificates: vec![],
    });
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer 0123456789abcdef".parse().unwrap());
    let admission = Admission {
        caller: auth.caller(&headers, None).unwrap(),
        deadline: Deadline(tokio::time::Instant::now() + Duration::from_secs(90)),
        permit: None,
    };
    let mut request = Request::new(message);
    request.extensions_mut().insert(admission);
    request
}

/// A call of somebody with its scopes.
pub(crate) fn call(rpc: &'static Rpc) -> Arc<Call> {
    let request = request((), rpc.scopes[0], &["*"]);
    Arc::new(Call::of(rpc, &request).unwrap())
}

/// A request of an administrator of everything.
pub(crate) fn admin<T>(message: T) -> Request<T> {
    request(message, Scope::Admin, &["*"])
}
