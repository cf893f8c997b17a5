//! Arguments to settings to one command; nothing else.

use std::process::ExitCode;

use clap::Parser as _;
use lucca_onboarding::commands::{self, Arguments};

#[tokio::main]
async fn main() -> ExitCode {
    commands::run(Arguments::parse()).await
}
