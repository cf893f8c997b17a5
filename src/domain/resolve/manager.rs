//! Who the manager is: certainly one person, or nobody.

use super::{Match, fields::Resolver};
use crate::domain::{
    collaborator::ManagerReference,
    field::Field,
    finding::{Candidate, Origin, Presence, Problem, ProblemCode, Warning},
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
                .with(vec![head.about(Field::Manager)]),
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
        let candidates = candidates.into_iter().map(|it| it.about(Field::Manager));
        let candidates: Vec<Candidate> = candidates.collect();
        let message = if nobody_active(&candidates) {
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
}
