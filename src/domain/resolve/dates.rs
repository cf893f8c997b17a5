//! Dates that can hardly be meant: Lucca takes any, and nobody would notice.
//!
//! | date | what comes of it | because |
//! | --- | --- | --- |
//! | start up to 30 days ago | nothing | hires are entered late |
//! | start up to 50 years ago | warning | people who have been there for long are taken over |
//! | start earlier | question | no working life is that long |
//! | start more than 2 years ahead | question | no contract is signed that early |
//! | less than 14 or more than 100 years old at the start | question | nobody is hired at that age |
//!
//! An operator who sets the date has answered the question, also by setting the same one.

use jiff::ToSpan as _;

use super::OperatorInput;
use crate::domain::{
    collaborator::Collaborator,
    dates::{CivilDate, START_DATE_YEARS},
    field::Field,
    finding::{Problem, Question, Warning, WarningKind},
    urgency::days_until,
};

/// Hires are entered late, but hardly later than this.
const LONG_PAST_DAYS: i32 = 30;

/// Longer than this nobody has worked for one employer.
const WORKING_YEARS: i64 = 50;

/// How old people are when they start, in years.
const AGES: [i64; 2] = [14, 100];

/// A start date that may be a typing error.
pub(super) fn long_past(start: CivilDate, today: CivilDate) -> Option<Warning> {
    let days = -days_until(start, today);
    let start = Some(start);
    (days > LONG_PAST_DAYS).then(|| WarningKind::StartDateLongPast { start, days }.into())
}

/// What to ask about dates that are most likely wrong. Says nothing of a date of birth, which
/// is nobody's business who only looks after hires.
pub(super) fn unlikely(
    collaborator: &Collaborator,
    today: CivilDate,
    decided: OperatorInput<'_>,
) -> Option<Problem> {
    let start = collaborator.contract_start_date;
    let sets = |field| decided.amendment.sets(field);
    let early = start
        .plus(WORKING_YEARS.years())
        .is_some_and(|last| last < today);
    let late = today
        .plus(START_DATE_YEARS.years())
        .is_some_and(|latest| start > latest);
    if (early || late) && !sets(Field::ContractStartDate) {
        let question = Question::StartUnlikely {
            start,
            years: if early {
                WORKING_YEARS
            } else {
                START_DATE_YEARS
            },
            ahead: late,
        };
        return Some(question.into());
    }
    let birth = collaborator.rest.birth_date?;
    let [youngest, oldest] = AGES;
    let old_enough = birth.plus(youngest.years()).is_some_and(|day| day <= start);
    let young_enough = birth.plus(oldest.years()).is_none_or(|day| day >= start);
    if old_enough && young_enough || sets(Field::BirthDate) {
        return None;
    }
    let question = Question::AgeUnlikely {
        start,
        youngest,
        oldest,
    };
    Some(question.into())
}
