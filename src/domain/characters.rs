//! Characters that nobody typed on purpose: those that cannot be seen, and those that a program
//! put in place of others.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// A text without the characters that cannot be seen, trimmed, in NFC.
///
/// Joiners and variation selectors stay where they change what is seen: between letters of the
/// scripts that join them, and in emoji. A text of nothing else is empty.
pub(super) fn clean(text: &str) -> String {
    let mut letters = text.trim().nfc().peekable();
    let mut cleaned = String::with_capacity(text.len());
    let mut before = None;
    while let Some(letter) = letters.next() {
        let stays = match letter {
            '\u{200C}' | '\u{200D}' => {
                before.is_some_and(is_joined) && letters.peek().copied().is_some_and(is_joined)
            }
            '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => before.is_some_and(is_joined),
            letter => !is_invisible(letter),
        };
        if stays {
            cleaned.push(letter);
            before = Some(letter);
        }
    }
    let only_marks = |letter: char| letter.is_whitespace() || is_combining_mark(letter);
    if cleaned.chars().all(only_marks) {
        return String::new();
    }
    cleaned.trim().nfc().collect()
}

/// Whether nothing of a text can be seen.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    clean(text).is_empty()
}

/// A text without any character that cannot be seen, as addresses need it.
pub(super) fn without_invisible(text: &str) -> String {
    text.chars().filter(|it| !is_invisible(*it)).collect()
}

/// Whether a character can be part of a joined form. No script before Arabic has one, nor have the
/// letters of Latin and Greek that come after it.
fn is_joined(letter: char) -> bool {
    let is_late = letter >= '\u{0600}' && !('\u{1E00}'..='\u{1FFF}').contains(&letter);
    is_late && !letter.is_whitespace() && !is_invisible(letter)
}

/// Whether a character takes no place on the screen, or looks like a space without being one.
pub(super) fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Whether a character stands for one that was lost: the replacement character, one of private
/// use, or none at all.
pub(super) fn is_lost(letter: char) -> bool {
    matches!(
        letter,
        '\u{FFFC}' | '\u{FFFD}'
            | '\u{E000}'..='\u{F8FF}'
            | '\u{FDD0}'..='\u{FDEF}'
            | '\u{F0000}'..='\u{10FFFF}'
    ) || u32::from(letter) & 0xFFFE == 0xFFFE
}

/// Whether a text contains a template that nobody filled in.
pub(super) fn has_template(text: &str) -> bool {
    const MARKS: [&str; 9] = ["{{", "}}", "${", "#{", "%{", "<%", "%>", "[[", "]]"];
    MARKS.iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_seen_is_taken_out_and_what_is_seen_stays() {
        for (text, cleaned) in [
            ("\u{200B}Dupont", "Dupont"),
            ("Du\u{200B}pont\u{FEFF}", "Dupont"),
            ("Du\u{00AD}pont", "Dupont"),
            ("\u{202E}Dupont\u{202C}", "Dupont"),
            ("Zo\u{200D}\u{00E9}", "Zoé"),
            (" \u{2060} Zoe\u{0301} ", "Zoé"),
            ("Dupont\u{E0001}", "Dupont"),
            ("d’Aubigné", "d’Aubigné"),
            ("Marie\u{2011}Thérèse", "Marie\u{2011}Thérèse"),
            ("(Zoé) 🎉", "(Zoé) 🎉"),
            ("الزهراء", "الزهراء"),
            // Joined letters and emoji keep what joins them.
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("क्\u{200D}ष", "क्\u{200D}ष"),
            ("👩\u{200D}💻", "👩\u{200D}💻"),
            ("❤\u{FE0F}", "❤\u{FE0F}"),
            ("葛\u{E0100}", "葛\u{E0100}"),
        ] {
            assert_eq!(clean(text), cleaned, "{text:?}");
        }
    }

    #[test]
    fn nothing_that_can_be_seen_is_nothing() {
        for text in [
            "",
            " ",
            "\u{200B}",
            "\u{FEFF} ",
            "\u{3164}",
            "\u{2800}\u{2800}",
            "\u{00A0}\u{200D}",
            "\u{0301}",
            "\u{202E}\u{202C}",
            "\u{E0020}",
            "\u{FE0F}",
            "\u{115F}\u{1160}",
        ] {
            assert_eq!(clean(text), "", "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_clean_text_stays_as_it_is(text in "[ a-eé\u{301}\u{323}\u{200B}-\u{200D}\u{FE0F}ाक\u{3000}👩\u{212B}]{0,12}") {
            let cleaned = clean(&text);
            prop_assert_eq!(clean(&cleaned), cleaned);
        }
    }

    #[test]
    fn a_template_is_told_from_a_text() {
        for text in [
            "{{candidate.last_name}}",
            "{{ nom }}",
            "Mme {{nom}}",
            "${lastName}",
            "#{nom}",
            "%{last_name}",
            "<%= nom %>",
            "[[nom]]",
        ] {
            assert!(has_template(text), "{text}");
        }
        for text in [
            "Dupont",
            "X Æ A-12",
            "(Zoé) 🎉",
            "Robert'); DROP TABLE users;--",
            "R&D [Lyon]",
            "[CDI]",
            "Vente 100 %",
            "<3",
        ] {
            assert!(!has_template(text), "{text}");
        }
    }

    #[test]
    fn lost_characters_are_known() {
        for letter in ['\u{FFFD}', '\u{FFFC}', '\u{E000}', '\u{FFFE}', '\u{1FFFF}'] {
            assert!(is_lost(letter), "{letter:?}");
        }
        for letter in ['e', 'é', '?', '李', '🎉', '\u{2011}'] {
            assert!(!is_lost(letter), "{letter:?}");
        }
    }
}
