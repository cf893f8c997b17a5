//! What Lucca shows of each follow-up.

use jiff::Timestamp;
use serde_json::Value;

use super::{Answer, Code, FollowUp, Observed};
use crate::domain::{
    alike::{alike, fold},
    collaborator::Draft,
    dates::CivilDate,
    employee::{Employee, Shown},
    field::{Field, FieldValue},
    finding::ResolvedField,
    lucca_id::LuccaId,
    tenant::{Label, Unit},
};

/// A look at the employee in Lucca, and what it is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The user id.
    pub user: LuccaId,
    /// What Lucca shows; `None`: nobody with this id.
    pub employee: Option<&'a Employee>,
    /// Whether the key has proven that it sees future and former people. If so, a person whom it
    /// does not see is not in Lucca.
    pub visibility_proven: bool,
    /// The day in the tenant's zone.
    pub today: CivilDate,
    /// The first day of the contract that the hire gives.
    pub start: Option<CivilDate>,
    /// What was sent.
    pub resolution: &'a [ResolvedField],
    /// What the source and operators say now.
    pub wanted: &'a Draft,
    /// The tenant's label table.
    pub labels: &'a [Label],
}

impl FollowUp {
    /// Stores what Lucca shows and returns whether it is new. A follow-up stays done until Lucca
    /// shows that it is not.
    pub fn look(&mut self, look: &Look<'_>, at: Timestamp) -> bool {
        let Some(answer) = self.answer(look) else {
            return false;
        };
        let before = self.seen.map(|seen| seen.answer);
        if before == Some(answer) || (before, answer) == (Some(Answer::Done), Answer::Unknown) {
            return false;
        }
        self.seen = Some(Observed { answer, since: at });
        true
    }

    /// What the look shows of it; `None` if it concerns another person.
    fn answer(&mut self, look: &Look<'_>) -> Option<Answer> {
        if matches!(self.code(), Code::UnexpectedUser | Code::SecondCall) {
            return None;
        }
        let Some(employee) = look.employee else {
            let gone = self.code() == Code::WithdrawnAfterCreation && look.visibility_proven;
            return Some(if gone { Answer::Done } else { Answer::Unknown });
        };
        Some(match self.code() {
            Code::ReplaceProfessionalEmail => replaced(Field::ProfessionalEmail, employee, look),
            Code::ReplaceLogin => replaced(Field::Login, employee, look),
            Code::ConfirmDefaults | Code::CorrectUnmatched => self.moved(employee, look),
            Code::SetManager | Code::ConfirmManager => self.manager_set(employee, look),
            Code::WithdrawnAfterCreation => ended(employee, look),
            Code::ChangedAfterCreation => self
                .field()
                .and_then(|field| as_wanted(field, employee, look))
                .map_or(Answer::Unknown, done_if),
            // Lucca's API does not show these.
            _ => Answer::Unknown,
        })
    }

    /// Whether somebody has changed the default. An unchanged default may be right, so it is not
    /// open but unknown.
    fn moved(&mut self, employee: &Employee, look: &Look<'_>) -> Answer {
        let field = self.field();
        let unit = field.and_then(unit).map(|unit| employee.unit(unit));
        let (Some(field), Some(Shown::There(placed))) = (field, unit) else {
            return Answer::Unknown;
        };
        let now = placed.id;
        let sent = look.sent(field).and_then(|id| id.parse::<i64>().ok());
        let sent = sent.and_then(|id| LuccaId::try_from(id).ok());
        let first = sent.unwrap_or(*self.first_shown.get_or_insert(now));
        if now == first {
            Answer::Unknown
        } else {
            Answer::Done
        }
    }

    /// Whether somebody chose a manager: Lucca shows an active one, who is neither the person nor
    /// the manager shown first. The first one may be the head of the department, whom Lucca takes
    /// by itself, and may be right.
    fn manager_set(&mut self, employee: &Employee, look: &Look<'_>) -> Answer {
        let manager = match &employee.manager {
            Shown::Hidden => return Answer::Unknown,
            Shown::Nothing => return Answer::Open,
            Shown::There(manager) if manager.id == look.user => return Answer::Open,
            Shown::There(manager) => manager,
        };
        // An earlier look showed no manager, so Lucca had not taken one by itself.
        let nobody_first =
            self.first_shown.is_none() && self.seen.is_some_and(|seen| seen.answer == Answer::Open);
        let chosen = nobody_first || manager.id != *self.first_shown.get_or_insert(manager.id);
        match manager.is_active(look.today) {
            Some(true) if chosen => Answer::Done,
            Some(false) => Answer::Open,
            Some(true) | None => Answer::Unknown,
        }
    }
}

impl<'a> Look<'a> {
    /// The value that was sent for a field.
    fn sent(&self, field: Field) -> Option<&'a str> {
        let resolved = self.resolution.iter().find(|it| it.field == field)?;
        Some(resolved.value.as_str()).filter(|value| !value.is_empty())
    }
}

fn done_if(done: bool) -> Answer {
    if done { Answer::Done } else { Answer::Open }
}

/// Whether Lucca shows another text than the substitute that was sent.
fn replaced(field: Field, employee: &Employee, look: &Look<'_>) -> Answer {
    match (employee.shown(field), look.sent(field)) {
        (Shown::There(FieldValue::Text(shown)), Some(sent)) => done_if(fold(shown) != fold(sent)),
        _ => Answer::Unknown,
    }
}

/// Whether the contract has ended, or was called off: it then ends no later than it begins.
fn ended(employee: &Employee, look: &Look<'_>) -> Answer {
    match employee.date(Field::ContractEndDate) {
        Shown::Hidden => Answer::Unknown,
        Shown::Nothing => Answer::Open,
        Shown::There(end) => {
            let start = employee.date(Field::ContractStartDate).there().copied();
            let called_off = start.or(look.start).is_some_and(|start| end <= start);
            done_if(end < look.today || called_off)
        }
    }
}

fn unit(field: Field) -> Option<Unit> {
    [Unit::Establishment, Unit::Department, Unit::Role]
        .into_iter()
        .find(|unit| unit.field() == field)
}

/// Whether Lucca shows the value that the source and operators give now; `None` if Lucca does not
/// show the field, or if they give none and a default or a derived value applies.
fn as_wanted(field: Field, employee: &Employee, look: &Look<'_>) -> Option<bool> {
    let wanted = look.wanted;
    let placed = |unit: Unit, reference: Option<&_>| match employee.unit(unit) {
        Shown::Hidden => None,
        Shown::Nothing => reference.map(|_| false),
        Shown::There(placed) => placed.is(unit, reference?, look.labels),
    };
    match field {
        Field::Establishment => placed(Unit::Establishment, wanted.establishment.as_ref()),
        Field::Department => placed(Unit::Department, wanted.department.as_ref()),
        Field::Role => placed(Unit::Role, wanted.role.as_ref()),
        Field::Manager => match &employee.manager {
            Shown::Hidden => None,
            Shown::Nothing => wanted.manager.as_ref().map(|_| false),
            Shown::There(manager) => manager.is(wanted.manager.as_ref()?),
        },
        Field::ExtendedData => custom_as_wanted(employee, wanted),
        Field::Culture => None,
        Field::ProfessionalEmail | Field::Login if wanted.get(field).is_none() => None,
        field => employee
            .shown(field)
            .is(wanted.get(field).as_ref(), |shown, wanted| {
                alike(field, shown, wanted)
            }),
    }
}

/// Whether Lucca shows every custom value. It shows an entry of a list by its id, so a text
/// cannot be compared with a number.
fn custom_as_wanted(employee: &Employee, wanted: &Draft) -> Option<bool> {
    let shown = employee.extended_data.as_ref()?;
    let mut all = Some(true);
    for (code, wanted) in &wanted.extended_data {
        let shown = shown
            .iter()
            .find_map(|(name, value)| name.eq_ignore_ascii_case(code).then_some(value));
        match (shown, wanted) {
            (Some(shown), wanted) if shown == wanted => {}
            (None, Value::Null) => {}
            (Some(Value::Number(_) | Value::Array(_)), Value::String(_) | Value::Array(_)) => {
                all = None;
            }
            _ => return Some(false),
        }
    }
    all
}

#[cfg(test)]
mod tests;
