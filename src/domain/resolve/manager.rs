//! Who the manager is: certainly one person, or nobody.

use super::{Match, fields::Resolver};
use crate::domain::{
    collaborator::ManagerReference,
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
        reference: Option<&ManagerReference>,
        department: Option<LuccaId>,
        establishment: Option<LuccaId>,
    ) -> Option<LuccaId> {
        let directory = self.directory?;
        if let Some(reference) = reference {
            let candidates = match directory.find_manager(reference, department, establishment) {
                Match::One { id, label, reason } => {
                    let origin = match reference {
                        ManagerReference::LuccaId(_) => Origin::Provided,
                        _ => Origin::Matched,
                    };
                    self.note_labelled(Field::Manager, id, label, (origin, reason));
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
                    return Some(id);
                }
                Match::None(near) | Match::Several(near) => near,
            };
            self.unclear_manager(candidates);
        }
        if let Some(head) = department.and_then(|id| directory.inactive_head(id)) {
            let warning = Warning::from(WarningKind::InactiveHead);
            let head = head.about(Field::Manager);
            self.findings.warnings.push(warning.with(vec![head]));
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
