//! A file of tenants. `tenants.example.toml` documents every key.

use std::{collections::BTreeSet, fmt};

use serde::Deserialize;

use crate::pb::v1;

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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    tenants: Vec<v1::Tenant>,
}

/// Reads a file. The tenants hold the places of their secrets.
///
/// # Errors
/// It is no TOML, has a key that is not known, or a tenant without an id or twice.
pub fn read(text: &str) -> Result<Vec<v1::Tenant>, FileError> {
    let file: File = toml::from_str(text).map_err(|error| FileError {
        line: error.span().map(|span| line_at(text, span.start)),
        what: error.message().to_owned(),
    })?;
    let of_file = |what| FileError { line: None, what };
    let mut ids = BTreeSet::new();
    for tenant in &file.tenants {
        if tenant.id.is_empty() {
            return Err(of_file("a tenant has no id".to_owned()));
        }
        if !ids.insert(&tenant.id) {
            return Err(of_file(format!("tenant {} is there twice", tenant.id)));
        }
    }
    Ok(file.tenants)
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests;
