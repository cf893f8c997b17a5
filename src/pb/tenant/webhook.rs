//! Webhook and callback settings.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use url::Url;

use super::secrets::{Form, SecretReader};
use crate::{
    domain::event_field::EventField,
    domain::tenant::{Callback, Encoding, Proof, ProofKind, Secret, Tenant, Webhook},
    pb::{
        Fault, Faults,
        v1::{
            self,
            webhook_auth::{self as wire, Method, hmac},
        },
    },
};

/// Most entries of the mapping; more than an event has fields.
const MOST_MAPPED: usize = 100;
/// Most characters of a mapping's path and of an HMAC's prefix.
const MOST_CHARS: usize = 255;
/// Most characters of a name that no field has and that is repeated nevertheless.
const MOST_WORD: usize = 64;
/// Most characters of the callback's address.
const MOST_URL_CHARS: usize = 2048;

/// What reading proofs depends on.
#[derive(Clone, Copy)]
struct Context<'a> {
    stored: &'a [Proof],
    now: Timestamp,
    /// Whether the service has checked the values before.
    checked: bool,
}

/// Reads webhook settings that a service has sent. A secret or proof that cannot be used is left
/// out.
pub fn webhook(sent: &v1::Webhook) -> Webhook {
    let context = Context {
        stored: &[],
        now: Timestamp::UNIX_EPOCH,
        checked: true,
    };
    read(sent, context, &mut Faults::default())
}

/// Reads a tenant's webhook settings; secrets without values come from the stored ones.
pub(super) fn changed(
    tenant: &v1::Tenant,
    stored: Option<&Tenant>,
    now: Timestamp,
    bad: &mut Faults,
) -> Webhook {
    let context = Context {
        stored: stored.map_or(&[], |stored| &stored.webhook.proofs),
        now,
        checked: false,
    };
    read(&tenant.webhook.clone().unwrap_or_default(), context, bad)
}

fn read(sent: &v1::Webhook, context: Context<'_>, bad: &mut Faults) -> Webhook {
    let mut webhook = Webhook {
        preset: sent.preset.clone(),
        day_first_dates: sent.day_first_dates,
        ..Webhook::default()
    };
    if !webhook.has_known_preset() {
        let values = "werecruit".to_owned();
        bad.add("tenant.webhook.preset", Fault::NotEmptyNorOneOf { values });
    }
    match sent.success_status {
        0 => {}
        200 | 202 | 204 => webhook.success_status = u16::try_from(sent.success_status).ok(),
        _ => bad.add(
            "tenant.webhook.success_status",
            Fault::not_one_of("0, 200, 202, 204"),
        ),
    }
    webhook.mapping = mapping(sent, bad);
    webhook.proofs = proofs(&sent.auth, context, bad);
    webhook
}

fn mapping(webhook: &v1::Webhook, bad: &mut Faults) -> BTreeMap<String, String> {
    const PATH: &str = "tenant.webhook.mapping";
    if webhook.mapping.len() > MOST_MAPPED {
        bad.add(PATH, Fault::TooMany { max: MOST_MAPPED });
        return BTreeMap::new();
    }
    let sent = webhook.mapping.iter();
    let sorted: BTreeMap<String, String> = sent
        .map(|(field, path)| (field.clone(), path.trim().to_owned()))
        .collect();
    let mut mapped = BTreeSet::new();
    for (name, path) in &sorted {
        let Some(field) = EventField::named(name) else {
            let values = EventField::all_names();
            // The name may be any text: only one that could be a field's is repeated.
            let place = match is_word(name) {
                true => format!("{PATH}.{name}"),
                false => PATH.to_owned(),
            };
            bad.add(place, Fault::NotAFieldOfEvents { values });
            continue;
        };
        if !mapped.insert(field) {
            bad.add(format!("{PATH}.{name}"), Fault::NotUnique);
        }
        if !is_dotted_path(path) {
            bad.add(format!("{PATH}.{name}"), Fault::NotADottedPath);
        }
    }
    sorted
}

fn is_word(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= MOST_WORD && !text.is_empty() && text.chars().all(allowed)
}

fn is_dotted_path(text: &str) -> bool {
    text.chars().count() <= MOST_CHARS
        && !text.chars().any(char::is_control)
        && text.split('.').all(|part| !part.trim().is_empty())
}

fn proofs(auth: &[v1::WebhookAuth], context: Context<'_>, bad: &mut Faults) -> Vec<Proof> {
    let mut proofs: Vec<Proof> = Vec::new();
    for (index, auth) in auth.iter().enumerate() {
        let path = format!("tenant.webhook.auth[{index}]");
        let method = auth.method.as_ref().ok_or(Fault::NoProof);
        let method = bad.keep(path.as_str(), method);
        let Some(proof) = method.and_then(|it| proof(it, &path, context, bad)) else {
            continue;
        };
        if proofs.iter().any(|other| exclude_each_other(other, &proof)) {
            bad.add(path, Fault::ProofsExcludeEachOther);
        }
        proofs.push(proof);
    }
    proofs
}

/// Whether two proofs cannot both pass, so that every webhook would be refused.
fn exclude_each_other(one: &Proof, other: &Proof) -> bool {
    let same_kind = ProofKind::from(one) == ProofKind::from(other);
    one.header() == other.header() && (one.header().is_some() || same_kind)
}

fn proof(method: &Method, path: &str, context: Context<'_>, bad: &mut Faults) -> Option<Proof> {
    let reader = |kind: ProofKind, header: &str, name: &str, form| SecretReader {
        path: format!("{path}.{}.{name}", <&str>::from(kind)),
        form,
        checked: context.checked,
        stored: stored_at(context.stored, kind, header),
        now: context.now,
    };
    Some(match method {
        Method::StandardWebhooks(it) => {
            let form = Form::StandardWebhooks;
            let reader = reader(ProofKind::StandardWebhooks, "", "secrets", form);
            let secrets = reader.list(&it.secrets, bad);
            Proof::StandardWebhooks { secrets }
        }
        Method::Hmac(it) => {
            let header = bad.keep(format!("{path}.hmac.header"), header(&it.header));
            let prefix = bad.keep(format!("{path}.hmac.prefix"), prefix(&it.prefix));
            let encoding = bad.keep(format!("{path}.hmac.encoding"), encoding(it.encoding));
            let reader = reader(ProofKind::Hmac, &it.header, "secrets", Form::Text);
            let secrets = reader.list(&it.secrets, bad);
            Proof::Hmac {
                header: header?,
                prefix: prefix?,
                encoding: encoding?,
                secrets,
            }
        }
        Method::Bearer(it) => {
            let reader = reader(ProofKind::Bearer, "authorization", "token", Form::Header);
            let token = reader.one(it.token.as_ref(), bad)?;
            Proof::Bearer { token }
        }
        Method::ApiKey(it) => {
            let header = bad.keep(format!("{path}.api_key.header"), header(&it.header));
            let reader = reader(ProofKind::ApiKey, &it.header, "value", Form::Header);
            let value = reader.one(it.value.as_ref(), bad);
            Proof::ApiKey {
                header: header?,
                value: value?,
            }
        }
        Method::PathSecret(it) => {
            let reader = reader(ProofKind::PathSecret, "", "value", Form::Path);
            let value = reader.one(it.value.as_ref(), bad)?;
            Proof::PathSecret { value }
        }
    })
}

/// The secrets stored for a proof of this kind in this header. If there are none, those of every
/// proof of this kind: the header may have been renamed.
fn stored_at<'a>(stored: &'a [Proof], kind: ProofKind, header: &str) -> Vec<&'a Secret> {
    let same_kind = || stored.iter().filter(|it| ProofKind::from(*it) == kind);
    let is_there = |proof: &&Proof| {
        let at = proof.header().unwrap_or_default();
        at.eq_ignore_ascii_case(header)
    };
    let there = same_kind().filter(is_there).flat_map(Proof::secrets);
    let there: Vec<&Secret> = there.collect();
    match there.is_empty() {
        true => same_kind().flat_map(Proof::secrets).collect(),
        false => there,
    }
}

/// Headers of HTTP itself. They cannot hold a proof.
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

fn header(name: &str) -> Result<String, Fault> {
    match http::HeaderName::from_bytes(name.as_bytes()) {
        Err(_) => Err(Fault::NotAHeader),
        Ok(read) if OF_TRANSPORT.contains(&read.as_str()) => Err(Fault::HeaderOfTransport),
        Ok(_) => Ok(name.to_owned()),
    }
}

fn prefix(text: &str) -> Result<String, Fault> {
    let visible = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    (visible && text.len() <= MOST_CHARS)
        .then(|| text.to_owned())
        .ok_or(Fault::NotVisibleAscii { max: MOST_CHARS })
}

fn encoding(number: i32) -> Result<Encoding, Fault> {
    match hmac::Encoding::try_from(number) {
        Ok(hmac::Encoding::Unspecified | hmac::Encoding::Hex) => Ok(Encoding::Hex),
        Ok(hmac::Encoding::Base64) => Ok(Encoding::Base64),
        Err(_) => Err(Fault::not_one_of("ENCODING_HEX, ENCODING_BASE64")),
    }
}

/// Webhook settings as a message. `secret` decides what is written of each secret.
pub(super) fn message(webhook: &Webhook, secret: fn(&Secret) -> v1::Secret) -> v1::Webhook {
    let auth = |proof| v1::WebhookAuth {
        method: Some(method(proof, secret)),
    };
    v1::Webhook {
        preset: webhook.preset.clone(),
        mapping: webhook.mapping.clone().into_iter().collect(),
        success_status: webhook.success_status.map_or(0, i32::from),
        auth: webhook.proofs.iter().map(auth).collect(),
        day_first_dates: webhook.day_first_dates,
    }
}

fn method(proof: &Proof, secret: fn(&Secret) -> v1::Secret) -> Method {
    let secrets = proof.secrets().iter().map(secret).collect();
    match proof {
        Proof::StandardWebhooks { .. } => {
            Method::StandardWebhooks(wire::StandardWebhooks { secrets })
        }
        Proof::Hmac {
            header,
            prefix,
            encoding,
            ..
        } => Method::Hmac(wire::Hmac {
            header: header.clone(),
            prefix: prefix.clone(),
            encoding: encoding_message(*encoding).into(),
            secrets,
        }),
        Proof::Bearer { token } => Method::Bearer(wire::Bearer {
            token: Some(secret(token)),
        }),
        Proof::ApiKey { header, value } => Method::ApiKey(wire::ApiKey {
            header: header.clone(),
            value: Some(secret(value)),
        }),
        Proof::PathSecret { value } => Method::PathSecret(wire::PathSecret {
            value: Some(secret(value)),
        }),
    }
}

same_variants! {
    pub(super) fn encoding_message(Encoding) -> hmac::Encoding { Hex Base64 }
}

/// Reads a tenant's callback settings; secrets without values come from the stored ones.
pub(super) fn callback(
    tenant: &v1::Tenant,
    stored: Option<&Tenant>,
    now: Timestamp,
    bad: &mut Faults,
) -> Option<Callback> {
    let sent = tenant.callback.as_ref()?;
    let url = sent.url.trim();
    if url.len() > MOST_URL_CHARS || !Url::parse(url).is_ok_and(|url| is_address(&url)) {
        bad.add("tenant.callback.url", Fault::NotACallbackAddress);
    }
    let stored = stored.and_then(|stored| stored.callback.as_ref());
    let reader = SecretReader {
        path: "tenant.callback.secrets".to_owned(),
        form: Form::StandardWebhooks,
        checked: false,
        stored: stored.map_or(Vec::new(), |stored| stored.secrets.iter().collect()),
        now,
    };
    Some(Callback {
        url: url.to_owned(),
        secrets: reader.list(&sent.secrets, bad),
    })
}

fn is_address(url: &Url) -> bool {
    let host = url.domain().map(|name| name.trim_end_matches('.'));
    url.scheme() == "https"
        && host.is_some_and(|name| name != "localhost" && !name.ends_with(".localhost"))
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests;
