//! Texts that are no values: placeholders, and texts that lost characters on the way.

use crate::domain::{
    event_field::{fold, has_name},
    field::Field,
    finding::Unreadable,
    matching_key::MatchKey,
    text::ValueError,
};

/// Words that stand for a value that nobody gave, as their matching keys.
const WORDS: [&str; 27] = [
    "null",
    "undefined",
    "none",
    "nan",
    "n/a",
    "nil",
    "[object object]",
    "string",
    "unknown",
    "not set",
    "not provided",
    "to be defined",
    "to be determined",
    "tbd",
    "tba",
    "xxx",
    "xxxx",
    "inconnu",
    "inconnue",
    "neant",
    "non renseigne",
    "non defini",
    "non definie",
    "non communique",
    "a definir",
    "a completer",
    "a renseigner",
];

/// Signs in which templates are wrapped.
const WRAPPERS: [(&str, &str); 6] = [
    ("{", "}"),
    ("[", "]"),
    ("<", ">"),
    ("%", "%"),
    ("__", "__"),
    ("*|", "|*"),
];

/// Signs that no name has, but which stand in one whose letters were read in another charset.
const NO_NAME_HAS: &str = "¡¢£¤¥¦§¨©«¬®¯±µ¶¸¹»¼½¾¿?";

/// Why a text is no value of a field, if it is none.
pub(super) fn why(field: Field, text: &str) -> Option<Unreadable> {
    let is_name = matches!(field, Field::FamilyName | Field::GivenName);
    if is_placeholder(text) || is_name && is_name_of_field(field, text) {
        return Some(Unreadable::Placeholder);
    }
    let is_spoilt = is_decoded_wrongly(text)
        || has_entity(text)
        || has_escape(text)
        || has_mark_in_word(text)
        || is_name && text.chars().any(|it| NO_NAME_HAS.contains(it));
    is_spoilt.then_some(Unreadable::Spoilt)
}

/// Why a value type refuses a text.
pub(super) fn refused(error: ValueError) -> Unreadable {
    match error {
        ValueError::LostCharacter => Unreadable::Spoilt,
        ValueError::Template => Unreadable::Placeholder,
        _ => Unreadable::Form,
    }
}

/// Whether a text is a word or a template that stands for a value.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let key = MatchKey::of(text);
    let is_part = |it: char| it.is_ascii_alphanumeric() || "._- ".contains(it);
    let is_wrapped = |(open, close): &(&str, &str)| {
        let inner = text.strip_prefix(open);
        let inner = inner.and_then(|it| it.strip_suffix(close));
        inner.is_some_and(|it| !it.is_empty() && it.chars().all(is_part))
    };
    WORDS.contains(&key.as_str())
        || !text.contains(char::is_alphanumeric)
        || WRAPPERS.iter().any(is_wrapped)
}

/// Whether a name is the name of its field, such as `lastName` or `candidate.last_name`.
fn is_name_of_field(field: Field, text: &str) -> bool {
    let names = field.in_events();
    text.contains('_') || names.is_some_and(|names| has_name(&names, &fold(text)))
}

/// Whether UTF-8 was read as Windows-1252, as in `LefÃ¨vre`.
fn is_decoded_wrongly(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(2).any(|pair| {
        let follows = as_byte(pair[1]).is_some_and(|byte| (0x80..=0xBF).contains(&byte));
        let leads = matches!(
            pair[0],
            'Â' | 'Ã' | 'Ä' | 'Å' | 'Ð' | 'Ñ' | 'Ø' | 'Ù' | 'â' | 'ï' | 'ð'
        );
        leads && follows && !pair[1].is_alphabetic()
            || matches!(pair[0], 'Ã' | 'Å')
                && matches!(
                    pair[1],
                    'š' | 'œ' | 'ž' | 'Š' | 'Œ' | 'Ž' | 'Ÿ' | 'ƒ' | 'ª' | 'º' | 'µ'
                )
    })
}

/// The byte of a character in Windows-1252.
fn as_byte(letter: char) -> Option<u8> {
    super::charset::windows_1252_byte(letter)
}

/// Whether a text has a character reference of HTML, such as `&eacute;` or `&#233;`.
fn has_entity(text: &str) -> bool {
    text.split('&').skip(1).any(|rest| {
        let name = rest.split_once(';').map(|(name, _)| name);
        name.is_some_and(|name| {
            let plain = name.strip_prefix('#').unwrap_or(name);
            name.len() > 1
                && name.len() <= 8
                && !plain.is_empty()
                && plain.bytes().all(|it| it.is_ascii_alphanumeric())
        })
    })
}

/// Whether a text has letters as escapes: `\u00e9`, `%C3%A9` or `=?UTF-8?Q?…?=`.
fn has_escape(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_hex = |rest: &str| {
        let digits = rest.as_bytes().get(..4);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    lower.split("\\u").skip(1).any(is_hex) || lower.contains("%c3%") || lower.contains("=?utf-8?")
}

/// Whether a question mark replaces a letter inside a word.
fn has_mark_in_word(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters
        .windows(3)
        .any(|three| three[0].is_alphabetic() && three[1] == '?' && three[2].is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_names() {
        for text in [
            "undefined",
            "NULL",
            "None",
            "NaN",
            "n/a",
            "N / A",
            "[object Object]",
            "Non renseigné",
            "à définir",
            "Inconnu",
            "{last_name}",
            "[Nom]",
            "<lastName>",
            "%LASTNAME%",
            "__LAST_NAME__",
            "*|LNAME|*",
            "candidate_last_name",
            "lastName",
            "Nom de famille",
            "-",
            "...",
            "?",
        ] {
            let found = why(Field::FamilyName, text);
            assert_eq!(found, Some(Unreadable::Placeholder), "{text}");
        }
    }

    #[test]
    fn texts_that_lost_letters_are_told_from_names() {
        for text in [
            "LefÃ¨vre",
            "FranÃ§ois",
            "Ã‰loÃ¯se",
            "Lâ€™HÃ©ritier",
            "MuÃ±oz",
            "Å\u{201A}ukasz",
            "Ð˜Ð²Ð°Ð½",
            "ï¿½",
            "ã©",
            "L?vre",
            "Zo?",
            "L&eacute;vre",
            "L&#233;vre",
            "L\\u00e9vre",
            "L%C3%A9vre",
            "=?UTF-8?Q?L=C3=A9vre?=",
        ] {
            let found = why(Field::FamilyName, text);
            assert_eq!(found, Some(Unreadable::Spoilt), "{text}");
        }
    }

    #[test]
    fn names_as_people_type_them_are_names() {
        for text in [
            "Dupont",
            "d’Aubigné",
            "N´Diaye",
            "N'DIAYE",
            "Marie‑Thérèse",
            "de La Tour",
            "X Æ A-12",
            "(Zoé) 🎉",
            "الزهراء",
            "李小龍",
            "Иван",
            "Ångström",
            "Ñíguez",
            "Øystein",
            "Ðorđe",
            "Çelik",
            "Nguyễn",
            "Nâzım",
            "Loïc",
            "O",
            "Na",
            "Robert'); DROP TABLE users;--",
            "JOÃO",
            "São",
            "Dupont (née Martin)",
        ] {
            assert_eq!(why(Field::FamilyName, text), None, "{text}");
        }
        for (field, text) in [
            (Field::Department, "R&D; Lyon"),
            (Field::Department, "Service"),
            (Field::JobTitle, "Développeur·se H/F (CDI) – 35 h"),
            (Field::JobTitle, "Vendeur « conseil » 100 m²"),
            (Field::Establishment, "Paris n° 2"),
            (Field::PersonalPhone, "+33 6 12 34 56 78"),
        ] {
            assert_eq!(why(field, text), None, "{text}");
        }
    }
}
