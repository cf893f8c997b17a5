//! The command line. Each command wires the modules together.

#![allow(
    clippy::disallowed_methods,
    reason = "commands use the machine's clock and hand it to the rest of the program"
)]

mod adapter;
mod callers;
mod check;
mod dev;
mod history;
mod keys;
mod language;
mod remote;
mod sandbox;
mod serve;
mod tenants;
mod terminal;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{self, Settings},
    domain::language::Language,
    net::tls,
    server, telemetry,
};

/// The end of every help text.
const EXIT_CODES: &str = "\
Exit codes:
  0   done; `check`: yes
  1   tried, and something failed, or the answer is no or not known
  64  nothing was tried: the arguments, the settings or a file they name cannot be used";

/// Turns hires confirmed in an applicant tracking system into employees in Lucca.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
struct Arguments {
    /// A TOML file with the settings that differ from their defaults
    /// (config.default.toml documents every one).
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The language of `check`, `history`, `keys` and `tenants`; by default that of `LC_ALL`,
    /// `LC_MESSAGES` or `LANG`.
    #[arg(long, global = true, value_name = "LANGUAGE")]
    lang: Option<Language>,
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
    /// Show what happened to an onboarding, and verify that nobody has changed that
    /// (exit code 0: as it was written, 1: changed).
    History(history::Options),
    /// Encryption keys of the store.
    Keys(keys::Options),
    /// Tenants kept in a file.
    Tenants(tenants::Options),
}

/// Why a command failed: one sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// Something was tried and failed.
    #[error("{0}")]
    Failed(String),
    /// Nothing was tried: what the command was given cannot be used.
    #[error("{0}")]
    Unusable(String),
}

impl Failure {
    fn new(text: impl ToString) -> Self {
        Self::Failed(text.to_string())
    }

    fn unusable(text: impl ToString) -> Self {
        Self::Unusable(text.to_string())
    }

    fn code(&self) -> ExitCode {
        match self {
            Self::Failed(_) => ExitCode::FAILURE,
            Self::Unusable(_) => ExitCode::from(UNUSABLE),
        }
    }
}

impl From<server::StartError> for Failure {
    fn from(error: server::StartError) -> Self {
        use server::StartError::{Keys, Tls};
        match error {
            Keys(_) | Tls(_) => Self::unusable(error),
            _ => Self::new(error),
        }
    }
}

impl From<crate::adapter::StartError> for Failure {
    fn from(error: crate::adapter::StartError) -> Self {
        use crate::adapter::StartError::{Endpoint, Keys, Tls};
        match error {
            Endpoint(_) | Keys(_) | Tls(_) => Self::unusable(error),
            _ => Self::new(error),
        }
    }
}

/// The answer as an exit code.
fn exit_code(yes: bool) -> ExitCode {
    match yes {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Arguments, settings or a file that cannot be used (`EX_USAGE` of sysexits.h).
const UNUSABLE: u8 = 64;

/// Keeps the memory of this process, and with it keys and personal data, out of core dumps and from
/// other processes of the same user.
fn forbid_core_dumps() -> rustix::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)
}

/// Reads the command line of this process and runs the command.
pub async fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => run(arguments).await,
        Err(error) => {
            let asked_for_help = !error.use_stderr();
            // A closed terminal is not an error.
            let _ = error.print();
            if asked_for_help {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(UNUSABLE)
            }
        }
    }
}

async fn run(arguments: Arguments) -> ExitCode {
    // Before the settings are read, which hold secrets.
    let dumps = forbid_core_dumps();
    let mut settings = match config::load(arguments.config.as_deref(), config::environment()) {
        Ok(settings) => settings,
        Err(error) => {
            terminal::complain(&error.to_string());
            return ExitCode::from(UNUSABLE);
        }
    };
    if matches!(arguments.command, Command::Dev(_)) && settings.log.level == "info" {
        // `dev` prints its own report; log lines would get in between.
        "warn".clone_into(&mut settings.log.level);
    }
    if let Err(error) = telemetry::init(&settings.log) {
        terminal::complain(&error.to_string());
        return ExitCode::from(UNUSABLE);
    }
    if let Err(error) = dumps {
        tracing::warn!(%error, "core dumps cannot be switched off");
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
    let of_environment = || language::of_environment(|name| std::env::var(name).ok());
    let language = arguments.lang.unwrap_or_else(of_environment);
    let fetched = match arguments.command {
        Command::Serve(_) => settings.fetch_store_keys().await,
        Command::Adapter(_) => settings.fetch_spool_keys().await,
        _ => Ok(()),
    };
    if let Err(error) = fetched {
        terminal::complain(&error.to_string());
        return ExitCode::from(UNUSABLE);
    }
    let result = match arguments.command {
        Command::Dev(options) => dev::run(settings, options).await,
        Command::Serve(options) => serve::run(&settings, &options, arguments.config).await,
        Command::Adapter(options) => adapter::run(&settings, &options).await,
        Command::Sandbox(options) => sandbox::run(&settings, &options).await,
        Command::Check(options) => check::run(&settings, &options, language).await,
        Command::History(options) => history::run(&settings, &options, language).await,
        Command::Keys(options) => keys::run(&settings, &options, language).await,
        Command::Tenants(options) => tenants::run(&settings, &options, language).await,
    };
    result.unwrap_or_else(|failure| {
        terminal::complain(&failure.to_string());
        failure.code()
    })
}

/// Waits for a signal, or for a task that requests the shutdown; then shuts down.
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
        // The runtime would wait for connections that are still open.
        std::process::exit(0)
    }
}
