//! Ids of Lucca.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::ValueError;

/// The id of a thing in Lucca: a user, an establishment, a department, a role.
///
/// Lucca documents ids as integers from 1 (`api-reference/legacy/directory/user`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct LuccaId(i64);

impl LuccaId {
    /// Reads an id; `None` means that there is none (0, as in proto fields).
    ///
    /// # Errors
    /// A negative number is no id.
    pub fn optional(id: i64) -> Result<Option<Self>, ValueError> {
        if id == 0 {
            return Ok(None);
        }
        Self::try_from(id).map(Some)
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for LuccaId {
    type Error = ValueError;

    fn try_from(id: i64) -> Result<Self, ValueError> {
        match id {
            1.. => Ok(Self(id)),
            _ => Err(ValueError::NotPositive),
        }
    }
}

impl From<LuccaId> for i64 {
    fn from(id: LuccaId) -> i64 {
        id.0
    }
}

impl fmt::Display for LuccaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_means_none_and_a_negative_number_is_refused() {
        assert_eq!(LuccaId::optional(0), Ok(None));
        assert_eq!(LuccaId::optional(7).unwrap().unwrap().get(), 7);
        assert_eq!(LuccaId::optional(-1), Err(ValueError::NotPositive));
    }
}
