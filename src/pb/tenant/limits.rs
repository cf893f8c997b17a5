//! The values that plain settings of a tenant may have.

use jiff::tz::TimeZone;

use crate::{
    domain::{
        email::EmailAddress,
        language::Language,
        lucca_url::{HostRules, LuccaUrl},
        secret::SecretText,
        tenant::{ApiKey, DEFAULT_LANGUAGE, DEFAULT_TIME_ZONE},
        text::{ValueError, label},
    },
    pb::{Fault, Faults},
};

/// Most characters of a code of custom data.
const MOST_CODE_CHARS: usize = 255;
/// Most characters of a key.
const MOST_KEY_CHARS: usize = 512;
/// Most codes to read back.
const MOST_CODES: usize = 100;

/// An address that an API key may be sent to.
pub(super) fn lucca_url(text: &str, hosts: &HostRules) -> Result<LuccaUrl, Fault> {
    let url = LuccaUrl::parse(text)?;
    hosts.check(&url)?;
    Ok(url)
}

/// A new key, or the stored one if none or the same one is given: its version then stays.
pub(super) fn api_key(text: &str, stored: Option<&ApiKey>) -> Result<ApiKey, Fault> {
    let text = text.trim();
    match stored {
        Some(stored) if text.is_empty() || stored.value.expose() == text => {
            return Ok(stored.clone());
        }
        None if text.is_empty() => return Err(Fault::Missing),
        _ => {}
    }
    if text.len() > MOST_KEY_CHARS || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err(Fault::NotVisibleAscii {
            max: MOST_KEY_CHARS,
        });
    }
    Ok(ApiKey {
        version: stored.map_or(1, |stored| stored.version.saturating_add(1)),
        value: SecretText::new(text.to_owned()),
    })
}

pub(super) fn time_zone(text: &str) -> Result<String, Fault> {
    if text.is_empty() {
        return Ok(DEFAULT_TIME_ZONE.to_owned());
    }
    TimeZone::get(text)
        .ok()
        .filter(|zone| !zone.is_unknown())
        .and_then(|zone| zone.iana_name().map(str::to_owned))
        .ok_or(Fault::NotATimeZone)
}

pub(super) fn display_name(text: &str) -> Result<String, ValueError> {
    match text.trim() {
        "" => Ok(String::new()),
        text => label(text),
    }
}

pub(super) fn contact(text: &str) -> Result<String, ValueError> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    EmailAddress::parse(text).map(|email| email.as_str().to_owned())
}

pub(super) fn language(tag: &str) -> Result<Language, Fault> {
    match tag {
        "" => Ok(DEFAULT_LANGUAGE),
        tag => Language::parse(tag).ok_or_else(|| Fault::not_one_of("fr, en")),
    }
}

/// A number up to a limit; `None` for 0.
pub(super) fn up_to(number: i32, most: u32) -> Result<Option<u32>, Fault> {
    match u32::try_from(number) {
        Ok(0) => Ok(None),
        Ok(number) if number <= most => Ok(Some(number)),
        _ => Err(Fault::OutOfRange {
            min: 0,
            max: most.into(),
        }),
    }
}

/// Codes of custom data, each once.
pub(super) fn codes(codes: &[String], bad: &mut Faults) -> Vec<String> {
    const PATH: &str = "tenant.readable_extended_data";
    if codes.len() > MOST_CODES {
        bad.add(PATH, Fault::TooMany { max: MOST_CODES });
        return Vec::new();
    }
    let mut list: Vec<String> = Vec::new();
    for (index, code) in codes.iter().enumerate() {
        if !is_code(code) {
            bad.add(format!("{PATH}[{index}]"), Fault::NotADataCode);
        } else if !list.contains(code) {
            list.push(code.clone());
        }
    }
    list
}

fn is_code(code: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let rest = code.strip_prefix("e_").unwrap_or_default();
    code.len() <= MOST_CODE_CHARS && !rest.is_empty() && rest.chars().all(allowed)
}
