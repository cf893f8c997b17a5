//! Secrets of a tenants file: where they are, never what they are.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretAt {
    /// An environment variable.
    Env(String),
    /// A file; surrounding white space is dropped.
    File(PathBuf),
}

/// What stands where a place should stand. What was written is not repeated: it may be the
/// secret itself.
const WANTED: &str = "a secret is named by one place, { env = \"NAME\" } or { file = \"PATH\" }, and not written into this file";

impl<'de> Deserialize<'de> for SecretAt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = SecretAt;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WANTED)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<SecretAt, E> {
        Err(E::custom(WANTED))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<SecretAt, E> {
        Err(E::custom(WANTED))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<SecretAt, E> {
        Err(E::custom(WANTED))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<SecretAt, E> {
        Err(E::custom(WANTED))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretAt, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            let place = match key.as_str() {
                "env" => SecretAt::Env(map.next_value()?),
                "file" => SecretAt::File(map.next_value()?),
                _ => return Err(A::Error::custom(WANTED)),
            };
            if found.replace(place).is_some() {
                return Err(A::Error::custom(WANTED));
            }
        }
        found.ok_or_else(|| A::Error::custom(WANTED))
    }
}

/// Where secrets are read from.
pub struct Sources {
    environment: Option<BTreeMap<String, String>>,
}

impl Sources {
    /// The environment of this process, and files.
    pub fn real() -> Self {
        Self { environment: None }
    }

    /// A made-up environment.
    #[cfg(test)]
    pub fn of(variables: &[(&str, &str)]) -> Self {
        let pairs = variables.iter();
        Self {
            environment: Some(
                pairs
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
            ),
        }
    }

    /// The secret itself.
    ///
    /// # Errors
    /// It is not there; says where it was looked for.
    pub fn read(&self, at: &SecretAt) -> Result<String, String> {
        let text = match at {
            SecretAt::Env(name) => {
                let value = match &self.environment {
                    Some(variables) => variables.get(name).cloned(),
                    None => std::env::var(name).ok(),
                };
                value.ok_or_else(|| format!("the environment has no {name}"))?
            }
            SecretAt::File(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("{}: {error}", path.display()))?,
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(match at {
                SecretAt::Env(name) => format!("{name} is empty"),
                SecretAt::File(path) => format!("{} is empty", path.display()),
            });
        }
        Ok(text.to_owned())
    }
}
