//! `onboarding serve`: the gRPC service.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use tokio::{net::TcpListener, sync::watch};

use super::{Failure, callers::Callers, until_told};
use crate::{config::Settings, server::Server, shutdown::Shutdown, telemetry};

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Options {
    /// Listen on an address that is not loopback without TLS and authentication.
    #[arg(long)]
    insecure_grpc: bool,
}

/// Runs the service until a signal.
///
/// Who may call is read again from the settings `file` meanwhile.
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
    let ready = serve_http(settings, &shutdown, &server).await?;
    tracing::info!(address = %server.address(), "gRPC service listens");
    let callers = Callers::new(server.authentication(), settings.auth.clone());
    shutdown.spawn(callers.follow(file, settings.tls.reload_interval, shutdown.token()));
    server.spawn(&shutdown);
    ready.send_replace(true);
    let stop = shutdown.token();
    shutdown.spawn(async move {
        stop.cancelled().await;
        ready.send_replace(false);
    });
    Ok(until_told(&shutdown, settings).await)
}

async fn serve_http(
    settings: &Settings,
    shutdown: &Shutdown,
    server: &Server,
) -> Result<watch::Sender<bool>, Failure> {
    let address = settings.server.http_listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::new(format!("cannot listen on {address}: {error}")))?;
    let (ready, is_ready) = watch::channel(false);
    let (metrics, stop) = (server.metrics(), shutdown.token());
    shutdown.spawn(async move {
        telemetry::serve(listener, metrics, is_ready, stop).await;
    });
    Ok(ready)
}
