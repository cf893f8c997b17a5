//! `onboarding check TENANT`: `CheckDefaults` as a readable report.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use tonic::{
    metadata::MetadataValue,
    transport::{Channel, Endpoint},
};

use super::{Failure, terminal::say};
use crate::{
    config::Settings,
    pb::v1::{
        self, check_defaults_response::check::Status,
        onboarding_service_client::OnboardingServiceClient,
    },
    tls::ClientFiles,
    transport::dial,
};

/// Options of `check`.
#[derive(Debug, Args)]
pub struct Options {
    /// The tenant's id.
    tenant: String,
    /// The gRPC service, http:// or https://; by default the one of `server.grpc_listen`.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Over https: the CA certificates to trust (PEM); by default `adapter.ca_file`, or those
    /// of the system.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Over https: the certificate to show (PEM).
    #[arg(long, value_name = "FILE", requires = "key_file")]
    cert_file: Option<PathBuf>,
    /// The private key of that certificate.
    #[arg(long, value_name = "FILE", requires = "cert_file")]
    key_file: Option<PathBuf>,
    /// A file with the token for it, if it wants one.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// Asks the running service and prints what it says.
pub async fn run(settings: &Settings, options: &Options) -> Result<ExitCode, Failure> {
    let channel = connect(settings, options).await?;
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

/// A connection to the service.
async fn connect(settings: &Settings, options: &Options) -> Result<Channel, Failure> {
    let address = match &options.endpoint {
        Some(endpoint) => endpoint.clone(),
        None if settings.tls.files.is_some() => {
            return Err(Failure::new(
                "the service speaks TLS: name it as in its certificate, with --endpoint https://NAME:PORT",
            ));
        }
        None => format!("http://{}", settings.server.grpc_listen),
    };
    let bad = || Failure::new(format!("{address} is not an address of a gRPC service"));
    let endpoint = Endpoint::from_shared(address.clone()).map_err(|_| bad())?;
    let tls = ClientFiles {
        ca: options
            .ca_file
            .clone()
            .or_else(|| settings.adapter.onboarding_tls.ca.clone()),
        identity: options.cert_file.clone().zip(options.key_file.clone()),
    };
    dial::now(&endpoint, tls).await.map_err(|error| {
        Failure::new(format!(
            "no gRPC service answers at {address} ({error}): start `onboarding serve` or `onboarding dev`, or name another with --endpoint"
        ))
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
