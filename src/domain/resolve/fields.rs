//! How each field gets its value.

use super::{Directory, Match, NewPerson, Standing};
use crate::domain::{
    amendment::Amendment,
    collaborator::{Collaborator, ManagerReference, Reference},
    dates::CivilDate,
    field::Field,
    finding::{Candidate, Origin, Problem, ProblemCode, ResolvedField, Warning},
    lucca_id::LuccaId,
    onboarding::Findings,
    tenant::{Policy, Tenant, Unit},
};

/// Collects what is found on the way.
pub(super) struct Resolver<'a> {
    pub tenant: &'a Tenant,
    pub amendment: &'a Amendment,
    pub directory: &'a dyn Directory,
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

    fn note(&mut self, field: Field, value: String, label: String, origin: Origin, reason: &str) {
        let (origin, reason) = match origin {
            Origin::Provided if self.amendment.sets(field) => {
                (Origin::Operator, "Set by an operator.")
            }
            Origin::Matched if self.amendment.sets(field) => (Origin::Operator, reason),
            origin => (origin, reason),
        };
        self.findings.resolution.push(ResolvedField {
            field,
            value,
            label,
            origin,
            reason: reason.to_owned(),
        });
    }

    fn ask(&mut self, problem: Problem) {
        match &mut self.problem {
            // What is asked in the same way is asked at once.
            Some(first) if first.code == problem.code => {
                first.message = format!("{} {}", first.message, problem.message);
                first.fix = format!("{} {}", first.fix, problem.fix);
                first.candidates.extend(problem.candidates);
            }
            Some(_) => {}
            None => self.problem = Some(problem),
        }
    }

    /// id → label table → code → name → policy → tenant default → Lucca's default → ask.
    fn unit(&mut self, unit: Unit, reference: Option<&Reference>) -> Option<LuccaId> {
        let field = unit.field();
        let near = match reference {
            None => Vec::new(),
            Some(Reference::LuccaId(id)) => return self.given_unit(unit, *id),
            Some(reference) => {
                let text = match reference {
                    Reference::Code(text) | Reference::Name(text) => text.as_str(),
                    Reference::LuccaId(_) => "",
                };
                if let Some(label) = self.tenant.labelled(unit, text) {
                    let id = label.lucca_id;
                    return match self.named(unit, id) {
                        Some(name) => {
                            let reason = "The tenant's label table says so.";
                            self.note(field, id.to_string(), name, Origin::Matched, reason);
                            Some(id)
                        }
                        None => self.not_in_use(
                            ProblemCode::Unmatched,
                            format!(
                                "The {} with id {id}, to which the tenant's label table leads,",
                                field.words()
                            ),
                            "Correct the tenant's labels, or put it back to use in Lucca."
                                .to_owned(),
                        ),
                    };
                }
                match self.directory.find_unit(unit, reference) {
                    Match::One { id, label, reason } => {
                        self.note(field, id.to_string(), label, Origin::Matched, &reason);
                        return Some(id);
                    }
                    Match::None(near) | Match::Several(near) => {
                        if self.tenant.policy(field) == Policy::Ask {
                            self.ask(
                                Problem::new(
                                    ProblemCode::Unmatched,
                                    format!("The {} matches nothing in Lucca.", field.words()),
                                    "Add the name to the tenant's labels, or correct the hire (at its source, or amend it).",
                                )
                                .with(near),
                            );
                            return None;
                        }
                        near
                    }
                }
            }
        };
        self.default_unit(unit, reference.is_some(), near)
    }

    /// The name of a unit that may be sent, empty if it is not told; `None`: not in use.
    fn named(&self, unit: Unit, id: LuccaId) -> Option<String> {
        match self.directory.standing(unit, id) {
            Standing::InUse(name) => Some(name),
            Standing::NotInUse => None,
            Standing::NotTold => Some(String::new()),
        }
    }

    /// Asks instead of sending what Lucca would refuse, or keep where nobody looks.
    fn not_in_use(&mut self, code: ProblemCode, what: String, fix: String) -> Option<LuccaId> {
        let message = format!("{what} is not in use in Lucca, or the API key does not see it.");
        self.ask(Problem::new(code, message, fix));
        None
    }

    fn given_unit(&mut self, unit: Unit, id: LuccaId) -> Option<LuccaId> {
        let field = unit.field();
        match self.named(unit, id) {
            Some(name) => {
                if name.is_empty() {
                    self.findings.warnings.push(Warning::new(
                        "ID_NOT_SEEN",
                        field,
                        format!(
                            "The {} with id {id} is not among those the API key sees.",
                            field.words()
                        ),
                    ));
                }
                let reason = "The id was given.";
                self.note(field, id.to_string(), name, Origin::Provided, reason);
                Some(id)
            }
            None => self.not_in_use(
                ProblemCode::Unmatched,
                format!("The {} with id {id}", field.words()),
                "Correct the hire (at its source, or amend it), or put it back to use in Lucca."
                    .to_owned(),
            ),
        }
    }

    fn default_unit(&mut self, unit: Unit, given: bool, near: Vec<Candidate>) -> Option<LuccaId> {
        let field = unit.field();
        let default = self.tenant.defaults.unit(unit);
        let left_out = default.is_none() && self.tenant.lucca_has_default(field);
        if given && (default.is_some() || left_out) {
            self.findings.warnings.push(
                Warning::new(
                    "NOT_MATCHED",
                    field,
                    format!(
                        "The {} of the hire matches nothing in Lucca; the default is used.",
                        field.words()
                    ),
                )
                .with(near.clone()),
            );
        }
        if let Some(id) = default {
            let Some(label) = self.named(unit, id) else {
                return self.not_in_use(
                    ProblemCode::DefaultMissing,
                    format!("The tenant's default {} (id {id})", field.words()),
                    format!(
                        "Set another default {} for the tenant, or put it back to use in Lucca.",
                        field.words()
                    ),
                );
            };
            let reason = if given {
                "The name matches nothing in Lucca; this is the tenant's default."
            } else {
                "The hire names none; this is the tenant's default."
            };
            self.note(field, id.to_string(), label, Origin::TenantDefault, reason);
            return Some(id);
        }
        if left_out {
            self.note(
                field,
                String::new(),
                String::new(),
                Origin::LuccaDefault,
                "Left out: the tenant declares a default value in Lucca's HR file.",
            );
            return None;
        }
        self.ask(
            Problem::new(
                ProblemCode::DefaultMissing,
                if given {
                    format!(
                        "The {} of the hire matches nothing in Lucca and there is no default.",
                        field.words()
                    )
                } else {
                    format!(
                        "The hire names no {} and there is no default.",
                        field.words()
                    )
                },
                format!(
                    "Correct the {0} of the hire (at its source, or amend it), add its name to the tenant's labels, or set a default {0} for the tenant.",
                    field.words()
                ),
            )
            .with(near),
        );
        None
    }

    fn manager(
        &mut self,
        reference: Option<&ManagerReference>,
        department: Option<LuccaId>,
        establishment: Option<LuccaId>,
    ) -> Option<LuccaId> {
        let candidates = match reference {
            None => Vec::new(),
            Some(reference) => {
                match self
                    .directory
                    .find_manager(reference, department, establishment)
                {
                    Match::One { id, label, reason } => {
                        let origin = match reference {
                            ManagerReference::LuccaId(_) => Origin::Provided,
                            _ => Origin::Matched,
                        };
                        self.note(Field::Manager, id.to_string(), label, origin, &reason);
                        return Some(id);
                    }
                    Match::None(near) | Match::Several(near) => near,
                }
            }
        };
        if reference.is_some() {
            self.unclear_manager(candidates);
        }
        if let Some(head) = department.and_then(|id| self.directory.inactive_head(id)) {
            self.findings.warnings.push(
                Warning::new(
                    "INACTIVE_HEAD",
                    Field::Manager,
                    "Without a manager Lucca takes the department's head, who is not active: Lucca may refuse the creation.",
                )
                .with(vec![head]),
            );
        }
        self.note(
            Field::Manager,
            String::new(),
            String::new(),
            Origin::LuccaDefault,
            "Left out: Lucca takes the head of the department.",
        );
        None
    }

    fn unclear_manager(&mut self, candidates: Vec<Candidate>) {
        let message = if candidates.is_empty() {
            "The manager of the hire is nobody active in Lucca."
        } else {
            "The manager of the hire cannot be told for certain."
        };
        if self.tenant.policy(Field::Manager) == Policy::Ask {
            self.ask(
                Problem::new(
                    ProblemCode::ManagerUnclear,
                    message,
                    "Name the manager by Lucca id or e-mail address.",
                )
                .with(candidates),
            );
        } else {
            self.findings
                .warnings
                .push(Warning::new("MANAGER_UNCLEAR", Field::Manager, message).with(candidates));
        }
    }

    fn email(&mut self, collaborator: &Collaborator) {
        let (origin, reason) = if collaborator.professional_email_derived {
            (
                Origin::Derived,
                "The hire has none; the personal address stands in.",
            )
        } else {
            (Origin::Provided, "Given with the hire.")
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
                "Given with the hire.",
            );
            return Some(login);
        }
        if self.tenant.lucca_has_default(Field::Login) {
            self.note(
                Field::Login,
                String::new(),
                String::new(),
                Origin::LuccaDefault,
                "Left out: the tenant declares that Lucca makes logins.",
            );
            return None;
        }
        let (login, reason) = match &rest.personal_email {
            Some(email) => (email, "The hire has none; the personal address stands in."),
            None => (
                &collaborator.professional_email,
                "The hire has neither a login nor a personal address; the professional one stands in.",
            ),
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
            "The tenant's default.",
        );
        Some(culture)
    }

    /// What is sent as given.
    fn texts(&mut self, collaborator: &Collaborator) {
        let rest = &collaborator.rest;
        let date = |date: Option<CivilDate>| date.map(|date| date.to_string());
        let given = [
            (
                Field::FamilyName,
                Some(collaborator.family_name.as_str().to_owned()),
            ),
            (
                Field::GivenName,
                Some(collaborator.given_name.as_str().to_owned()),
            ),
            (
                Field::PersonalEmail,
                rest.personal_email
                    .as_ref()
                    .map(|it| it.as_str().to_owned()),
            ),
            (
                Field::ContractStartDate,
                Some(collaborator.contract_start_date.to_string()),
            ),
            (Field::ContractEndDate, date(rest.contract_end_date)),
            (
                Field::EmployeeNumber,
                rest.employee_number
                    .as_ref()
                    .map(|it| it.as_str().to_owned()),
            ),
            (
                Field::JobTitle,
                rest.job_title.as_ref().map(|it| it.as_str().to_owned()),
            ),
            (
                Field::PersonalPhone,
                rest.personal_phone
                    .as_ref()
                    .map(|it| it.as_str().to_owned()),
            ),
            (Field::BirthDate, date(rest.birth_date)),
        ];
        for (field, value) in given {
            if let Some(value) = value {
                self.note(
                    field,
                    value,
                    String::new(),
                    Origin::Provided,
                    "Given with the hire.",
                );
            }
        }
        for code in rest.extended_data.keys() {
            self.note(
                Field::ExtendedData,
                code.clone(),
                String::new(),
                Origin::Provided,
                "Given with the hire.",
            );
        }
    }
}
