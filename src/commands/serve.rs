//! `onboarding serve`: the gRPC service.

use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use tokio::{net::TcpListener, sync::watch};

use super::{Failure, callers::Callers, until_told};
use crate::{
    config::Settings,
    server::Server,
    shutdown::Shutdown,
    telemetry::{self, Metrics},
};

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Options {
    /// Listen on an address that is not loopback without TLS and authentication.
    #[arg(long)]
    insecure_grpc: bool,
}

/// Runs the service until a signal. Tokens and certificates of callers are read again from the
/// settings `file` while it runs.
pub async fn run(
    settings: &Settings,
    options: &Options,
    file: Option<PathBuf>,
) -> Result<ExitCode, Failure> {
    settings
        .check_serve(options.insecure_grpc)
        .map_err(Failure::unusable)?;
    let shutdown = Shutdown::new();
    let server = Server::bind(settings).await?;
    let address = settings.server.http_listen;
    let ready = serve_http(address, server.metrics(), &shutdown)
        .await
        .map_err(|error| Failure::new(format!("cannot listen on {address}: {error}")))?;
    tracing::info!(address = %server.address(), "gRPC service listens");
    let callers = Callers::new(server.authentication(), settings.auth.clone());
    shutdown.spawn(callers.follow(file, settings.tls.reload_interval, shutdown.token()));
    server.spawn(&shutdown);
    ready.send_replace(true);
    Ok(until_told(&shutdown, settings).await)
}

/// Serves health and metrics. The service is ready from when the sender says so until the
/// shutdown begins.
pub(super) async fn serve_http(
    address: SocketAddr,
    metrics: Metrics,
    shutdown: &Shutdown,
) -> io::Result<Arc<watch::Sender<bool>>> {
    let listener = TcpListener::bind(address).await?;
    let (ready, is_ready) = watch::channel(false);
    let ready = Arc::new(ready);
    let (stop, sender) = (shutdown.token(), Arc::clone(&ready));
    shutdown.spawn(async move {
        stop.cancelled().await;
        sender.send_replace(false);
    });
    shutdown.spawn(telemetry::serve(
        listener,
        metrics,
        is_ready,
        shutdown.token(),
    ));
    Ok(ready)
}
