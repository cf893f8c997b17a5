//! What operators have set, kept apart from what the source says.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{collaborator::Draft, field::Field};

/// Fields that operators have set; they win over the source, whatever it says later.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Amendment {
    /// Which fields.
    pub fields: BTreeSet<Field>,
    /// Their values; an absent one clears the field.
    pub values: Draft,
}

impl Amendment {
    /// What the source says, with what operators have set.
    pub fn over(&self, source: &Draft) -> Draft {
        let mut draft = source.clone();
        for field in &self.fields {
            copy(*field, &self.values, &mut draft);
        }
        draft
    }

    /// Adds a later amendment.
    pub fn add(&mut self, later: &Self) {
        for field in &later.fields {
            copy(*field, &later.values, &mut self.values);
            self.fields.insert(*field);
        }
    }

    /// Whether operators have set the field.
    pub fn sets(&self, field: Field) -> bool {
        self.fields.contains(&field)
    }
}

fn copy(field: Field, from: &Draft, to: &mut Draft) {
    match field {
        Field::FamilyName => to.family_name.clone_from(&from.family_name),
        Field::GivenName => to.given_name.clone_from(&from.given_name),
        Field::PersonalEmail => to.personal_email.clone_from(&from.personal_email),
        Field::ProfessionalEmail => to.professional_email.clone_from(&from.professional_email),
        Field::Login => to.login.clone_from(&from.login),
        Field::ContractStartDate => to.contract_start_date = from.contract_start_date,
        Field::ContractEndDate => to.contract_end_date = from.contract_end_date,
        Field::Establishment => to.establishment.clone_from(&from.establishment),
        Field::Department => to.department.clone_from(&from.department),
        Field::Role => to.role.clone_from(&from.role),
        Field::Manager => to.manager.clone_from(&from.manager),
        Field::EmployeeNumber => to.employee_number.clone_from(&from.employee_number),
        Field::JobTitle => to.job_title.clone_from(&from.job_title),
        Field::PersonalPhone => to.personal_phone.clone_from(&from.personal_phone),
        Field::BirthDate => to.birth_date = from.birth_date,
        Field::ExtendedData => to.extended_data.clone_from(&from.extended_data),
        // Hires do not carry a culture.
        Field::Culture => {}
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
