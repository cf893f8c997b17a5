//! `onboarding check TENANT`: `CheckDefaults` as a readable report.

use std::process::ExitCode;

use clap::Args;

use super::{
    Failure,
    remote::{Remote, refused},
    terminal::say,
};
use crate::{
    config::Settings,
    pb::v1::{
        self, check_defaults_response::check::Status,
        onboarding_service_client::OnboardingServiceClient,
    },
};

/// Options of `check`.
#[derive(Debug, Args)]
pub struct Options {
    /// The tenant's id.
    tenant: String,
    #[command(flatten)]
    remote: Remote,
}

/// Asks the running service and prints what it says.
pub async fn run(settings: &Settings, options: &Options) -> Result<ExitCode, Failure> {
    let connection = options.remote.connect(settings).await?;
    let request = connection.request(v1::CheckDefaultsRequest {
        tenant: options.tenant.clone(),
        sample: None,
    });
    let report = OnboardingServiceClient::new(connection.channel)
        .check_defaults(request)
        .await
        .map_err(|status| refused(&status))?
        .into_inner();
    for line in lines(&options.tenant, &report) {
        say(&line);
    }
    Ok(if report.ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn lines(tenant: &str, report: &v1::CheckDefaultsResponse) -> Vec<String> {
    let mut lines = Vec::new();
    for check in &report.checks {
        let status = match check.status() {
            Status::Pass => "ok  ",
            Status::Warn => "look",
            Status::Fail => "FAIL",
            Status::Unverified | Status::Unspecified => "?   ",
        };
        lines.push(format!("{status}  {:<24} {}", check.id, check.message));
        if !check.fix.is_empty() {
            lines.push(format!("      {:<24} → {}", "", check.fix));
        }
    }
    lines.push(String::new());
    lines.push(if report.ready {
        format!("{tenant} is ready: nothing stands in the way of a complete hire.")
    } else {
        format!("{tenant} is not ready: put right what is marked FAIL.")
    });
    lines
}
