//! Section `log`.

use tracing_subscriber::EnvFilter;

use super::keys::Keys;

/// What is logged, and how it looks.
#[derive(Clone, Debug)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// What is logged: a level, or levels by module, in the syntax of `tracing-subscriber`.
    pub level: String,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl Log {
    pub(super) fn read(keys: &mut Keys) -> Self {
        let format = keys.parsed(
            "log.format",
            "text or json",
            LogFormat::Text,
            |text| match text {
                "text" => Some(LogFormat::Text),
                "json" => Some(LogFormat::Json),
                _ => None,
            },
        );
        let expected = "error, warn, info, debug or trace, also per module as in \
                        \"info,lucca_onboarding::engine=debug\"";
        let level = keys.parsed("log.level", expected, String::new(), |text| {
            is_filter(text).then(|| text.to_owned())
        });
        Self { format, level }
    }
}

/// A lone word that is not a level would be taken for the name of a module, and silence the rest.
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
