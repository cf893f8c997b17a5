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

impl Resolver<'_> {
    pub(super) fn manager(
        &mut self,
        reference: Option<&ManagerReference>,
        department: Option<LuccaId>,
        establishment: Option<LuccaId>,
    ) -> Option<LuccaId> {
        let candidates = match reference {
            None => Vec::new(),
            Some(reference) => {
                let directory = self.directory;
                match directory.find_manager(reference, department, establishment) {
                    Match::One { id, label, reason } => {
                        let origin = match reference {
                            ManagerReference::LuccaId(_) => Origin::Provided,
                            _ => Origin::Matched,
                        };
                        self.note_labelled(Field::Manager, id, label, (origin, reason));
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
            let warning = Warning::from(WarningKind::InactiveHead);
            let head = head.about(Field::Manager);
            self.findings.warnings.push(warning.with(vec![head]));
        }
        let how = (Origin::LuccaDefault, Reason::HeadOfDepartment);
        self.note(Field::Manager, "", how);
        None
    }

    fn unclear_manager(&mut self, candidates: Vec<Candidate>) {
        let candidates = candidates.into_iter().map(|it| it.about(Field::Manager));
        let candidates: Vec<Candidate> = candidates.collect();
        let nobody_active = nobody_active(&candidates);
        if self.tenant.policy(Field::Manager) == Policy::Ask {
            self.ask(Question::ManagerUnclear { nobody_active }, candidates);
        } else {
            let warning = Warning::from(WarningKind::ManagerUnclear { nobody_active });
            self.findings.warnings.push(warning.with(candidates));
        }
    }
}
