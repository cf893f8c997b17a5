//! A person of the directory.

use crate::{
    domain::{
        dates::CivilDate,
        lucca_id::LuccaId,
        matching_key::{MatchKey, full_name_keys},
        resolve::{NewPerson, fold_login},
    },
    lucca::User,
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
pub(super) fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            label: format!("{} {}", user.given_name, user.family_name)
                .trim()
                .to_owned(),
            names: full_name_keys(&user.given_name, &user.family_name),
            login: user.login.as_deref().map(fold_login),
            mail: user.mail.as_deref().map(fold_email),
            personal_email: user.personal_email.as_deref().map(fold_email),
            employee_number: user.employee_number,
            start: user.start,
            end: user.end,
            department: user.department,
            establishment: user.establishment,
            url: user.url,
        }
    }
}

impl Person {
    /// The person that a creation has just made.
    pub fn created(id: LuccaId, url: Option<String>, person: &NewPerson) -> Self {
        let collaborator = &person.collaborator;
        let rest = &collaborator.rest;
        Self::from(User {
            id,
            given_name: collaborator.given_name.as_str().to_owned(),
            family_name: collaborator.family_name.as_str().to_owned(),
            login: person.login.clone(),
            mail: Some(collaborator.professional_email.as_str().to_owned()),
            personal_email: rest
                .personal_email
                .as_ref()
                .map(|it| it.as_str().to_owned()),
            employee_number: rest
                .employee_number
                .as_ref()
                .map(|it| it.as_str().to_owned()),
            start: Some(collaborator.contract_start_date),
            end: rest.contract_end_date,
            department: person.department,
            establishment: person.establishment,
            url,
        })
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
