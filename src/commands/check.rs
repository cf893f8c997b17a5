//! `onboarding check TENANT`: `CheckDefaults` as a readable report.

use std::process::ExitCode;

use clap::Args;
use tonic::{metadata::MetadataValue, transport::Endpoint};

use super::{Failure, terminal::say};
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
    /// The gRPC service; by default the one of `server.grpc_listen`.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// A file with the token for it, if it wants one.
    #[arg(long, value_name = "FILE")]
    token_file: Option<std::path::PathBuf>,
}

/// Asks the running service and prints what it says.
pub async fn run(settings: &Settings, options: &Options) -> Result<ExitCode, Failure> {
    let endpoint = options
        .endpoint
        .clone()
        .unwrap_or_else(|| format!("http://{}", settings.server.grpc_listen));
    let channel = Endpoint::from_shared(endpoint.clone())
        .map_err(|_| Failure::new(format!("{endpoint} is not an address of a gRPC service")))?
        .connect()
        .await
        .map_err(|_| {
            Failure::new(format!(
                "no gRPC service answers at {endpoint}: start `onboarding serve` or `onboarding dev`, or name another with --endpoint"
            ))
        })?;
    let mut request = tonic::Request::new(v1::CheckDefaultsRequest {
        tenant: options.tenant.clone(),
        sample: None,
    });
    if let Some(path) = &options.token_file {
        let token = std::fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        let value = MetadataValue::try_from(format!("Bearer {}", token.trim()))
            .map_err(|_| Failure::new("the token holds characters that cannot be sent"))?;
        request.metadata_mut().insert("authorization", value);
    }
    let report = OnboardingServiceClient::new(channel)
        .check_defaults(request)
        .await
        .map_err(|status| Failure::new(format!("{:?}: {}", status.code(), status.message())))?
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
