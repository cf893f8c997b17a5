//! How a hire becomes the person sent to Lucca: which value, where from, why.
//!
//! The rules are here; what is in Lucca is asked through [`Directory`].

use super::{
    amendment::Amendment,
    collaborator::{Collaborator, ManagerReference, Reference},
    dates::CivilDate,
    field::Field,
    finding::{Candidate, Origin, Problem, ProblemCode, ResolvedField, Warning},
    follow_up,
    lucca_id::LuccaId,
    onboarding::{Findings, LuccaUser},
    tenant::{Policy, Tenant, Unit},
};

/// What a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// Exactly one thing.
    One {
        /// Its id.
        id: LuccaId,
        /// Its name.
        label: String,
        /// Why it is the one meant.
        reason: String,
    },
    /// Nothing; what is near.
    None(Vec<Candidate>),
    /// More than one thing.
    Several(Vec<Candidate>),
}

/// Who of the account's people could be the person hired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Nobody; people with the same name, who are other people.
    Nobody(Vec<Candidate>),
    /// Certainly the same person: same login, same name, same start date.
    Same(LuccaUser),
    /// Someone who uses the login or an address.
    Question(ProblemCode, Vec<Candidate>),
}

/// What is known of an account's Lucca.
pub trait Directory {
    /// What a code or name of a unit leads to.
    fn find_unit(&self, unit: Unit, reference: &Reference) -> Match;
    /// The name of a unit, if the id is known.
    fn unit_label(&self, unit: Unit, id: LuccaId) -> Option<String>;
    /// What a reference to a manager leads to, over active people; ties are broken by
    /// department, then by establishment.
    fn find_manager(
        &self,
        reference: &ManagerReference,
        department: Option<LuccaId>,
        establishment: Option<LuccaId>,
    ) -> Match;
    /// The department's head, if there is one who has left or is not known.
    fn inactive_head(&self, department: LuccaId) -> Option<Candidate>;
    /// Who could be the person, by the login and addresses that would be sent.
    fn find_person(&self, person: &NewPerson) -> Existing;
    /// Who has the login that would be sent.
    fn login_holders(&self, person: &NewPerson) -> Vec<Candidate>;
}

/// The person as sent to Lucca; an absent value is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPerson {
    /// Everything the hire itself gives.
    pub collaborator: Collaborator,
    /// The login; `None`: Lucca makes one.
    pub login: Option<String>,
    /// Establishment.
    pub establishment: Option<LuccaId>,
    /// Department.
    pub department: Option<LuccaId>,
    /// Primary role.
    pub role: Option<LuccaId>,
    /// Manager.
    pub manager: Option<LuccaId>,
    /// Culture, an LCID.
    pub culture: Option<i32>,
}

impl NewPerson {
    /// What the person claims for itself among all creations of the account: the folded
    /// login, or the folded e-mail address when Lucca makes the login.
    pub fn claim(&self) -> String {
        let text = match &self.login {
            Some(login) => login.as_str(),
            None => self.collaborator.professional_email.as_str(),
        };
        fold_login(text)
    }
}

/// A login as it is compared: ignoring case and accents, for systems are known that
/// refuse two logins which differ only by these.
pub fn fold_login(login: &str) -> String {
    use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
    login
        .trim()
        .nfkd()
        .filter(|char| !is_combining_mark(*char))
        .flat_map(char::to_lowercase)
        .collect()
}

/// What resolving a hire leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// Ready to be created.
    Ready(Box<NewPerson>, Findings),
    /// Certainly in Lucca already.
    Exists(LuccaUser, Findings),
    /// A person has to decide.
    Asks(Problem, Findings),
}

/// What operators have decided about a hire.
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// The fields they have set.
    pub amendment: &'a Amendment,
    /// A new employee is wanted although people in Lucca look like this one.
    pub create_anyway: bool,
}

impl Decided<'static> {
    /// Nothing has been decided.
    pub fn nothing() -> Self {
        static NOTHING: std::sync::LazyLock<Amendment> =
            std::sync::LazyLock::new(Amendment::default);
        Self {
            amendment: &NOTHING,
            create_anyway: false,
        }
    }
}

/// Collects what is found on the way.
struct Resolver<'a> {
    tenant: &'a Tenant,
    amendment: &'a Amendment,
    directory: &'a dyn Directory,
    findings: Findings,
    problem: Option<Problem>,
}

/// Resolves a hire.
pub fn resolve(
    collaborator: &Collaborator,
    remarks: &[Warning],
    tenant: &Tenant,
    directory: &dyn Directory,
    decided: Decided<'_>,
) -> Resolved {
    let mut resolver = Resolver {
        tenant,
        amendment: decided.amendment,
        directory,
        findings: Findings {
            warnings: remarks.to_vec(),
            ..Findings::default()
        },
        problem: None,
    };
    let person = resolver.person(collaborator);
    let Resolver {
        mut findings,
        problem,
        ..
    } = resolver;
    findings.follow_ups = follow_up::plan(
        collaborator.contract_start_date,
        &findings.resolution,
        tenant.is_swiss(),
    );
    // Who is there already comes first: it makes other questions idle.
    match directory.find_person(&person) {
        Existing::Same(_) | Existing::Question(..) if decided.create_anyway => {
            let holders = directory.login_holders(&person);
            if !holders.is_empty() {
                let problem = person_question(ProblemCode::LoginTaken).with(holders);
                return Resolved::Asks(problem, findings);
            }
        }
        Existing::Same(user) => return Resolved::Exists(user, findings),
        Existing::Question(code, candidates) => {
            return Resolved::Asks(person_question(code).with(candidates), findings);
        }
        Existing::Nobody(homonyms) if !homonyms.is_empty() => findings.warnings.push(
            Warning::new(
                "SAME_NAME",
                Field::FamilyName,
                "Lucca has people with the same name; they use other addresses.",
            )
            .with(homonyms),
        ),
        Existing::Nobody(_) => {}
    }
    match problem {
        Some(problem) => Resolved::Asks(problem, findings),
        None => Resolved::Ready(Box::new(person), findings),
    }
}

fn person_question(code: ProblemCode) -> Problem {
    match code {
        ProblemCode::Rehire => Problem::new(
            code,
            "A former employee in Lucca uses the same login or e-mail address.",
            "Decide in Lucca whether this is a rehire of that person.",
        ),
        ProblemCode::LoginTaken => Problem::new(
            code,
            "Someone else in Lucca has the same login.",
            "Give the hire another login or personal e-mail, or decide that it is that person.",
        ),
        _ => Problem::new(
            code,
            "Someone in Lucca uses the same login or e-mail address.",
            "Decide whether it is the person hired, or give the hire another address.",
        ),
    }
}

impl Resolver<'_> {
    fn person(&mut self, collaborator: &Collaborator) -> NewPerson {
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
        let origin = match origin {
            Origin::Provided | Origin::Matched if self.amendment.sets(field) => Origin::Operator,
            origin => origin,
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
        self.problem.get_or_insert(problem);
    }

    /// id → label table → code → name → policy → tenant default → Lucca's default → ask.
    fn unit(&mut self, unit: Unit, reference: Option<&Reference>) -> Option<LuccaId> {
        let field = unit.field();
        let near = match reference {
            None => Vec::new(),
            Some(Reference::LuccaId(id)) => return Some(self.given_unit(unit, *id)),
            Some(reference) => {
                let text = match reference {
                    Reference::Code(text) | Reference::Name(text) => text.as_str(),
                    Reference::LuccaId(_) => "",
                };
                if let Some(label) = self.tenant.labelled(unit, text) {
                    let (id, name) = (label.lucca_id, self.label(unit, label.lucca_id));
                    self.note(
                        field,
                        id.to_string(),
                        name,
                        Origin::Matched,
                        "The tenant's label table says so.",
                    );
                    return Some(id);
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
                                    "Add the label to the tenant's label table, or correct the hire.",
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

    fn label(&self, unit: Unit, id: LuccaId) -> String {
        self.directory.unit_label(unit, id).unwrap_or_default()
    }

    fn given_unit(&mut self, unit: Unit, id: LuccaId) -> LuccaId {
        let field = unit.field();
        let label = self.directory.unit_label(unit, id);
        if label.is_none() {
            self.findings.warnings.push(Warning::new(
                "ID_NOT_SEEN",
                field,
                format!(
                    "The {} with id {id} is not among those the API key sees.",
                    field.words()
                ),
            ));
        }
        self.note(
            field,
            id.to_string(),
            label.unwrap_or_default(),
            Origin::Provided,
            "The id was given.",
        );
        id
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
            let label = self.label(unit, id);
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
                    "Set the tenant's default {0}, or a default value for the {0} in Lucca's HR file and declare it.",
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
