//! How a hire becomes the person sent to Lucca: which value, where from, why.
//!
//! The rules are here; what is in Lucca is asked through [`Lookups`].

mod dates;
mod fields;
mod manager;
mod outlook;
mod units;

use super::{
    amendment::Amendment,
    collaborator::{Collaborator, ManagerReference, Reference},
    dates::CivilDate,
    email::fold_email,
    finding::{Candidate, Problem, Question, Reason, Warning, WarningKind},
    follow_up,
    lucca_id::LuccaId,
    onboarding::{Findings, LuccaUser},
    tenant::{Tenant, Unit},
};
use dates::{doubts, long_past};
use fields::Resolver;
pub use manager::nobody_active;
pub use outlook::Outlook;

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
        reason: Reason,
    },
    /// Nothing; what is near.
    None(Vec<Candidate>),
    /// More than one thing.
    Several(Vec<Candidate>),
    /// One of several that bear the name: the only one in the same place.
    OneOf {
        /// Its id.
        id: LuccaId,
        /// Its name.
        label: String,
        /// Why it is the one meant.
        reason: Reason,
        /// All that bear the name.
        bearers: Vec<Candidate>,
    },
}

/// Whether a unit that is named by its id is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitStatus {
    /// In use, under this name.
    InUse(String),
    /// Archived or inactive, or not there as far as the API key sees.
    NotInUse,
    /// Lucca does not show it, or its list is not documented well enough to prove an absence.
    Unknown,
}

/// Who of the account's people could be the person hired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonMatch {
    /// Nobody; people with the same name, who are other people.
    Nobody(Vec<Candidate>),
    /// Certainly the same person: same login, same name, same start date.
    Same(LuccaUser),
    /// Someone who uses the login or an address.
    Question(Question, Vec<Candidate>),
}

/// What is known of an account's Lucca.
pub trait Lookups {
    /// The day on which it is asked, in the tenant's zone.
    fn today(&self) -> CivilDate;
    /// What a code or name of a unit leads to.
    fn find_unit(&self, unit: Unit, reference: &Reference) -> Match;
    /// Whether the unit with this id is in use.
    fn unit_status(&self, unit: Unit, id: LuccaId) -> UnitStatus;
    /// What a reference to a manager leads to, over active people; ties are broken by
    /// department, then by establishment.
    fn find_manager(
        &self,
        reference: &ManagerReference,
        department: Option<LuccaId>,
        establishment: Option<LuccaId>,
    ) -> Match;
    /// The department's head.
    fn head(&self, department: LuccaId) -> Option<LuccaId>;
    /// The person, if their contract has ended by this day, or they are not known.
    fn absent_on(&self, person: LuccaId, day: CivilDate) -> Option<Candidate>;
    /// Who could be the person, by the login and addresses that would be sent.
    fn find_person(&self, person: &NewPerson) -> PersonMatch;
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
    /// What the person reserves among all creations of the account: the folded
    /// login, or the folded e-mail address when Lucca makes the login.
    pub fn reserved_login(&self) -> String {
        let text = match &self.login {
            Some(login) => login.as_str(),
            None => self.collaborator.professional_email.as_str(),
        };
        fold_login(text)
    }
}

/// A login as it is compared: as an e-mail address, and ignoring accents, for systems are known
/// that refuse two logins which differ only by these.
pub fn fold_login(login: &str) -> String {
    use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
    fold_email(login)
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

/// What operators have set for a hire.
#[derive(Clone, Copy, Debug)]
pub struct OperatorInput<'a> {
    /// The fields they have set.
    pub amendment: &'a Amendment,
    /// A new employee is wanted although people in Lucca look like this one.
    pub create_anyway: bool,
}

impl OperatorInput<'static> {
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

/// Resolves a hire. Everything that has to be asked is asked at once.
pub fn resolve(
    collaborator: &Collaborator,
    remarks: &[Warning],
    tenant: &Tenant,
    directory: &dyn Lookups,
    decided: OperatorInput<'_>,
) -> Resolved {
    let mut resolver = Resolver::new(tenant, Some(directory), remarks, decided.amendment);
    let person = resolver.person(collaborator);
    let (mut findings, placing) = (resolver.findings, resolver.problem);
    let (start, today) = (collaborator.contract_start_date, directory.today());
    findings.warnings.extend(long_past(start, today));
    let mut asked = Vec::new();
    // Who is there already comes first: a link makes the other questions idle.
    match directory.find_person(&person) {
        PersonMatch::Same(_) | PersonMatch::Question(..) if decided.create_anyway => {
            let holders = directory.login_holders(&person);
            if !holders.is_empty() {
                asked.push(Problem::from(Question::LoginTaken).with(holders));
            }
        }
        PersonMatch::Same(user) => {
            return Resolved::Exists(user, adopted(collaborator, remarks, tenant));
        }
        PersonMatch::Question(question, candidates) => {
            asked.push(Problem::from(question).with(candidates));
        }
        PersonMatch::Nobody(homonyms) if !homonyms.is_empty() => {
            let warning = Warning::from(WarningKind::SameName).with(homonyms);
            findings.warnings.push(warning);
        }
        PersonMatch::Nobody(_) => {}
    }
    let Findings {
        resolution,
        warnings,
        ..
    } = &findings;
    findings.follow_ups = follow_up::plan(start, resolution, warnings, tenant.account.is_swiss());
    let doubts = doubts(&collaborator.rest, remarks, today, decided.amendment);
    asked.extend(doubts.into_iter().map(Problem::from));
    match Problem::all(asked.into_iter().chain(placing)) {
        Some(problem) => Resolved::Asks(problem, findings),
        None => Resolved::Ready(Box::new(person), findings),
    }
}

/// What to tell of a person who was in Lucca already: nothing was sent.
fn adopted(collaborator: &Collaborator, remarks: &[Warning], tenant: &Tenant) -> Findings {
    let mut warnings = remarks.to_vec();
    warnings.push(WarningKind::Adopted.into());
    let start = collaborator.contract_start_date;
    Findings {
        resolution: Vec::new(),
        warnings,
        follow_ups: follow_up::plan_for_adopted(start, tenant.account.is_swiss()),
    }
}

#[cfg(test)]
mod tests;
