//! A store, callers and requests for tests of the services.

use std::{path::Path, sync::Arc, time::Duration};

use tempfile::TempDir;
use tonic::{Request, metadata::MetadataMap};

use super::{Authentication, Caller, status::Statuses, tenants::Tenants};
use crate::{
    clock::{SharedClock, SystemClock},
    config::{self, Auth, Scope, Token},
    db::Keyring,
    directory::Directories,
    lucca::{Gate, GateRules, HttpRules, LuccaClient},
    store::{BudgetStore, Store, sqlite::SqliteStore},
};

/// A store in a directory of its own, and what services need around it.
pub(crate) struct House {
    pub store: Arc<dyn Store>,
    pub client: Arc<LuccaClient>,
    pub directories: Arc<Directories>,
    pub clock: SharedClock,
    pub statuses: Statuses,
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
            Arc::clone(&sqlite) as Arc<dyn BudgetStore>,
            GateRules {
                limit: 45,
                window: Duration::from_secs(60),
                longest: Duration::from_secs(10),
            },
        ));
        let store: Arc<dyn Store> = sqlite;
        let rules = HttpRules {
            request_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
        };
        let client = Arc::new(
            LuccaClient::new(Arc::clone(&gate), rules, crate::telemetry::Metrics::new()).unwrap(),
        );
        Self {
            directories: Arc::new(Directories::new(Arc::clone(&client), Arc::clone(&clock))),
            statuses: Statuses::new(
                Arc::clone(&store),
                gate,
                Arc::clone(&clock),
                crate::domain::onboarding::fixtures::moment(0).timing,
            ),
            store,
            client,
            clock,
            _dir: dir,
        }
    }

    /// The tenant service; keys may go to Lucca, and to anything on loopback.
    pub fn tenants(&self) -> Tenants {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        std::fs::write(&path, "[lucca]\nallow_insecure_hosts = [\"127.0.0.1\"]").unwrap();
        let settings = config::load(Some(&path), std::iter::empty()).unwrap();
        Tenants::new(
            self.statuses.clone(),
            Arc::clone(&self.client),
            Arc::clone(&self.directories),
            settings.lucca,
        )
    }
}

async fn open(dir: &Path, clock: &SharedClock) -> SqliteStore {
    let keyring = Keyring::from_base64(["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]).unwrap();
    SqliteStore::open(&dir.join("store.db"), keyring, Arc::clone(clock))
        .await
        .unwrap()
}

/// A request of a caller with this scope for these tenants.
pub(crate) fn request<T>(message: T, scope: Scope, tenants: &[&str]) -> Request<T> {
    let auth = Authentication::new(&Auth {
        tokens: vec![Token {
            name: "test".into(),
            token: "0123456789abcdef".to_owned().into(),
            scopes: vec![scope],
            tenants: tenants.iter().map(|it| (*it).to_owned()).collect(),
        }],
    });
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", "Bearer 0123456789abcdef".parse().unwrap());
    let caller: Caller = auth.caller(&metadata).unwrap();
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller);
    request
}

/// A request of an administrator of everything.
pub(crate) fn admin<T>(message: T) -> Request<T> {
    request(message, Scope::Admin, &["*"])
}
