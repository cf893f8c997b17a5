//! How establishment, department and role get their value.

use super::{Match, UnitStatus, fields::Resolver};
use crate::domain::{
    collaborator::Reference,
    finding::{Candidate, Origin, Question, Reason, Warning, WarningKind},
    lucca_id::LuccaId,
    tenant::{Policy, Unit},
};

/// A name given with the hire that does not lead to one unit.
struct Unfound {
    /// Several have it, rather than none.
    several: bool,
    /// What may have been meant.
    near: Vec<Candidate>,
}

impl Resolver<'_> {
    /// id → label table → code → name → policy → tenant default → Lucca's default → ask.
    pub(super) fn unit(&mut self, unit: Unit, reference: Option<&Reference>) -> Option<LuccaId> {
        let field = unit.field();
        let unfound = match reference {
            None => None,
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
                            let how = (Origin::Matched, Reason::Label);
                            self.note_labelled(field, id, name, how);
                            Some(id)
                        }
                        None => self.ask_for(Question::LabelNotInUse { field, id }),
                    };
                }
                match self.directory.find_unit(unit, reference) {
                    Match::One { id, label, reason } => {
                        self.note_labelled(field, id, label, (Origin::Matched, reason));
                        return Some(id);
                    }
                    found @ (Match::None(_) | Match::Several(_)) => {
                        let several = matches!(found, Match::Several(_));
                        let near = found.candidates().into_iter();
                        let near = near.map(|it| it.about(field)).collect();
                        if self.tenant.policy(field) == Policy::Ask {
                            self.ask(Question::NotMatched { field, several }, near);
                            return None;
                        }
                        Some(Unfound { several, near })
                    }
                }
            }
        };
        self.default_unit(unit, unfound)
    }

    /// The name of a unit that may be sent, empty if it is not told; `None`: not in use.
    fn named(&self, unit: Unit, id: LuccaId) -> Option<String> {
        match self.directory.unit_status(unit, id) {
            UnitStatus::InUse(name) => Some(name),
            UnitStatus::NotInUse => None,
            UnitStatus::Unknown => Some(String::new()),
        }
    }

    /// Asks, and leaves the field without a value.
    fn ask_for(&mut self, question: Question) -> Option<LuccaId> {
        self.ask(question, Vec::new());
        None
    }

    fn given_unit(&mut self, unit: Unit, id: LuccaId) -> Option<LuccaId> {
        let field = unit.field();
        let Some(name) = self.named(unit, id) else {
            return self.ask_for(Question::IdNotInUse { field, id });
        };
        if name.is_empty() {
            let id = Some(id);
            let warning = WarningKind::IdNotSeen { field, id };
            self.findings.warnings.push(warning.into());
        }
        self.note_labelled(field, id, name, (Origin::Provided, Reason::GivenId));
        Some(id)
    }

    fn default_unit(&mut self, unit: Unit, unfound: Option<Unfound>) -> Option<LuccaId> {
        let field = unit.field();
        let default = self.tenant.defaults.unit(unit);
        let left_out = default.is_none() && self.tenant.lucca_has_default(field);
        let is_of_field = |it: &Warning| it.kind.is_left_out() && it.kind.field() == Some(field);
        let unreadable = self.findings.warnings.iter().any(is_of_field);
        if let Some(unfound) = &unfound
            && (default.is_some() || left_out)
        {
            let kind = match unfound.several {
                true => WarningKind::SeveralMatched { field },
                false => WarningKind::NotMatched { field },
            };
            let warning = Warning::from(kind).with(unfound.near.clone());
            self.findings.warnings.push(warning);
        }
        if let Some(id) = default {
            let Some(label) = self.named(unit, id) else {
                return self.ask_for(Question::DefaultNotInUse { field, id });
            };
            let reason = match &unfound {
                None if unreadable => Reason::DefaultNotReadable,
                None => Reason::DefaultNoneGiven,
                Some(Unfound { several: true, .. }) => Reason::DefaultSeveral,
                Some(_) => Reason::DefaultNotMatched,
            };
            self.note_labelled(field, id, label, (Origin::TenantDefault, reason));
            return Some(id);
        }
        if left_out {
            self.note(field, "", (Origin::LuccaDefault, Reason::LeftToLucca));
            return None;
        }
        match unfound {
            Some(Unfound { several, near }) => {
                self.ask(Question::UnmatchedNoDefault { field, several }, near);
            }
            None => self.ask(Question::NoDefault { field, unreadable }, Vec::new()),
        }
        None
    }
}
