//! One command; nothing else.

use std::process::ExitCode;

use lucca_onboarding::commands;

#[tokio::main]
async fn main() -> ExitCode {
    // Boxed, because the future is large and would otherwise be copied into the binary three times.
    Box::pin(commands::main()).await
}
