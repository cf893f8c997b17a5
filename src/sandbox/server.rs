//! Starting and stopping the sandbox.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::DefaultBodyLimit};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    clock::Moment,
    company::Switches,
    connection::Connection,
    control::Control,
    keys::Key,
    ledger::Ledger,
    panel,
    rate_limit::RateLimit,
    seed, service,
    state::{Shared, State},
};

/// Lucca documents 100 MB for the body of a request (`documentation/limits`).
const BODY_LIMIT: usize = 100 * 1024 * 1024;

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens. Default: a free port on 127.0.0.1.
    pub listen: SocketAddr,
    /// Whether it starts with a made-up company. Otherwise it has one legal unit, one
    /// establishment, one department, one role, and no people. Default: yes.
    pub seed: bool,
    /// How many people that company has. Default: 300.
    pub people: usize,
    /// The first key, with every right. Default: `sandbox-key`.
    pub api_key: String,
    /// How many calls it admits in any window. Default: 50, Lucca's documented limit.
    pub requests_per_window: u32,
    /// The length of that window. Default: 60 seconds, as documented.
    pub window: Duration,
    /// When it answers 408 to a call that hangs. Default: 5 seconds, as documented.
    pub server_timeout: Duration,
    /// What the documentation leaves open.
    pub switches: Switches,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: true,
            people: 300,
            api_key: "sandbox-key".to_owned(),
            requests_per_window: 50,
            window: Duration::from_secs(60),
            server_timeout: Duration::from_secs(5),
            switches: Switches::default(),
        }
    }
}

/// Why a sandbox cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Others could reach the address, and the control interface asks for no key.
    #[error("the sandbox listens on loopback addresses only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("the sandbox cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
}

/// A running sandbox. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Starts listening.
    ///
    /// # Errors
    ///
    /// If the address is not a loopback one or cannot be listened on.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let wanted = options.listen;
        if !wanted.ip().is_loopback() {
            return Err(StartError::NotLoopback(wanted));
        }
        let listen_error = |source| StartError::Listen {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let shared = Arc::new(Shared::new(first_state(&options), options.server_timeout));
        let app = Router::new()
            .nest_service("/_sandbox", panel::router(Control::new(shared.clone())))
            .fallback(service::serve)
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(shared.clone());
        let closing = shared.closing.clone();
        let server = tokio::spawn(async move {
            let service = app.into_make_service_with_connect_info::<Connection>();
            let served = axum::serve(listener, service)
                .with_graceful_shutdown(closing.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::warn!(%error, "the sandbox stopped serving");
            }
        });
        Ok(Self {
            address,
            shared,
            server,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as a URL without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A handle to steer it and to read what it recorded.
    #[must_use]
    pub fn control(&self) -> Control {
        Control::new(self.shared.clone())
    }

    /// Stops it: hanging calls end at once, late executions are dropped.
    pub async fn stop(mut self) {
        self.shared.closing.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        // A caller that never reads its answer must not delay the stop.
        if tokio::time::timeout(Duration::from_secs(1), &mut self.server)
            .await
            .is_err()
        {
            self.server.abort();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.closing.cancel();
    }
}

/// The state a sandbox starts with.
fn first_state(options: &Options) -> State {
    let now = Moment::now();
    State {
        company: if options.seed {
            seed::company(now, options.people)
        } else {
            seed::empty()
        },
        switches: options.switches.clone(),
        keys: vec![Key::new("first", options.api_key.clone())],
        faults: Vec::new(),
        rate_limit: RateLimit::new(options.requests_per_window, options.window),
        ledger: Ledger::default(),
    }
}
