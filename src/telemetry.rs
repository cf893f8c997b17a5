//! What operators see: logs, metrics, health and readiness.

mod fields;
mod http;
mod metrics;

pub use http::{router, serve};
pub use metrics::{Metrics, PoolGauges};

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, util::TryInitError};

use crate::config::{Log, LogFormat};

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is not in the syntax of `tracing-subscriber`.
    #[error("log.level is not understood: {0}")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// Logging was set up before.
    #[error("logging is set up already")]
    Twice(#[from] TryInitError),
}

/// Sends the log lines of the process to standard error. Once per process.
///
/// # Errors
/// See [`LogError`].
pub fn init(log: &Log) -> Result<(), LogError> {
    use tracing_subscriber::util::SubscriberInitExt as _;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&log.level)?)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => builder.fmt_fields(fields::KeyValues).finish().try_init()?,
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}
