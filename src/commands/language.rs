//! The language of the commands' output.

use clap::{ValueEnum, builder::PossibleValue};

use crate::domain::language::Language;

impl ValueEnum for Language {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let name = match self {
            Self::English => "English",
            Self::French => "Français",
        };
        Some(PossibleValue::new(self.tag()).help(name))
    }
}

/// The language of messages in the environment's locale (POSIX, "Environment Variables").
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
