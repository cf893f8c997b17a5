//! The languages that people are addressed in.

use serde::{Deserialize, Serialize};

/// A language with a catalogue of sentences. It has no `Default`: a request without
/// `accept-language` is answered in English, and a tenant without a language is written
/// to in French.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(ascii_case_insensitive)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    #[strum(serialize = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    #[strum(serialize = "fr")]
    French,
}

impl Language {
    /// Every language.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Its tag (RFC 5646).
    pub fn tag(self) -> &'static str {
        self.into()
    }

    /// Reads a tag, in upper or lower case.
    pub fn parse(tag: &str) -> Option<Self> {
        tag.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_reads_back_in_either_case_and_in_json() {
        for language in Language::ALL {
            let tag = language.tag();
            assert_eq!(Language::parse(tag), Some(*language));
            assert_eq!(Language::parse(&tag.to_uppercase()), Some(*language));
            assert_eq!(
                serde_json::to_string(language).unwrap(),
                format!("\"{tag}\"")
            );
        }
        assert_eq!(Language::parse("de"), None);
        assert_eq!(Language::parse(""), None);
    }
}
