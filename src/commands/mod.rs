//! The command line: each command wires rooms together.

mod adapter;
mod check;
mod dev;
mod keys;
mod remote;
mod sandbox;
mod serve;
mod tenants;
mod terminal;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{self, Settings},
    telemetry, tls,
};

/// Turns hires confirmed in an applicant tracking system into employees in Lucca.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Arguments {
    /// A TOML file with the settings that differ from their defaults
    /// (config.default.toml documents every one).
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on loopback, send a sample hire and show its way to Lucca.
    Dev(dev::Options),
    /// Run the gRPC service.
    Serve(serve::Options),
    /// Run the webhook adapter.
    Adapter(adapter::Options),
    /// Run a Lucca on loopback.
    Sandbox(sandbox::Options),
    /// Tell whether a tenant's next hire will go through (exit code 0: yes, 1: no or not known).
    Check(check::Options),
    /// Encryption keys of the store.
    Keys(keys::Options),
    /// Tenants kept in a file.
    Tenants(tenants::Options),
}

/// Why a command ended badly: one sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

impl Failure {
    fn new(text: impl ToString) -> Self {
        Self(text.to_string())
    }
}

/// Bad usage or settings (`EX_USAGE` of sysexits.h).
const BAD_SETTINGS: u8 = 64;

/// Runs a command to its end.
pub async fn run(arguments: Arguments) -> ExitCode {
    let mut settings = match config::load(arguments.config.as_deref(), config::environment()) {
        Ok(settings) => settings,
        Err(error) => {
            terminal::complain(&error.to_string());
            return ExitCode::from(BAD_SETTINGS);
        }
    };
    if matches!(arguments.command, Command::Dev(_)) && settings.log.level == "info" {
        // The story on the terminal is told by the command itself.
        "warn".clone_into(&mut settings.log.level);
    }
    if let Err(error) = telemetry::init(&settings.log) {
        terminal::complain(&error.to_string());
        return ExitCode::from(BAD_SETTINGS);
    }
    if let Err(error) = crate::shutdown::survive_file_limits() {
        tracing::warn!(%error, "signals cannot be heard");
    }
    tls::install();
    let warnings = match arguments.command {
        Command::Serve(_) => settings.warnings(),
        Command::Adapter(_) => settings.adapter_warnings(),
        _ => Vec::new(),
    };
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let result = match arguments.command {
        Command::Dev(options) => dev::run(settings, options).await,
        Command::Serve(options) => serve::run(&settings, &options).await,
        Command::Adapter(options) => adapter::run(&settings, &options).await,
        Command::Sandbox(options) => sandbox::run(&settings, &options).await,
        Command::Check(options) => check::run(&settings, &options).await,
        Command::Keys(options) => keys::run(&settings, &options).await,
        Command::Tenants(options) => tenants::run(&settings, &options).await,
    };
    result.unwrap_or_else(|failure| {
        terminal::complain(&failure.to_string());
        ExitCode::FAILURE
    })
}

/// Waits for a signal or for somebody else to ask for the end, then ends everything.
async fn until_told(shutdown: &crate::shutdown::Shutdown, settings: &Settings) -> ExitCode {
    tokio::select! {
        signal = crate::shutdown::signal() => match signal {
            Ok(name) => tracing::info!(signal = name, "ending: what is under way is finished"),
            Err(error) => tracing::error!(%error, "signals cannot be heard"),
        },
        () = shutdown.requested() => {}
    }
    if shutdown.finish(settings.server.shutdown_grace).await {
        ExitCode::SUCCESS
    } else {
        tracing::warn!(
            "the grace has passed; what is still open is cut and recovered at the next start"
        );
        // A silent connection would keep the runtime from ending.
        std::process::exit(0)
    }
}
