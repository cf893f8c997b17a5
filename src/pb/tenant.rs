//! Tenants as messages: parsed, shown and changed.
//!
//! A plain setting appears in this file only: in [`parse`], in `message` and in `PATHS`.
//! Parsing reports every bad field, not just the first. Only [`webhook_with_values`] returns
//! secrets.

#[macro_use]
mod mask;
mod deliveries;
pub mod file;
mod limits;
mod placing;
mod secrets;
mod webhook;

use jiff::{SignedDuration, Timestamp};

use super::{
    Fault, Faults,
    onboarding::field,
    v1,
    values::{int32, timestamp},
};
use crate::domain::{
    ids::{Account, TenantId},
    lucca_id::LuccaId,
    lucca_url::HostRules,
    tenant::{DEFAULT_LANGUAGE, Secret, Tenant, Webhook, WelcomeMail},
};
use limits::{api_key, codes, contact, display_name, language, lucca_url, time_zone, up_to};
use mask::Path;

pub use deliveries::{deliveries, deliveries_message};
pub use mask::{Updated, changed, update};
pub use webhook::webhook as webhook_of_service;

/// Most calls in a window that Lucca allows per domain (`documentation/limits`).
const LUCCA_LIMIT: u32 = 50;
/// A hundred years.
const MOST_DAYS: u32 = 36_525;

/// The fields that an update mask can name; a message as a whole or in parts.
static PATHS: &[&[Path]] = paths! {
    // Immutable, but a mask may name it.
    id,
    display_name,
    lucca_url,
    lucca_api_key,
    time_zone,
    technical_contact,
    language,
    defaults { establishment_id, department_id, role_id, culture_id },
    lucca_defaults,
    labels,
    unmatched,
    requests_per_window,
    welcome_mail,
    readable_extended_data,
    retention_days,
    webhook { preset, mapping, success_status, auth, day_first_dates },
    callback { url, secrets },
    disabled,
};

/// What reading a tenant depends on.
pub struct Rules<'a> {
    /// The time of the change.
    pub now: Timestamp,
    /// Where API keys may be sent.
    pub hosts: &'a HostRules,
}

/// Reads a tenant. With `stored` it is a change of that tenant: a key or secret that is not sent
/// is kept, and the update time is at least a microsecond later.
///
/// # Errors
/// Every bad field.
pub fn parse(
    sent: &v1::Tenant,
    stored: Option<&Tenant>,
    rules: &Rules<'_>,
) -> Result<Tenant, Faults> {
    let mut bad = Faults::default();
    let now = change_time(stored, rules.now);
    let id = bad.keep("tenant.id", TenantId::parse(&sent.id));
    let lucca_url = bad.keep("tenant.lucca_url", lucca_url(&sent.lucca_url, rules.hosts));
    let api_key = api_key(&sent.lucca_api_key, stored.map(|it| &it.api_key));
    let api_key = bad.keep("tenant.lucca_api_key", api_key);
    let time_zone = bad.keep("tenant.time_zone", time_zone(&sent.time_zone));
    let display_name = bad.keep("tenant.display_name", display_name(&sent.display_name));
    let contact = bad.keep("tenant.technical_contact", contact(&sent.technical_contact));
    let language = bad.keep("tenant.language", language(&sent.language));
    let defaults = placing::defaults(&sent.defaults.unwrap_or_default(), &mut bad);
    let lucca_defaults = placing::lucca_defaults(&sent.lucca_defaults, &mut bad);
    let labels = placing::labels(&sent.labels, &mut bad);
    let unmatched = placing::unmatched(&sent.unmatched, &mut bad);
    let requests = up_to(sent.requests_per_window, LUCCA_LIMIT);
    let requests = bad.keep("tenant.requests_per_window", requests);
    let welcome_mail = bad.keep("tenant.welcome_mail", welcome_mail(sent.welcome_mail));
    let codes = codes(&sent.readable_extended_data, &mut bad);
    let days = up_to(sent.retention_days, MOST_DAYS);
    let days = bad.keep("tenant.retention_days", days);
    let webhook = webhook::changed(sent, stored, now, &mut bad);
    let callback = webhook::callback(sent, stored, now, &mut bad);
    let (Some(id), Some(lucca_url), Some(api_key), true) = (id, lucca_url, api_key, bad.is_empty())
    else {
        return Err(bad);
    };
    Ok(Tenant {
        id,
        display_name: display_name.unwrap_or_default(),
        account: Account::of(&lucca_url),
        lucca_url,
        api_key,
        time_zone: time_zone.unwrap_or_default(),
        technical_contact: contact.unwrap_or_default(),
        language: language.unwrap_or(DEFAULT_LANGUAGE),
        defaults,
        lucca_defaults,
        labels,
        unmatched,
        requests_per_window: requests.flatten(),
        welcome_mail: welcome_mail.unwrap_or_default(),
        readable_extended_data: codes,
        retention_days: days.flatten(),
        webhook,
        callback,
        disabled: sent.disabled,
        create_time: stored.map_or(now, |stored| stored.create_time),
        update_time: now,
    })
}

/// Now in microseconds, as stores compare it, and later than the last change.
pub fn change_time(stored: Option<&Tenant>, now: Timestamp) -> Timestamp {
    let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
    let next = |last: Timestamp| last.checked_add(SignedDuration::from_micros(1)).ok();
    let least = stored.and_then(|stored| next(stored.update_time));
    least.map_or(now, |least| now.max(least))
}

fn welcome_mail(number: i32) -> Result<WelcomeMail, Fault> {
    let values = "WELCOME_MAIL_UNSPECIFIED, WELCOME_MAIL_SUPPRESS";
    let known = v1::WelcomeMail::try_from(number).map_err(|_| Fault::not_one_of(values));
    known.map(welcome_mail_read)
}

same_variants! {
    fn welcome_mail_read(v1::WelcomeMail) -> WelcomeMail { Unspecified Suppress }
    fn welcome_mail_message(WelcomeMail) -> v1::WelcomeMail { Unspecified Suppress }
}

/// A tenant for its administrators, with hints instead of the key and the secrets.
pub fn shown(tenant: &Tenant) -> v1::Tenant {
    message(tenant, hidden)
}

/// Webhook settings with the secrets' values, for the adapter.
pub fn webhook_with_values(webhook: &Webhook) -> v1::Webhook {
    webhook::message(webhook, with_value)
}

/// A tenant without its key. `secret` decides what is written of each secret.
fn message(tenant: &Tenant, secret: fn(&Secret) -> v1::Secret) -> v1::Tenant {
    let defaults = &tenant.defaults;
    let id = |id: Option<LuccaId>| id.map_or(0, LuccaId::get);
    let number = |number: Option<u32>| int32(number.unwrap_or_default());
    let lucca_defaults = tenant.lucca_defaults.iter();
    v1::Tenant {
        id: tenant.id.as_str().to_owned(),
        display_name: tenant.display_name.clone(),
        lucca_url: tenant.lucca_url.to_string(),
        lucca_api_key: String::new(),
        key_hint: tenant.api_key.value.hint(),
        time_zone: tenant.time_zone.clone(),
        technical_contact: tenant.technical_contact.clone(),
        language: tenant.language.tag().to_owned(),
        defaults: Some(v1::tenant::Defaults {
            establishment_id: id(defaults.establishment),
            department_id: id(defaults.department),
            role_id: id(defaults.role),
            culture_id: defaults.culture.unwrap_or_default(),
        }),
        lucca_defaults: lucca_defaults.map(|it| field(*it).into()).collect(),
        labels: tenant.labels.iter().map(placing::label_message).collect(),
        unmatched: placing::unmatched_message(&tenant.unmatched),
        requests_per_window: number(tenant.requests_per_window),
        welcome_mail: welcome_mail_message(tenant.welcome_mail).into(),
        readable_extended_data: tenant.readable_extended_data.clone(),
        retention_days: number(tenant.retention_days),
        webhook: Some(webhook::message(&tenant.webhook, secret)),
        callback: tenant.callback.as_ref().map(|callback| v1::Callback {
            url: callback.url.clone(),
            secrets: callback.secrets.iter().map(secret).collect(),
        }),
        disabled: tenant.disabled,
        create_time: Some(timestamp(tenant.create_time)),
        update_time: Some(timestamp(tenant.update_time)),
        // Not a part of the stored tenant.
        webhook_deliveries: None,
    }
}

fn hidden(secret: &Secret) -> v1::Secret {
    v1::Secret {
        id: secret.id.clone(),
        value: String::new(),
        expire_time: secret.expire_time.map(timestamp),
        hint: secret.value.hint(),
        create_time: Some(timestamp(secret.create_time)),
    }
}

fn with_value(secret: &Secret) -> v1::Secret {
    v1::Secret {
        value: secret.value.expose().to_owned(),
        ..hidden(secret)
    }
}

#[cfg(test)]
mod tests;
