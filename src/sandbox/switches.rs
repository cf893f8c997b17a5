//! What the documentation leaves open, and what differs from one company to the next.

use serde::{Deserialize, Serialize};

/// How the sandbox behaves where Lucca's documentation is silent or companies differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// Whether a login can be taken once only, ignoring case and accents. The refusal itself is
    /// not documented; a login is described as the employee's unique identifier. Default: yes.
    pub login_unique: bool,
    /// Whether family names are upper-cased when read, as in Lucca's examples. Default: yes.
    pub uppercase_last_names: bool,
    /// The default values set in the company's HR file. Default: none.
    pub hr_file_defaults: HrFileDefaults,
    /// The form of error bodies.
    pub error_style: ErrorStyle,
    /// Whether one user read by id comes without the `data` wrapper; both are found in the
    /// documentation. Default: no.
    pub bare_entities: bool,
    /// The form of `Retry-After`, which is not documented.
    pub retry_after: RetryAfter,
    /// The most people that a page of theirs holds, whatever is asked for. Default: 1,000, as
    /// documented.
    pub people_per_page: usize,
    /// The zone `modifiedAt` is written and filtered in, which is not documented.
    pub modified_at_zone: Zone,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            login_unique: true,
            uppercase_last_names: true,
            hr_file_defaults: HrFileDefaults::default(),
            error_style: ErrorStyle::default(),
            bare_entities: false,
            retry_after: RetryAfter::default(),
            people_per_page: 1000,
            modified_at_zone: Zone::default(),
        }
    }
}

/// Default values an HR administrator can set in Lucca; what has one may be left out.
///
/// Which data may have one is from the import guide of Lucca's help centre.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HrFileDefaults {
    /// Whether a login is made up: initial of the given name, then the family name.
    pub login: bool,
    /// The establishment's id.
    pub legal_entity_id: Option<u64>,
    /// The department's id.
    pub department_id: Option<u64>,
    /// The primary role's id.
    pub role_principal_id: Option<u64>,
    /// The culture as LCID; `1036` (fr-FR) if none is set.
    pub culture_id: Option<u64>,
}

/// The form of error bodies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorStyle {
    /// `{"Status":400,"Message":"…"}` for v3, bare text where its framework writes that,
    /// problem+json for v4.
    #[default]
    StatusMessage,
    /// `{"status":400,"message":"…"}` everywhere, as in old versions of the framework.
    CamelCase,
    /// The bare sentence with a JSON content type, everywhere.
    PlainText,
    /// No body at all.
    Empty,
    /// `application/problem+json` everywhere.
    ProblemJson,
    /// A page of HTML, as a proxy in front of Lucca would write.
    Html,
}

/// The form of the `Retry-After` header of a 429.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// A number of seconds.
    #[default]
    Seconds,
    /// An HTTP date.
    HttpDate,
    /// No header.
    Absent,
    /// A number of seconds nobody would wait for: ten years.
    Absurd,
}

/// The zone of times that carry none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// Coordinated universal time.
    #[default]
    Utc,
    /// The time in France.
    EuropeParis,
}

impl Zone {
    /// The zone's rules.
    pub(super) fn rules(self) -> jiff::tz::TimeZone {
        match self {
            Self::Utc => jiff::tz::TimeZone::UTC,
            Self::EuropeParis => super::clock::paris(),
        }
    }
}
