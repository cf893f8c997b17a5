//! How each field gets its value.

use super::{Lookups, NewPerson};
use crate::domain::{
    amendment::Amendment,
    collaborator::Collaborator,
    field::Field,
    finding::{Candidate, Origin, Problem, Question, Reason, ResolvedField},
    onboarding::Findings,
    tenant::{Tenant, Unit},
};

/// Collects what is found on the way.
pub(super) struct Resolver<'a> {
    pub tenant: &'a Tenant,
    pub amendment: &'a Amendment,
    pub directory: &'a dyn Lookups,
    pub findings: Findings,
    pub problem: Option<Problem>,
}

impl Resolver<'_> {
    pub fn person(&mut self, collaborator: &Collaborator) -> NewPerson {
        let rest = &collaborator.rest;
        let establishment = self.unit(Unit::Establishment, rest.establishment.as_ref());
        let department = self.unit(Unit::Department, rest.department.as_ref());
        let role = self.unit(Unit::Role, rest.role.as_ref());
        let manager = self.manager(rest.manager.as_ref(), department, establishment);
        self.email(collaborator);
        let login = self.login(collaborator);
        self.texts(collaborator);
        NewPerson {
            collaborator: collaborator.clone(),
            login,
            establishment,
            department,
            role,
            manager,
            culture: self.culture(),
        }
    }

    pub(super) fn note(
        &mut self,
        field: Field,
        value: String,
        label: String,
        origin: Origin,
        reason: Reason,
    ) {
        let (origin, reason) = match origin {
            Origin::Provided if self.amendment.sets(field) => {
                (Origin::Operator, Reason::SetByOperator)
            }
            Origin::Matched if self.amendment.sets(field) => (Origin::Operator, reason),
            origin => (origin, reason),
        };
        self.findings.resolution.push(ResolvedField {
            field,
            value,
            label,
            origin,
            reason,
        });
    }

    pub(super) fn ask(&mut self, question: Question, candidates: Vec<Candidate>) {
        let problem = Problem::from(question).with(candidates);
        match &mut self.problem {
            Some(first) => first.join(problem),
            None => self.problem = Some(problem),
        }
    }

    fn email(&mut self, collaborator: &Collaborator) {
        let (origin, reason) = if collaborator.professional_email_derived {
            (Origin::Derived, Reason::PersonalEmail)
        } else {
            (Origin::Provided, Reason::Given)
        };
        self.note(
            Field::ProfessionalEmail,
            collaborator.professional_email.as_str().to_owned(),
            String::new(),
            origin,
            reason,
        );
    }

    /// Given → left out if Lucca makes logins → the personal e-mail address.
    fn login(&mut self, collaborator: &Collaborator) -> Option<String> {
        let rest = &collaborator.rest;
        if let Some(login) = &rest.login {
            let login = login.as_str().to_owned();
            self.note(
                Field::Login,
                login.clone(),
                String::new(),
                Origin::Provided,
                Reason::Given,
            );
            return Some(login);
        }
        if self.tenant.lucca_has_default(Field::Login) {
            self.note(
                Field::Login,
                String::new(),
                String::new(),
                Origin::LuccaDefault,
                Reason::LoginLeftToLucca,
            );
            return None;
        }
        let (login, reason) = match &rest.personal_email {
            Some(email) => (email, Reason::PersonalEmail),
            None => (&collaborator.professional_email, Reason::ProfessionalEmail),
        };
        let login = login.as_str().to_owned();
        self.note(
            Field::Login,
            login.clone(),
            String::new(),
            Origin::Derived,
            reason,
        );
        Some(login)
    }

    fn culture(&mut self) -> Option<i32> {
        let culture = self.tenant.defaults.culture?;
        self.note(
            Field::Culture,
            culture.to_string(),
            String::new(),
            Origin::TenantDefault,
            Reason::TenantDefault,
        );
        Some(culture)
    }

    /// The texts and dates that are sent as given.
    fn texts(&mut self, collaborator: &Collaborator) {
        let rest = &collaborator.rest;
        for field in Field::OF_HIRE {
            let resolved_above = matches!(field, Field::ProfessionalEmail | Field::Login);
            let text = rest.get(*field).and_then(|value| value.as_text());
            if let Some(text) = text.filter(|_| !resolved_above) {
                self.note(*field, text, String::new(), Origin::Provided, Reason::Given);
            }
        }
        for code in rest.extended_data.keys() {
            self.note(
                Field::ExtendedData,
                code.clone(),
                String::new(),
                Origin::Provided,
                Reason::Given,
            );
        }
    }
}
