//! What is left for the HR administrator after the creation.

use jiff::ToSpan;
use serde::{Deserialize, Serialize};

use super::{
    dates::CivilDate, field::Field, finding::Origin, finding::ResolvedField, lucca_id::LuccaId,
};

/// How many days before the start a DPAE can be declared at the earliest
/// (article R1221-4 of the French labour code; Lucca sends it eight days before).
const DPAE_DAYS: i64 = 8;

const UNEXPECTED_USER: &str = "UNEXPECTED_USER";

/// Whether a follow-up has been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// To be done.
    Open,
    /// To be done, and late.
    Overdue,
}

/// Something left to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Stable code in capitals.
    pub code: String,
    /// What to do, in one sentence.
    pub title: String,
    /// The first day on which it can be done.
    pub not_before: Option<CivilDate>,
    /// The last day on which it should be done.
    pub due: Option<CivilDate>,
}

impl FollowUp {
    fn new(code: &str, title: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            title: title.into(),
            not_before: None,
            due: None,
        }
    }

    fn due(mut self, due: CivilDate) -> Self {
        self.due = Some(due);
        self
    }

    /// The hire was withdrawn after the employee had been created.
    pub fn withdrawn() -> Self {
        Self::new(
            "WITHDRAWN_AFTER_CREATION",
            "The hire was withdrawn after the employee had been created: delete or end the file in Lucca.",
        )
    }

    /// The source changed after the employee had been created.
    pub fn differs(fields: &[Field]) -> Self {
        let names: Vec<String> = fields.iter().map(|field| field.words()).collect();
        Self::new(
            "CHANGED_AFTER_CREATION",
            format!(
                "The hire changed after the employee had been created; compare with Lucca: {}.",
                names.join(", ")
            ),
        )
    }

    /// Whether it is to be done although the hire was cancelled.
    pub fn outlasts_cancellation(&self) -> bool {
        self.code == UNEXPECTED_USER
    }

    /// A call that was to have no effect created this user after all.
    pub fn unexpected(user: LuccaId) -> Self {
        Self::new(
            UNEXPECTED_USER,
            format!(
                "User {user} was created by a call that had been taken for lost: check in Lucca whether the person exists twice or should not exist, and delete what is too much.",
            ),
        )
    }

    /// The employee was found while another creation call was under way.
    pub fn second_call() -> Self {
        Self::new(
            "SECOND_CALL",
            "Another creation call was under way when the employee was found: check in Lucca that the person exists only once.",
        )
    }

    /// Whether it is late on this day.
    pub fn status(&self, today: CivilDate) -> Status {
        match self.due {
            Some(due) if today > due => Status::Overdue,
            _ => Status::Open,
        }
    }
}

/// The day this many days earlier.
fn days_before(date: CivilDate, days: i64) -> CivilDate {
    date.get()
        .checked_sub(days.days())
        .map_or(date, CivilDate::new)
}

/// What is left to do for a person who was in Lucca already: what does not depend on
/// what was sent.
pub fn plan_for_adopted(start: CivilDate, swiss: bool) -> Vec<FollowUp> {
    let mut list = plan(start, &[], swiss);
    list.retain(|item| item.code != "SET_MANAGER");
    list
}

/// What will be left to do once the employee exists.
pub fn plan(start: CivilDate, resolution: &[ResolvedField], swiss: bool) -> Vec<FollowUp> {
    let with = |origin: Origin| {
        resolution
            .iter()
            .filter(move |resolved| resolved.origin == origin)
    };
    let day_before = days_before(start, 1);
    let mut list = Vec::new();
    if with(Origin::Derived).any(|resolved| resolved.field == Field::ProfessionalEmail) {
        list.push(
            FollowUp::new(
                "REPLACE_PROFESSIONAL_EMAIL",
                "Replace the professional e-mail: it is the personal one for want of another.",
            )
            .due(day_before),
        );
    }
    if with(Origin::Derived).any(|resolved| resolved.field == Field::Login) {
        list.push(
            FollowUp::new(
                "REPLACE_LOGIN",
                "Replace the login: it is the personal e-mail for want of another.",
            )
            .due(day_before),
        );
    }
    let defaults: Vec<String> = with(Origin::TenantDefault)
        .chain(with(Origin::LuccaDefault))
        .filter(|resolved| {
            !matches!(
                resolved.field,
                Field::Login | Field::Culture | Field::Manager
            )
        })
        .map(|resolved| resolved.field.words())
        .collect();
    if !defaults.is_empty() {
        list.push(
            FollowUp::new(
                "CONFIRM_DEFAULTS",
                format!(
                    "Confirm what was filled by default: {}.",
                    defaults.join(", ")
                ),
            )
            .due(day_before),
        );
    }
    if !resolution
        .iter()
        .any(|resolved| resolved.field == Field::Manager && !resolved.value.is_empty())
    {
        list.push(
            FollowUp::new(
                "SET_MANAGER",
                "Check the manager: none was sent, so Lucca takes the head of the department.",
            )
            .due(day_before),
        );
    }
    list.push(FollowUp::new("COMPLETE_FILE", "Complete the employee's file.").due(day_before));
    if !swiss {
        list.push(FollowUp {
            not_before: Some(days_before(start, DPAE_DAYS)),
            ..FollowUp::new(
                "DPAE",
                "Declare the hire (DPAE) if the contract requires it: creating the employee through the API does not.",
            )
            .due(day_before)
        });
    }
    list.push(FollowUp::new(
        "LAUNCH_ONBOARDING",
        "Launch the onboarding in Lucca.",
    ));
    list
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let list = plan(date("2027-03-01"), &[], false);
        let dpae = list.iter().find(|item| item.code == "DPAE").unwrap();
        assert_eq!(dpae.not_before, Some(date("2027-02-21")));
        assert_eq!(dpae.due, Some(date("2027-02-28")));
        assert_eq!(dpae.status(date("2027-02-28")), Status::Open);
        assert_eq!(dpae.status(date("2027-03-01")), Status::Overdue);
    }

    #[test]
    fn there_is_no_dpae_in_switzerland() {
        let list = plan(date("2027-03-01"), &[], true);
        assert!(list.iter().all(|item| item.code != "DPAE"));
    }

    #[test]
    fn only_what_was_derived_or_filled_by_default_is_to_be_checked() {
        let plain = [
            resolved(Field::ProfessionalEmail, Origin::Provided, "a@b.example"),
            resolved(Field::Manager, Origin::Matched, "7"),
        ];
        let codes = |list: &[ResolvedField]| -> Vec<String> {
            plan(date("2027-03-01"), list, false)
                .into_iter()
                .map(|item| item.code)
                .collect()
        };
        assert_eq!(
            codes(&plain),
            ["COMPLETE_FILE", "DPAE", "LAUNCH_ONBOARDING"]
        );
        let derived = [
            resolved(Field::ProfessionalEmail, Origin::Derived, "a@b.example"),
            resolved(Field::Login, Origin::Derived, "a@b.example"),
            resolved(Field::Role, Origin::TenantDefault, "3"),
        ];
        assert_eq!(
            codes(&derived),
            [
                "REPLACE_PROFESSIONAL_EMAIL",
                "REPLACE_LOGIN",
                "CONFIRM_DEFAULTS",
                "SET_MANAGER",
                "COMPLETE_FILE",
                "DPAE",
                "LAUNCH_ONBOARDING"
            ]
        );
    }
}
