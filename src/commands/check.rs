//! `onboarding check TENANT`: `CheckDefaults` as a readable report.

mod report;
mod waiting;

use std::{
    env,
    io::{self, IsTerminal as _},
    process::ExitCode,
};

use clap::Args;

use super::{Failure, exit_code, remote::Remote, terminal::say};
use crate::{
    config::Settings,
    domain::language::Language,
    pb::v1::{self, onboarding_service_client::OnboardingServiceClient},
};
use report::{Style, lines};

/// Options of `check`.
#[derive(Debug, Args)]
pub struct Options {
    /// The tenant's id.
    tenant: String,
    #[command(flatten)]
    remote: Remote,
}

/// Asks the running service and prints its report.
pub async fn run(
    settings: &Settings,
    options: &Options,
    language: Language,
) -> Result<ExitCode, Failure> {
    let connection = options.remote.connect(settings, language).await?;
    let ask = |allowance_only| {
        let request = connection.request(v1::CheckDefaultsRequest {
            tenant: options.tenant.clone(),
            sample: None,
            allowance_only,
        });
        let mut client = OnboardingServiceClient::new(connection.channel.clone());
        let connection = &connection;
        async move {
            let answer = client.check_defaults(request).await;
            answer.map_err(|status| connection.refused(&status))
        }
    };
    let first = ask(true).await?.into_inner();
    // An older service does not know `allowance_only`: its first answer is the whole report.
    let report = if first.checks.is_empty() {
        let allowance = first.allowance.unwrap_or_default();
        let answer = waiting::with_progress(ask(false), &allowance, language);
        answer.await?.into_inner()
    } else {
        first
    };
    for line in lines(&options.tenant, &report, language, style()) {
        say(&line);
    }
    Ok(exit_code(report.ready))
}

/// Colours and short lines at a terminal, plain lines otherwise. `NO_COLOR` (no-color.org) turns
/// colours off.
fn style() -> Style {
    let terminal = io::stdout().is_terminal();
    let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style {
        colours: terminal && !plain,
        width: terminal.then_some(96),
    }
}
