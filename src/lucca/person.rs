//! A person in Lucca, as far as a key sees them.

use serde_json::Value;

use super::answer::{day, id, member, number, owned, text};
use crate::domain::{
    collaborator::Draft,
    dates::CivilDate,
    email::EmailAddress,
    field::Field,
    lucca_id::LuccaId,
    matching_key::{MatchKey, full_name_keys},
    resolve::{NewPerson, fold_login},
};

/// A person of an account, with the folded values that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The user id.
    pub id: LuccaId,
    /// Given and family name, for people to read.
    pub label: String,
    /// The keys of the full name, given name first and family name first.
    pub names: [MatchKey; 2],
    /// The folded login.
    pub login: Option<String>,
    /// The folded professional e-mail address.
    pub mail: Option<String>,
    /// The folded private e-mail address.
    pub personal_email: Option<String>,
    /// The employee number.
    pub employee_number: Option<String>,
    /// First day of the contract.
    pub start: Option<CivilDate>,
    /// Last day of the contract.
    pub end: Option<CivilDate>,
    /// Department.
    pub department: Option<LuccaId>,
    /// Establishment.
    pub establishment: Option<LuccaId>,
    /// The person's address in Lucca.
    pub url: Option<String>,
}

/// How e-mail addresses are compared.
pub(crate) fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Person {
    /// A person of whom only the id and the name are known.
    pub fn named(id: LuccaId, given: &str, family: &str) -> Self {
        Self {
            id,
            label: format!("{given} {family}").trim().to_owned(),
            names: full_name_keys(given, family),
            login: None,
            mail: None,
            personal_email: None,
            employee_number: None,
            start: None,
            end: None,
            department: None,
            establishment: None,
            url: None,
        }
    }

    /// Reads a person; `None` without an id.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let name = |name| text(value, name).unwrap_or_default();
        let date = |name| day(text(value, name)?)?.from_outside().ok();
        Some(Self {
            login: text(value, "login").map(fold_login),
            mail: text(value, "mail").map(fold_email),
            personal_email: text(value, "personalEmail").map(fold_email),
            employee_number: owned(value, "employeeNumber"),
            start: date("dtContractStart"),
            end: date("dtContractEnd"),
            department: reference(value, "departmentId", "department"),
            establishment: reference(value, "legalEntityId", "legalEntity"),
            url: owned(value, "url"),
            ..Self::named(id(value)?, name("firstName"), name("lastName"))
        })
    }

    /// The person that a creation has just made.
    pub fn created(id: LuccaId, url: Option<String>, person: &NewPerson) -> Self {
        let collaborator = &person.collaborator;
        let rest = &collaborator.rest;
        let (given, family) = (&collaborator.given_name, &collaborator.family_name);
        let number = rest.employee_number.as_ref();
        Self {
            login: person.login.as_deref().map(fold_login),
            mail: Some(fold_email(collaborator.professional_email.as_str())),
            personal_email: rest
                .personal_email
                .as_ref()
                .map(|it| fold_email(it.as_str())),
            employee_number: number.map(|it| it.as_str().to_owned()),
            start: Some(collaborator.contract_start_date),
            end: rest.contract_end_date,
            department: person.department,
            establishment: person.establishment,
            url,
            ..Self::named(id, given.as_str(), family.as_str())
        }
    }

    /// The fields in which this person differs from the one a hire describes: the name, the
    /// e-mail addresses if none is the same, and the start of the contract.
    pub fn unlike(&self, hire: &Draft) -> Vec<Field> {
        let mut fields = Vec::new();
        let (given, family) = (hire.given_name.as_ref(), hire.family_name.as_ref());
        let given = given.map_or("", |it| it.as_str());
        let hired = full_name_keys(given, family.map_or("", |it| it.as_str()));
        if !hired.iter().any(|key| self.names.contains(key)) {
            fields.push(Field::FamilyName);
        }
        let addresses = [&hire.personal_email, &hire.professional_email];
        let same = |address: &&EmailAddress| {
            let folded = Some(fold_email(address.as_str()));
            folded == self.mail || folded == self.personal_email
        };
        if !addresses.into_iter().flatten().any(|it| same(&it)) {
            fields.push(Field::PersonalEmail);
        }
        if self.start.is_some() && self.start != hire.contract_start_date {
            fields.push(Field::ContractStartDate);
        }
        fields
    }

    /// How much memory it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        let texts = [
            &self.login,
            &self.mail,
            &self.personal_email,
            &self.employee_number,
            &self.url,
        ];
        let texts = texts.into_iter().flatten().map(String::len);
        // The name is kept as it is written and in two folded forms.
        size_of::<Self>() + 3 * self.label.len() + texts.sum::<usize>()
    }

    /// Whether the contract has ended before this day.
    pub fn is_former(&self, today: CivilDate) -> bool {
        self.end.is_some_and(|end| end < today)
    }

    /// Whether the contract begins after this day.
    pub fn is_future(&self, today: CivilDate) -> bool {
        self.start.is_some_and(|start| start > today)
    }

    /// Whether the contract runs on this day.
    pub fn is_active(&self, today: CivilDate) -> bool {
        !self.is_former(today) && !self.is_future(today)
    }
}

/// An id, or the id of a nested reference.
fn reference(value: &Value, flat: &str, nested: &str) -> Option<LuccaId> {
    let id = number(value, flat).or_else(|| number(member(value, nested)?, "id"))?;
    LuccaId::try_from(id).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_is_read_in_either_casing_with_flat_or_nested_references() {
        let one = Person::read(&json!({
            "id": 416, "firstName": "John", "lastName": "DOE", "login": "jdoe",
            "mail": "jdoe@example.com", "dtContractStart": "2014-09-01T00:00:00",
            "dtContractEnd": null, "departmentId": 14, "legalEntityId": 3
        }));
        let other = Person::read(&json!({
            "Id": 416, "FirstName": "John", "LastName": "DOE", "Login": "jdoe",
            "Mail": "jdoe@example.com", "DtContractStart": "2014-09-01T00:00:00",
            "Department": {"Id": 14}, "LegalEntity": {"id": 3}
        }));
        assert!(one.is_some());
        assert_eq!(one, other);
        assert_eq!(Person::read(&json!({"firstName": "Nobody"})), None);
    }

    #[test]
    fn a_date_of_an_impossible_year_counts_as_none() {
        for (text, read) in [
            ("1900-01-01T00:00:00", true),
            ("0001-01-01T00:00:00", false),
            ("9999-12-31T00:00:00", false),
        ] {
            let person = Person::read(&json!({"id": 1, "dtContractEnd": text})).unwrap();
            assert_eq!(person.end.is_some(), read, "{text}");
        }
    }
}
