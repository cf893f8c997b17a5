//! The fields of a collaborator, by one name each.

use serde::{Deserialize, Serialize};

/// A field of the collaborator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Field {
    Establishment,
    Department,
    Role,
    Login,
    Culture,
    Manager,
    FamilyName,
    GivenName,
    ProfessionalEmail,
    PersonalEmail,
    ContractStartDate,
    ContractEndDate,
    EmployeeNumber,
    JobTitle,
    PersonalPhone,
    BirthDate,
    ExtendedData,
}

impl Field {
    /// The field's name in the proto contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Establishment => "establishment",
            Self::Department => "department",
            Self::Role => "role",
            Self::Login => "login",
            Self::Culture => "culture",
            Self::Manager => "manager",
            Self::FamilyName => "family_name",
            Self::GivenName => "given_name",
            Self::ProfessionalEmail => "professional_email",
            Self::PersonalEmail => "personal_email",
            Self::ContractStartDate => "contract_start_date",
            Self::ContractEndDate => "contract_end_date",
            Self::EmployeeNumber => "employee_number",
            Self::JobTitle => "job_title",
            Self::PersonalPhone => "personal_phone",
            Self::BirthDate => "birth_date",
            Self::ExtendedData => "extended_data",
        }
    }

    /// The field's name in a sentence.
    pub fn words(self) -> String {
        self.name().replace('_', " ").replace("email", "e-mail")
    }
}
