//! `onboarding adapter`: webhooks in, gRPC out.

use std::process::ExitCode;

use clap::Args;

use super::{Failure, until_told};
use crate::{adapter::Adapter, config::Settings, shutdown::Shutdown, telemetry::Metrics};

/// Options of `adapter`.
#[derive(Debug, Args)]
pub struct Options {
    /// Listen on an address that is not loopback without TLS.
    #[arg(long)]
    insecure_webhooks: bool,
}

/// Runs the adapter until a signal.
pub async fn run(settings: &Settings, options: &Options) -> Result<ExitCode, Failure> {
    settings
        .check_adapter(options.insecure_webhooks)
        .map_err(Failure::unusable)?;
    let adapter = Adapter::bind(settings, Metrics::new()).await?;
    tracing::info!(address = %adapter.address(), "webhook adapter listens");
    let shutdown = Shutdown::new();
    spawn(&shutdown, adapter);
    Ok(until_told(&shutdown, settings).await)
}

/// Runs an adapter as one of the tasks of a shutdown.
pub(super) fn spawn(shutdown: &Shutdown, adapter: Adapter) {
    let (stop, all) = (shutdown.token(), shutdown.clone());
    shutdown.spawn(async move {
        adapter.run_until(stop).await;
        all.request();
    });
}
