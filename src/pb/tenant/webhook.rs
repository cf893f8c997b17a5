//! Reading webhook and callback settings.

use std::collections::BTreeMap;

use jiff::Timestamp;
use url::Url;

use super::secrets::{Form, Reader};
use crate::{
    domain::tenant::{Callback, Encoding, Proof, Secret, Webhook},
    pb::{
        common::Faults,
        v1::{
            self,
            webhook_auth::{Method, hmac},
        },
    },
};

/// Most entries of the mapping; more than an event has fields.
const MOST_MAPPED: usize = 100;
/// Most characters of a mapping's path and of an HMAC's prefix.
const MOST_CHARS: usize = 255;
/// Most characters of the callback's address.
const MOST_URL_CHARS: usize = 2048;

/// Reads webhook settings; secrets without values come from the stored ones.
pub(super) fn webhook(
    webhook: &v1::Webhook,
    stored: &[Proof],
    now: Timestamp,
    faults: &mut Faults,
) -> Webhook {
    let at = |name: &str| format!("tenant.webhook.{name}");
    if !matches!(webhook.preset.as_str(), "" | "werecruit") {
        faults.add(at("preset"), "must be `werecruit` or empty");
    }
    let success_status = match webhook.success_status {
        0 => None,
        200 | 202 | 204 => u16::try_from(webhook.success_status).ok(),
        _ => {
            faults.add(at("success_status"), "must be 200, 202, 204 or 0");
            None
        }
    };
    Webhook {
        preset: webhook.preset.clone(),
        mapping: mapping(webhook, faults),
        success_status,
        day_first_dates: webhook.day_first_dates,
        proofs: proofs(&webhook.auth, stored, now, faults),
    }
}

fn mapping(webhook: &v1::Webhook, faults: &mut Faults) -> BTreeMap<String, String> {
    const PATH: &str = "tenant.webhook.mapping";
    if webhook.mapping.len() > MOST_MAPPED {
        faults.add(PATH, "must not have more than 100 entries");
        return BTreeMap::new();
    }
    let sorted: BTreeMap<String, String> = webhook
        .mapping
        .iter()
        .map(|(field, path)| (field.clone(), path.trim().to_owned()))
        .collect();
    for (field, path) in &sorted {
        if !is_snake_case(field) {
            faults.add(PATH, "must have names of event fields in lower_snake_case");
        } else if !is_dotted_path(path) {
            faults.add(
                format!("{PATH}.{field}"),
                "must be names separated by full stops",
            );
        }
    }
    sorted
}

fn is_snake_case(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= MOST_CHARS
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_dotted_path(text: &str) -> bool {
    text.chars().count() <= MOST_CHARS
        && !text.chars().any(char::is_control)
        && text.split('.').all(|part| !part.trim().is_empty())
}

/// What a proof is told apart by: two that look at the same place cannot both pass.
fn place(proof: &Proof) -> (&'static str, String) {
    match proof {
        Proof::StandardWebhooks { .. } => ("standard_webhooks", String::new()),
        Proof::Hmac { header, .. } => ("hmac", header.to_ascii_lowercase()),
        Proof::Bearer { .. } => ("bearer", String::new()),
        Proof::ApiKey { header, .. } => ("api_key", header.to_ascii_lowercase()),
        Proof::PathSecret { .. } => ("path_secret", String::new()),
    }
}

/// The header that holds nothing but a proof.
fn header_of(proof: &Proof) -> Option<String> {
    match proof {
        Proof::Hmac { header, .. } | Proof::ApiKey { header, .. } => {
            Some(header.to_ascii_lowercase())
        }
        Proof::Bearer { .. } => Some("authorization".to_owned()),
        Proof::StandardWebhooks { .. } | Proof::PathSecret { .. } => None,
    }
}

/// Whether two proofs cannot both pass, so that every webhook would be refused.
fn exclude_each_other(one: &Proof, other: &Proof) -> bool {
    place(one) == place(other) || header_of(one).is_some_and(|it| header_of(other) == Some(it))
}

fn secrets_of(proof: &Proof) -> &[Secret] {
    match proof {
        Proof::StandardWebhooks { secrets } | Proof::Hmac { secrets, .. } => secrets,
        Proof::Bearer { token: value }
        | Proof::ApiKey { value, .. }
        | Proof::PathSecret { value } => std::slice::from_ref(value),
    }
}

/// The secrets stored in the same place; those of the same kind if there is none, for a
/// header may have been renamed.
fn stored_at<'a>(stored: &'a [Proof], kind: &str, header: &str) -> Vec<&'a Secret> {
    let header = header.to_ascii_lowercase();
    let same_kind = || stored.iter().filter(|proof| place(proof).0 == kind);
    let same_place: Vec<&Secret> = same_kind()
        .filter(|proof| place(proof).1 == header)
        .flat_map(secrets_of)
        .collect();
    if same_place.is_empty() {
        same_kind().flat_map(secrets_of).collect()
    } else {
        same_place
    }
}

fn proofs(
    auth: &[v1::WebhookAuth],
    stored: &[Proof],
    now: Timestamp,
    faults: &mut Faults,
) -> Vec<Proof> {
    let mut proofs: Vec<Proof> = Vec::new();
    for (index, auth) in auth.iter().enumerate() {
        let path = format!("tenant.webhook.auth[{index}]");
        let Some(method) = &auth.method else {
            faults.add(path, "must say how a sender proves itself");
            continue;
        };
        let Some(proof) = proof(method, &path, stored, now, faults) else {
            continue;
        };
        if proofs.iter().any(|other| exclude_each_other(other, &proof)) {
            faults.add(
                path,
                "must not look where another entry looks: both could never pass",
            );
        }
        proofs.push(proof);
    }
    proofs
}

fn proof(
    method: &Method,
    path: &str,
    stored: &[Proof],
    now: Timestamp,
    faults: &mut Faults,
) -> Option<Proof> {
    let reader = |kind: &str, header: &str, list: &str, form: Form| Reader {
        path: format!("{path}.{kind}.{list}"),
        form,
        stored: stored_at(stored, kind, header),
        now,
    };
    match method {
        Method::StandardWebhooks(it) => Some(Proof::StandardWebhooks {
            secrets: reader("standard_webhooks", "", "secrets", Form::StandardWebhooks)
                .list(&it.secrets, faults),
        }),
        Method::Hmac(it) => {
            let header = header(&it.header, &format!("{path}.hmac.header"), faults);
            let visible = it.prefix.chars().all(|c| c == ' ' || c.is_ascii_graphic());
            if !visible || it.prefix.len() > MOST_CHARS {
                faults.add(
                    format!("{path}.hmac.prefix"),
                    "must be at most 255 visible ASCII characters",
                );
            }
            let encoding = match hmac::Encoding::try_from(it.encoding) {
                Ok(hmac::Encoding::Unspecified | hmac::Encoding::Hex) => Encoding::Hex,
                Ok(hmac::Encoding::Base64) => Encoding::Base64,
                Err(_) => {
                    faults.add(
                        format!("{path}.hmac.encoding"),
                        "must be ENCODING_HEX or ENCODING_BASE64",
                    );
                    Encoding::Hex
                }
            };
            let secrets =
                reader("hmac", &it.header, "secrets", Form::Text).list(&it.secrets, faults);
            Some(Proof::Hmac {
                header: header?,
                prefix: it.prefix.clone(),
                encoding,
                secrets,
            })
        }
        Method::Bearer(it) => Some(Proof::Bearer {
            token: reader("bearer", "", "token", Form::Header).one(it.token.as_ref(), faults)?,
        }),
        Method::ApiKey(it) => {
            let header = header(&it.header, &format!("{path}.api_key.header"), faults);
            let value =
                reader("api_key", &it.header, "value", Form::Header).one(it.value.as_ref(), faults);
            Some(Proof::ApiKey {
                header: header?,
                value: value?,
            })
        }
        Method::PathSecret(it) => Some(Proof::PathSecret {
            value: reader("path_secret", "", "value", Form::Path).one(it.value.as_ref(), faults)?,
        }),
    }
}

/// Headers that say how a body is sent: they can hold no proof.
const OF_TRANSPORT: [&str; 10] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

fn header(name: &str, path: &str, faults: &mut Faults) -> Option<String> {
    let read = http::HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| "must be the name of an HTTP header")
        .and_then(|name| match OF_TRANSPORT.contains(&name.as_str()) {
            true => Err("must be a header for the sender to choose"),
            false => Ok(()),
        });
    faults.keep(path, read).map(|()| name.to_owned())
}

/// Reads callback settings; secrets without values come from the stored ones.
pub(super) fn callback(
    callback: &v1::Callback,
    stored: Option<&Callback>,
    now: Timestamp,
    faults: &mut Faults,
) -> Callback {
    let text = callback.url.trim();
    let fine = text.len() <= MOST_URL_CHARS
        && Url::parse(text).is_ok_and(|url| {
            url.scheme() == "https"
                && url.domain().is_some_and(|name| {
                    let name = name.trim_end_matches('.');
                    name != "localhost" && !name.ends_with(".localhost")
                })
                && url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
        });
    if !fine {
        faults.add(
            "tenant.callback.url",
            "must be an https address with a host name, without user or fragment",
        );
    }
    let reader = Reader {
        path: "tenant.callback.secrets".to_owned(),
        form: Form::StandardWebhooks,
        stored: stored.map_or(Vec::new(), |stored| stored.secrets.iter().collect()),
        now,
    };
    Callback {
        url: text.to_owned(),
        secrets: reader.list(&callback.secrets, faults),
    }
}

#[cfg(test)]
mod tests;
