//! What will be left to do once the employee exists.

use super::{Code, FollowUp, Task, days_before};
use crate::domain::{
    dates::CivilDate,
    field::Field,
    finding::{Origin, ResolvedField, Warning, WarningKind},
};

/// How many days before the start a DPAE can be declared at the earliest
/// (article R1221-4 of the French labour code; Lucca sends it eight days before).
const DPAE_DAYS: i64 = 8;

/// The follow-ups of a person who was in Lucca already. They do not depend on a creation call.
pub fn plan_for_adopted(start: CivilDate, swiss: bool) -> Vec<FollowUp> {
    let day_before = days_before(start, 1);
    let dpae = (!swiss).then(|| FollowUp {
        not_before: Some(days_before(start, DPAE_DAYS)),
        ..FollowUp::from(Task::Dpae)
    });
    [FollowUp::from(Task::CompleteFile)]
        .into_iter()
        .chain(dpae)
        .chain([FollowUp::from(Task::LaunchOnboarding)])
        .map(|item| item.due(day_before))
        .collect()
}

/// The follow-ups of a person whom a call creates.
pub fn plan(
    start: CivilDate,
    resolution: &[ResolvedField],
    warnings: &[Warning],
    swiss: bool,
) -> Vec<FollowUp> {
    let day_before = days_before(start, 1);
    let warned = |holds: &dyn Fn(&WarningKind) -> bool| warnings.iter().any(|it| holds(&it.kind));
    let mut list: Vec<FollowUp> = resolution
        .iter()
        .filter_map(|resolved| {
            let field = resolved.field;
            let of = Some(field);
            let is_several = |it: &WarningKind| matches!(it, WarningKind::SeveralMatched { .. });
            let is_none = |it: &WarningKind| matches!(it, WarningKind::NotMatched { .. });
            let several = warned(&|it| is_several(it) && it.field() == of);
            let unmatched = several || warned(&|it| is_none(it) && it.field() == of);
            task(resolved, unmatched, several)
        })
        .map(FollowUp::from)
        .collect();
    let has_manager = |it: &ResolvedField| it.field == Field::Manager && !it.value.is_empty();
    if !resolution.iter().any(has_manager) {
        let given = warned(&|it| matches!(it, WarningKind::ManagerUnclear { .. }));
        list.push(FollowUp::from(Task::SetManager { given }));
    } else if warned(&|it| *it == WarningKind::ManagerOneOfSeveral) {
        list.push(FollowUp::from(Task::ConfirmManager));
    }
    if warned(&|it| *it == WarningKind::SameName) {
        list.push(FollowUp::from(Task::CheckSameName));
    }
    // In the order of work: access first, then the place in the company.
    list.sort_by_key(|item| match item.code() {
        Code::ReplaceProfessionalEmail => 0,
        Code::ReplaceLogin => 1,
        Code::CorrectUnmatched => 2,
        Code::ConfirmDefaults => 3,
        _ => 4,
    });
    for item in &mut list {
        item.due = Some(day_before);
    }
    list.extend(plan_for_adopted(start, swiss));
    list
}

/// The follow-up that the value of one field needs. `unmatched`: the unit that the hire names was
/// not found; `several`: because several units have the name.
fn task(resolved: &ResolvedField, unmatched: bool, several: bool) -> Option<Task> {
    let field = resolved.field;
    Some(match (field, resolved.origin) {
        (Field::ProfessionalEmail, Origin::Derived) => Task::ReplaceProfessionalEmail,
        (Field::Login, Origin::Derived) => Task::ReplaceLogin,
        (
            Field::Establishment | Field::Department | Field::Role,
            origin @ (Origin::TenantDefault | Origin::LuccaDefault),
        ) => {
            if unmatched {
                Task::CorrectUnmatched { field, several }
            } else {
                let left_to_lucca = origin == Origin::LuccaDefault;
                Task::ConfirmDefaults {
                    field,
                    left_to_lucca,
                }
            }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::Status, *};
    use crate::domain::finding::{GivenBy, Reason};

    fn date(text: &str) -> CivilDate {
        CivilDate::parse_iso(text).unwrap()
    }

    fn resolved(field: Field, origin: Origin, value: &str) -> ResolvedField {
        ResolvedField {
            field,
            value: value.into(),
            label: String::new(),
            origin,
            reason: Reason::Given,
        }
    }

    #[test]
    fn the_dpae_opens_eight_days_before_the_start_and_is_late_from_the_start_on() {
        let list = plan(date("2027-03-01"), &[], &[], false);
        let dpae = list.iter().find(|item| item.code() == Code::Dpae).unwrap();
        assert_eq!(dpae.not_before, Some(date("2027-02-21")));
        assert_eq!(dpae.due, Some(date("2027-02-28")));
        assert_eq!(dpae.status(date("2027-02-28")), Status::Open);
        assert_eq!(dpae.status(date("2027-03-01")), Status::Overdue);
    }

    #[test]
    fn nothing_is_planned_before_the_first_year() {
        let first = date("0001-01-01");
        for item in plan(first, &[], &[], false) {
            assert_eq!(item.due, Some(first));
            assert!(item.not_before.is_none_or(|day| day == first));
        }
    }

    #[test]
    fn there_is_no_dpae_in_switzerland() {
        let list = plan(date("2027-03-01"), &[], &[], true);
        assert!(list.iter().all(|item| item.code() != Code::Dpae));
    }

    #[test]
    fn everything_that_is_planned_is_due_on_the_day_before_the_start() {
        let list = [
            resolved(Field::ProfessionalEmail, Origin::Derived, "a@b.example"),
            resolved(Field::Role, Origin::TenantDefault, "3"),
        ];
        for item in plan(date("2028-03-01"), &list, &[], false) {
            assert_eq!(item.due, Some(date("2028-02-29")), "{item:?}");
        }
    }

    #[test]
    fn only_what_was_derived_filled_by_default_or_not_matched_is_to_be_checked() {
        use Code::*;
        use Field::{Department, Establishment, Login, Manager, ProfessionalEmail, Role};
        let not_matched = Warning::from(WarningKind::NotMatched {
            field: Department,
            given_by: GivenBy::Name,
            value: None,
        });
        let unclear = Warning::from(WarningKind::ManagerUnclear {
            nobody_active: false,
        });
        let manager = resolved(Manager, Origin::Matched, "7");
        let table = [
            (
                vec![
                    resolved(ProfessionalEmail, Origin::Provided, "a@b.example"),
                    resolved(Role, Origin::Matched, "3"),
                    manager.clone(),
                ],
                vec![],
                vec![],
            ),
            (
                vec![
                    resolved(Establishment, Origin::LuccaDefault, ""),
                    resolved(Department, Origin::TenantDefault, "14"),
                    resolved(Role, Origin::TenantDefault, "3"),
                    resolved(Manager, Origin::LuccaDefault, ""),
                    resolved(ProfessionalEmail, Origin::Derived, "a@b.example"),
                    resolved(Login, Origin::Derived, "a@b.example"),
                ],
                vec![not_matched.clone(), unclear],
                vec![
                    (ReplaceProfessionalEmail, ProfessionalEmail),
                    (ReplaceLogin, Login),
                    (CorrectUnmatched, Department),
                    (ConfirmDefaults, Establishment),
                    (ConfirmDefaults, Role),
                    (SetManager, Manager),
                ],
            ),
            // Lucca makes logins itself: nothing to confirm. Nor is a culture.
            (
                vec![
                    resolved(Login, Origin::LuccaDefault, ""),
                    resolved(Field::Culture, Origin::TenantDefault, "1036"),
                    manager.clone(),
                ],
                vec![],
                vec![],
            ),
            // The unit was found by a correction: the warning alone is no work.
            (
                vec![resolved(Department, Origin::Operator, "14"), manager],
                vec![not_matched],
                vec![],
            ),
        ];
        for (resolution, warnings, expected) in table {
            let list = plan(date("2027-03-01"), &resolution, &warnings, false);
            let found: Vec<(Code, Field)> = list
                .iter()
                .filter_map(|item| Some((item.code(), item.field()?)))
                .collect();
            assert_eq!(found, expected);
            let rest: Vec<Code> = list[expected.len()..].iter().map(FollowUp::code).collect();
            assert_eq!(rest, [CompleteFile, Dpae, LaunchOnboarding]);
        }
    }

    #[test]
    fn the_task_tells_whether_a_manager_was_given() {
        let task = |warnings: &[Warning]| {
            let list = plan(date("2027-03-01"), &[], warnings, false);
            let item = list.into_iter().find(|it| it.code() == Code::SetManager);
            item.unwrap().task
        };
        assert_eq!(task(&[]), Task::SetManager { given: false });
        let nobody_active = true;
        let unclear = Warning::from(WarningKind::ManagerUnclear { nobody_active });
        assert_eq!(task(&[unclear]), Task::SetManager { given: true });
    }
}
