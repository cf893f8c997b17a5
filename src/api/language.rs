//! The language that a caller asks for.

use http::HeaderMap;

use crate::domain::language::Language;

const KEY: &str = "accept-language";

/// The first language of `accept-language` that is spoken here, such as French for
/// `de, fr-CH`; English if there is none. Weights (RFC 9110, section 12.5.4) are ignored:
/// clients list the language they like best first.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let values = headers.get_all(KEY).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let mut tags = texts.flat_map(|text| text.split(','));
    tags.find_map(known).unwrap_or(Language::English)
}

fn known(range: &str) -> Option<Language> {
    Language::parse(range.split(['-', ';']).next()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(values: &[&'static str]) -> Language {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(KEY, http::HeaderValue::from_static(value));
        }
        language(&headers)
    }

    #[test]
    fn the_first_known_language_is_chosen_and_english_is_the_default() {
        use Language::{English, French};
        for (text, expected) in [
            ("", English),
            ("fr", French),
            ("FR", French),
            ("fr-CH", French),
            ("fr-CH, en", French),
            ("fr;q=0.8, en;q=0.9", French),
            ("en", English),
            ("en-GB, fr", English),
            ("de", English),
            ("de, fr;q=0.1", French),
            ("*", English),
            ("*, fr", French),
            (" fr ; q=1.0 , en", French),
            ("french", English),
            ("frr", English),
            ("fr_FR", English),
            (";;,,", English),
        ] {
            assert_eq!(chosen(&[text]), expected, "{text:?}");
        }
    }

    #[test]
    fn several_values_are_one_list_and_none_is_english() {
        assert_eq!(chosen(&[]), Language::English);
        assert_eq!(chosen(&["de", "fr;q=0.5"]), Language::French);
    }
}
