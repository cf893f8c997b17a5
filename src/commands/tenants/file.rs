//! A file of tenants. `tenants.example.toml` documents every key.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::Deserialize;

use super::secret::{SecretAt, Sources};
use crate::pb::{
    v1::{
        self, Field,
        tenant::{Defaults, Label, Unmatched, unmatched::Policy},
        webhook_auth::{self, Method, hmac},
    },
    values,
};

/// What is wrong with a file, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct FileError {
    /// From 1; `None` if it is about the whole file.
    pub line: Option<usize>,
    /// What is wrong. Never holds a secret, even if one was written into the file.
    pub what: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, ", line {line}: {}", self.what),
            None => write!(f, ": {}", self.what),
        }
    }
}

/// Reads a file.
///
/// # Errors
/// It is no TOML, or has a key that is not known, or the same tenant twice.
pub fn read(text: &str) -> Result<Vec<Entry>, FileError> {
    let file: File = toml::from_str(text).map_err(|error| FileError {
        line: error.span().map(|span| line_at(text, span.start)),
        what: error.message().to_owned(),
    })?;
    let mut ids = BTreeSet::new();
    for entry in &file.tenants {
        if !ids.insert(&entry.id) {
            return Err(FileError {
                line: None,
                what: format!("tenant {} is there twice", entry.id),
            });
        }
    }
    Ok(file.tenants)
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count() + 1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    tenants: Vec<Entry>,
}

/// A tenant of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its id.
    pub id: String,
    #[serde(default)]
    display_name: String,
    lucca_url: String,
    lucca_api_key: SecretAt,
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    technical_contact: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    defaults: DefaultIds,
    #[serde(default)]
    lucca_defaults: Vec<FieldName>,
    #[serde(default)]
    labels: Vec<LabelEntry>,
    #[serde(default)]
    unmatched: BTreeMap<FieldName, PolicyName>,
    #[serde(default)]
    requests_per_window: i32,
    #[serde(default)]
    suppress_welcome_mail: bool,
    #[serde(default)]
    readable_extended_data: Vec<String>,
    #[serde(default)]
    retention_days: i32,
    #[serde(default)]
    webhook: WebhookEntry,
    callback: Option<CallbackEntry>,
    #[serde(default)]
    disabled: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_field_names)] // the names of the API
struct DefaultIds {
    establishment_id: i64,
    department_id: i64,
    role_id: i64,
    culture_id: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FieldName {
    Establishment,
    Department,
    Role,
    Login,
    Culture,
    Manager,
}

impl From<FieldName> for i32 {
    fn from(name: FieldName) -> Self {
        match name {
            FieldName::Establishment => Field::Establishment,
            FieldName::Department => Field::Department,
            FieldName::Role => Field::Role,
            FieldName::Login => Field::Login,
            FieldName::Culture => Field::Culture,
            FieldName::Manager => Field::Manager,
        }
        .into()
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PolicyName {
    UseDefault,
    Ask,
    LeaveOut,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelEntry {
    field: FieldName,
    label: String,
    lucca_id: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WebhookEntry {
    preset: String,
    mapping: BTreeMap<String, String>,
    success_status: i32,
    day_first_dates: bool,
    auth: Vec<AuthEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallbackEntry {
    url: String,
    secrets: Vec<SecretEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum AuthEntry {
    StandardWebhooks(Secrets),
    Hmac(HmacEntry),
    Bearer(TokenEntry),
    ApiKey(ApiKeyEntry),
    PathSecret(ValueEntry),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    secrets: Vec<SecretEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HmacEntry {
    header: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    encoding: EncodingName,
    secrets: Vec<SecretEntry>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EncodingName {
    #[default]
    Hex,
    Base64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenEntry {
    token: SecretEntry,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiKeyEntry {
    header: String,
    value: SecretEntry,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueEntry {
    value: SecretEntry,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretEntry {
    #[serde(default)]
    id: String,
    value: SecretAt,
    /// RFC 3339.
    expire_time: Option<jiff::Timestamp>,
}

impl Entry {
    /// The tenant as the service takes it, with its secrets.
    ///
    /// # Errors
    /// A secret is not where it should be.
    pub fn resolve(self, sources: &Sources) -> Result<v1::Tenant, String> {
        let callback = match self.callback {
            None => None,
            Some(callback) => Some(v1::Callback {
                url: callback.url,
                secrets: secrets(callback.secrets, sources)?,
            }),
        };
        let key = sources.read(&self.lucca_api_key);
        Ok(v1::Tenant {
            id: self.id,
            display_name: self.display_name,
            lucca_url: self.lucca_url,
            lucca_api_key: key.map_err(|error| format!("lucca_api_key: {error}"))?,
            time_zone: self.time_zone,
            technical_contact: self.technical_contact,
            language: self.language,
            defaults: Some(Defaults {
                establishment_id: self.defaults.establishment_id,
                department_id: self.defaults.department_id,
                role_id: self.defaults.role_id,
                culture_id: self.defaults.culture_id,
            }),
            lucca_defaults: self.lucca_defaults.into_iter().map(Into::into).collect(),
            labels: self.labels.into_iter().map(label).collect(),
            unmatched: self.unmatched.into_iter().map(policy).collect(),
            requests_per_window: self.requests_per_window,
            welcome_mail: if self.suppress_welcome_mail {
                v1::WelcomeMail::Suppress.into()
            } else {
                v1::WelcomeMail::Unspecified.into()
            },
            readable_extended_data: self.readable_extended_data,
            retention_days: self.retention_days,
            webhook: Some(webhook(self.webhook, sources)?),
            callback,
            disabled: self.disabled,
            ..v1::Tenant::default()
        })
    }
}

fn label(entry: LabelEntry) -> Label {
    Label {
        field: entry.field.into(),
        label: entry.label,
        lucca_id: entry.lucca_id,
    }
}

fn policy((field, policy): (FieldName, PolicyName)) -> Unmatched {
    let policy = match policy {
        PolicyName::UseDefault => Policy::UseDefault,
        PolicyName::Ask => Policy::Ask,
        PolicyName::LeaveOut => Policy::LeaveOut,
    };
    Unmatched {
        field: field.into(),
        policy: policy.into(),
    }
}

fn webhook(entry: WebhookEntry, sources: &Sources) -> Result<v1::Webhook, String> {
    let mut auth = Vec::new();
    for entry in entry.auth {
        auth.push(v1::WebhookAuth {
            method: Some(method(entry, sources).map_err(|error| format!("webhook.auth: {error}"))?),
        });
    }
    Ok(v1::Webhook {
        preset: entry.preset,
        mapping: entry.mapping.into_iter().collect(),
        success_status: entry.success_status,
        auth,
        day_first_dates: entry.day_first_dates,
    })
}

fn method(entry: AuthEntry, sources: &Sources) -> Result<Method, String> {
    Ok(match entry {
        AuthEntry::StandardWebhooks(it) => {
            Method::StandardWebhooks(webhook_auth::StandardWebhooks {
                secrets: secrets(it.secrets, sources)?,
            })
        }
        AuthEntry::Hmac(it) => Method::Hmac(webhook_auth::Hmac {
            header: it.header,
            prefix: it.prefix,
            encoding: match it.encoding {
                EncodingName::Hex => hmac::Encoding::Hex,
                EncodingName::Base64 => hmac::Encoding::Base64,
            }
            .into(),
            secrets: secrets(it.secrets, sources)?,
        }),
        AuthEntry::Bearer(it) => Method::Bearer(webhook_auth::Bearer {
            token: Some(secret(it.token, sources)?),
        }),
        AuthEntry::ApiKey(it) => Method::ApiKey(webhook_auth::ApiKey {
            header: it.header,
            value: Some(secret(it.value, sources)?),
        }),
        AuthEntry::PathSecret(it) => Method::PathSecret(webhook_auth::PathSecret {
            value: Some(secret(it.value, sources)?),
        }),
    })
}

fn secrets(entries: Vec<SecretEntry>, sources: &Sources) -> Result<Vec<v1::Secret>, String> {
    let read = entries.into_iter().map(|entry| secret(entry, sources));
    read.collect()
}

fn secret(entry: SecretEntry, sources: &Sources) -> Result<v1::Secret, String> {
    Ok(v1::Secret {
        value: sources.read(&entry.value)?,
        id: entry.id,
        expire_time: entry.expire_time.map(values::timestamp),
        ..v1::Secret::default()
    })
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
