//! What is left for the HR administrator after the creation.

mod look;
mod plan;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{dates::CivilDate, field::Field, lucca_id::LuccaId};

pub use look::Look;
pub use plan::{plan, plan_for_adopted};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// The professional e-mail address is the personal one for want of another.
    ReplaceProfessionalEmail,
    /// The login is the personal e-mail address for want of another.
    ReplaceLogin,
    /// A name given with the hire matches nothing, and a default was used.
    CorrectUnmatched,
    /// A default was used where the hire named nothing.
    ConfirmDefaults,
    /// No manager was sent; Lucca may have taken the head of the department.
    SetManager,
    /// The file lacks what no recruiting system sends.
    CompleteFile,
    /// The declaration before the hire.
    Dpae,
    /// The onboarding is launched by hand.
    LaunchOnboarding,
    /// The hire was withdrawn when the employee existed already.
    WithdrawnAfterCreation,
    /// The hire changed when the employee existed already.
    ChangedAfterCreation,
    /// A call that was to have no effect created someone.
    UnexpectedUser,
    /// Another call was under way when the employee was found.
    SecondCall,
}

impl Code {
    /// The code as people see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReplaceProfessionalEmail => "REPLACE_PROFESSIONAL_EMAIL",
            Self::ReplaceLogin => "REPLACE_LOGIN",
            Self::CorrectUnmatched => "CORRECT_UNMATCHED",
            Self::ConfirmDefaults => "CONFIRM_DEFAULTS",
            Self::SetManager => "SET_MANAGER",
            Self::CompleteFile => "COMPLETE_FILE",
            Self::Dpae => "DPAE",
            Self::LaunchOnboarding => "LAUNCH_ONBOARDING",
            Self::WithdrawnAfterCreation => "WITHDRAWN_AFTER_CREATION",
            Self::ChangedAfterCreation => "CHANGED_AFTER_CREATION",
            Self::UnexpectedUser => "UNEXPECTED_USER",
            Self::SecondCall => "SECOND_CALL",
        }
    }

    /// Whether nothing in Lucca's API ever shows that it has been done.
    fn leaves_no_trace(self) -> bool {
        matches!(
            self,
            Self::CompleteFile | Self::Dpae | Self::LaunchOnboarding
        )
    }

    /// Whether it follows from what was sent: it is no matter for somebody who was in Lucca
    /// already.
    fn follows_from_what_was_sent(self) -> bool {
        matches!(
            self,
            Self::ReplaceProfessionalEmail
                | Self::ReplaceLogin
                | Self::CorrectUnmatched
                | Self::ConfirmDefaults
                | Self::SetManager
        )
    }
}

/// Whether a follow-up has been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// To be done.
    Open,
    /// To be done, and late.
    Overdue,
    /// Seen to be done in Lucca.
    Done,
    /// Lucca was asked and does not tell.
    Unknown,
}

/// What Lucca showed when it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Answer {
    /// It has been done.
    Done,
    /// It has not been done.
    Open,
    /// It cannot be told.
    Unknown,
}

/// What Lucca shows, and since when it has been seen to do so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What it shows.
    pub answer: Answer,
    /// When that was first seen.
    pub since: Timestamp,
}

/// Something left to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// What kind of thing.
    pub code: Code,
    /// The field it is about, if about one.
    #[serde(default)]
    pub field: Option<Field>,
    /// What to do, in one sentence.
    pub title: String,
    /// The first day on which it can be done.
    pub not_before: Option<CivilDate>,
    /// The last day on which it should be done.
    pub due: Option<CivilDate>,
    /// What Lucca showed when it was asked last; `None`: it was not asked.
    #[serde(default)]
    pub seen: Option<Seen>,
    /// The id that Lucca showed first, for a field that was left out of what was sent.
    #[serde(default)]
    pub first_shown: Option<LuccaId>,
}

impl FollowUp {
    fn new(code: Code, title: impl Into<String>) -> Self {
        Self {
            code,
            field: None,
            title: title.into(),
            not_before: None,
            due: None,
            seen: None,
            first_shown: None,
        }
    }

    fn about(mut self, field: Field) -> Self {
        self.field = Some(field);
        self
    }

    fn due(mut self, due: CivilDate) -> Self {
        self.due = Some(due);
        self
    }

    /// Due on the day before the start, unless that has passed: what comes later than that
    /// is not late from its first day on. The day of `now` is taken in UTC, for this only
    /// tells whether a date is worth showing.
    fn due_before(mut self, start: Option<CivilDate>, now: Timestamp) -> Self {
        let today = CivilDate::new(now.to_zoned_datetime(TimeZone::UTC).date());
        self.due = start
            .map(|start| days_before(start, 1))
            .filter(|due| *due >= today);
        self
    }

    /// The hire was withdrawn after the employee had been created.
    pub fn withdrawn(start: Option<CivilDate>, now: Timestamp) -> Self {
        Self::new(
            Code::WithdrawnAfterCreation,
            "The hire was withdrawn after the employee had been created: delete or end the file in Lucca.",
        )
        .due_before(start, now)
    }

    /// A later hire of the same source was withdrawn before it came to anything; this user is
    /// of an earlier one.
    pub fn withdrawn_again(earlier: LuccaId) -> Self {
        Self::new(
            Code::WithdrawnAfterCreation,
            format!(
                "The hire was withdrawn, and an earlier one of the same source created user {earlier}: delete or end the file in Lucca if the person does not come at all.",
            ),
        )
    }

    /// The source or an operator changed a field after the employee had been created.
    pub fn changed(field: Field, start: Option<CivilDate>, now: Timestamp) -> Self {
        Self::new(
            Code::ChangedAfterCreation,
            format!(
                "The {} of the hire changed after the employee had been created: put it right in Lucca.",
                field.words()
            ),
        )
        .about(field)
        .due_before(start, now)
    }

    /// Whether it says that the hire was withdrawn.
    pub fn is_withdrawal(&self) -> bool {
        self.code == Code::WithdrawnAfterCreation
    }

    /// Whether Lucca was seen to show that it has been done.
    pub fn is_seen_done(&self) -> bool {
        self.seen.is_some_and(|seen| seen.answer == Answer::Done)
    }

    /// Whether it says that a field changed.
    pub fn is_change(&self) -> bool {
        self.code == Code::ChangedAfterCreation
    }

    /// Whether it is to be done although the employee, who exists, is not to come: nobody
    /// completes or declares a file that is to be deleted.
    pub fn outlasts_withdrawal(&self) -> bool {
        matches!(
            self.code,
            Code::UnexpectedUser | Code::WithdrawnAfterCreation | Code::SecondCall
        )
    }

    /// Whether it is to be done although the hire was cancelled.
    pub fn outlasts_cancellation(&self) -> bool {
        matches!(
            self.code,
            Code::UnexpectedUser | Code::WithdrawnAfterCreation
        )
    }

    /// Whether it is to be done for somebody who was in Lucca already, to whom nothing was
    /// sent.
    pub fn holds_for_adopted(&self) -> bool {
        !self.code.follows_from_what_was_sent()
    }

    /// A call that was to have no effect created this user after all.
    pub fn unexpected(user: LuccaId) -> Self {
        Self::new(
            Code::UnexpectedUser,
            format!(
                "User {user} was created by a call that had been taken for lost: check in Lucca whether the person exists twice or should not exist, and delete what is too much.",
            ),
        )
    }

    /// The employee was found while another creation call was under way.
    pub fn second_call() -> Self {
        Self::new(
            Code::SecondCall,
            "Another creation call was under way when the employee was found: check in Lucca that the person exists only once.",
        )
    }

    /// Whether it has been done, on this day. What Lucca cannot tell is late by its date
    /// only if nothing there will ever tell.
    pub fn status(&self, today: CivilDate) -> Status {
        let late = self.due.is_some_and(|due| today > due);
        match self.seen.map(|seen| seen.answer) {
            Some(Answer::Done) => Status::Done,
            Some(Answer::Unknown) if !(late && self.code.leaves_no_trace()) => Status::Unknown,
            _ if late => Status::Overdue,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> CivilDate {
        CivilDate::parse_iso(text).unwrap()
    }

    #[test]
    fn the_status_follows_from_what_lucca_showed_and_from_the_day() {
        use Answer as Seen;
        use Status::{Done, Open, Overdue, Unknown};
        let (in_time, late) = ("2027-02-28", "2027-03-01");
        let table = [
            (Code::ReplaceLogin, None, in_time, Open),
            (Code::ReplaceLogin, None, late, Overdue),
            (Code::ReplaceLogin, Some(Seen::Open), in_time, Open),
            (Code::ReplaceLogin, Some(Seen::Open), late, Overdue),
            (Code::ReplaceLogin, Some(Seen::Done), late, Done),
            (Code::ReplaceLogin, Some(Seen::Unknown), late, Unknown),
            (Code::ConfirmDefaults, Some(Seen::Unknown), late, Unknown),
            (Code::Dpae, None, in_time, Open),
            (Code::Dpae, Some(Seen::Unknown), in_time, Unknown),
            (Code::Dpae, Some(Seen::Unknown), late, Overdue),
            (Code::CompleteFile, Some(Seen::Unknown), late, Overdue),
            (Code::LaunchOnboarding, Some(Seen::Unknown), late, Overdue),
        ];
        for (code, answer, today, expected) in table {
            let mut item = FollowUp::new(code, "").due(date("2027-02-28"));
            let since = Timestamp::UNIX_EPOCH;
            item.seen = answer.map(|answer| super::Seen { answer, since });
            assert_eq!(item.status(date(today)), expected, "{code:?} {answer:?}");
        }
        let undated = FollowUp::new(Code::SecondCall, "");
        assert_eq!(undated.status(date("2099-01-01")), Open);
    }

    #[test]
    fn what_comes_after_the_start_has_no_date_that_has_passed() {
        let start = Some(date("2027-03-01"));
        let before = "2027-02-28T23:00:00Z".parse().unwrap();
        let after = "2027-03-01T00:00:00Z".parse().unwrap();
        let due = |now| FollowUp::withdrawn(start, now).due;
        assert_eq!(due(before), Some(date("2027-02-28")));
        assert_eq!(due(after), None);
        assert_eq!(FollowUp::changed(Field::Role, None, before).due, None);
    }

    #[test]
    fn every_code_is_stored_under_the_name_that_people_see() {
        use Code::*;
        for code in [
            ReplaceProfessionalEmail,
            ReplaceLogin,
            CorrectUnmatched,
            ConfirmDefaults,
            SetManager,
            CompleteFile,
            Dpae,
            LaunchOnboarding,
            WithdrawnAfterCreation,
            ChangedAfterCreation,
            UnexpectedUser,
            SecondCall,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
