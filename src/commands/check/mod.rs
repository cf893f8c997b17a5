//! `onboarding check TENANT`: `CheckDefaults` as a readable report.

mod report;
mod waiting;

use std::{
    env,
    io::{self, IsTerminal as _},
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use tonic::metadata::MetadataValue;

use super::{Failure, remote::Remote, terminal::say};
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
    /// The language of the report; by default that of `LC_ALL`, `LC_MESSAGES` or `LANG`.
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<Lang>,
    #[command(flatten)]
    remote: Remote,
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
    Language::parse(tag).unwrap_or(Language::English)
}

/// Asks the running service and prints what it says.
pub async fn run(settings: &Settings, options: &Options) -> Result<ExitCode, Failure> {
    let language = options.lang.map_or_else(
        || of_environment(|name| env::var(name).ok()),
        Language::from,
    );
    let connection = options.remote.connect(settings).await?;
    let ask = |allowance_only| {
        let mut request = connection.request(v1::CheckDefaultsRequest {
            tenant: options.tenant.clone(),
            sample: None,
            allowance_only,
        });
        request.metadata_mut().insert(
            "accept-language",
            MetadataValue::from_static(language.tag()),
        );
        let mut client = OnboardingServiceClient::new(connection.channel.clone());
        let connection = &connection;
        async move {
            let answer = client.check_defaults(request).await;
            answer.map_err(|status| connection.refused(&status))
        }
    };
    let first = ask(true).await?.into_inner();
    // A service that does not know the question has answered another one: all of it.
    let report = if first.checks.is_empty() {
        let allowance = first.allowance.unwrap_or_default();
        waiting::with_progress(ask(false), &allowance, language)
            .await?
            .into_inner()
    } else {
        first
    };
    for line in lines(&options.tenant, &report, language, style()) {
        say(&line);
    }
    Ok(if report.ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
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
