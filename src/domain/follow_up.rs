//! What is left for the HR administrator after the creation.

mod look;
mod plan;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumIter, IntoDiscriminant as _, IntoStaticStr};

use super::{dates::CivilDate, field::Field, lucca_id::LuccaId};

pub use look::Look;
pub use plan::{plan, plan_for_adopted};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum_discriminants(
    name(Code),
    derive(Hash, EnumIter, IntoStaticStr),
    strum(serialize_all = "SCREAMING_SNAKE_CASE"),
    doc = "The kind of a [`Task`], as people and programs see it."
)]
pub enum Task {
    /// The hire has no professional e-mail address; the personal one was sent.
    ReplaceProfessionalEmail,
    /// The hire has no login; the personal e-mail address was sent.
    ReplaceLogin,
    /// The unit that the hire names was not found, and a default was used.
    CorrectUnmatched {
        /// Establishment, department or role.
        field: Field,
        /// Several units in Lucca have the name.
        #[serde(default)]
        several: bool,
    },
    /// The hire names no unit, and a default was used.
    ConfirmDefaults {
        /// Establishment, department or role.
        field: Field,
        /// The default is the one of Lucca's HR file, not the tenant's.
        #[serde(default)]
        left_to_lucca: bool,
    },
    /// No manager was sent; Lucca may have taken the head of the department.
    SetManager {
        /// The hire names a manager who could not be identified.
        #[serde(default)]
        given: bool,
    },
    /// Several active people bear the manager's name; one was taken by department or
    /// establishment.
    ConfirmManager,
    /// Lucca has people with the same name and other addresses.
    CheckSameName,
    /// The file lacks data that no recruiting system sends.
    CompleteFile,
    /// The declaration before the hire (DPAE).
    Dpae,
    /// The onboarding in Lucca is launched by hand.
    LaunchOnboarding,
    /// The hire was withdrawn after the employee had been created.
    WithdrawnAfterCreation {
        /// The employee of an earlier hire of the same source, if the withdrawn hire created
        /// nobody.
        #[serde(default)]
        earlier: Option<LuccaId>,
        /// What may be done with the file.
        #[serde(default)]
        advice: FileAdvice,
    },
    /// A field of the hire changed after the employee had been created.
    ChangedAfterCreation {
        /// The field.
        field: Field,
    },
    /// A call that seemed to have had no effect created this user.
    UnexpectedUser {
        /// The user id.
        #[serde(default)]
        user: Option<LuccaId>,
    },
    /// Another creation call was under way when the employee was found.
    SecondCall,
}

/// What may be done with the file of an employee whose hire was withdrawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileAdvice {
    /// The employee was in Lucca before: somebody who knows the person has to look.
    #[default]
    Look,
    /// It was created for this hire alone: it can be deleted or ended.
    Delete,
    /// Another hire wants the same employee: it stays.
    Keep,
}

impl Task {
    /// The field that it concerns, if it concerns one.
    pub fn field(self) -> Option<Field> {
        match self {
            Self::ReplaceProfessionalEmail => Some(Field::ProfessionalEmail),
            Self::ReplaceLogin => Some(Field::Login),
            Self::CorrectUnmatched { field, .. }
            | Self::ConfirmDefaults { field, .. }
            | Self::ChangedAfterCreation { field } => Some(field),
            Self::SetManager { .. } | Self::ConfirmManager => Some(Field::Manager),
            _ => None,
        }
    }
}

impl Code {
    /// The code as people see it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether Lucca's API never shows that it has been done.
    fn leaves_no_trace(self) -> bool {
        matches!(
            self,
            Self::CompleteFile | Self::Dpae | Self::LaunchOnboarding
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
    /// Lucca shows that it has been done.
    Done,
    /// Lucca was asked and does not show it.
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
    /// It does not show whether it has been done.
    Unknown,
}

/// What Lucca shows, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// What Lucca shows.
    pub answer: Answer,
    /// When that was first seen.
    pub since: Timestamp,
}

/// Something left to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// What to do.
    #[serde(flatten)]
    pub task: Task,
    /// The sentence that version 0.1 stored, in English.
    #[serde(default, rename = "title", skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
    /// The first day on which it can be done.
    pub not_before: Option<CivilDate>,
    /// The last day on which it should be done.
    pub due: Option<CivilDate>,
    /// What the last look in Lucca showed; `None` before the first one.
    #[serde(default)]
    pub seen: Option<Observed>,
    /// The id that Lucca showed first, for a field that was not sent.
    #[serde(default)]
    pub first_shown: Option<LuccaId>,
}

impl From<Task> for FollowUp {
    fn from(task: Task) -> Self {
        Self {
            task,
            earlier: None,
            not_before: None,
            due: None,
            seen: None,
            first_shown: None,
        }
    }
}

impl FollowUp {
    /// The kind of thing to do.
    pub fn code(&self) -> Code {
        self.task.discriminant()
    }

    /// The field that it concerns, if it concerns one.
    pub fn field(&self) -> Option<Field> {
        self.task.field()
    }

    fn due(mut self, due: CivilDate) -> Self {
        self.due = Some(due);
        self
    }

    /// Due on the day before the start, unless that day has passed: a follow-up is never overdue
    /// on its first day. UTC is exact enough here, because the day only decides whether a due
    /// date is shown.
    fn due_before(mut self, start: Option<CivilDate>, now: Timestamp) -> Self {
        let today = CivilDate::new(now.to_zoned_datetime(TimeZone::UTC).date());
        let due = start.map(|start| days_before(start, 1));
        self.due = due.filter(|due| *due >= today);
        self
    }

    /// The hire was withdrawn after the employee had been created.
    pub fn withdrawn(start: Option<CivilDate>, now: Timestamp) -> Self {
        Self::from(Task::WithdrawnAfterCreation {
            earlier: None,
            advice: FileAdvice::default(),
        })
        .due_before(start, now)
    }

    /// The same, with what may be done with the file as of now.
    pub fn advised(&self, now: FileAdvice) -> Self {
        let mut item = self.clone();
        if let Task::WithdrawnAfterCreation { advice, .. } = &mut item.task {
            *advice = now;
            // Version 0.1 always advised to delete the file.
            item.earlier = None;
        }
        item
    }

    /// The source or an operator changed a field after the employee had been created.
    pub fn changed(field: Field, start: Option<CivilDate>, now: Timestamp) -> Self {
        Self::from(Task::ChangedAfterCreation { field }).due_before(start, now)
    }

    /// Whether it says that the hire was withdrawn.
    pub fn is_withdrawal(&self) -> bool {
        self.code() == Code::WithdrawnAfterCreation
    }

    /// Whether the last look in Lucca showed that it has been done.
    pub fn is_seen_done(&self) -> bool {
        self.seen.is_some_and(|seen| seen.answer == Answer::Done)
    }

    /// Whether it says that a field changed.
    pub fn is_change(&self) -> bool {
        self.code() == Code::ChangedAfterCreation
    }

    /// Whether it still has to be done after a withdrawal, although the employee exists. The file
    /// is to be deleted, so nobody completes or declares it.
    pub fn outlasts_withdrawal(&self) -> bool {
        self.outlasts_cancellation() || self.code() == Code::SecondCall
    }

    /// Whether it still has to be done after a cancellation.
    pub fn outlasts_cancellation(&self) -> bool {
        matches!(
            self.code(),
            Code::UnexpectedUser | Code::WithdrawnAfterCreation
        )
    }

    /// Its status on this day. A follow-up that Lucca may still show as done is `Unknown` after
    /// its due date, and not overdue.
    pub fn status(&self, today: CivilDate) -> Status {
        let late = self.due.is_some_and(|due| today > due);
        match self.seen.map(|seen| seen.answer) {
            Some(Answer::Done) => Status::Done,
            Some(Answer::Unknown) if !(late && self.code().leaves_no_trace()) => Status::Unknown,
            _ if late => Status::Overdue,
            _ => Status::Open,
        }
    }
}

/// The day this many days earlier; the same day if there is none.
fn days_before(date: CivilDate, days: i64) -> CivilDate {
    date.plus(-days.days()).unwrap_or(date)
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
        let defaults = Task::ConfirmDefaults {
            field: Field::Role,
            left_to_lucca: false,
        };
        let table = [
            (Task::ReplaceLogin, None, in_time, Open),
            (Task::ReplaceLogin, None, late, Overdue),
            (Task::ReplaceLogin, Some(Seen::Open), in_time, Open),
            (Task::ReplaceLogin, Some(Seen::Open), late, Overdue),
            (Task::ReplaceLogin, Some(Seen::Done), late, Done),
            (Task::ReplaceLogin, Some(Seen::Unknown), late, Unknown),
            (defaults, Some(Seen::Unknown), late, Unknown),
            (Task::Dpae, None, in_time, Open),
            (Task::Dpae, Some(Seen::Unknown), in_time, Unknown),
            (Task::Dpae, Some(Seen::Unknown), late, Overdue),
            (Task::CompleteFile, Some(Seen::Unknown), late, Overdue),
            (Task::LaunchOnboarding, Some(Seen::Unknown), late, Overdue),
        ];
        for (task, answer, today, expected) in table {
            let mut item = FollowUp::from(task).due(date("2027-02-28"));
            let since = Timestamp::UNIX_EPOCH;
            item.seen = answer.map(|answer| super::Observed { answer, since });
            assert_eq!(item.status(date(today)), expected, "{task:?} {answer:?}");
        }
        let undated = FollowUp::from(Task::SecondCall);
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
    fn a_follow_up_is_read_back_and_one_of_version_0_1_keeps_its_sentence() {
        let item = FollowUp::changed(Field::Role, None, Timestamp::UNIX_EPOCH);
        let stored = serde_json::to_value(&item).unwrap();
        assert_eq!(stored["code"], item.code().as_str());
        assert_eq!(serde_json::from_value::<FollowUp>(stored).unwrap(), item);
        let earlier = r#"{"code":"CONFIRM_DEFAULTS","field":"role","title":"T.",
            "not_before":null,"due":null}"#;
        let earlier: FollowUp = serde_json::from_str(earlier).unwrap();
        assert_eq!(earlier.field(), Some(Field::Role));
        assert_eq!(earlier.earlier.as_deref(), Some("T."));
    }
}
