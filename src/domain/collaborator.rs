//! The person to create, as far as known and as complete.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    dates::CivilDate,
    email::EmailAddress,
    field::Field,
    lucca_id::LuccaId,
    matching_key::MatchKey,
    text::{EmployeeNumber, FamilyName, GivenName, JobTitle, Login, Phone},
};

/// Points to an establishment, a department or a role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// The id in Lucca.
    LuccaId(LuccaId),
    /// The code in Lucca.
    Code(String),
    /// A name or label.
    Name(String),
}

/// Points to the manager.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagerReference {
    /// The user id in Lucca.
    LuccaId(LuccaId),
    /// The professional e-mail address.
    Email(EmailAddress),
    /// The employee number.
    EmployeeNumber(EmployeeNumber),
    /// The full name, in either order.
    Name(String),
}

impl std::fmt::Debug for ManagerReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LuccaId(_) => "LuccaId(…)",
            Self::Email(_) => "Email(…)",
            Self::EmployeeNumber(_) => "EmployeeNumber(…)",
            Self::Name(_) => "Name(…)",
        })
    }
}

/// A hire's data as far as it is known; each value is well-formed, any may be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// Family name.
    pub family_name: Option<FamilyName>,
    /// Given name.
    pub given_name: Option<GivenName>,
    /// Private e-mail address.
    pub personal_email: Option<EmailAddress>,
    /// Professional e-mail address.
    pub professional_email: Option<EmailAddress>,
    /// Login in Lucca.
    pub login: Option<Login>,
    /// First day of the contract.
    pub contract_start_date: Option<CivilDate>,
    /// Last day of the contract.
    pub contract_end_date: Option<CivilDate>,
    /// Establishment.
    pub establishment: Option<Reference>,
    /// Department.
    pub department: Option<Reference>,
    /// Primary role.
    pub role: Option<Reference>,
    /// Manager.
    pub manager: Option<ManagerReference>,
    /// Employee number.
    pub employee_number: Option<EmployeeNumber>,
    /// Job title.
    pub job_title: Option<JobTitle>,
    /// Private mobile phone.
    pub personal_phone: Option<Phone>,
    /// Date of birth.
    pub birth_date: Option<CivilDate>,
    /// Custom data by code (`e_…`).
    pub extended_data: BTreeMap<String, serde_json::Value>,
}

/// What every creation in Lucca needs from the hire itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Collaborator {
    /// Family name.
    pub family_name: FamilyName,
    /// Given name.
    pub given_name: GivenName,
    /// Professional e-mail address: the given one, else the personal one.
    pub professional_email: EmailAddress,
    /// Whether the professional address is the personal one for want of another.
    pub professional_email_derived: bool,
    /// First day of the contract.
    pub contract_start_date: CivilDate,
    /// Everything else.
    pub rest: Draft,
}

impl Draft {
    /// The complete collaborator, or the fields that are missing, all of them.
    ///
    /// # Errors
    /// The names of the missing fields.
    pub fn complete(&self) -> Result<Collaborator, Vec<Field>> {
        let email = self
            .professional_email
            .as_ref()
            .or(self.personal_email.as_ref());
        match (
            &self.family_name,
            &self.given_name,
            email,
            self.contract_start_date,
        ) {
            (Some(family_name), Some(given_name), Some(email), Some(start)) => Ok(Collaborator {
                family_name: family_name.clone(),
                given_name: given_name.clone(),
                professional_email: email.clone(),
                professional_email_derived: self.professional_email.is_none(),
                contract_start_date: start,
                rest: self.clone(),
            }),
            _ => Err([
                (Field::FamilyName, self.family_name.is_none()),
                (Field::GivenName, self.given_name.is_none()),
                (Field::PersonalEmail, email.is_none()),
                (Field::ContractStartDate, self.contract_start_date.is_none()),
            ]
            .into_iter()
            .filter_map(|(field, missing)| missing.then_some(field))
            .collect()),
        }
    }

    /// The fields in which two drafts differ.
    pub fn differences(&self, other: &Self) -> Vec<Field> {
        [
            (Field::FamilyName, self.family_name != other.family_name),
            (Field::GivenName, self.given_name != other.given_name),
            (
                Field::PersonalEmail,
                self.personal_email != other.personal_email,
            ),
            (
                Field::ProfessionalEmail,
                self.professional_email != other.professional_email,
            ),
            (Field::Login, self.login != other.login),
            (
                Field::ContractStartDate,
                self.contract_start_date != other.contract_start_date,
            ),
            (
                Field::ContractEndDate,
                self.contract_end_date != other.contract_end_date,
            ),
            (
                Field::Establishment,
                self.establishment != other.establishment,
            ),
            (Field::Department, self.department != other.department),
            (Field::Role, self.role != other.role),
            (Field::Manager, self.manager != other.manager),
            (
                Field::EmployeeNumber,
                self.employee_number != other.employee_number,
            ),
            (Field::JobTitle, self.job_title != other.job_title),
            (
                Field::PersonalPhone,
                self.personal_phone != other.personal_phone,
            ),
            (Field::BirthDate, self.birth_date != other.birth_date),
            (
                Field::ExtendedData,
                self.extended_data != other.extended_data,
            ),
        ]
        .into_iter()
        .filter_map(|(field, differs)| differs.then_some(field))
        .collect()
    }
}

impl Collaborator {
    /// The key by which the person's name is compared.
    pub fn name_key(&self) -> MatchKey {
        MatchKey::of(&format!(
            "{} {}",
            self.given_name.as_str(),
            self.family_name.as_str()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_names_everything_it_lacks_at_once() {
        assert_eq!(
            Draft::default().complete().unwrap_err(),
            [
                Field::FamilyName,
                Field::GivenName,
                Field::PersonalEmail,
                Field::ContractStartDate
            ]
        );
    }

    #[test]
    fn the_personal_address_stands_in_for_a_missing_professional_one() {
        let draft = Draft {
            family_name: FamilyName::parse("Dupont").ok(),
            given_name: GivenName::parse("Éloïse").ok(),
            personal_email: EmailAddress::parse("eloise@example.com").ok(),
            contract_start_date: CivilDate::parse_iso("2027-01-04").ok(),
            ..Draft::default()
        };
        let complete = draft.complete().unwrap();
        assert!(complete.professional_email_derived);
        assert_eq!(complete.professional_email.as_str(), "eloise@example.com");
    }

    #[test]
    fn differences_name_the_fields_that_changed() {
        let one = Draft {
            job_title: JobTitle::parse("Comptable").ok(),
            ..Draft::default()
        };
        let other = Draft {
            contract_start_date: CivilDate::parse_iso("2027-01-04").ok(),
            ..one.clone()
        };
        assert_eq!(one.differences(&other), [Field::ContractStartDate]);
        assert!(one.differences(&one).is_empty());
    }
}
