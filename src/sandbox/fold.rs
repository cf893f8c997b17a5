//! Text compared without regard to case or accents.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Lower case, no marks, ligatures expanded: what a French accent-insensitive collation compares.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.trim().nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'œ' | 'Œ' => folded.push_str("oe"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            '’' => folded.push('\''),
            other => folded.extend(other.to_lowercase()),
        }
    }
    folded
}

/// Only the ASCII letters and digits of the folded text.
pub(super) fn ascii(text: &str) -> String {
    fold(text)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_ligatures_do_not_distinguish_texts() {
        for (text, folded) in [
            ("Éloïse", "eloise"),
            ("LŒTITIA", "loetitia"),
            ("N’Diaye", "n'diaye"),
            (" Muñoz ", "munoz"),
        ] {
            assert_eq!(fold(text), folded);
        }
        assert_ne!(fold("Martin"), fold("Martine"));
    }

    #[test]
    fn a_login_keeps_letters_and_digits_only() {
        assert_eq!(ascii("D'Aubigné-2"), "daubigne2");
    }
}
