//! What will be left to do once the employee exists.

use super::{Code, FollowUp, days_before};
use crate::domain::{
    dates::CivilDate,
    field::Field,
    finding::{Origin, ResolvedField, Warning},
};

/// How many days before the start a DPAE can be declared at the earliest
/// (article R1221-4 of the French labour code; Lucca sends it eight days before).
const DPAE_DAYS: i64 = 8;

/// What is left to do for a person who was in Lucca already: what does not depend on
/// what was sent.
pub fn plan_for_adopted(start: CivilDate, swiss: bool) -> Vec<FollowUp> {
    let day_before = days_before(start, 1);
    let mut list =
        vec![FollowUp::new(Code::CompleteFile, "Complete the employee's file.").due(day_before)];
    if !swiss {
        list.push(FollowUp {
            not_before: Some(days_before(start, DPAE_DAYS)),
            ..FollowUp::new(
                Code::Dpae,
                "Declare the hire (DPAE) if the contract requires it: creating the employee through the API does not.",
            )
            .due(day_before)
        });
    }
    list.push(
        FollowUp::new(
            Code::LaunchOnboarding,
            "Launch the onboarding in Lucca: the API does not.",
        )
        .due(day_before),
    );
    list
}

/// What will be left to do once the employee exists.
pub fn plan(
    start: CivilDate,
    resolution: &[ResolvedField],
    warnings: &[Warning],
    swiss: bool,
) -> Vec<FollowUp> {
    let day_before = days_before(start, 1);
    let warned = |code: &str, field| {
        warnings
            .iter()
            .any(|it| it.code == code && it.field == Some(field))
    };
    let mut list: Vec<FollowUp> = resolution
        .iter()
        .filter_map(|resolved| {
            let field = resolved.field;
            let unmatched = if warned("NOT_MATCHED", field) {
                Some("the name given with the hire matches nothing in Lucca")
            } else if warned("SEVERAL_MATCHED", field) {
                Some("several in Lucca have the name given with the hire")
            } else {
                None
            };
            of_field(resolved, unmatched)
        })
        .collect();
    if !resolution
        .iter()
        .any(|resolved| resolved.field == Field::Manager && !resolved.value.is_empty())
    {
        let title = if warned("MANAGER_UNCLEAR", Field::Manager) {
            "Set the manager: the one given with the hire could not be told for certain, so Lucca takes the head of the department."
        } else {
            "Check the manager: none was sent, so Lucca takes the head of the department."
        };
        list.push(FollowUp::new(Code::SetManager, title).about(Field::Manager));
    }
    // The order of work: how the person gets in, where the person belongs.
    list.sort_by_key(|item| match item.code {
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

/// What follows from the value of one field; `unmatched` says why a name did not lead to it.
fn of_field(resolved: &ResolvedField, unmatched: Option<&str>) -> Option<FollowUp> {
    let field = resolved.field;
    let item = match (field, resolved.origin) {
        (Field::ProfessionalEmail, Origin::Derived) => FollowUp::new(
            Code::ReplaceProfessionalEmail,
            "Replace the professional e-mail: it is the personal one for want of another.",
        ),
        (Field::Login, Origin::Derived) => FollowUp::new(
            Code::ReplaceLogin,
            "Replace the login: it is the personal e-mail for want of another.",
        ),
        (
            Field::Establishment | Field::Department | Field::Role,
            Origin::TenantDefault | Origin::LuccaDefault,
        ) if let Some(why) = unmatched => FollowUp::new(
            Code::CorrectUnmatched,
            format!(
                "Check the {0}: {why}, so the default was used. Add the name to the tenant's labels, and the next hire finds its {0}.",
                field.words()
            ),
        ),
        (Field::Establishment | Field::Department | Field::Role, Origin::TenantDefault) => {
            FollowUp::new(
                Code::ConfirmDefaults,
                format!(
                    "Confirm the {}: the hire names none, so the tenant's default was used.",
                    field.words()
                ),
            )
        }
        (Field::Establishment | Field::Department | Field::Role, Origin::LuccaDefault) => {
            FollowUp::new(
                Code::ConfirmDefaults,
                format!(
                    "Confirm the {}: the hire names none, so it was left to the default of Lucca's HR file.",
                    field.words()
                ),
            )
        }
        _ => return None,
    };
    Some(item.about(field))
}

#[cfg(test)]
mod tests {
    use super::{super::Status, *};

    fn date(text: &str) -> CivilDate {
        CivilDate::parse_iso(text).unwrap()
    }

    fn resolved(field: Field, origin: Origin, value: &str) -> ResolvedField {
        ResolvedField {
            field,
            value: value.into(),
            label: String::new(),
            origin,
            reason: String::new(),
        }
    }

    #[test]
    fn the_dpae_opens_eight_days_before_the_start_and_is_late_from_the_start_on() {
        let list = plan(date("2027-03-01"), &[], &[], false);
        let dpae = list.iter().find(|item| item.code == Code::Dpae).unwrap();
        assert_eq!(dpae.not_before, Some(date("2027-02-21")));
        assert_eq!(dpae.due, Some(date("2027-02-28")));
        assert!(dpae.title.contains("if the contract requires it"));
        assert_eq!(dpae.status(date("2027-02-28")), Status::Open);
        assert_eq!(dpae.status(date("2027-03-01")), Status::Overdue);
    }

    #[test]
    fn there_is_no_dpae_in_switzerland() {
        let list = plan(date("2027-03-01"), &[], &[], true);
        assert!(list.iter().all(|item| item.code != Code::Dpae));
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
        let not_matched = Warning::new("NOT_MATCHED", Department, "");
        let unclear = Warning::new("MANAGER_UNCLEAR", Manager, "");
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
                .filter_map(|item| Some((item.code, item.field?)))
                .collect();
            assert_eq!(found, expected);
            let rest: Vec<Code> = list[expected.len()..].iter().map(|it| it.code).collect();
            assert_eq!(rest, [CompleteFile, Dpae, LaunchOnboarding]);
        }
    }

    #[test]
    fn the_title_tells_whether_a_manager_was_given() {
        let title = |warnings: &[Warning]| {
            let list = plan(date("2027-03-01"), &[], warnings, false);
            let item = list.into_iter().find(|it| it.code == Code::SetManager);
            item.unwrap().title
        };
        assert!(title(&[]).starts_with("Check the manager: none was sent"));
        let unclear = Warning::new("MANAGER_UNCLEAR", Field::Manager, "");
        assert!(title(&[unclear]).starts_with("Set the manager"));
    }
}
