//! Why an onboarding waits for a person.

use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumIter, EnumString, IntoStaticStr};

use super::{
    dates::CivilDate,
    field::Field,
    finding::{Candidate, GivenBy, Sent, Warning, WarningKind},
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
    /// Another person's hire has the same application.
    ApplicationShared,
    /// Lucca refuses the tenant's API key, or the key lacks a right.
    LuccaKeyRefused,
    /// The tenant points to another Lucca now.
    AccountChanged,
    /// The hire brings custom data that Lucca does not know, or one of them twice.
    UnknownExtendedData,
    /// Dates of the hire contradict each other, or one is most likely a typing error.
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

    /// Whether it asks who a person in Lucca is, so that naming that person answers it.
    pub fn is_about_a_person(self) -> bool {
        matches!(
            self,
            Self::PersonExists | Self::Rehire | Self::LoginTaken | Self::OutcomeUnknown
        )
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
        /// What was sent for these fields and could not be used.
        #[serde(default)]
        clauses: Vec<WarningKind>,
    },
    /// The source does not say whether the hire is meant for Lucca: the answer is neither yes nor
    /// no.
    SendToLuccaUnclear {
        /// What was sent.
        sent: Vec<Sent>,
    },
    /// The contract would end before it starts.
    EndBeforeStart {
        /// The first day of the contract.
        start: CivilDate,
        /// The last.
        end: CivilDate,
    },
    /// The person would be born after the start. The date of birth is not told.
    BirthAfterStart {
        /// The first day of the contract.
        start: CivilDate,
    },
    /// Codes of custom data that differ only in small and capital letters: one and the same for
    /// Lucca.
    CodesAlike {
        /// The codes as given.
        codes: Vec<String>,
    },
    /// A stored value that cannot be sent.
    NotUsable {
        /// The field.
        field: Field,
        /// The value, unless it is a date of birth.
        #[serde(default)]
        value: Option<Sent>,
    },
    /// The hire names none of these units, and there is no default.
    NoDefault {
        /// Establishment, department or role.
        field: Field,
        /// One was sent and could not be used.
        #[serde(default)]
        unreadable: bool,
    },
    /// What the hire names matches nothing or several things, and there is no default.
    UnmatchedNoDefault {
        /// Establishment, department or role.
        field: Field,
        /// Several things in Lucca have the name.
        several: bool,
        /// What the hire gives it by.
        #[serde(default)]
        given_by: GivenBy,
        /// The code or the name.
        #[serde(default)]
        value: Option<Sent>,
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
        /// What the hire gives it by.
        #[serde(default)]
        given_by: GivenBy,
        /// The code or the name.
        #[serde(default)]
        value: Option<Sent>,
    },
    /// What was sent for it cannot be read, and the tenant wants to be asked.
    NotReadable {
        /// Establishment, department or role.
        field: Field,
        /// What was sent.
        sent: Vec<Sent>,
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
    /// The hire was confirmed again after Lucca had not shown its employee any more.
    EarlierEmployee {
        /// Lucca shows that employee now.
        shown: bool,
    },
    /// Someone else in Lucca has the same login.
    LoginTaken,
    /// Another person's hire has the same application.
    ApplicationShared {
        /// Its id in the system the hire comes from.
        application: String,
    },
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
        /// Those that had the tenant's default.
        #[serde(default)]
        default_fields: Vec<Field>,
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
            Self::Incomplete { .. } | Self::SendToLuccaUnclear { .. } | Self::NotUsable { .. } => {
                ProblemCode::Incomplete
            }
            Self::NoDefault { .. }
            | Self::UnmatchedNoDefault { .. }
            | Self::DefaultNotInUse { .. } => ProblemCode::DefaultMissing,
            Self::NotMatched { .. }
            | Self::NotReadable { .. }
            | Self::IdNotInUse { .. }
            | Self::LabelNotInUse { .. }
            | Self::NoSuchEntry { .. } => ProblemCode::Unmatched,
            Self::NoSuchData { .. } | Self::CodesAlike { .. } => ProblemCode::UnknownExtendedData,
            Self::ManagerUnclear { .. } => ProblemCode::ManagerUnclear,
            Self::PersonExists
            | Self::SomeoneSimilar { has_login: false }
            | Self::Unlinked {
                open_attempt: false,
            } => ProblemCode::PersonExists,
            Self::FormerEmployee | Self::StartsAgain | Self::EarlierEmployee { .. } => {
                ProblemCode::Rehire
            }
            Self::LoginTaken | Self::SomeoneSimilar { has_login: true } => ProblemCode::LoginTaken,
            Self::ApplicationShared { .. } => ProblemCode::ApplicationShared,
            Self::KeyRefused | Self::ReadingNotAllowed | Self::CreationNotAllowed => {
                ProblemCode::LuccaKeyRefused
            }
            Self::AccountChanged => ProblemCode::AccountChanged,
            Self::StartUnlikely { .. }
            | Self::AgeUnlikely { .. }
            | Self::EndBeforeStart { .. }
            | Self::BirthAfterStart { .. } => ProblemCode::DateUnlikely,
            Self::LuccaRefused { .. } => ProblemCode::LuccaRefused,
            Self::LuccaUnavailable => ProblemCode::LuccaUnavailable,
            Self::NotProvenAbsent | Self::Unlinked { open_attempt: true } => {
                ProblemCode::OutcomeUnknown
            }
            Self::Expired => ProblemCode::Expired,
        }
    }

    /// The fields of the hire that it is about.
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Incomplete { fields, .. } => fields.clone(),
            Self::LuccaRefused {
                fields,
                default_fields,
            } => [fields.as_slice(), default_fields].concat(),
            Self::NoDefault { field, .. }
            | Self::UnmatchedNoDefault { field, .. }
            | Self::DefaultNotInUse { field, .. }
            | Self::NotMatched { field, .. }
            | Self::IdNotInUse { field, .. }
            | Self::NotReadable { field, .. }
            | Self::LabelNotInUse { field, .. }
            | Self::NotUsable { field, .. } => vec![*field],
            Self::NoSuchEntry { .. } | Self::NoSuchData { .. } | Self::CodesAlike { .. } => {
                vec![Field::ExtendedData]
            }
            Self::ManagerUnclear { .. } => vec![Field::Manager],
            Self::LoginTaken | Self::SomeoneSimilar { has_login: true } => vec![Field::Login],
            Self::StartUnlikely { .. } => vec![Field::ContractStartDate],
            Self::AgeUnlikely { .. } | Self::BirthAfterStart { .. } => vec![Field::BirthDate],
            Self::EndBeforeStart { .. } => vec![Field::ContractEndDate, Field::ContractStartDate],
            Self::SendToLuccaUnclear { .. }
            | Self::PersonExists
            | Self::FormerEmployee
            | Self::StartsAgain
            | Self::EarlierEmployee { .. }
            | Self::ApplicationShared { .. }
            | Self::SomeoneSimilar { has_login: false }
            | Self::KeyRefused
            | Self::ReadingNotAllowed
            | Self::CreationNotAllowed
            | Self::AccountChanged
            | Self::LuccaUnavailable
            | Self::Unlinked { .. }
            | Self::NotProvenAbsent
            | Self::Expired => Vec::new(),
        }
    }

    /// What a hire lacks. The remarks of the intake tell what was sent of it and could not be
    /// used.
    pub fn incomplete(fields: Vec<Field>, remarks: &[Warning]) -> Self {
        let kinds = remarks.iter().map(|remark| &remark.kind);
        let lacking = |it: &&WarningKind| it.field().is_some_and(|field| fields.contains(&field));
        let clauses = kinds.filter(|it| it.is_left_out()).filter(lacking);
        let clauses: Vec<WarningKind> = clauses.cloned().collect();
        let is_start = |it: &WarningKind| matches!(it, WarningKind::StartDateUnreadable { .. });
        let start_unreadable = clauses.iter().any(is_start);
        Self::Incomplete {
            fields,
            start_unreadable,
            clauses,
        }
    }
}

/// What keeps an onboarding from going on: everything that is to be asked, at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The kind of the first question.
    pub code: ProblemCode,
    /// What is asked; empty if version 0.1 stored it.
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

    /// Both, so that they are asked at once.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.questions.extend(other.questions);
        self.candidates.extend(other.candidates);
        self
    }

    /// All of these as one; `None` if there are none.
    pub fn all(problems: impl IntoIterator<Item = Self>) -> Option<Self> {
        problems.into_iter().reduce(Self::and)
    }

    /// The kinds of its questions, each once.
    pub fn codes(&self) -> Vec<ProblemCode> {
        let mut codes = vec![self.code];
        for code in self.questions.iter().map(Question::code) {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }

    /// The kinds of its questions, separated by spaces.
    pub fn codes_as_text(&self) -> String {
        let codes = self.codes().into_iter().map(ProblemCode::as_str);
        codes.collect::<Vec<_>>().join(" ")
    }

    /// Whether one of its questions asks who a person in Lucca is.
    pub fn is_about_a_person(&self) -> bool {
        self.codes().into_iter().any(ProblemCode::is_about_a_person)
    }

    /// A problem for each kind of question, with the candidates that answer it.
    pub fn by_code(&self) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        for question in &self.questions {
            let part = Self::from(question.clone());
            // Each keeps the code that was stored with it.
            let code = if parts.is_empty() {
                self.code
            } else {
                part.code
            };
            match parts.iter_mut().find(|it| it.code == code) {
                Some(known) => known.questions.extend(part.questions),
                None => parts.push(Self { code, ..part }),
            }
        }
        if parts.is_empty() {
            return vec![self.clone()];
        }
        for candidate in &self.candidates {
            let answers = |part: &Self| match candidate.field {
                Some(field) => part.questions.iter().any(|it| it.fields().contains(&field)),
                None => part.code.is_about_a_person(),
            };
            let place = parts.iter().rposition(answers).unwrap_or_default();
            if let Some(part) = parts.get_mut(place) {
                part.candidates.push(candidate.clone());
            }
        }
        parts
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
    use crate::domain::{finding::Unreadable, language::Language};

    #[test]
    fn a_start_date_that_could_not_be_read_differs_from_a_missing_one() {
        let sent = || vec![Sent::new("04/01/2027")];
        let why = Some(Unreadable::DayOrMonth);
        let unread = || Warning::from(WarningKind::StartDateUnreadable { sent: sent(), why });
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
            let clauses = match start_unreadable {
                true => vec![unread().kind],
                false => Vec::new(),
            };
            assert_eq!(
                Question::incomplete(fields.clone(), &remarks),
                Question::Incomplete {
                    fields,
                    start_unreadable,
                    clauses
                }
            );
        }
    }

    #[test]
    fn what_was_sent_for_a_missing_field_is_shown_with_the_question() {
        let of = |field, values: &[&str]| WarningKind::FieldContradictory {
            field,
            sent: values.iter().map(|it| Sent::new(it)).collect(),
        };
        let remarks = [
            Warning::from(of(Field::PersonalEmail, &["a@b.fr", "c@d.fr"])),
            Warning::from(of(Field::PersonalPhone, &["01", "06"])),
        ];
        let question = Question::incomplete(vec![Field::PersonalEmail], &remarks);
        for (language, said) in [
            (
                Language::English,
                "Sent, but left out: personal e-mail “a@b.fr” and “c@d.fr” (different values).",
            ),
            (
                Language::French,
                "Transmis, mais laissé de côté\u{a0}: e-mail personnel «\u{a0}a@b.fr\u{a0}» et \
                 «\u{a0}c@d.fr\u{a0}» (valeurs différentes).",
            ),
        ] {
            let sentence = crate::text::say(language, &question);
            assert!(sentence.ends_with(said), "{sentence}");
        }
        assert!(!format!("{question:?}").contains("a@b.fr"));
    }

    #[test]
    fn a_problem_is_read_back_and_one_of_version_0_1_keeps_its_sentences() {
        let problem = Problem::from(Question::NoDefault {
            field: Field::Role,
            unreadable: false,
        });
        let stored = serde_json::to_value(&problem).unwrap();
        assert_eq!(serde_json::from_value::<Problem>(stored).unwrap(), problem);
        let earlier = r#"{"code":"DATE_UNLIKELY","message":"M.","fix":"F.","candidates":[]}"#;
        let earlier: Problem = serde_json::from_str(earlier).unwrap();
        assert_eq!(earlier.code, ProblemCode::DateUnlikely);
        assert_eq!(earlier.earlier.unwrap().fix, "F.");
    }
}
