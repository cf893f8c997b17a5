//! The person to create: as far as known ([`Draft`]), and complete ([`Collaborator`]).

use serde::{Deserialize, Serialize};

use super::{
    dates::CivilDate,
    email::EmailAddress,
    field::Field,
    lucca_id::LuccaId,
    matching_key::MatchKey,
    text::{EmployeeNumber, FamilyName, GivenName, ValueError, label},
};

pub use super::field::Draft;

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

impl Reference {
    /// A unit by its name, 1 to 255 characters.
    ///
    /// # Errors
    /// Empty, too long, or with control characters.
    pub fn named(name: &str) -> Result<Self, ValueError> {
        label(name).map(Self::Name)
    }
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

impl ManagerReference {
    /// A manager by e-mail address if the text has the form of one, since that is surer than
    /// a name; otherwise by full name.
    ///
    /// # Errors
    /// A name that is empty, too long, or has control characters.
    pub fn named(text: &str) -> Result<Self, ValueError> {
        match EmailAddress::parse(text) {
            Ok(email) => Ok(Self::Email(email)),
            Err(_) => label(text).map(Self::Name),
        }
    }
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
}

impl Collaborator {
    /// The key by which the person's name is compared.
    pub fn name_key(&self) -> MatchKey {
        let (given, family) = (self.given_name.as_str(), self.family_name.as_str());
        MatchKey::of(&format!("{given} {family}"))
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
    fn a_manager_is_named_as_surely_as_possible() {
        let named = |text| ManagerReference::named(text).unwrap();
        let email = EmailAddress::parse("j@x.fr").unwrap();
        assert!(named("j@x.fr") == ManagerReference::Email(email));
        assert!(named(" Jean Martin ") == ManagerReference::Name("Jean Martin".to_owned()));
        assert!(ManagerReference::named(&"x".repeat(256)).is_err());
    }
}
