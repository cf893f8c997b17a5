//! How establishment, department and role get their value.

use super::{Match, UnitStatus, fields::Resolver};
use crate::domain::{
    collaborator::Reference,
    finding::{Candidate, GivenBy, Origin, Question, Reason, Sent, Warning, WarningKind},
    lucca_id::LuccaId,
    tenant::{Policy, Unit},
};

/// What the hire gives for a unit, which does not lead to one.
struct Unfound {
    /// Several have it, rather than none.
    several: bool,
    /// Whether it is a code or a name.
    given_by: GivenBy,
    /// The code or the name.
    value: Option<Sent>,
    /// What may have been meant.
    near: Vec<Candidate>,
}

impl Resolver<'_> {
    /// id → label table → code → name → policy → tenant default → Lucca's default → ask.
    pub(super) fn unit(&mut self, unit: Unit, reference: Option<&Reference>) -> Option<LuccaId> {
        let (given_by, text) = match reference {
            None => return self.default_unit(unit, None),
            Some(Reference::LuccaId(id)) => return self.given_unit(unit, *id),
            Some(Reference::Code(text)) => (GivenBy::Code, text),
            Some(Reference::Name(text)) => (GivenBy::Name, text),
        };
        let field = unit.field();
        if let Some(label) = self.tenant.labelled(unit, text) {
            let id = label.lucca_id;
            let Some(name) = self.named(unit, id) else {
                return self.ask_for(Question::LabelNotInUse { field, id });
            };
            self.note_labelled(field, id, name, (Origin::Matched, Reason::Label));
            return Some(id);
        }
        let (several, near) = match self.directory?.find_unit(unit, reference?) {
            Match::One { id, label, reason }
            | Match::OneOf {
                id, label, reason, ..
            } => {
                self.note_labelled(field, id, label, (Origin::Matched, reason));
                return Some(id);
            }
            Match::None(near) => (false, near),
            Match::Several(near) => (true, near),
        };
        let unfound = Unfound {
            several,
            given_by,
            value: Some(Sent::new(text)),
            near: near.into_iter().map(|it| it.about(field)).collect(),
        };
        if self.tenant.policy(field) == Policy::Ask {
            let Unfound {
                given_by,
                value,
                near,
                ..
            } = unfound;
            let question = Question::NotMatched {
                field,
                several,
                given_by,
                value,
            };
            self.ask(question, near);
            return None;
        }
        self.default_unit(unit, Some(unfound))
    }

    /// The name of a unit that may be sent, empty if it is not told; `None`: not in use.
    fn named(&self, unit: Unit, id: LuccaId) -> Option<String> {
        match self.directory.map(|it| it.unit_status(unit, id)) {
            Some(UnitStatus::InUse(name)) => Some(name),
            Some(UnitStatus::NotInUse) => None,
            Some(UnitStatus::Unknown) | None => Some(String::new()),
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
        if name.is_empty() && self.directory.is_some() {
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
        let is_of_field = |it: &&Warning| it.kind.is_left_out() && it.kind.field() == Some(field);
        let left_out_value = self.findings.warnings.iter().find(is_of_field);
        let unreadable = left_out_value.is_some();
        if let Some(value) = left_out_value
            && unfound.is_none()
            && self.tenant.policy(field) == Policy::Ask
        {
            let sent = value.kind.sent().to_vec();
            return self.ask_for(Question::NotReadable { field, sent });
        }
        if let Some(unfound) = &unfound
            && (default.is_some() || left_out)
        {
            let (given_by, value) = (unfound.given_by, unfound.value.clone());
            let kind = match unfound.several {
                true => WarningKind::SeveralMatched {
                    field,
                    given_by,
                    value,
                },
                false => WarningKind::NotMatched {
                    field,
                    given_by,
                    value,
                },
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
            Some(Unfound {
                several,
                given_by,
                value,
                near,
            }) => {
                let question = Question::UnmatchedNoDefault {
                    field,
                    several,
                    given_by,
                    value,
                };
                self.ask(question, near);
            }
            None => self.ask(Question::NoDefault { field, unreadable }, Vec::new()),
        }
        None
    }
}
