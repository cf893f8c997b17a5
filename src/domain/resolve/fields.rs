//! How each field gets its value.

use super::{Lookups, NewPerson};
use crate::domain::{
    amendment::Amendment,
    collaborator::{Collaborator, Draft},
    field::Field,
    finding::{Candidate, Origin, Problem, Question, Reason, ResolvedField, Warning},
    lucca_id::LuccaId,
    onboarding::Findings,
    tenant::{Tenant, Unit},
};

/// Collects what is found on the way.
pub(super) struct Resolver<'a> {
    pub tenant: &'a Tenant,
    pub amendment: &'a Amendment,
    /// `None`: Lucca is not known, so nothing is asked about it.
    pub directory: Option<&'a dyn Lookups>,
    pub findings: Findings,
    pub problem: Option<Problem>,
}

/// Where a person belongs in the company.
pub(super) struct Place {
    establishment: Option<LuccaId>,
    department: Option<LuccaId>,
    role: Option<LuccaId>,
    manager: Option<LuccaId>,
}

impl<'a> Resolver<'a> {
    /// Has found nothing but what the intake remarked. What an operator has set is no longer what
    /// the source sent.
    pub fn new(
        tenant: &'a Tenant,
        directory: Option<&'a dyn Lookups>,
        remarks: &[Warning],
        amendment: &'a Amendment,
    ) -> Self {
        let stands = |it: &&Warning| it.kind.field().is_none_or(|field| !amendment.sets(field));
        Self {
            tenant,
            amendment,
            directory,
            findings: Findings {
                warnings: remarks.iter().filter(stands).cloned().collect(),
                ..Findings::default()
            },
            problem: None,
        }
    }

    /// Finds the units and the manager.
    pub fn place(&mut self, draft: &Draft) -> Place {
        let establishment = self.unit(Unit::Establishment, draft.establishment.as_ref());
        let department = self.unit(Unit::Department, draft.department.as_ref());
        Place {
            establishment,
            department,
            role: self.unit(Unit::Role, draft.role.as_ref()),
            manager: self.manager(draft, department, establishment),
        }
    }

    pub fn person(&mut self, collaborator: &Collaborator) -> NewPerson {
        let place = self.place(&collaborator.rest);
        self.email(collaborator);
        let login = self.login(collaborator);
        self.texts(collaborator);
        NewPerson {
            collaborator: collaborator.clone(),
            login,
            establishment: place.establishment,
            department: place.department,
            role: place.role,
            manager: place.manager,
            culture: self.culture(),
        }
    }

    /// Notes the value of a field, where it comes from and why. Nothing is sent if it is empty.
    pub(super) fn note(&mut self, field: Field, value: impl ToString, how: (Origin, Reason)) {
        self.note_labelled(field, value, String::new(), how);
    }

    /// The same for an id with a name.
    pub(super) fn note_labelled(
        &mut self,
        field: Field,
        value: impl ToString,
        label: String,
        how: (Origin, Reason),
    ) {
        let (origin, reason) = match how {
            (Origin::Provided, _) if self.amendment.sets(field) => {
                (Origin::Operator, Reason::SetByOperator)
            }
            (Origin::Matched, reason) if self.amendment.sets(field) => (Origin::Operator, reason),
            how => how,
        };
        self.findings.resolution.push(ResolvedField {
            field,
            value: value.to_string(),
            label,
            origin,
            reason,
        });
    }

    pub(super) fn ask(&mut self, question: Question, candidates: Vec<Candidate>) {
        let problem = Problem::from(question).with(candidates);
        self.problem = Some(match self.problem.take() {
            Some(first) => first.and(problem),
            None => problem,
        });
    }

    fn email(&mut self, collaborator: &Collaborator) {
        let how = match collaborator.professional_email_derived {
            true => (Origin::Derived, Reason::PersonalEmail),
            false => (Origin::Provided, Reason::Given),
        };
        let email = collaborator.professional_email.as_str();
        self.note(Field::ProfessionalEmail, email, how);
    }

    /// Given → left out if Lucca makes logins → the personal e-mail address.
    fn login(&mut self, collaborator: &Collaborator) -> Option<String> {
        let rest = &collaborator.rest;
        let (login, how) = match (&rest.login, &rest.personal_email) {
            (Some(login), _) => (login.as_str(), (Origin::Provided, Reason::Given)),
            _ if self.tenant.lucca_has_default(Field::Login) => {
                let how = (Origin::LuccaDefault, Reason::LoginLeftToLucca);
                self.note(Field::Login, "", how);
                return None;
            }
            (None, Some(email)) => (email.as_str(), (Origin::Derived, Reason::PersonalEmail)),
            (None, None) => {
                let how = (Origin::Derived, Reason::ProfessionalEmail);
                (collaborator.professional_email.as_str(), how)
            }
        };
        self.note(Field::Login, login, how);
        Some(login.to_owned())
    }

    fn culture(&mut self) -> Option<i32> {
        let culture = self.tenant.defaults.culture?;
        let how = (Origin::TenantDefault, Reason::TenantDefault);
        self.note(Field::Culture, culture, how);
        Some(culture)
    }

    /// The texts and dates that are sent as given.
    fn texts(&mut self, collaborator: &Collaborator) {
        let rest = &collaborator.rest;
        for field in Field::OF_HIRE {
            let resolved_above = matches!(field, Field::ProfessionalEmail | Field::Login);
            let text = rest.get(*field).and_then(|value| value.as_text());
            if let Some(text) = text.filter(|_| !resolved_above) {
                self.note(*field, text, (Origin::Provided, Reason::Given));
            }
        }
        for code in rest.extended_data.keys() {
            self.note(Field::ExtendedData, code, (Origin::Provided, Reason::Given));
        }
    }
}
