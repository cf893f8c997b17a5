//! A customer: its Lucca, its key, its defaults, its webhooks.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    field::Field,
    ids::{Account, TenantId},
    language::Language,
    lucca_id::LuccaId,
    lucca_url::LuccaUrl,
    matching_key::MatchKey,
    secret::SecretText,
};

/// The time zone of a tenant that names none.
pub const DEFAULT_TIME_ZONE: &str = "Europe/Paris";
/// The language of a tenant that names none.
pub const DEFAULT_LANGUAGE: Language = Language::French;

/// The customer's key for Lucca. The version counts the tenant's keys, so that an attempt
/// can say which one it used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// 1, 2, … within the tenant.
    pub version: u32,
    /// The key.
    pub value: SecretText,
}

/// Ids used where a hire names nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Defaults {
    /// Establishment.
    pub establishment: Option<LuccaId>,
    /// Department.
    pub department: Option<LuccaId>,
    /// Primary role.
    pub role: Option<LuccaId>,
    /// Culture: an LCID, 1025 to 58380.
    pub culture: Option<i32>,
}

/// A kind of thing that hires name and Lucca has an id for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Establishment; `legalEntityId` in Lucca's v3.
    Establishment,
    /// Department.
    Department,
    /// Primary role.
    Role,
}

impl Unit {
    /// The field of a hire that names it.
    pub fn field(self) -> Field {
        match self {
            Self::Establishment => Field::Establishment,
            Self::Department => Field::Department,
            Self::Role => Field::Role,
        }
    }
}

impl Defaults {
    /// The default of a unit.
    pub fn unit(&self, unit: Unit) -> Option<LuccaId> {
        match unit {
            Unit::Establishment => self.establishment,
            Unit::Department => self.department,
            Unit::Role => self.role,
        }
    }
}

/// What a label of the source stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Establishment, department or role.
    pub field: Field,
    /// As the source writes it.
    pub label: String,
    /// The id in Lucca.
    pub lucca_id: LuccaId,
}

/// What to do with a name that matches nothing in Lucca.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Use the tenant's default.
    UseDefault,
    /// Ask a person.
    Ask,
    /// Leave the field out.
    LeaveOut,
}

/// Whether Lucca may greet the new employee by e-mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WelcomeMail {
    /// Say nothing to Lucca.
    #[default]
    Unspecified,
    /// `notify=false`.
    Suppress,
}

/// A secret of a webhook or callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its name in its list.
    pub id: String,
    /// The secret itself.
    pub value: SecretText,
    /// When it stops being accepted; `None`: never.
    pub expire_time: Option<Timestamp>,
    /// When it was stored.
    pub create_time: Timestamp,
}

impl Secret {
    /// Whether it is accepted at this time.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expire_time.is_none_or(|end| now < end)
    }
}

/// How an HMAC is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Hexadecimal, either case.
    #[default]
    Hex,
    /// Standard base64, padding optional.
    Base64,
}

/// One proof that a webhook must carry. Of several secrets any live one will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::EnumDiscriminants)]
#[serde(rename_all = "snake_case")]
#[strum_discriminants(
    name(ProofKind),
    derive(strum::IntoStaticStr),
    strum(serialize_all = "snake_case"),
    doc = "The kinds of proofs, named as in the proto contract."
)]
pub enum Proof {
    /// Standard Webhooks 1.0.0.
    StandardWebhooks {
        /// `whsec_…`.
        secrets: Vec<Secret>,
    },
    /// HMAC-SHA256 over the raw body, in a header.
    Hmac {
        /// The header's name.
        header: String,
        /// What stands before the signature; may be empty.
        prefix: String,
        /// How the signature is written.
        encoding: Encoding,
        /// Their characters are the keys.
        secrets: Vec<Secret>,
    },
    /// `Authorization: Bearer …`.
    Bearer {
        /// The token.
        token: Secret,
    },
    /// A key in a header.
    ApiKey {
        /// The header's name.
        header: String,
        /// The key.
        value: Secret,
    },
    /// A secret as the last segment of the path.
    PathSecret {
        /// The segment.
        value: Secret,
    },
}

impl Proof {
    /// Its secrets.
    pub fn secrets(&self) -> &[Secret] {
        match self {
            Self::StandardWebhooks { secrets } | Self::Hmac { secrets, .. } => secrets,
            Self::Bearer { token: value }
            | Self::ApiKey { value, .. }
            | Self::PathSecret { value } => slice::from_ref(value),
        }
    }

    /// The header that holds nothing but this proof, in lower case.
    pub fn header(&self) -> Option<String> {
        match self {
            Self::Hmac { header, .. } | Self::ApiKey { header, .. } => {
                Some(header.to_ascii_lowercase())
            }
            Self::Bearer { .. } => Some("authorization".to_owned()),
            Self::StandardWebhooks { .. } | Self::PathSecret { .. } => None,
        }
    }
}

/// How the adapter reads a tenant's webhooks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Webhook {
    /// The event format; empty: the default one.
    pub preset: String,
    /// From an event's field to a dotted path in the body.
    pub mapping: BTreeMap<String, String>,
    /// The status that acknowledges; `None`: 200.
    pub success_status: Option<u16>,
    /// Dates with slashes are `DD/MM/YYYY`.
    pub day_first_dates: bool,
    /// All must pass; none: everything is refused.
    pub proofs: Vec<Proof>,
}

impl Webhook {
    /// Whether the event format is one that is known here.
    pub fn has_known_preset(&self) -> bool {
        matches!(self.preset.as_str(), "" | "werecruit")
    }
}

/// Where to report what becomes of a hire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// An https address.
    pub url: String,
    /// They sign the report.
    pub secrets: Vec<Secret>,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its name in every call.
    pub id: TenantId,
    /// A name for people.
    pub display_name: String,
    /// The address of its Lucca.
    pub lucca_url: LuccaUrl,
    /// The Lucca domain it points to.
    pub account: Account,
    /// Its key.
    pub api_key: ApiKey,
    /// IANA name.
    pub time_zone: String,
    /// E-mail address for technical matters; may be empty.
    pub technical_contact: String,
    /// The language of what is sent to its people. Tenants stored without one have the default.
    #[serde(default = "default_language")]
    pub language: Language,
    /// Ids used where a hire names nothing.
    pub defaults: Defaults,
    /// Fields with a default value in Lucca's HR file.
    pub lucca_defaults: BTreeSet<Field>,
    /// The label table.
    pub labels: Vec<Label>,
    /// What to do with names that match nothing.
    pub unmatched: BTreeMap<Field, Policy>,
    /// Lucca calls per window; `None`: the service's setting.
    pub requests_per_window: Option<u32>,
    /// Whether Lucca may greet the new employee by e-mail.
    pub welcome_mail: WelcomeMail,
    /// Codes (`e_…`) of custom data to read back after the creation.
    pub readable_extended_data: Vec<String>,
    /// Days; `None`: the service's setting.
    pub retention_days: Option<u32>,
    /// How its webhooks are read.
    pub webhook: Webhook,
    /// Where to report.
    pub callback: Option<Callback>,
    /// Nothing is accepted and nobody is created.
    pub disabled: bool,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
}

fn default_language() -> Language {
    DEFAULT_LANGUAGE
}

impl Tenant {
    /// The policy for a name of this field that is not found.
    pub fn policy(&self, field: Field) -> Policy {
        let default = match field {
            Field::Manager => Policy::LeaveOut,
            _ => Policy::UseDefault,
        };
        self.unmatched.get(&field).copied().unwrap_or(default)
    }

    /// What the label table says.
    pub fn labelled(&self, unit: Unit, name: &str) -> Option<&Label> {
        labelled(&self.labels, unit, name)
    }

    /// Whether the tenant says that Lucca's HR file has a default for the field.
    pub fn lucca_has_default(&self, field: Field) -> bool {
        self.lucca_defaults.contains(&field)
    }
}

/// The entry of a label table for a name of the source.
pub fn labelled<'a>(labels: &'a [Label], unit: Unit, name: &str) -> Option<&'a Label> {
    let key = MatchKey::of(name);
    labels
        .iter()
        .find(|label| label.field == unit.field() && MatchKey::of(&label.label) == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As versions before `language` stored it.
    const OLD: &str = r#"{
        "id": "acme", "display_name": "Acme", "lucca_url": "https://acme.ilucca.net",
        "account": "acme.ilucca.net", "api_key": {"version": 2, "value": "a-key-of-lucca"},
        "time_zone": "Europe/Paris", "technical_contact": "it@acme.example",
        "defaults": {"establishment": 3, "department": 14, "role": 7, "culture": 1036},
        "lucca_defaults": ["establishment", "login"],
        "labels": [{"field": "department", "label": "Produit", "lucca_id": 14}],
        "unmatched": {"department": "ask", "manager": "leave_out"},
        "requests_per_window": 20, "welcome_mail": "suppress",
        "readable_extended_data": ["e_quote"], "retention_days": 90,
        "webhook": {
            "preset": "werecruit", "mapping": {"last_name": "data.name"},
            "success_status": 202, "day_first_dates": true,
            "proofs": [
                {"standard_webhooks": {"secrets": [{
                    "id": "old", "value": "whsec_old",
                    "expire_time": "2027-01-01T00:00:00Z", "create_time": "2026-11-23T09:00:00Z"
                }]}},
                {"hmac": {
                    "header": "X-Signature", "prefix": "sha256=", "encoding": "base64",
                    "secrets": []
                }},
                {"bearer": {"token": {
                    "id": "b", "value": "t", "expire_time": null,
                    "create_time": "2026-11-23T09:00:00Z"
                }}},
                {"api_key": {"header": "X-Key", "value": {
                    "id": "c", "value": "k", "expire_time": null,
                    "create_time": "2026-11-23T09:00:00Z"
                }}},
                {"path_secret": {"value": {
                    "id": "d", "value": "p", "expire_time": null,
                    "create_time": "2026-11-23T09:00:00Z"
                }}}
            ]
        },
        "callback": {"url": "https://example.com/hook", "secrets": []},
        "disabled": false,
        "create_time": "2026-11-23T09:00:00Z", "update_time": "2026-11-23T09:00:00Z"
    }"#;

    #[test]
    fn a_tenant_stored_by_an_older_version_reads_whole_and_its_language_is_french() {
        let tenant: Tenant = serde_json::from_str(OLD).unwrap();
        assert_eq!(tenant.language, Language::French);
        assert_eq!(tenant.policy(Field::Department), Policy::Ask);
        assert_eq!(tenant.webhook.proofs.len(), 5);
        let mut old: serde_json::Value = serde_json::from_str(OLD).unwrap();
        old["language"] = "fr".into();
        assert_eq!(serde_json::to_value(&tenant).unwrap(), old);
    }
}
