//! Tenants in a file: how the messages of `proto/` are written there.
//!
//! `build.rs` derives `Deserialize` for them and names the functions of this file where the
//! text differs from the message. tenants.example.toml documents every key.

use std::{collections::BTreeMap, path::PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{placing::unmatched_message, webhook::encoding_message};
use crate::{
    domain::{
        field::Field,
        tenant::{Encoding, Policy},
    },
    pb::{
        onboarding,
        v1::{self, tenant::Unmatched, webhook_auth::Method},
        values,
    },
};

/// Where a secret is. A file of tenants never holds the secret itself.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file.
    File(PathBuf),
}

/// What a secret must look like. What was written is not repeated: it may be the secret.
pub const WANTED: &str = "a secret is named by one place, { env = \"NAME\" } or { file = \"PATH\" }, and not written into this file";

/// Reads where a secret is. The message holds the [`SecretSource`] as JSON until somebody
/// replaces it with the secret.
pub(in crate::pb) fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let source = SecretSource::deserialize(from).map_err(|_| D::Error::custom(WANTED))?;
    serde_json::to_string(&source).map_err(D::Error::custom)
}

/// The secrets of a tenant, each with the setting it belongs to.
pub fn secrets(tenant: &mut v1::Tenant) -> Vec<(&'static str, &mut String)> {
    let mut found = vec![("lucca_api_key", &mut tenant.lucca_api_key)];
    let auth = tenant.webhook.iter_mut().flat_map(|it| &mut it.auth);
    for method in auth.filter_map(|it| it.method.as_mut()) {
        let secrets: Vec<_> = match method {
            Method::StandardWebhooks(it) => it.secrets.iter_mut().collect(),
            Method::Hmac(it) => it.secrets.iter_mut().collect(),
            Method::Bearer(it) => it.token.iter_mut().collect(),
            Method::ApiKey(it) => it.value.iter_mut().collect(),
            Method::PathSecret(it) => it.value.iter_mut().collect(),
        };
        found.extend(
            secrets
                .into_iter()
                .map(|it| ("webhook.auth", &mut it.value)),
        );
    }
    let callback = tenant.callback.iter_mut().flat_map(|it| &mut it.secrets);
    found.extend(callback.map(|it| ("callback.secrets", &mut it.value)));
    found
}

pub(in crate::pb) fn field<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    Field::deserialize(from).map(|it| onboarding::field(it).into())
}

pub(in crate::pb) fn fields<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<i32>, D::Error> {
    let fields = Vec::<Field>::deserialize(from)?.into_iter();
    Ok(fields.map(|it| onboarding::field(it).into()).collect())
}

/// Policies by field.
pub(in crate::pb) fn unmatched<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<Unmatched>, D::Error> {
    BTreeMap::<Field, Policy>::deserialize(from).map(|it| unmatched_message(&it))
}

/// Whether to suppress the mail.
pub(in crate::pb) fn welcome_mail<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    let mail = match bool::deserialize(from)? {
        true => v1::WelcomeMail::Suppress,
        false => v1::WelcomeMail::Unspecified,
    };
    Ok(mail.into())
}

pub(in crate::pb) fn encoding<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    Encoding::deserialize(from).map(|it| encoding_message(it).into())
}

/// A time as RFC 3339 writes it.
pub(in crate::pb) fn time<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<prost_types::Timestamp>, D::Error> {
    Timestamp::deserialize(from).map(|time| Some(values::timestamp(time)))
}
