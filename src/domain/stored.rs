//! Reading what version 0.1 stored as an English sentence and later versions store as a code
//! with arguments.

use serde::{Deserialize, Deserializer};

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
