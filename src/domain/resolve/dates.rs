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
//! An operator who sets the date has answered the question, also by setting the same one. Not so
//! what cannot be true at all, see [`sense`].

use jiff::ToSpan as _;

use crate::domain::{
    amendment::Amendment,
    collaborator::Draft,
    dates::{CivilDate, START_DATE_YEARS},
    field::Field,
    finding::{Question, Warning, WarningKind},
    sense,
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

/// What to ask about a hire itself: what it lacks, what does not fit together, and dates that are
/// most likely wrong. Operators confirm a date by setting it. Says nothing of a date of birth,
/// which is nobody's business who only looks after hires.
pub(super) fn doubts(
    draft: &Draft,
    remarks: &[Warning],
    today: CivilDate,
    amendment: &Amendment,
) -> Vec<Question> {
    let mut questions = sense::questions(draft, remarks);
    let Some(start) = draft.contract_start_date else {
        return questions;
    };
    // A date that has to change is not questioned twice.
    let asked: Vec<Field> = questions.iter().flat_map(Question::fields).collect();
    let is_open = |field| !amendment.sets(field) && !asked.contains(&field);
    if is_open(Field::ContractStartDate) {
        questions.extend(unlikely_start(start, today));
    }
    if is_open(Field::BirthDate) {
        questions.extend(draft.birth_date.and_then(|it| unlikely_age(it, start)));
    }
    questions
}

fn unlikely_start(start: CivilDate, today: CivilDate) -> Option<Question> {
    let early = start
        .plus(WORKING_YEARS.years())
        .is_some_and(|last| last < today);
    let ahead = today
        .plus(START_DATE_YEARS.years())
        .is_some_and(|latest| start > latest);
    let years = if early {
        WORKING_YEARS
    } else {
        START_DATE_YEARS
    };
    (early || ahead).then_some(Question::StartUnlikely {
        start,
        years,
        ahead,
    })
}

fn unlikely_age(birth: CivilDate, start: CivilDate) -> Option<Question> {
    let [youngest, oldest] = AGES;
    let old_enough = birth.plus(youngest.years()).is_some_and(|day| day <= start);
    let young_enough = birth.plus(oldest.years()).is_none_or(|day| day >= start);
    (!old_enough || !young_enough).then_some(Question::AgeUnlikely {
        start,
        youngest,
        oldest,
    })
}
