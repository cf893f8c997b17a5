//! `onboarding sandbox`: a Lucca on loopback.

use std::{net::SocketAddr, process::ExitCode};

use clap::Args;

use super::{Failure, terminal::say, until_told};
use crate::{
    config::{Settings, check_listener},
    sandbox::{Options as SandboxOptions, Sandbox},
    shutdown::Shutdown,
};

/// Options of `sandbox`.
#[derive(Debug, Args)]
pub struct Options {
    /// The address; by default sandbox.listen.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The API key it accepts.
    #[arg(long, value_name = "KEY", default_value = "sandbox-key")]
    api_key: String,
    /// How many people the sample company has.
    #[arg(long, value_name = "NUMBER", default_value_t = 300)]
    people: usize,
    /// Start without the sample company.
    #[arg(long)]
    empty: bool,
}

/// Runs the sandbox until a signal.
pub async fn run(settings: &Settings, options: &Options) -> Result<ExitCode, Failure> {
    let listen = options.listen.unwrap_or(settings.sandbox.listen);
    check_listener(listen, false).map_err(|_| {
        Failure::unusable(format!("the sandbox serves loopback only, not {listen}"))
    })?;
    let sandbox = Sandbox::start(SandboxOptions {
        listen,
        seed: !options.empty,
        people: options.people,
        api_key: options.api_key.clone(),
        ..SandboxOptions::default()
    })
    .await
    .map_err(Failure::new)?;
    say(&format!(
        "A Lucca sandbox answers at {0} (help: {0}/_sandbox).",
        sandbox.url()
    ));
    let shutdown = Shutdown::new();
    let code = until_told(&shutdown, settings).await;
    sandbox.stop().await;
    Ok(code)
}
