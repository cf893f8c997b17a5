//! How establishment, department and role get their value.

use super::{Match, Standing, fields::Resolver};
use crate::domain::{
    collaborator::Reference,
    finding::{Candidate, Origin, Problem, ProblemCode, Warning},
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

impl Unfound {
    /// What is wrong, up to the end of the sentence.
    fn words(&self, unit: Unit) -> String {
        let words = unit.field().words();
        if self.several {
            format!("Several {words}s in Lucca have the name given with the hire")
        } else {
            format!("The {words} of the hire matches nothing in Lucca")
        }
    }

    /// The code of the warning.
    fn code(&self) -> &'static str {
        if self.several {
            "SEVERAL_MATCHED"
        } else {
            "NOT_MATCHED"
        }
    }
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
                    found @ (Match::None(_) | Match::Several(_)) => {
                        let unfound = Unfound {
                            several: matches!(found, Match::Several(_)),
                            near: found
                                .candidates()
                                .into_iter()
                                .map(|it| it.about(field))
                                .collect(),
                        };
                        if self.tenant.policy(field) == Policy::Ask {
                            self.ask(
                                Problem::new(
                                    ProblemCode::Unmatched,
                                    format!("{}.", unfound.words(unit)),
                                    "Add the name to the tenant's labels, or correct the hire (at its source, or amend it).",
                                )
                                .with(unfound.near),
                            );
                            return None;
                        }
                        Some(unfound)
                    }
                }
            }
        };
        self.default_unit(unit, unfound)
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

    fn default_unit(&mut self, unit: Unit, unfound: Option<Unfound>) -> Option<LuccaId> {
        let field = unit.field();
        let default = self.tenant.defaults.unit(unit);
        let left_out = default.is_none() && self.tenant.lucca_has_default(field);
        if let Some(unfound) = &unfound
            && (default.is_some() || left_out)
        {
            let message = format!("{}; the default is used.", unfound.words(unit));
            self.findings
                .warnings
                .push(Warning::new(unfound.code(), field, message).with(unfound.near.clone()));
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
            let reason = match &unfound {
                None => "The hire names none; this is the tenant's default.",
                Some(Unfound { several: true, .. }) => {
                    "Several in Lucca have the name; this is the tenant's default."
                }
                Some(_) => "The name matches nothing in Lucca; this is the tenant's default.",
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
                match &unfound {
                    Some(unfound) => format!("{}, and there is no default.", unfound.words(unit)),
                    None => format!(
                        "The hire names no {} and there is no default.",
                        field.words()
                    ),
                },
                match &unfound {
                    Some(_) => format!(
                        "Correct the {0} of the hire (at its source, or amend it), add its name to the tenant's labels, or set a default {0} for the tenant.",
                        field.words()
                    ),
                    None => format!(
                        "Set a default {0} for the tenant, or declare that Lucca's HR file has one (lucca_defaults): hires that wait for it then go on by themselves. Or amend the hire.",
                        field.words()
                    ),
                },
            )
            .with(unfound.map(|it| it.near).unwrap_or_default()),
        );
        None
    }
}
