//! What operators have set, kept apart from what the source says.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{collaborator::Draft, field::Field};

/// Fields that operators have set; they win over the source, whatever it says later.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Amendment {
    /// The fields that were set or cleared.
    pub fields: BTreeSet<Field>,
    /// Their values; an absent one clears the field.
    pub values: Draft,
}

impl Amendment {
    /// The source's data with the amended fields put over them.
    pub fn over(&self, source: &Draft) -> Draft {
        let mut draft = source.clone();
        for field in &self.fields {
            draft.copy(*field, &self.values);
        }
        draft
    }

    /// Adds a later amendment, which wins.
    pub fn add(&mut self, later: &Self) {
        for field in &later.fields {
            self.values.copy(*field, &later.values);
            self.fields.insert(*field);
        }
    }

    /// Whether operators have set or cleared the field.
    pub fn sets(&self, field: Field) -> bool {
        self.fields.contains(&field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::{JobTitle, Login};

    fn title(text: &str) -> Draft {
        Draft {
            job_title: JobTitle::parse(text).ok(),
            ..Draft::default()
        }
    }

    #[test]
    fn what_operators_set_or_clear_wins_over_the_source() {
        let mut amendment = Amendment {
            fields: [Field::JobTitle].into(),
            values: title("Cheffe"),
        };
        assert_eq!(amendment.over(&title("Comptable")), title("Cheffe"));
        amendment.add(&Amendment {
            fields: [Field::JobTitle, Field::Login].into(),
            values: Draft {
                login: Login::parse("edupont").ok(),
                ..Draft::default()
            },
        });
        let draft = amendment.over(&title("Comptable"));
        assert_eq!(draft.job_title, None);
        assert_eq!(draft.login.as_ref().map(Login::as_str), Some("edupont"));
        assert!(amendment.sets(Field::Login) && !amendment.sets(Field::Role));
    }
}
