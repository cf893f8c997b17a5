//! The language that a caller wants to be answered in.

use tonic::metadata::MetadataMap;

use crate::domain::language::Language;

const KEY: &str = "accept-language";

/// What a caller thinks of a language, in thousandths; the more the better, 0 is unwanted.
type Weight = u16;

/// The language that is wanted most, as `accept-language` tells (RFC 9110, section 12.5.4):
/// ranges such as `fr-CH` or `*`, each with a weight. English if nothing is wanted that is
/// spoken here.
pub(super) fn language(metadata: &MetadataMap) -> Language {
    let values = metadata.get_all(KEY).iter();
    let texts: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    chosen(&texts.join(","))
}

fn chosen(text: &str) -> Language {
    let ranges: Vec<(&str, Weight)> = text.split(',').filter_map(range).collect();
    let wanted = Language::ALL.iter().copied().rev().filter_map(|language| {
        let (place, weight) = weighed(language, &ranges)?;
        (weight > 0).then_some((weight, std::cmp::Reverse(place), language))
    });
    // Of two that are wanted as much the one that was named first, or stands first here.
    wanted
        .max_by_key(|(weight, place, _)| (*weight, *place))
        .map_or(Language::English, |(_, _, language)| language)
}

/// Which range is about a language, and how much it is wanted: the best of the ranges that
/// name it, else what is said of all others.
fn weighed(language: Language, ranges: &[(&str, Weight)]) -> Option<(usize, Weight)> {
    let primary = |range: &str| {
        let first = range.split('-').next().unwrap_or_default();
        first.eq_ignore_ascii_case(language.tag())
    };
    let all = ranges.iter().enumerate();
    let named = all.clone().filter(|(_, (range, _))| primary(range));
    let best = named.max_by_key(|(place, (_, weight))| (*weight, std::cmp::Reverse(*place)));
    let other = || all.clone().find(|(_, (range, _))| *range == "*");
    best.or_else(other)
        .map(|(place, (_, weight))| (place, *weight))
}

/// A range and its weight; nothing for what is neither.
fn range(text: &str) -> Option<(&str, Weight)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| is_range(range))?;
    let mut weight = 1000;
    for parameter in parts {
        let (name, value) = parameter.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("q") {
            return None;
        }
        weight = thousandths(value.trim())?;
    }
    Some((range, weight))
}

fn is_range(text: &str) -> bool {
    let part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    text == "*" || text.split('-').all(|it| part(it) || it == "*")
}

/// A weight from 0 to 1 with up to three decimals.
fn thousandths(text: &str) -> Option<Weight> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = decimals.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || decimals.len() > 3 || !digits {
        return None;
    }
    let weight: Weight = format!("{whole}{decimals:0<3}").parse().ok()?;
    (weight <= 1000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_wanted_most_is_chosen_and_english_is_the_last_resort() {
        use Language::{English, French};
        for (text, expected) in [
            ("", English),
            ("fr", French),
            ("FR", French),
            ("fr-CH", French),
            ("fr-*", French),
            ("en", English),
            ("de", English),
            ("de, fr;q=0.1", French),
            ("fr;q=0.8, en;q=0.9", English),
            ("en;q=0.8, fr;q=0.9", French),
            ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", French),
            ("en-GB;q=0.2, en;q=0.9, fr;q=0.5", English),
            ("fr, en", French),
            ("en, fr", English),
            ("fr;q=0", English),
            ("en;q=0, *;q=0.1", French),
            ("fr;q=0, *", English),
            ("*", English),
            ("en;q=0.5, *", French),
            ("fr;q=0.000, en;q=0.001", English),
            (" fr ; q=1.0 , en ; q=0.999 ", French),
            ("fr;Q=0.9,en;q=0.1", French),
            ("french", English),
            ("frr", English),
            // What is malformed does not count.
            ("fr;q=2", English),
            ("fr;q=0.1234", English),
            ("fr;q=-1", English),
            ("fr;level=1", English),
            ("fr;q", English),
            ("fr_FR", English),
            (";;,,", English),
            ("é, fr;q=0.3", French),
        ] {
            assert_eq!(chosen(text), expected, "{text:?}");
        }
    }

    #[test]
    fn several_values_are_one_list_and_none_is_english() {
        let mut metadata = MetadataMap::new();
        assert_eq!(language(&metadata), Language::English);
        metadata.append(KEY, "de".parse().unwrap());
        metadata.append(KEY, "fr;q=0.5".parse().unwrap());
        assert_eq!(language(&metadata), Language::French);
    }
}
