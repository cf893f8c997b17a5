//! The directory of an account at one moment; hires are resolved with it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::matching;
use crate::{
    domain::{
        collaborator::{ManagerReference, Reference},
        dates::CivilDate,
        email::EmailAddress,
        finding::{Candidate, Presence, Profile, Question, Reason},
        lucca_id::LuccaId,
        matching_key::MatchKey,
        onboarding::LuccaUser,
        resolve::{Lookups, Match, NewPerson, PersonMatch, UnitStatus, fold_login},
        tenant::Unit,
    },
    lucca::{LuccaUnit, Person, user_url},
};

/// The units that hires are placed in.
#[derive(Clone, Debug, Default)]
pub struct Units {
    /// Establishments that are not archived.
    pub establishments: Vec<LuccaUnit>,
    /// Departments, inactive ones too.
    pub departments: Vec<LuccaUnit>,
    /// Roles, if Lucca lists them: the listing is not documented.
    pub roles: Option<Vec<LuccaUnit>>,
}

impl Units {
    /// The units of a kind; none if they could not be listed.
    pub fn of(&self, unit: Unit) -> &[LuccaUnit] {
        match unit {
            Unit::Establishment => &self.establishments,
            Unit::Department => &self.departments,
            Unit::Role => self.roles.as_deref().unwrap_or_default(),
        }
    }
}

/// The directory of an account at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The address of Lucca, without a trailing slash.
    pub url: String,
    /// The units that hires are placed in.
    pub units: Units,
    /// Everybody whom the key sees, by id.
    pub people: HashMap<LuccaId, Person>,
    /// People whom a read by id did not show, without a proof that they were deleted.
    pub unseen: HashSet<LuccaId>,
    /// The beginning of the last read of people.
    pub as_of: Timestamp,
    /// The day that decides who is active, future or former.
    pub today: CivilDate,
}

impl Snapshot {
    /// How much memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let roles = self.units.roles.as_ref().map_or(0, Vec::len);
        let units = self.units.establishments.len() + self.units.departments.len() + roles;
        let people = self.people.values().map(Person::bytes);
        people.sum::<usize>() + units * size_of::<LuccaUnit>() * 2
    }

    /// The name of a unit, in use or not, if it is known.
    pub fn unit_label(&self, unit: Unit, id: LuccaId) -> Option<String> {
        self.units
            .of(unit)
            .iter()
            .find(|it| it.id == id)
            .map(|it| it.name.clone())
    }

    /// Whether there are both people who start in the future and people who have left, among
    /// those of whom this holds.
    pub(super) fn shows_future_and_former(&self, counts: impl Fn(LuccaId) -> bool) -> bool {
        let shown = |presence| {
            let mut people = self.people.values();
            people.any(|it| counts(it.id) && self.presence(it) == presence)
        };
        shown(Presence::Future) && shown(Presence::Former)
    }

    /// Whether the person may be in Lucca, as far as is known.
    pub fn may_be_there(&self, id: LuccaId) -> bool {
        self.people.contains_key(&id) || self.unseen.contains(&id)
    }

    /// Whether the last read by id that asked for the person has shown them, if there was one.
    pub(super) fn is_shown(&self, person: &Person) -> bool {
        !self.unseen.contains(&person.id)
    }

    /// Whether the contract runs today, on a person whom Lucca shows.
    fn is_active(&self, person: &Person) -> bool {
        self.is_shown(person) && person.is_active(self.today)
    }

    /// Where today lies in the contract of a person.
    pub(super) fn presence(&self, person: &Person) -> Presence {
        if person.is_former(self.today) {
            Presence::Former
        } else if person.is_future(self.today) {
            Presence::Future
        } else {
            Presence::Active
        }
    }

    /// A person as onboardings refer to them.
    pub fn user(&self, person: &Person) -> LuccaUser {
        LuccaUser {
            id: person.id,
            url: user_url(&self.url, person.url.as_deref(), person.id),
        }
    }

    /// The people who fulfil a condition, in the order of their ids.
    pub(super) fn people_where(&self, holds: impl Fn(&Person) -> bool) -> Vec<&Person> {
        let mut found: Vec<&Person> = self.people.values().filter(|it| holds(it)).collect();
        found.sort_by_key(|person| person.id);
        found
    }

    fn manager_by_name(
        &self,
        name: &str,
        department: Option<LuccaId>,
        establishment: Option<LuccaId>,
    ) -> Match {
        let bearers =
            |key: &MatchKey| self.people_where(|it| self.is_shown(it) && it.names.contains(key));
        let mut key = MatchKey::of(&name.replace(',', " "));
        let mut all = bearers(&key);
        if all.is_empty()
            && let Some(bare) = matching::without_title(name)
        {
            key = MatchKey::of(&bare.replace(',', " "));
            all = bearers(&key);
        }
        let (same, absent): (Vec<&Person>, Vec<&Person>) =
            all.into_iter().partition(|it| self.is_active(it));
        match same.as_slice() {
            [] if !absent.is_empty() => Match::None(self.candidates(
                &absent,
                |it| match self.presence(it) {
                    Presence::Former => Reason::HasLeft,
                    _ => Reason::NotStarted,
                },
                |_| false,
            )),
            [] => {
                let active = self.people.values().filter(|it| self.is_active(it));
                let near = matching::near_people(&key, active);
                Match::None(near.into_iter().map(|it| self.introduced(it)).collect())
            }
            [one] => self.one(one, Reason::OnlyWithName),
            several => {
                let by = |part: Option<LuccaId>, of: fn(&Person) -> Option<LuccaId>| {
                    let mut there = several.iter().filter(|it| part.is_some() && of(it) == part);
                    match (there.next(), there.next()) {
                        (Some(one), None) => Some(*one),
                        _ => None,
                    }
                };
                let in_department = several
                    .iter()
                    .any(|it| department.is_some() && it.department == department);
                let there = match in_department {
                    true => {
                        by(department, |it| it.department).map(|it| (it, Reason::OnlyInDepartment))
                    }
                    false => by(establishment, |it| it.establishment)
                        .map(|it| (it, Reason::OnlyInEstablishment)),
                };
                let bearers = self.candidates(several, |_| Reason::ActiveWithName, |_| false);
                match there {
                    Some((one, reason)) => Match::OneOf {
                        id: one.id,
                        label: one.label.clone(),
                        reason,
                        bearers,
                    },
                    None => Match::Several(bearers),
                }
            }
        }
    }

    fn one(&self, person: &Person, reason: Reason) -> Match {
        Match::One {
            id: person.id,
            label: person.label.clone(),
            reason,
        }
    }

    /// People as candidates: why each is one, and whether they have the login in question.
    pub(super) fn candidates(
        &self,
        people: &[&Person],
        reason: impl Fn(&Person) -> Reason,
        has_login: impl Fn(&Person) -> bool,
    ) -> Vec<Candidate> {
        let first = people.iter().take(MOST_CANDIDATES);
        first
            .map(|it| Candidate {
                profile: Some(self.profile(it)),
                has_login: has_login(it),
                ..Candidate::new(it.id, it.label.as_str(), reason(it))
            })
            .collect()
    }

    /// A candidate who is a person, with what tells them from others of the same name.
    fn introduced(&self, candidate: Candidate) -> Candidate {
        let person = self.people.get(&candidate.id);
        Candidate {
            profile: person.map(|it| self.profile(it)),
            ..candidate
        }
    }

    fn profile(&self, person: &Person) -> Profile {
        let name = |unit, id: Option<LuccaId>| self.unit_label(unit, id?);
        Profile {
            department: name(Unit::Department, person.department),
            establishment: name(Unit::Establishment, person.establishment),
            employee_number: person.employee_number.clone(),
            start: person.start,
            end: person.end,
            presence: Some(self.presence(person)),
        }
    }

    /// The active person who fulfils a condition, if there is exactly one.
    fn manager_where(&self, holds: impl Fn(&Person) -> bool, reason: Reason) -> Match {
        let found = self.people_where(|it| self.is_active(it) && holds(it));
        match found.as_slice() {
            [] => Match::None(Vec::new()),
            [one] => self.one(one, reason),
            several => Match::Several(self.candidates(several, |_| reason.clone(), |_| false)),
        }
    }
}

/// The most people to choose from.
const MOST_CANDIDATES: usize = 10;

impl Lookups for Snapshot {
    fn today(&self) -> CivilDate {
        self.today
    }

    fn find_unit(&self, unit: Unit, reference: &Reference) -> Match {
        matching::find_unit(self.units.of(unit), reference)
    }

    fn unit_status(&self, unit: Unit, id: LuccaId) -> UnitStatus {
        let units = self.units.of(unit);
        match units.iter().find(|named| named.id == id) {
            Some(named) if named.in_use => UnitStatus::InUse(named.name.clone()),
            Some(_) => UnitStatus::NotInUse,
            // The list of roles has no reference page: it may be incomplete.
            None if units.is_empty() || unit == Unit::Role => UnitStatus::Unknown,
            None => UnitStatus::NotInUse,
        }
    }

    fn find_manager(
        &self,
        reference: &ManagerReference,
        department: Option<LuccaId>,
        establishment: Option<LuccaId>,
    ) -> Match {
        match reference {
            ManagerReference::LuccaId(id) => self.manager_where(|it| it.id == *id, Reason::GivenId),
            ManagerReference::Email(email) => {
                let email = email.folded();
                self.manager_where(
                    |it| it.mail.as_deref() == Some(&email),
                    Reason::ManagerEmail,
                )
            }
            ManagerReference::EmployeeNumber(number) => self.manager_where(
                |it| it.employee_number.as_deref() == Some(number.as_str()),
                Reason::ManagerNumber,
            ),
            ManagerReference::Name(name) => self.manager_by_name(name, department, establishment),
        }
    }

    fn head(&self, department: LuccaId) -> Option<LuccaId> {
        let mut departments = self.units.of(Unit::Department).iter();
        departments.find(|it| it.id == department)?.head
    }

    fn absent_on(&self, person: LuccaId, day: CivilDate) -> Option<Candidate> {
        let known = self.people.get(&person).filter(|it| self.is_shown(it));
        if known.is_some_and(|it| !it.is_former(day)) {
            return None;
        }
        let label = known.map(|it| it.label.as_str()).unwrap_or_default();
        Some(self.introduced(Candidate::new(person, label, Reason::AbsentManager)))
    }

    fn login_holders(&self, person: &NewPerson) -> Vec<Candidate> {
        let login = person.login.as_deref().map(fold_login);
        let holders =
            self.people_where(|it| self.is_shown(it) && it.login.is_some() && it.login == login);
        self.candidates(&holders, |_| Reason::SameLogin, |_| true)
    }

    fn find_person(&self, person: &NewPerson) -> PersonMatch {
        let collaborator = &person.collaborator;
        let key = collaborator.name_key();
        let login = person.login.as_deref().map(fold_login);
        let emails: Vec<String> = [
            Some(&collaborator.professional_email),
            collaborator.rest.personal_email.as_ref(),
        ]
        .into_iter()
        .flatten()
        .map(EmailAddress::folded)
        .collect();
        let uses_login = |it: &Person| it.login.is_some() && it.login == login;
        let has_login = |it: &Person| self.is_shown(it) && uses_login(it);
        let has_email = |it: &Person| {
            [&it.mail, &it.personal_email]
                .into_iter()
                .flatten()
                .any(|email| emails.contains(email))
        };
        let has_name = |it: &Person| it.names.contains(&key);
        let same = self.people_where(|it| {
            has_login(it)
                && has_name(it)
                && it.start == Some(collaborator.contract_start_date)
                && !it.is_former(self.today)
        });
        if let [one] = same.as_slice() {
            return PersonMatch::Same(self.user(one));
        }
        let close = self.people_where(|it| uses_login(it) || has_email(it));
        if close.is_empty() {
            let homonyms = self.people_where(|it| self.is_shown(it) && has_name(it));
            return PersonMatch::Nobody(self.candidates(
                &homonyms,
                |_| Reason::SameName,
                |_| false,
            ));
        }
        let question = if close.iter().any(|it| has_login(it) && !has_name(it)) {
            Question::LoginTaken
        } else if close.iter().all(|it| it.is_former(self.today)) {
            Question::FormerEmployee
        } else {
            Question::PersonExists
        };
        let reason = |it: &Person| match (has_login(it), has_email(it)) {
            _ if !self.is_shown(it) => Reason::NotShown,
            (true, true) => Reason::SameLoginAndEmail,
            (true, false) => Reason::SameLogin,
            (false, _) => Reason::SameEmail,
        };
        PersonMatch::Question(question, self.candidates(&close, reason, has_login))
    }
}
