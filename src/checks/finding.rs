//! Findings of checks: codes with arguments. Their sentences are in the catalogue, `text/*.ftl`,
//! group `check`: the value says what was found, `.fix` what to do.

use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumIter, IntoStaticStr};

use super::Gap;
use crate::{
    domain::{
        cause::Cause,
        dates::CivilDate,
        delivery,
        field::Field,
        finding::{Candidate, Presence, Problem, Warning},
        language::Language,
        lucca_id::LuccaId,
        lucca_url::HostRefusal,
        tenant::Tenant,
    },
    text::{self, Sentence},
};

/// The finding of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum_discriminants(
    name(FindingCode),
    derive(EnumIter, IntoStaticStr),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
#[allow(missing_docs, reason = "the catalogue says what each means")]
pub enum Finding {
    Unknown { gap: Option<Gap> },
    // The address and the key.
    UrlRefused(Address),
    UrlFine(Address),
    LuccaAnswers(Address),
    UrlNotAllowed(Address),
    LuccaSilent(Address),
    NotLucca(Address),
    KeyAccepted,
    KeyRefused,
    // Rights of the key.
    MayRead { right: Right },
    MayNotRead(Grant),
    MayNotReadButCanDoWithout(Grant),
    NotListed { right: Right },
    NotUnderstood { right: Right },
    NotAnswered { right: Right },
    SeesFutureAndFormer,
    UnseenButThere(Unseen),
    Unseen(Unseen),
    MayCreate { accepted: Option<CivilDate> },
    MayNotCreate(Refusal),
    NeverCreated(Grant),
    // Values of a hire that does not give them.
    NoDefault { field: Field },
    DefaultInUse(UnitDefault),
    DefaultNotUsed(UnitDefault),
    DefaultNotThere(UnitDefault),
    DefaultNotListed(UnitDefault),
    LuccaDefaultUntried(LeftOut),
    LuccaDefaultVerified(LeftOut),
    LuccaDefaultDoubted(LeftOut),
    LuccaDefaultRefuted(LeftOut),
    LoginIsEmail,
    NoCulture,
    CultureKnown(Culture),
    CultureVerified(Culture),
    CultureRefused(Culture),
    CultureNotKnown(Culture),
    // Heads of departments, and labels.
    HeadsFine { without: usize },
    HeadsUnfit(Heads),
    HeadsMissing(Heads),
    NoLabels,
    LabelsFine { count: usize },
    LabelsBroken { entries: Vec<Item> },
    // Custom data of the HR file.
    NothingToReadBack,
    DataReadable(CustomData),
    DataNotThere(CustomData),
    DataHidden(HiddenData),
    SampleDataKnown,
    SampleDataRefused(RefusedData),
    // The declaration before an employee starts.
    DpaeData,
    LegalUnits { clauses: Vec<Item> },
    NoLegalUnit { establishments: Vec<String> },
    // Settings.
    TenantEnabled,
    TenantDisabled,
    TimeZone { zone: String },
    NoTimeZone { zone: String },
    NoWebhookSecret,
    WebhookSecretExpired,
    WebhookSecretsLive,
    WebhooksArrive(Moment),
    WebhooksNeverCame,
    WebhooksRefused(RefusedWebhook),
    CallsLeft { calls: u32 },
    NoCallsLeft,
    RecordsReadable,
    RecordsUnreadable { entries: Vec<Item> },
    TenantUnreadable { part: String, waiting: u64 },
    // A sample hire.
    SampleIncomplete { fields: Vec<Field> },
    SampleDataWrong,
    SampleNotTried,
    SampleReady,
    SampleExists { id: LuccaId },
    SampleAsks { problem: Problem },
    SampleWarns { warning: Warning },
}

impl Sentence for Finding {
    const GROUP: &'static str = "check";
}

/// The address of Lucca, its environment, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub address: String,
    pub environment: Option<Environment>,
    #[serde(rename = "fault")]
    pub refusal: Option<HostRefusal>,
    pub cause: Option<Cause>,
}

/// A day and a time of it in the tenant's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    pub day: CivilDate,
    pub hour: String,
}

/// The last webhook was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedWebhook {
    pub refusal: delivery::Refusal,
    #[serde(flatten)]
    pub at: Moment,
    /// When one was last accepted.
    pub accepted_day: Option<CivilDate>,
    pub accepted_hour: Option<String>,
}

/// An environment of Lucca that is not for real employees
/// (`documentation/get-started/environments`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    Test,
    Demo,
}

/// A right that the role of a key may include.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    People,
    Departments,
    Establishments,
    Roles,
    Definitions,
    /// A section of the HR file.
    Section,
    FutureAndFormer,
    Create,
}

/// A right that the key lacks, and the page of Lucca on which it is given: each key has a
/// role of its own there (`api-reference/legacy/authentication`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub right: Right,
    pub page: String,
}

impl Grant {
    /// The right on the tenant's page of rights.
    pub(super) fn new(tenant: &Tenant, right: Right) -> Self {
        let page = format!("{}/organization/structure/roles", tenant.lucca_url);
        Self { right, page }
    }
}

/// The people that a key does not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnseenPeople {
    Future,
    Former,
    Both,
}

/// People whom the key does not see, and the right to see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    pub unseen: UnseenPeople,
    #[serde(flatten)]
    pub grant: Grant,
}

/// The day on which Lucca refused, and the right that the key lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub refused: Option<CivilDate>,
    #[serde(flatten)]
    pub grant: Grant,
}

/// The tenant's default of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitDefault {
    pub field: Field,
    pub id: LuccaId,
    /// The name, if it is known.
    pub label: Option<String>,
}

/// A field that is left to Lucca, and the days of the last creations without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub field: Field,
    pub accepted: Option<CivilDate>,
    pub refused: Option<CivilDate>,
}

/// The tenant's default culture, its name if it is documented, and the days of the last
/// creations with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Culture {
    pub culture: i32,
    pub name: Option<String>,
    pub accepted: Option<CivilDate>,
    pub refused: Option<CivilDate>,
}

/// Departments whose head cannot become a manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    /// The head has left.
    pub left: Vec<String>,
    /// The key does not see the head.
    pub hidden: Vec<String>,
    /// There is no head, and the tenant's settings place hires there.
    pub headless: Vec<String>,
}

/// Codes of custom data, and those that Lucca has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomData {
    pub codes: Vec<String>,
    pub known: Vec<Item>,
}

/// Codes of custom data that show no value, and the right to see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HiddenData {
    pub codes: Vec<String>,
    #[serde(flatten)]
    pub grant: Grant,
}

/// Why Lucca would not accept the custom data of a sample, and the codes that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedData {
    pub clauses: Vec<Item>,
    pub known: Vec<Item>,
}

/// An item of a list that is more than a text; group `item` of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum_discriminants(
    name(ItemCode),
    derive(EnumIter, IntoStaticStr),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum Item {
    /// A text without quotation marks.
    Bare {
        text: String,
    },
    /// An id or a code, with its name if there is one.
    Named {
        key: String,
        name: Option<String>,
    },
    LegalUnit {
        name: String,
        places: Vec<Item>,
    },
    DataUnknown {
        data: String,
    },
    NoSuchEntry {
        data: String,
        entries: Vec<Item>,
    },
    /// A label whose unit is not in use.
    BrokenLabel {
        label: String,
        field: Field,
        id: LuccaId,
        /// It is there, but archived or inactive.
        unused: bool,
    },
    PerhapsMeant {
        candidates: Vec<Item>,
    },
    /// A candidate, and what tells a person from others of the same name.
    Candidate {
        label: String,
        id: LuccaId,
        department: Option<String>,
        establishment: Option<String>,
        employee_number: Option<String>,
        presence: Option<Presence>,
        /// The day that goes with the presence: the last of a former employee, else the first.
        day: Option<CivilDate>,
    },
}

impl Item {
    pub(super) fn named(key: &impl ToString, name: &str) -> Self {
        let key = key.to_string();
        let name = (!name.is_empty()).then(|| name.to_owned());
        Self::Named { key, name }
    }

    fn candidate(language: Language, candidate: &Candidate) -> Self {
        let profile = candidate.profile.clone().unwrap_or_default();
        Self::Candidate {
            label: text::label(language, candidate),
            id: candidate.id,
            day: match profile.presence {
                Some(Presence::Former) => profile.end,
                _ => profile.start,
            },
            department: profile.department,
            establishment: profile.establishment,
            employee_number: profile.employee_number,
            presence: profile.presence,
        }
    }
}

impl Sentence for Item {
    const GROUP: &'static str = "item";
}

impl Finding {
    /// The finding in a sentence or two, and what to do about it, for a person who does not
    /// program. The second text is empty if there is nothing to do.
    pub fn told(&self, language: Language) -> (String, String) {
        match self {
            Self::SampleAsks { problem } => {
                let (message, fix) = text::problem(language, problem);
                let meant = perhaps_meant(language, &problem.candidates);
                (message, format!("{fix} {meant}").trim().to_owned())
            }
            Self::SampleWarns { warning } => (
                text::warning(language, warning),
                perhaps_meant(language, &warning.candidates),
            ),
            finding => (text::say(language, finding), text::fix(language, finding)),
        }
    }
}

/// The people or units that may have been meant.
fn perhaps_meant(language: Language, candidates: &[Candidate]) -> String {
    if candidates.is_empty() {
        return String::new();
    }
    let candidates = candidates.iter().map(|it| Item::candidate(language, it));
    let candidates = candidates.collect();
    text::say(language, &Item::PerhapsMeant { candidates })
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::{domain::finding::Profile, text::completeness};

    #[test]
    fn every_finding_is_in_both_catalogues() {
        // The sentences of these are those of the problem and of the warning.
        let others = ["SAMPLE_ASKS", "SAMPLE_WARNS"];
        completeness::holds::<Finding>(FindingCode::iter().map(Into::into), &others);
        let elsewhere = [
            "START_DATE_UNREADABLE",
            "FIELD_UNREADABLE",
            "FIELD_CONTRADICTORY",
        ];
        completeness::holds::<Item>(ItemCode::iter().map(Into::into), &elsewhere);
    }

    #[test]
    fn a_candidate_is_shown_with_what_differs_from_others_of_the_same_name() {
        let date = |text| CivilDate::parse_iso(text).ok();
        let mut candidate = Candidate::new(LuccaId::try_from(7).unwrap(), "Jean Martin", "".into());
        candidate.profile = Some(Profile {
            department: Some("Produit".into()),
            establishment: None,
            employee_number: Some("A-7".into()),
            start: date("2020-02-01"),
            end: date("2026-01-31"),
            presence: None,
        });
        for (presence, en, fr) in [
            (Presence::Active, "since 2020-02-01", "depuis le 01/02/2020"),
            (
                Presence::Future,
                "from 2020-02-01",
                "à partir du 01/02/2020",
            ),
            (Presence::Former, "until 2026-01-31", "jusqu’au 31/01/2026"),
        ] {
            if let Some(profile) = &mut candidate.profile {
                profile.presence = Some(presence);
            }
            let one = std::slice::from_ref(&candidate);
            assert_eq!(
                perhaps_meant(Language::English, one),
                format!("Perhaps meant: Jean Martin (id 7, Produit, employee number A-7, {en}).")
            );
            assert_eq!(
                perhaps_meant(Language::French, one),
                format!(
                    "Peut-être\u{a0}: Jean Martin (identifiant 7, Produit, matricule A-7, {fr})."
                )
            );
        }
        candidate.profile = None;
        candidate.label = String::new();
        assert_eq!(
            perhaps_meant(Language::English, &[candidate]),
            "Perhaps meant: Lucca user 7 (id 7)."
        );
    }
}
