//! Why an onboarding waits for a person.

use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumIter, EnumString, IntoStaticStr};

use super::{
    dates::CivilDate,
    field::Field,
    finding::{Candidate, Warning, WarningKind},
    lucca_id::LuccaId,
};

/// The kind of a problem, as people and programs see it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    /// The hire lacks data that only its source has.
    Incomplete,
    /// A mandatory field has neither a value nor a default.
    DefaultMissing,
    /// A name matches nothing in Lucca, and the tenant wants to be asked.
    Unmatched,
    /// The manager is ambiguous or unknown, and the tenant wants to be asked.
    ManagerUnclear,
    /// Someone in Lucca already uses the login or an e-mail address.
    PersonExists,
    /// The person has been in Lucca before.
    Rehire,
    /// Someone else in Lucca has the login.
    LoginTaken,
    /// Lucca refuses the tenant's API key, or the key lacks a right.
    LuccaKeyRefused,
    /// The tenant points to another Lucca now.
    AccountChanged,
    /// The hire brings custom data that Lucca does not know.
    UnknownExtendedData,
    /// A date of the hire is most likely a typing error.
    DateUnlikely,
    /// Lucca refused the creation.
    LuccaRefused,
    /// Lucca could not be reached for as long as the retry schedule lasts.
    LuccaUnavailable,
    /// A creation call was made and its outcome cannot be proven.
    OutcomeUnknown,
    /// Nobody decided about the hire before its retention time was over.
    Expired,
}

impl ProblemCode {
    /// The code as people see it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What exactly is asked of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "ask", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum_discriminants(
    name(QuestionCode),
    derive(EnumIter, IntoStaticStr),
    strum(serialize_all = "SCREAMING_SNAKE_CASE"),
    doc = "The kind of a [`Question`]."
)]
pub enum Question {
    /// The hire lacks these fields.
    Incomplete {
        /// Which.
        fields: Vec<Field>,
        /// A start date was sent, but could not be read for certain.
        start_unreadable: bool,
    },
    /// The hire names none of these units, and there is no default.
    NoDefault {
        /// Establishment, department or role.
        field: Field,
    },
    /// What the hire names matches nothing or several things, and there is no default.
    UnmatchedNoDefault {
        /// Establishment, department or role.
        field: Field,
        /// Several things in Lucca have the name.
        several: bool,
    },
    /// The tenant's default is not in use in Lucca, or the key does not see it.
    DefaultNotInUse {
        /// Establishment, department or role.
        field: Field,
        /// Its id in Lucca.
        id: LuccaId,
    },
    /// What the hire names matches nothing or several things.
    NotMatched {
        /// Establishment, department or role.
        field: Field,
        /// Several things in Lucca have the name.
        several: bool,
    },
    /// The id that the hire gives is not in use in Lucca, or the key does not see it.
    IdNotInUse {
        /// Establishment, department or role.
        field: Field,
        /// The id.
        id: LuccaId,
    },
    /// The tenant's label table leads to an id that is not in use.
    LabelNotInUse {
        /// Establishment, department or role.
        field: Field,
        /// The id.
        id: LuccaId,
    },
    /// Values that are no entries of the lists of these custom data.
    NoSuchEntry {
        /// The codes of the custom data.
        codes: Vec<String>,
    },
    /// Lucca has no custom data with these codes.
    NoSuchData {
        /// The codes as given.
        codes: Vec<String>,
        /// Codes that are spelled alike.
        near: Vec<String>,
    },
    /// The manager cannot be told for certain.
    ManagerUnclear {
        /// Nobody active is like the manager.
        nobody_active: bool,
    },
    /// Someone in Lucca uses the same login or e-mail address.
    PersonExists,
    /// A former employee uses the same login or e-mail address.
    FormerEmployee,
    /// The same source was hired before and now starts later.
    StartsAgain,
    /// Someone else in Lucca has the same login.
    LoginTaken,
    /// Someone is partly like the person of a call of unknown outcome.
    SomeoneSimilar {
        /// That person has the login.
        has_login: bool,
    },
    /// Lucca refuses the key (401).
    KeyRefused,
    /// The key lacks a right to read.
    ReadingNotAllowed,
    /// The key may not create employees.
    CreationNotAllowed,
    /// The tenant points to another Lucca than when the hire came.
    AccountChanged,
    /// The contract starts too far from today.
    StartUnlikely {
        /// The first day of the contract.
        start: CivilDate,
        /// The distance in years that is exceeded.
        years: i64,
        /// The start lies in the future.
        ahead: bool,
    },
    /// The person would be too young or too old at the start. The date of birth is not told.
    AgeUnlikely {
        /// The first day of the contract.
        start: CivilDate,
        /// The youngest age that is taken, in years.
        youngest: i64,
        /// The oldest.
        oldest: i64,
    },
    /// Lucca refused the creation.
    LuccaRefused {
        /// Those that were left to the defaults of Lucca's HR file.
        fields: Vec<Field>,
    },
    /// Lucca could not be reached for as long as the retry schedule lasts.
    LuccaUnavailable,
    /// An operator said that the employee who had been linked or adopted is not the person.
    Unlinked {
        /// A creation call is of unknown outcome again.
        open_attempt: bool,
    },
    /// Nobody was found, and the key has not proven that it would see them.
    NotProvenAbsent,
    /// Nobody decided before the retention time was over.
    Expired,
}

impl Question {
    /// The kind of problem it belongs to.
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::Incomplete { .. } => ProblemCode::Incomplete,
            Self::NoDefault { .. }
            | Self::UnmatchedNoDefault { .. }
            | Self::DefaultNotInUse { .. } => ProblemCode::DefaultMissing,
            Self::NotMatched { .. }
            | Self::IdNotInUse { .. }
            | Self::LabelNotInUse { .. }
            | Self::NoSuchEntry { .. } => ProblemCode::Unmatched,
            Self::NoSuchData { .. } => ProblemCode::UnknownExtendedData,
            Self::ManagerUnclear { .. } => ProblemCode::ManagerUnclear,
            Self::PersonExists
            | Self::SomeoneSimilar { has_login: false }
            | Self::Unlinked {
                open_attempt: false,
            } => ProblemCode::PersonExists,
            Self::FormerEmployee | Self::StartsAgain => ProblemCode::Rehire,
            Self::LoginTaken | Self::SomeoneSimilar { has_login: true } => ProblemCode::LoginTaken,
            Self::KeyRefused | Self::ReadingNotAllowed | Self::CreationNotAllowed => {
                ProblemCode::LuccaKeyRefused
            }
            Self::AccountChanged => ProblemCode::AccountChanged,
            Self::StartUnlikely { .. } | Self::AgeUnlikely { .. } => ProblemCode::DateUnlikely,
            Self::LuccaRefused { .. } => ProblemCode::LuccaRefused,
            Self::LuccaUnavailable => ProblemCode::LuccaUnavailable,
            Self::NotProvenAbsent | Self::Unlinked { open_attempt: true } => {
                ProblemCode::OutcomeUnknown
            }
            Self::Expired => ProblemCode::Expired,
        }
    }

    /// What a hire lacks. The remarks of the intake tell whether a start date was sent that
    /// could not be read.
    pub fn incomplete(fields: Vec<Field>, remarks: &[Warning]) -> Self {
        let start_unreadable = fields.contains(&Field::ContractStartDate)
            && remarks
                .iter()
                .any(|it| it.kind == WarningKind::StartDateUnreadable);
        Self::Incomplete {
            fields,
            start_unreadable,
        }
    }
}

/// What keeps an onboarding from going on: one or more questions of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The kind of problem.
    pub code: ProblemCode,
    /// What is asked, at once; empty if version 0.1 stored it.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// The people or things to choose from.
    pub candidates: Vec<Candidate>,
    /// The sentences that version 0.1 stored.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierProblem>,
}

/// The sentences of a problem that version 0.1 stored, in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierProblem {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
}

impl Problem {
    /// The same problem with people or things to choose from.
    pub fn with(mut self, candidates: Vec<Candidate>) -> Self {
        self.candidates = candidates;
        self
    }

    /// Adds a problem of the same kind, so that both are asked at once; another kind has to
    /// wait.
    pub fn join(&mut self, other: Self) {
        if self.code == other.code {
            self.questions.extend(other.questions);
            self.candidates.extend(other.candidates);
        }
    }

    /// A problem of some kind, for tests that do not care which question it is.
    #[cfg(test)]
    pub(crate) fn of(code: ProblemCode) -> Self {
        Self {
            code,
            questions: Vec::new(),
            candidates: Vec::new(),
            earlier: None,
        }
    }
}

impl From<Question> for Problem {
    fn from(question: Question) -> Self {
        Self {
            code: question.code(),
            questions: vec![question],
            candidates: Vec::new(),
            earlier: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_date_that_could_not_be_read_differs_from_a_missing_one() {
        let unread = || Warning::from(WarningKind::StartDateUnreadable);
        let other = || Warning::from(WarningKind::SendToLuccaAbsent);
        let (start, name) = (Field::ContractStartDate, Field::FamilyName);
        let table = [
            (vec![start], vec![], false),
            (vec![start], vec![other()], false),
            (vec![name], vec![unread()], false),
            (vec![start], vec![unread()], true),
            (vec![name, start], vec![other(), unread()], true),
        ];
        for (fields, remarks, start_unreadable) in table {
            assert_eq!(
                Question::incomplete(fields.clone(), &remarks),
                Question::Incomplete {
                    fields,
                    start_unreadable
                }
            );
        }
    }

    #[test]
    fn a_problem_is_read_back_and_one_of_version_0_1_keeps_its_sentences() {
        let problem = Problem::from(Question::NoDefault { field: Field::Role });
        let stored = serde_json::to_value(&problem).unwrap();
        assert_eq!(serde_json::from_value::<Problem>(stored).unwrap(), problem);
        let earlier = r#"{"code":"DATE_UNLIKELY","message":"M.","fix":"F.","candidates":[]}"#;
        let earlier: Problem = serde_json::from_str(earlier).unwrap();
        assert_eq!(earlier.code, ProblemCode::DateUnlikely);
        assert_eq!(earlier.earlier.unwrap().fix, "F.");
    }
}
