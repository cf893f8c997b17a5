//! What people are told about an onboarding: problems, warnings, resolved fields.

use serde::{Deserialize, Serialize};

use super::{dates::CivilDate, field::Field, lucca_id::LuccaId};

/// Why an onboarding waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    /// The hire lacks data that only its source has.
    Incomplete,
    /// A mandatory field has neither a value nor a default.
    DefaultMissing,
    /// A name matches nothing in Lucca, and the tenant wants to be asked.
    Unmatched,
    /// The manager is not clear, and the tenant wants to be asked.
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
    /// A date of the hire can hardly be meant.
    DateUnlikely,
    /// Lucca refused the creation.
    LuccaRefused,
    /// Lucca could not be reached for as long as the schedule allows.
    LuccaUnavailable,
    /// A creation call was made and nobody can tell whether it took effect.
    OutcomeUnknown,
    /// It waited for a person until its retention time was over.
    Expired,
}

impl ProblemCode {
    /// Every one.
    pub const ALL: [Self; 15] = [
        Self::Incomplete,
        Self::DefaultMissing,
        Self::Unmatched,
        Self::ManagerUnclear,
        Self::PersonExists,
        Self::Rehire,
        Self::LoginTaken,
        Self::LuccaKeyRefused,
        Self::AccountChanged,
        Self::UnknownExtendedData,
        Self::DateUnlikely,
        Self::LuccaRefused,
        Self::LuccaUnavailable,
        Self::OutcomeUnknown,
        Self::Expired,
    ];

    /// A code as people see it; `None` if there is none like it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// The code as people see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "INCOMPLETE",
            Self::DefaultMissing => "DEFAULT_MISSING",
            Self::Unmatched => "UNMATCHED",
            Self::ManagerUnclear => "MANAGER_UNCLEAR",
            Self::PersonExists => "PERSON_EXISTS",
            Self::Rehire => "REHIRE",
            Self::LoginTaken => "LOGIN_TAKEN",
            Self::LuccaKeyRefused => "LUCCA_KEY_REFUSED",
            Self::AccountChanged => "ACCOUNT_CHANGED",
            Self::UnknownExtendedData => "UNKNOWN_EXTENDED_DATA",
            Self::DateUnlikely => "DATE_UNLIKELY",
            Self::LuccaRefused => "LUCCA_REFUSED",
            Self::LuccaUnavailable => "LUCCA_UNAVAILABLE",
            Self::OutcomeUnknown => "OUTCOME_UNKNOWN",
            Self::Expired => "EXPIRED",
        }
    }
}

/// A thing in Lucca that may be the one meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its id.
    pub id: LuccaId,
    /// Its name.
    pub label: String,
    /// Why it is proposed.
    pub reason: String,
    /// What tells a person from others of the same name.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// A person who has the login that the hire was to get.
    #[serde(default)]
    pub has_login: bool,
    /// The field it may be the value of; `None`: a person who may be the one hired.
    #[serde(default)]
    pub field: Option<Field>,
}

impl Candidate {
    /// A thing of which no more is told.
    pub fn new(id: LuccaId, label: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            id,
            label: label.into(),
            reason: reason.into(),
            profile: None,
            has_login: false,
            field: None,
        }
    }

    /// The same as what may be meant by a field.
    pub fn about(mut self, field: Field) -> Self {
        self.field = Some(field);
        self
    }
}

/// What tells a person in Lucca from others of the same name, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The name of the department.
    pub department: Option<String>,
    /// The name of the establishment.
    pub establishment: Option<String>,
    /// The employee number.
    pub employee_number: Option<String>,
    /// First day of the contract.
    pub start: Option<CivilDate>,
    /// Last day of the contract.
    pub end: Option<CivilDate>,
    /// Whether the contract runs.
    pub presence: Option<Presence>,
}

/// Whether a person's contract runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It runs.
    Active,
    /// It has not begun.
    Future,
    /// It has ended.
    Former,
}

/// What keeps an onboarding from going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind of problem.
    pub code: ProblemCode,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do, in one sentence.
    pub fix: String,
    /// Whom or what to choose from.
    pub candidates: Vec<Candidate>,
}

impl Problem {
    /// A problem without candidates.
    pub fn new(code: ProblemCode, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fix: fix.into(),
            candidates: Vec::new(),
        }
    }

    /// The same problem with candidates.
    pub fn with(mut self, candidates: Vec<Candidate>) -> Self {
        self.candidates = candidates;
        self
    }

    /// A key that Lucca does not accept.
    pub fn key_refused() -> Self {
        Self::new(
            ProblemCode::LuccaKeyRefused,
            "Lucca refuses the tenant's API key, or the key lacks a right.",
            "Store a key that Lucca accepts (UpdateTenant): hires that wait for it then go on by themselves. Or give the key the right that it lacks in Lucca (CheckDefaults names it), then retry.",
        )
    }

    /// A right to read that the key lacks.
    pub fn reading_not_allowed() -> Self {
        Self::new(
            ProblemCode::LuccaKeyRefused,
            "The tenant's API key lacks a right to read in Lucca what every hire needs: people, establishments or departments.",
            "Give the key the right in Lucca (CheckDefaults names it and tells where), then retry. Or store a key that has it (UpdateTenant): hires that wait for it then go on by themselves.",
        )
    }

    /// A creation that Lucca does not allow the key: what it took to get there was read with it.
    pub fn creation_not_allowed() -> Self {
        Self::new(
            ProblemCode::LuccaKeyRefused,
            "The tenant's API key may read in Lucca, but Lucca refuses it the creation of the employee.",
            "In Lucca, let the role of the API key create employees (CheckDefaults tells where), then retry. Or store a key that may (UpdateTenant): hires that wait for it then go on by themselves.",
        )
    }

    /// A hire that nobody decided upon before its retention time was over.
    pub fn expired() -> Self {
        Self::new(
            ProblemCode::Expired,
            "Nobody decided about the hire until its retention time was over: it was cancelled, and its data erased.",
            "If the person is still to be created, confirm the hire again where it comes from.",
        )
    }

    /// A hire that lacks data. What the intake remarked tells whether the start date was
    /// sent and could not be read; the value itself is not told.
    pub fn incomplete(missing: &[Field], remarks: &[Warning]) -> Self {
        let names: Vec<&str> = missing.iter().map(|field| field.name()).collect();
        let unread = missing.contains(&Field::ContractStartDate)
            && remarks.iter().any(|it| it.code == START_DATE_UNREADABLE);
        if unread {
            return Self::new(
                ProblemCode::Incomplete,
                format!(
                    "The hire lacks: {}. A start date was sent that cannot be read for certain: with slashes nobody can tell the day from the month, or it has another form than YYYY-MM-DD, or is more than two years away.",
                    names.join(", ")
                ),
                "Amend the hire, or correct it where it comes from and confirm it again. If the source writes DD/MM/YYYY, set the tenant's webhook.day_first_dates (UpdateTenant), then confirm the hire again there.",
            );
        }
        Self::new(
            ProblemCode::Incomplete,
            format!("The hire lacks: {}.", names.join(", ")),
            "Complete the hire where it comes from and confirm it again, or amend it. What was sent but could not be read counts as missing (ListHistory names it).",
        )
    }
}

/// The intake was sent a start date that cannot be read for certain.
const START_DATE_UNREADABLE: &str = "START_DATE_UNREADABLE";

/// Something to know that does not stop the creation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable code in capitals.
    pub code: String,
    /// The field it is about.
    pub field: Option<Field>,
    /// One sentence.
    pub message: String,
    /// What may have been meant.
    pub candidates: Vec<Candidate>,
}

impl Warning {
    /// A warning about a field.
    pub fn new(code: &str, field: Field, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            field: Some(field),
            message: message.into(),
            candidates: Vec::new(),
        }
    }

    /// A warning about no field in particular.
    pub fn general(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            field: None,
            message: message.into(),
            candidates: Vec::new(),
        }
    }

    /// The last look at the employee in Lucca found nobody.
    pub fn user_not_seen() -> Self {
        Self::general(
            "USER_NOT_SEEN",
            "The employee was not seen in Lucca: the file was deleted there, or the API key does not see it.",
        )
    }

    /// What the intake of webhooks can remark, by its code.
    pub fn remark(code: &str) -> Option<Self> {
        let (field, message) = match code {
            "SEND_TO_LUCCA_ABSENT" => (
                None,
                "The event does not say whether to send the hire to Lucca; it was taken as a yes.",
            ),
            START_DATE_UNREADABLE => (
                Some(Field::ContractStartDate),
                "A start date was sent that cannot be read for certain; it was left out.",
            ),
            "START_DATE_FROM_TIME" => (
                Some(Field::ContractStartDate),
                "The start date was read from a date with a time; check the day.",
            ),
            _ => return None,
        };
        Some(Self {
            code: code.to_owned(),
            field,
            message: message.to_owned(),
            candidates: Vec::new(),
        })
    }

    /// The same warning with candidates.
    pub fn with(mut self, candidates: Vec<Candidate>) -> Self {
        self.candidates = candidates;
        self
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Given with the hire.
    Provided,
    /// Derived from the personal e-mail address.
    Derived,
    /// Matched from a name, code or label.
    Matched,
    /// The tenant's default.
    TenantDefault,
    /// Left out; Lucca's HR-file default applies.
    LuccaDefault,
    /// Set by an operator.
    Operator,
}

/// How one field got its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedField {
    /// The field.
    pub field: Field,
    /// The value as sent; empty when left out.
    pub value: String,
    /// What stands behind an id.
    pub label: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Why, in one sentence.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_date_that_was_sent_and_could_not_be_read_is_told_from_a_missing_one() {
        let unread = Warning::remark(START_DATE_UNREADABLE).unwrap();
        let other = Warning::remark("SEND_TO_LUCCA_ABSENT").unwrap();
        let (start, name) = (Field::ContractStartDate, Field::FamilyName);
        let table = [
            (vec![start], vec![], false),
            (vec![start], vec![other.clone()], false),
            (vec![name], vec![unread.clone()], false),
            (vec![start], vec![unread.clone()], true),
            (vec![name, start], vec![other, unread], true),
        ];
        for (missing, remarks, told) in table {
            let problem = Problem::incomplete(&missing, &remarks);
            assert_eq!(problem.code, ProblemCode::Incomplete);
            for field in &missing {
                assert!(problem.message.contains(field.name()), "{missing:?}");
            }
            let sent = problem.message.contains("A start date was sent");
            let setting = problem.fix.contains("webhook.day_first_dates");
            assert_eq!((sent, setting), (told, told), "{missing:?} {remarks:?}");
        }
    }
}
