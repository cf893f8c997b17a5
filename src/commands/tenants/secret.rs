//! Secrets of a tenants file: read from where the file says they are.

use std::fs;

use crate::pb::{
    Faults,
    tenant::file::{self, SecretSource},
    v1,
};

/// Puts the secrets into a tenant that was read from a file.
///
/// # Errors
/// Every secret that is not where the file says, by the setting it belongs to.
pub fn resolve(
    tenant: &mut v1::Tenant,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<(), Faults> {
    let mut missing = Faults::default();
    for (setting, value) in file::secrets(tenant) {
        let secret = match serde_json::from_str(value) {
            Ok(source) => read(&source, &environment),
            Err(_) => Err(file::WANTED.to_owned()),
        };
        *value = missing.keep(setting, secret).unwrap_or_default();
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing)
    }
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
