//! How values are stored: as their text, or as a code with arguments where version 0.1 stored
//! an English sentence.

use serde::{Deserialize, Deserializer};

/// Lets serde store a type as text and read it by the type's `parse`, or by another of its
/// functions where earlier versions accepted more.
macro_rules! stored_as_text {
    ($name:ident, $text:expr) => {
        stored_as_text!($name, $text, parse);
    };
    ($name:ident, $text:expr, $read:ident) => {
        impl TryFrom<String> for $name {
            type Error = $crate::domain::text::ValueError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::$read(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                let text: fn($name) -> Self = $text;
                text(value)
            }
        }
    };
}
pub(super) use stored_as_text;

/// A value that can stand for a stored sentence.
pub trait FromSentence {
    /// The value that shows the sentence as it is.
    fn from_sentence(sentence: String) -> Self;
}

impl<T: FromSentence> FromSentence for Option<T> {
    fn from_sentence(sentence: String) -> Self {
        (!sentence.is_empty()).then(|| T::from_sentence(sentence))
    }
}

/// Reads a typed value, or a sentence of version 0.1.
///
/// # Errors
/// It is neither.
pub fn typed_or_sentence<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromSentence + Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored<T> {
        Sentence(String),
        Typed(T),
    }
    Ok(match Stored::deserialize(deserializer)? {
        Stored::Sentence(sentence) => T::from_sentence(sentence),
        Stored::Typed(typed) => typed,
    })
}
