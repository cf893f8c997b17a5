//! Reading a tenant.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{placing, webhook};
use crate::{
    domain::{
        email::EmailAddress,
        ids::{Account, TenantId},
        language::Language,
        lucca_url::{HostRules, LuccaUrl},
        secret::SecretText,
        tenant::{ApiKey, DEFAULT_LANGUAGE, DEFAULT_TIME_ZONE, Tenant, WelcomeMail},
    },
    pb::{common::Faults, v1},
};

/// Most calls in a window that Lucca allows per domain (`documentation/limits`).
const LUCCA_LIMIT: u32 = 50;
/// Most characters of a name for people.
const MOST_NAME_CHARS: usize = 255;
/// Most characters of a key.
const MOST_KEY_CHARS: usize = 512;
/// Most codes to read back.
const MOST_CODES: usize = 100;
/// A hundred years.
const MOST_DAYS: u32 = 36_525;

/// What reading a tenant depends on.
pub struct Rules<'a> {
    /// The time of the change.
    pub now: Timestamp,
    /// Where API keys may be sent.
    pub hosts: &'a HostRules,
}

/// Reads a tenant. With a stored one it is the change of that one: the key and secrets
/// that are not given stay, and its update time moves on by a microsecond at least.
///
/// # Errors
/// Every bad field.
pub fn parse(
    tenant: &v1::Tenant,
    stored: Option<&Tenant>,
    rules: &Rules<'_>,
) -> Result<Tenant, Faults> {
    let mut faults = Faults::default();
    let now = change_time(stored, rules.now);
    let id = faults.keep("tenant.id", TenantId::parse(&tenant.id));
    let url = lucca_url(&tenant.lucca_url, rules.hosts);
    let url = faults.keep("tenant.lucca_url", url);
    let key = api_key(&tenant.lucca_api_key, stored.map(|it| &it.api_key));
    let key = faults.keep("tenant.lucca_api_key", key);
    let zone = faults.keep("tenant.time_zone", time_zone(&tenant.time_zone));
    let name = faults.keep("tenant.display_name", display_name(&tenant.display_name));
    let contact = contact(&tenant.technical_contact);
    let contact = faults.keep("tenant.technical_contact", contact);
    let language = faults.keep("tenant.language", language(&tenant.language));
    let defaults = tenant.defaults.unwrap_or_default();
    let defaults = placing::defaults(&defaults, &mut faults);
    let lucca_defaults = placing::lucca_defaults(&tenant.lucca_defaults, &mut faults);
    let labels = placing::labels(&tenant.labels, &mut faults);
    let unmatched = placing::unmatched(&tenant.unmatched, &mut faults);
    let requests = up_to(tenant.requests_per_window, LUCCA_LIMIT);
    let requests = faults.keep("tenant.requests_per_window", requests);
    let welcome = faults.keep("tenant.welcome_mail", welcome_mail(tenant.welcome_mail));
    let codes = codes(&tenant.readable_extended_data, &mut faults);
    let days = up_to(tenant.retention_days, MOST_DAYS);
    let days = faults.keep("tenant.retention_days", days);
    let sent = tenant.webhook.clone().unwrap_or_default();
    let proofs = stored.map_or(&[][..], |stored| &stored.webhook.proofs);
    let webhook = webhook::webhook(&sent, proofs, now, &mut faults);
    let callback = tenant.callback.as_ref().map(|sent| {
        let stored = stored.and_then(|stored| stored.callback.as_ref());
        webhook::callback(sent, stored, now, &mut faults)
    });
    let all = (
        id, url, key, zone, name, contact, language, requests, welcome, days,
    );
    let (
        Some(id),
        Some(lucca_url),
        Some(api_key),
        Some(time_zone),
        Some(display_name),
        Some(technical_contact),
        Some(language),
        Some(requests_per_window),
        Some(welcome_mail),
        Some(retention_days),
    ) = all
    else {
        return Err(faults);
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Tenant {
        id,
        display_name,
        account: Account::of(&lucca_url),
        lucca_url,
        api_key,
        time_zone,
        technical_contact,
        language,
        defaults,
        lucca_defaults,
        labels,
        unmatched,
        requests_per_window,
        welcome_mail,
        readable_extended_data: codes,
        retention_days,
        webhook,
        callback,
        disabled: tenant.disabled,
        create_time: stored.map_or(now, |stored| stored.create_time),
        update_time: now,
    })
}

/// Now in microseconds, as stores compare it, and later than the last change.
pub fn change_time(stored: Option<&Tenant>, now: Timestamp) -> Timestamp {
    let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
    match stored {
        Some(stored) => stored
            .update_time
            .checked_add(SignedDuration::from_micros(1))
            .map_or(now, |least| now.max(least)),
        None => now,
    }
}

/// An address that an API key may be sent to.
fn lucca_url(text: &str, hosts: &HostRules) -> Result<LuccaUrl, String> {
    let url = LuccaUrl::parse(text).map_err(|error| error.to_string())?;
    hosts.check(&url).map_err(|refusal| refusal.to_string())?;
    Ok(url)
}

/// A new key, or the stored one. A key that is stored already keeps its version.
fn api_key(text: &str, stored: Option<&ApiKey>) -> Result<ApiKey, &'static str> {
    let text = text.trim();
    match stored {
        Some(stored) if text.is_empty() || stored.value.expose() == text => {
            return Ok(stored.clone());
        }
        None if text.is_empty() => return Err("must be given"),
        _ => {}
    }
    if text.len() > MOST_KEY_CHARS || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err("must be 1 to 512 visible ASCII characters");
    }
    Ok(ApiKey {
        version: stored.map_or(1, |stored| stored.version.saturating_add(1)),
        value: SecretText::new(text.to_owned()),
    })
}

fn time_zone(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Ok(DEFAULT_TIME_ZONE.to_owned());
    }
    TimeZone::get(text)
        .ok()
        .filter(|zone| !zone.is_unknown())
        .and_then(|zone| zone.iana_name().map(str::to_owned))
        .ok_or("must be an IANA time zone such as Europe/Paris")
}

fn display_name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.chars().count() > MOST_NAME_CHARS || text.contains(char::is_control) {
        return Err("must be at most 255 characters without control characters");
    }
    Ok(text.to_owned())
}

fn contact(text: &str) -> Result<String, crate::domain::email::EmailError> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    EmailAddress::parse(text).map(|email| email.as_str().to_owned())
}

fn language(tag: &str) -> Result<Language, &'static str> {
    match tag {
        "" => Ok(DEFAULT_LANGUAGE),
        tag => Language::parse(tag).ok_or("must be `fr` or `en`"),
    }
}

/// A number up to a limit; `None` for 0.
fn up_to(number: i32, most: u32) -> Result<Option<u32>, String> {
    match u32::try_from(number) {
        Ok(0) => Ok(None),
        Ok(number) if number <= most => Ok(Some(number)),
        _ => Err(format!("must be from 0 to {most}")),
    }
}

fn welcome_mail(number: i32) -> Result<WelcomeMail, &'static str> {
    match v1::WelcomeMail::try_from(number) {
        Ok(v1::WelcomeMail::Unspecified) => Ok(WelcomeMail::Unspecified),
        Ok(v1::WelcomeMail::Suppress) => Ok(WelcomeMail::Suppress),
        Err(_) => Err("must be WELCOME_MAIL_SUPPRESS or unspecified"),
    }
}

fn codes(codes: &[String], faults: &mut Faults) -> Vec<String> {
    const PATH: &str = "tenant.readable_extended_data";
    if codes.len() > MOST_CODES {
        faults.add(PATH, "must not have more than 100 entries");
        return Vec::new();
    }
    let fine = |code: &str| {
        code.len() <= MOST_NAME_CHARS
            && code.strip_prefix("e_").is_some_and(|rest| {
                !rest.is_empty()
                    && rest
                        .chars()
                        .all(|c| c.is_alphanumeric() || "_-.".contains(c))
            })
    };
    let mut list: Vec<String> = Vec::new();
    for (index, code) in codes.iter().enumerate() {
        if !fine(code) {
            faults.add(
                format!("{PATH}[{index}]"),
                "must start with `e_` and have letters, digits and `_`, `-`, `.` only",
            );
        } else if !list.contains(code) {
            list.push(code.clone());
        }
    }
    list
}
