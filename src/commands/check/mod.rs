//! `onboarding check TENANT`: `CheckDefaults` as a readable report.

mod report;

use std::{
    env,
    io::{self, IsTerminal as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use tonic::{
    metadata::MetadataValue,
    transport::{Channel, Endpoint},
};

use super::{Failure, terminal::say};
use crate::{
    checks::Language,
    config::Settings,
    pb::v1::{self, onboarding_service_client::OnboardingServiceClient},
    tls::ClientFiles,
    transport::dial,
};
use report::{Style, lines};

/// Options of `check`.
#[derive(Debug, Args)]
pub struct Options {
    /// The tenant's id.
    tenant: String,
    /// The language of the report; by default that of `LC_ALL`, `LC_MESSAGES` or `LANG`.
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<Lang>,
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

/// A language as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// English.
    En,
    /// Français.
    Fr,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Fr => Self::French,
        }
    }
}

/// The language of messages that the environment asks for (POSIX, "Environment Variables").
fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty())
        .unwrap_or_default();
    let tag = locale
        .split(['_', '.', '@', '-'])
        .next()
        .unwrap_or_default();
    let spoken = |language: &Language| tag.eq_ignore_ascii_case(language.tag());
    Language::ALL.into_iter().find(spoken).unwrap_or_default()
}

/// Asks the running service and prints what it says.
pub async fn run(settings: &Settings, options: &Options) -> Result<ExitCode, Failure> {
    let language = options.lang.map_or_else(
        || of_environment(|name| env::var(name).ok()),
        Language::from,
    );
    let channel = connect(settings, options).await?;
    let mut request = tonic::Request::new(v1::CheckDefaultsRequest {
        tenant: options.tenant.clone(),
        sample: None,
    });
    let metadata = request.metadata_mut();
    metadata.insert(
        "accept-language",
        MetadataValue::from_static(language.tag()),
    );
    if let Some(path) = &options.token_file {
        let token = std::fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        let value = MetadataValue::try_from(format!("Bearer {}", token.trim()))
            .map_err(|_| Failure::new("the token holds characters that cannot be sent"))?;
        metadata.insert("authorization", value);
    }
    let report = OnboardingServiceClient::new(channel)
        .check_defaults(request)
        .await
        .map_err(|status| Failure::new(format!("{:?}: {}", status.code(), status.message())))?
        .into_inner();
    for line in lines(&options.tenant, &report, language, style()) {
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

/// Colours and short lines for a person at a terminal, plain lines for everything else. Who
/// sets `NO_COLOR` (no-color.org) wants none.
fn style() -> Style {
    let terminal = io::stdout().is_terminal();
    let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style {
        colours: terminal && !plain,
        width: terminal.then_some(96),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_tells_the_language() {
        for (all, messages, lang, expected) in [
            (None, None, None, Language::English),
            (None, None, Some("fr_FR.UTF-8"), Language::French),
            (None, None, Some("fr"), Language::French),
            (None, None, Some("fr_CH@euro"), Language::French),
            (None, None, Some("C.UTF-8"), Language::English),
            (None, None, Some("frp_IT"), Language::English),
            (None, Some("fr_FR"), Some("en_US.UTF-8"), Language::French),
            (
                Some("en_GB"),
                Some("fr_FR"),
                Some("fr_FR"),
                Language::English,
            ),
            (Some(""), None, Some("fr_BE"), Language::French),
            (Some("POSIX"), None, Some("fr_BE"), Language::English),
        ] {
            let found = of_environment(|name| {
                let value = match name {
                    "LC_ALL" => all,
                    "LC_MESSAGES" => messages,
                    _ => lang,
                };
                value.map(str::to_owned)
            });
            assert_eq!(found, expected, "{all:?} {messages:?} {lang:?}");
        }
    }
}
