//! One command; nothing else.

use std::process::ExitCode;

use lucca_onboarding::commands;

#[tokio::main]
async fn main() -> ExitCode {
    commands::main().await
}
