//! The results of resolving a hire: warnings, candidates, resolved fields.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumIter, EnumString, IntoDiscriminant as _, IntoStaticStr};

use super::{
    dates::CivilDate,
    field::Field,
    lucca_id::LuccaId,
    stored::{FromSentence, typed_or_sentence},
};

pub use super::problem::{EarlierProblem, Problem, ProblemCode, Question, QuestionCode};

/// A person, a unit or a list entry in Lucca that the hire may mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its id.
    pub id: LuccaId,
    /// Its name; empty if it is not known.
    pub label: String,
    /// Why it is proposed.
    #[serde(deserialize_with = "typed_or_sentence")]
    pub reason: Reason,
    /// What distinguishes a person from others with the same name.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// Whether the person has the login that would be sent.
    #[serde(default)]
    pub has_login: bool,
    /// The field whose value it may be; `None`: the person may be the one hired.
    #[serde(default)]
    pub field: Option<Field>,
}

impl Candidate {
    /// A candidate of which only id and name are known.
    pub fn new(id: LuccaId, label: impl Into<String>, reason: Reason) -> Self {
        Self {
            id,
            label: label.into(),
            reason,
            profile: None,
            has_login: false,
            field: None,
        }
    }

    /// The same candidate as the possible value of a field.
    pub fn about(mut self, field: Field) -> Self {
        self.field = Some(field);
        self
    }
}

/// What distinguishes a person in Lucca from others with the same name, as far as it is known.
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
    /// Whether the contract is running.
    pub presence: Option<Presence>,
}

/// Whether a person's contract is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It is running.
    Active,
    /// It has not begun.
    Future,
    /// It has ended.
    Former,
}

/// A warning: it does not stop the creation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What the warning says.
    #[serde(flatten)]
    pub kind: WarningKind,
    /// What the hire may mean.
    pub candidates: Vec<Candidate>,
    /// The sentence that version 0.1 stored, in English.
    #[serde(default, rename = "message", skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
}

/// What a warning says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum_discriminants(
    name(WarningCode),
    derive(Hash, EnumIter, EnumString, IntoStaticStr),
    strum(serialize_all = "SCREAMING_SNAKE_CASE"),
    doc = "The kind of a [`Warning`], as people and programs see it."
)]
pub enum WarningKind {
    /// The event does not say whether to send the hire to Lucca.
    SendToLuccaAbsent,
    /// What the event says about whether to send the hire to Lucca is neither yes nor no.
    SendToLuccaUnreadable {
        /// What was sent.
        sent: Vec<Sent>,
    },
    /// A start date was sent that has no certain meaning.
    StartDateUnreadable {
        /// What was sent.
        #[serde(default)]
        sent: Vec<Sent>,
        /// What is wrong with it, if that is known.
        #[serde(default)]
        why: Option<Unreadable>,
    },
    /// The start date was read from a date with a time.
    StartDateFromTime,
    /// Another date was read from a date with a time.
    DateFromTime {
        /// Which.
        field: Field,
    },
    /// What was sent for a field is no value of it; the field was left out.
    FieldUnreadable {
        /// Which.
        field: Field,
        /// What is wrong with it.
        why: Unreadable,
        /// What was sent.
        sent: Vec<Sent>,
    },
    /// Different values were sent for a field; it was left out.
    FieldContradictory {
        /// Which.
        field: Field,
        /// What was sent.
        sent: Vec<Sent>,
    },
    /// The time that the event gives cannot be right; the time of its arrival counts.
    EventTimeUnlikely,
    /// The contract starts long ago.
    StartDateLongPast {
        /// The first day of the contract.
        #[serde(default)]
        start: Option<CivilDate>,
        /// How many days ago.
        #[serde(default)]
        days: i32,
    },
    /// The last refresh did not find the employee in Lucca.
    UserNotSeen,
    /// Lucca has people with the same name and other addresses.
    SameName,
    /// The person was in Lucca already; nothing was sent.
    Adopted,
    /// The department's head, whom Lucca would take as manager, is not active.
    InactiveHead,
    /// The manager leaves before the first day of the contract.
    ManagerLeaves {
        /// The last day of the manager's contract.
        end: CivilDate,
        /// Nobody was sent as manager: it is the department's head.
        head: bool,
    },
    /// The manager could not be identified and was left out.
    ManagerUnclear {
        /// No active person is like the manager.
        #[serde(default)]
        nobody_active: bool,
    },
    /// Several active people bear the manager's name, and the one in the hire's department or
    /// establishment was taken.
    ManagerOneOfSeveral,
    /// What the hire gives matches no unit; the default is used.
    NotMatched {
        /// Establishment, department or role.
        field: Field,
        /// What it is given by.
        #[serde(default)]
        given_by: GivenBy,
        /// The code or the name.
        #[serde(default)]
        value: Option<Sent>,
    },
    /// What the hire gives matches several units; the default is used.
    SeveralMatched {
        /// Establishment, department or role.
        field: Field,
        /// What it is given by.
        #[serde(default)]
        given_by: GivenBy,
        /// The code or the name.
        #[serde(default)]
        value: Option<Sent>,
    },
    /// The key does not see the id that the hire gives.
    IdNotSeen {
        /// Establishment, department or role.
        field: Field,
        /// The id.
        #[serde(default)]
        id: Option<LuccaId>,
    },
    /// The key does not read the definitions of custom data.
    ExtendedDataNotChecked,
    /// Lucca does not show custom data to the key.
    ExtendedDataNotReadable {
        /// The codes that the tenant wants to read.
        #[serde(default)]
        codes: Vec<String>,
    },
    /// Lucca shows no value of custom data that the tenant wants to read.
    ExtendedDataNotShown {
        /// Its code.
        #[serde(default)]
        data: String,
    },
}

impl WarningKind {
    /// The field it is about, if it is about one.
    pub fn field(&self) -> Option<Field> {
        Some(match self {
            Self::SendToLuccaAbsent
            | Self::SendToLuccaUnreadable { .. }
            | Self::EventTimeUnlikely
            | Self::UserNotSeen => return None,
            Self::StartDateUnreadable { .. }
            | Self::StartDateFromTime
            | Self::StartDateLongPast { .. } => Field::ContractStartDate,
            Self::SameName => Field::FamilyName,
            Self::Adopted => Field::Login,
            Self::InactiveHead
            | Self::ManagerLeaves { .. }
            | Self::ManagerUnclear { .. }
            | Self::ManagerOneOfSeveral => Field::Manager,
            Self::DateFromTime { field }
            | Self::FieldUnreadable { field, .. }
            | Self::FieldContradictory { field, .. }
            | Self::NotMatched { field, .. }
            | Self::SeveralMatched { field, .. }
            | Self::IdNotSeen { field, .. } => *field,
            Self::ExtendedDataNotChecked
            | Self::ExtendedDataNotReadable { .. }
            | Self::ExtendedDataNotShown { .. } => Field::ExtendedData,
        })
    }
}

impl Warning {
    /// The code as people see it.
    pub fn code(&self) -> &'static str {
        self.kind.discriminant().into()
    }

    /// The same warning with candidates.
    pub fn with(mut self, candidates: Vec<Candidate>) -> Self {
        self.candidates = candidates;
        self
    }

    /// What the intake of webhooks remarks, by its code; `None` for any other code.
    pub fn remark(code: &str) -> Option<Self> {
        Some(Self::from(match code.parse().ok()? {
            WarningCode::SendToLuccaAbsent => WarningKind::SendToLuccaAbsent,
            WarningCode::SendToLuccaUnreadable => {
                WarningKind::SendToLuccaUnreadable { sent: Vec::new() }
            }
            WarningCode::StartDateUnreadable => {
                let (sent, why) = Default::default();
                WarningKind::StartDateUnreadable { sent, why }
            }
            WarningCode::StartDateFromTime => WarningKind::StartDateFromTime,
            WarningCode::EventTimeUnlikely => WarningKind::EventTimeUnlikely,
            _ => return None,
        }))
    }
}

impl WarningKind {
    /// Whether the intake of webhooks remarks it.
    pub fn is_remark(&self) -> bool {
        let by_code = Warning::remark(self.discriminant().into()).is_some();
        by_code || self.is_left_out() || matches!(self, Self::DateFromTime { .. })
    }

    /// What was sent for the field that was left out.
    pub fn sent(&self) -> &[Sent] {
        match self {
            Self::SendToLuccaUnreadable { sent }
            | Self::StartDateUnreadable { sent, .. }
            | Self::FieldUnreadable { sent, .. }
            | Self::FieldContradictory { sent, .. } => sent,
            _ => &[],
        }
    }

    /// Whether a field was sent and left out.
    pub fn is_left_out(&self) -> bool {
        matches!(
            self,
            Self::SendToLuccaUnreadable { .. }
                | Self::StartDateUnreadable { .. }
                | Self::FieldUnreadable { .. }
                | Self::FieldContradictory { .. }
        )
    }
}

/// A value as it was sent, cut if it is long. Personal data: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sent(String);

impl Sent {
    const MOST_CHARS: usize = 100;

    /// A value that was sent.
    pub fn new(text: &str) -> Self {
        let mut letters = text.chars().filter(|it| !it.is_control());
        let mut start: String = letters.by_ref().take(Self::MOST_CHARS).collect();
        if letters.next().is_some() {
            start.push('…');
        }
        Self(start)
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent(…)")
    }
}

/// What a hire gives for a unit that is not an id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenBy {
    /// Its code.
    Code,
    /// Its name.
    #[default]
    Name,
}

/// Why what was sent for a field is no value of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// It has another form than the field needs.
    Form,
    /// It is a date with slashes, and the tenant's settings do not say that the day comes first.
    DayOrMonth,
    /// It is a start date that is too far from today to be meant.
    TooFarAway,
    /// Characters of it were lost on the way.
    Spoilt,
    /// It is a word or a template that stands for a value.
    Placeholder,
    /// It is an address of the recruiting software.
    Relay,
    /// The contract would end before it starts.
    BeforeStart,
    /// It may be a number of the candidate instead of a login.
    NotALogin,
}

impl From<WarningKind> for Warning {
    fn from(kind: WarningKind) -> Self {
        Self {
            kind,
            candidates: Vec::new(),
            earlier: None,
        }
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
    /// The name behind an id.
    pub label: String,
    /// Where the value comes from.
    pub origin: Origin,
    /// Why it is this value.
    #[serde(deserialize_with = "typed_or_sentence")]
    pub reason: Reason,
}

/// Why a field has its value, or why a candidate is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum_discriminants(
    name(ReasonCode),
    derive(EnumIter, IntoStaticStr),
    strum(serialize_all = "SCREAMING_SNAKE_CASE"),
    doc = "The kind of a [`Reason`]."
)]
pub enum Reason {
    /// The hire gives the value.
    Given,
    /// The hire gives the id.
    GivenId,
    /// An operator set the value.
    SetByOperator,
    /// The hire has none; the personal e-mail address is used.
    PersonalEmail,
    /// The hire has neither a login nor a personal address; the professional address is used.
    ProfessionalEmail,
    /// The tenant's label table has the id.
    Label,
    /// The code is the same.
    SameCode,
    /// The name is the same.
    SameUnitName,
    /// The entry of a custom list was given by its name or id.
    ListEntry,
    /// The tenant's default, which holds for every hire.
    TenantDefault,
    /// The hire names none; this is the tenant's default.
    DefaultNoneGiven,
    /// What the hire gives could not be read; this is the tenant's default.
    DefaultNotReadable,
    /// The name given with the hire matches no unit; this is the tenant's default.
    DefaultNotMatched,
    /// The name given with the hire matches several units; this is the tenant's default.
    DefaultSeveral,
    /// Left out: the tenant declares a default value of Lucca's HR file.
    LeftToLucca,
    /// Left out: the tenant declares that Lucca makes logins.
    LoginLeftToLucca,
    /// Left out: Lucca takes the head of the department.
    HeadOfDepartment,
    /// The active person with this e-mail address.
    ManagerEmail,
    /// The active person with this employee number.
    ManagerNumber,
    /// The only active person with this name.
    OnlyWithName,
    /// The only one with this name in the department.
    OnlyInDepartment,
    /// The only one with this name in the establishment.
    OnlyInEstablishment,
    /// One of several active people with this name.
    ActiveWithName,
    /// The name is the same, but the person has left.
    HasLeft,
    /// The name is the same, but the person has not started yet.
    NotStarted,
    /// The name is similar.
    SimilarName,
    /// The name is the same or similar, but the unit is archived or inactive.
    NotInUse,
    /// The name is the same.
    SameName,
    /// The login is the same.
    SameLogin,
    /// An e-mail address is the same.
    SameEmail,
    /// Login and e-mail address are the same.
    SameLoginAndEmail,
    /// Several people are like the person whom the call should create.
    SameNameStartAndAddress,
    /// The login is the same, but the name or the start date is not.
    SameLoginOnly,
    /// An e-mail address is the same, but the name or the start date is not.
    SameEmailOnly,
    /// Name and start date are the same, but no login or address.
    SameNameAndStartOnly,
    /// The manager or the department's head, who has left by the first day of the contract, or
    /// whom Lucca does not show.
    #[serde(alias = "ABSENT_HEAD")]
    AbsentManager,
    /// Lucca showed the person before and does not any more.
    NotShown,
    /// The employee of an earlier hire of the same source.
    EarlierHire,
    /// An operator has said that this employee is not the person hired.
    Unlinked,
    /// An entry of the custom list that has the name.
    EntryWithName,
    /// An entry of the custom list.
    Entry,
    /// A sentence stored by version 0.1.
    Earlier {
        /// The sentence, in English.
        sentence: String,
    },
}

/// A reason that does not matter to a test.
#[cfg(test)]
impl From<&str> for Reason {
    fn from(sentence: &str) -> Self {
        Self::from_sentence(sentence.to_owned())
    }
}

impl FromSentence for Reason {
    fn from_sentence(sentence: String) -> Self {
        Self::Earlier { sentence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_read_back_and_one_of_version_0_1_keeps_its_sentence() {
        let warning = Warning::from(WarningKind::IdNotSeen {
            field: Field::Role,
            id: LuccaId::try_from(7).ok(),
        });
        assert_eq!(warning.code(), "ID_NOT_SEEN");
        let stored = serde_json::to_value(&warning).unwrap();
        assert_eq!(serde_json::from_value::<Warning>(stored).unwrap(), warning);
        let earlier = r#"{"code":"NOT_MATCHED","field":"department","message":"M.",
            "candidates":[{"id":3,"label":"Produit","reason":"Has a similar name."}]}"#;
        let earlier: Warning = serde_json::from_str(earlier).unwrap();
        let field = Field::Department;
        let kind = WarningKind::NotMatched {
            field,
            given_by: GivenBy::Name,
            value: None,
        };
        assert_eq!(earlier.kind, kind);
        assert_eq!(earlier.earlier.as_deref(), Some("M."));
        assert_eq!(
            earlier.candidates[0].reason,
            Reason::Earlier {
                sentence: "Has a similar name.".into()
            }
        );
    }

    #[test]
    fn what_was_sent_is_cut_and_not_shown_by_debug() {
        let long = "é".repeat(300);
        let sent = serde_json::to_value(Sent::new(&long)).unwrap();
        assert_eq!(sent, format!("{}…", "é".repeat(100)));
        assert_eq!(serde_json::to_value(Sent::new("a\nb")).unwrap(), "ab");
        assert_eq!(format!("{:?}", Sent::new("Dupont")), "Sent(…)");
    }

    #[test]
    fn a_start_date_of_version_0_2_that_has_no_value_is_read() {
        let stored = r#"{"code":"START_DATE_UNREADABLE","candidates":[]}"#;
        let read: Warning = serde_json::from_str(stored).unwrap();
        assert!(read.kind.is_left_out() && read.kind.is_remark());
    }

    #[test]
    fn only_remarks_of_the_intake_are_taken_from_their_codes() {
        for (code, known) in [
            ("SEND_TO_LUCCA_ABSENT", true),
            ("START_DATE_UNREADABLE", true),
            ("START_DATE_FROM_TIME", true),
            ("EVENT_TIME_UNLIKELY", true),
            // These are nothing without their arguments.
            ("FIELD_UNREADABLE", false),
            ("DATE_FROM_TIME", false),
            ("SAME_NAME", false),
            ("NONE_SUCH", false),
        ] {
            assert_eq!(Warning::remark(code).is_some(), known, "{code}");
        }
    }
}
