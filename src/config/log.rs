//! Section `log`.

use std::str::FromStr as _;

use strum::EnumString;
use tracing_subscriber::EnvFilter;

use super::keys::{Keys, section};

section! {
    /// What is logged, and how it looks.
    Log {
        /// The form of a line.
        pub format: LogFormat = format,
        /// What is logged: a level, or levels by module, in the syntax of `tracing-subscriber`.
        pub level: String = level,
    }
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

fn format(keys: &mut Keys, key: &str) -> Option<LogFormat> {
    keys.text(key, "text or json", |text| LogFormat::from_str(text).ok())
}

fn level(keys: &mut Keys, key: &str) -> Option<String> {
    let expected = "error, warn, info, debug or trace, also per module as in \
                    \"info,lucca_onboarding::engine=debug\"";
    keys.text(key, expected, |text| {
        is_filter(text).then(|| text.to_owned())
    })
}

/// A word that is not a level would be taken for the name of a module, and silence everything else.
fn is_filter(text: &str) -> bool {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let has_level = text.split(',').any(|part| {
        LEVELS
            .iter()
            .any(|level| part.trim().eq_ignore_ascii_case(level))
            || part.contains('=')
    });
    has_level && EnvFilter::try_new(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_would_silence_everything_by_mistake_is_refused() {
        for text in [
            "info",
            "WARN",
            "off",
            "info,lucca_onboarding=debug",
            "a::b=trace",
        ] {
            assert!(is_filter(text), "{text:?}");
        }
        for text in ["", "verbose", "lucca_onboarding", "info,x=loud"] {
            assert!(!is_filter(text), "{text:?}");
        }
    }
}
