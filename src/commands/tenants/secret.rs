//! Secrets of a tenants file: read from the places that the file names.

use std::fs;

use crate::pb::{
    tenant::file::{self, SecretSource},
    v1,
};

/// Settings whose secrets cannot be read, each with the reason.
pub type Missing = Vec<(&'static str, String)>;

/// Puts the secrets into a tenant that was read from a file.
///
/// # Errors
/// [`Missing`] secrets.
pub fn resolve(
    tenant: &mut v1::Tenant,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<(), Missing> {
    let mut missing = Missing::new();
    for (setting, value) in file::secrets(tenant) {
        let secret = match serde_json::from_str(value) {
            Ok(source) => read(&source, &environment),
            Err(_) => Err(file::WANTED.to_owned()),
        };
        match secret {
            Ok(secret) => *value = secret,
            Err(what) => missing.push((setting, what)),
        }
    }
    missing.is_empty().then_some(()).ok_or(missing)
}

/// The secret; surrounding white space is dropped.
fn read(
    source: &SecretSource,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let (text, place) = match source {
        SecretSource::Env(name) => {
            let text = environment(name).ok_or_else(|| format!("the environment has no {name}"))?;
            (text, name.clone())
        }
        SecretSource::File(path) => {
            let place = path.display().to_string();
            let text = fs::read_to_string(path).map_err(|error| format!("{place}: {error}"))?;
            (text, place)
        }
    };
    match text.trim() {
        "" => Err(format!("{place} is empty")),
        text => Ok(text.to_owned()),
    }
}
