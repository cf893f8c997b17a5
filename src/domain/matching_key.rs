//! Comparing names and labels that people typed.

use std::fmt;

use unicode_normalization::{UnicodeNormalization as _, char::canonical_combining_class};

use super::characters::is_invisible;

/// What two spellings of the same name have in common.
///
/// Accents, case, apostrophes, hyphens, the number and kind of spaces, and spaces beside other
/// signs do not count: `D’Aubigné` and `d aubigne` have the same key, and so have `R & D` and
/// `R&D`. It is lossy: compare with it, never show, send or store it as a name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatchKey(String);

impl MatchKey {
    /// The key of a text. Any text has one; it is empty if there is nothing to compare.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut key = String::with_capacity(text.len());
        let mut gap = false;
        let letters = text.nfd().flat_map(char::to_lowercase).nfd();
        for letter in letters.filter(|letter| !is_dropped(*letter)) {
            if is_gap(letter) {
                gap = !key.is_empty();
                continue;
            }
            if gap && !is_sign(letter) && !key.ends_with(is_sign) {
                key.push(' ');
            }
            gap = false;
            match expansion(letter) {
                Some(expanded) => key.push_str(expanded),
                None => key.push(letter),
            }
        }
        Self(key)
    }

    /// The key as text: lower-case, single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left to compare. Two empty keys say nothing about each other.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for MatchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MatchKey(…)")
    }
}

/// The keys of a full name: given name first, then family name first.
#[must_use]
pub fn full_name_keys(given: &str, family: &str) -> [MatchKey; 2] {
    [
        MatchKey::of(&format!("{given} {family}")),
        MatchKey::of(&format!("{family} {given}")),
    ]
}

/// Accents, and characters that cannot be seen. Vowel signs that have a place of their
/// own (class 0, as in Devanagari) are letters and stay.
fn is_dropped(letter: char) -> bool {
    canonical_combining_class(letter) != 0 || is_invisible(letter)
}

/// What separates the parts of a name: spaces, apostrophes, hyphens.
fn is_gap(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '\'' | '`' | '´' | '‘' | '’' | '‛' | '′' | 'ʹ' | 'ʻ' | 'ʼ' | '＇' | '-' | '\u{2010}'
                ..='\u{2015}' | '\u{2043}' | '−' | '﹘' | '﹣' | '－'
        )
}

/// What stands between parts of a unit's name, with or without spaces.
fn is_sign(letter: char) -> bool {
    matches!(
        letter,
        '&' | '＆' | '/' | '／' | '+' | '|' | ',' | ';' | ':' | '(' | ')' | '[' | ']'
    )
}

/// Letters that no decomposition turns into plain ones.
fn expansion(letter: char) -> Option<&'static str> {
    Some(match letter {
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'ø' => "o",
        'ł' => "l",
        'đ' => "d",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_share_a_key() {
        for (one, other) in [
            ("Éloïse D'Aubigné", "ELOISE D’AUBIGNE"),
            ("Marie\u{2011}Thérèse", "Marie Therese"),
            ("Jean\u{2013}Pierre", "jean-pierre"),
            ("Anne\u{2010}Claire", "Anne Claire"),
            ("DE LA TOUR  Jean-Pierre", "de la tour jean pierre"),
            ("Lœtitia", "LOETITIA"),
            ("Cæsar", "Caesar"),
            ("Œuvrard", "oeuvrard"),
            ("Muñoz", "MUNOZ"),
            ("João Pedro", "Joao\u{00A0}Pedro"),
            ("He\u{0301}le\u{0300}ne", "Hélène"),
            ("N’Diaye", "N'DIAYE"),
            ("NʼDiaye", "N´Diaye"),
            ("N`Diaye", "n diaye"),
            ("LE\u{202F}GALL", "Le Gall"),
            ("Müller", "Muller"),
            ("Strauß", "STRAUẞ"),
            ("Strauß", "Strauss"),
            ("Øystein Łukasz Đoko", "oystein lukasz doko"),
            ("  Siège   Paris ", "siege paris"),
            ("İnci", "inci"),
            ("Soft\u{00AD}ware", "software"),
            ("R & D Lyon", "R&D Lyon"),
            ("R& D Lyon", "R &D Lyon"),
            ("Recherche / Développement", "recherche/developpement"),
            ("Finance (Paris)", "Finance(Paris)"),
            ("Paris - Siège", "Paris Siège"),
            ("Achats, Logistique", "Achats,Logistique"),
            ("Vente+Conseil", "vente + conseil"),
        ] {
            assert_eq!(
                MatchKey::of(one).as_str(),
                MatchKey::of(other).as_str(),
                "{one} / {other}"
            );
        }
    }

    #[test]
    fn different_names_keep_different_keys() {
        for (one, other) in [
            ("Martin", "Martine"),
            ("de Villepin", "Villepin"),
            ("Anne Claire", "Anneclaire"),
            ("R&D", "RD"),
            ("R&D", "R D"),
            ("R&D", "R/D"),
            ("राम", "रमा"),
            ("李", "王"),
        ] {
            assert_ne!(MatchKey::of(one), MatchKey::of(other), "{one} / {other}");
        }
    }

    #[test]
    fn a_full_name_has_a_key_for_either_order() {
        let [given_first, family_first] = full_name_keys("Jean", "DUPONT");
        assert_eq!(given_first, MatchKey::of("Jean Dupont"));
        assert_eq!(family_first, MatchKey::of("Dupont Jean"));
    }

    #[test]
    fn a_key_of_separators_is_empty_and_none_is_printed() {
        assert!(MatchKey::of(" - ’ \u{0301}").is_empty());
        assert_eq!(format!("{:?}", MatchKey::of("Dupont")), "MatchKey(…)");
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in any::<String>()) {
            let key = MatchKey::of(&text);
            let again = MatchKey::of(key.as_str());
            prop_assert_eq!(again.as_str(), key.as_str());
        }

        #[test]
        fn composed_and_decomposed_text_share_a_key(text in any::<String>()) {
            let composed: String = text.nfc().collect();
            let decomposed: String = text.nfd().collect();
            let composed = MatchKey::of(&composed);
            let decomposed = MatchKey::of(&decomposed);
            prop_assert_eq!(composed.as_str(), decomposed.as_str());
        }

        #[test]
        fn a_key_has_single_inner_spaces(text in "[ a-zé'’\u{00A0}-]{0,40}") {
            let key = MatchKey::of(&text);
            prop_assert_eq!(key.as_str().trim(), key.as_str());
            prop_assert!(!key.as_str().contains("  "));
        }
    }
}
