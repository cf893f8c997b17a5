//! The language in which commands speak to administrators.

use clap::ValueEnum;

use crate::domain::language::Language;

/// A language as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
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
pub(super) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Language {
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
