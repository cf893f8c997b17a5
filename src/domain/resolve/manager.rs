//! Who the manager is: certainly one person, or nobody.

use super::{Lookups, Match, fields::Resolver};
use crate::domain::{
    collaborator::{Draft, ManagerReference},
    dates::CivilDate,
    field::Field,
    finding::{Candidate, Origin, Presence, Question, Reason, Warning, WarningKind},
    lucca_id::LuccaId,
    tenant::Policy,
};

/// Whether nobody of these could be a manager today.
pub fn nobody_active(candidates: &[Candidate]) -> bool {
    let absent = |it: &Candidate| {
        let presence = it.profile.as_ref().and_then(|profile| profile.presence);
        matches!(presence, Some(Presence::Former | Presence::Future))
    };
    candidates.iter().all(absent)
}

/// These people as possible managers.
fn managers(people: Vec<Candidate>) -> Vec<Candidate> {
    let people = people.into_iter();
    people.map(|it| it.about(Field::Manager)).collect()
}

impl Resolver<'_> {
    pub(super) fn manager(
        &mut self,
        draft: &Draft,
        department: Option<LuccaId>,
        establishment: Option<LuccaId>,
    ) -> Option<LuccaId> {
        let directory = self.directory?;
        let start = draft.contract_start_date;
        if let Some(reference) = &draft.manager {
            let candidates = match directory.find_manager(reference, department, establishment) {
                Match::One { id, label, reason } => {
                    let origin = match reference {
                        ManagerReference::LuccaId(_) => Origin::Provided,
                        _ => Origin::Matched,
                    };
                    self.note_labelled(Field::Manager, id, label, (origin, reason));
                    self.warn_of_absence(directory, id, start, false);
                    return Some(id);
                }
                Match::OneOf {
                    id,
                    label,
                    reason,
                    bearers,
                } => {
                    self.note_labelled(Field::Manager, id, label, (Origin::Matched, reason));
                    self.one_of(bearers);
                    self.warn_of_absence(directory, id, start, false);
                    return Some(id);
                }
                Match::None(near) | Match::Several(near) => near,
            };
            self.unclear_manager(candidates);
        }
        if let Some(head) = department.and_then(|id| directory.head(id)) {
            self.warn_of_absence(directory, head, start, true);
        }
        let how = (Origin::LuccaDefault, Reason::HeadOfDepartment);
        self.note(Field::Manager, "", how);
        None
    }

    /// Others bear the name as well: somebody has to see that the right one was taken.
    fn one_of(&mut self, bearers: Vec<Candidate>) {
        let warning = Warning::from(WarningKind::ManagerOneOfSeveral);
        self.findings.warnings.push(warning.with(managers(bearers)));
    }

    /// Warns if the manager, whom the hire names or who heads its department, is not there on the
    /// first day.
    fn warn_of_absence(
        &mut self,
        directory: &dyn Lookups,
        manager: LuccaId,
        start: Option<CivilDate>,
        head: bool,
    ) {
        let today = directory.today();
        let day = start.map_or(today, |start| start.max(today));
        let Some(absent) = directory.absent_on(manager, day) else {
            return;
        };
        let end = absent.profile.as_ref().and_then(|profile| profile.end);
        let kind = match end.filter(|end| *end >= today) {
            Some(end) => WarningKind::ManagerLeaves { end, head },
            None => WarningKind::InactiveHead,
        };
        let warning = Warning::from(kind).with(managers(vec![absent]));
        self.findings.warnings.push(warning);
    }

    fn unclear_manager(&mut self, candidates: Vec<Candidate>) {
        let candidates = managers(candidates);
        let nobody_active = nobody_active(&candidates);
        if self.tenant.policy(Field::Manager) == Policy::Ask {
            self.ask(Question::ManagerUnclear { nobody_active }, candidates);
        } else {
            let warning = Warning::from(WarningKind::ManagerUnclear { nobody_active });
            self.findings.warnings.push(warning.with(candidates));
        }
    }
}
