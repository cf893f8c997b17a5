//! How settings are read: one row per key in the sections, one reader per kind of value here.

use std::{
    collections::BTreeSet, net::SocketAddr, ops::RangeInclusive, path::PathBuf, time::Duration,
};

use data_encoding::BASE64_NOPAD;
use secrecy::{SecretString, zeroize::Zeroizing};
use toml::Value;

use super::{duration, layers::Values};

/// A section of the settings, a row per key: its documentation, its name, its type, and its reader.
///
/// A reader is a function of [`Keys`] and the name of the key, `section.key`. It returns `None`
/// after it has added a problem. Every row is read, so that all problems are reported together.
macro_rules! section {
    (
        $(#[$about:meta])*
        $name:ident {
            $( $(#[$field_about:meta])* $visibility:vis $field:ident: $type:ty = $reader:expr, )*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $( $(#[$field_about])* $visibility $field: $type, )*
        }

        impl $name {
            pub(in crate::config) fn read(keys: &mut $crate::config::keys::Keys, section: &str) -> Option<Self> {
                let name = |field: &str| $crate::config::keys::name(section, field);
                $( let $field = ($reader)(&mut *keys, &name(stringify!($field))); )*
                Some(Self { $( $field: $field?, )* })
            }
        }
    };
}
pub(super) use section;

/// The name of a key in a section; the sections themselves are at the root, which has no name.
pub(super) fn name(section: &str, key: &str) -> String {
    match section {
        "" => key.to_owned(),
        _ => format!("{section}.{key}"),
    }
}

/// What a list of encryption keys has to be.
pub(super) const KEYS_EXPECTED: &str =
    "a list of keys of 32 random bytes in base64 (make one with `openssl rand -base64 32`)";

/// Fewest different bytes of a key. Of 32 random bytes about 30 differ.
const FEWEST_DIFFERENT: usize = 8;

/// A key of 32 bytes in base64, with or without padding. One that cannot be random is refused.
pub(super) fn encryption_key(value: &Value) -> Option<SecretString> {
    let text = value.as_str()?.trim();
    let unpadded = text.trim_end_matches('=').as_bytes();
    let bytes = Zeroizing::new(BASE64_NOPAD.decode(unpadded).ok()?);
    let different: BTreeSet<&u8> = bytes.iter().collect();
    let is_fine = bytes.len() == 32 && different.len() >= FEWEST_DIFFERENT;
    is_fine.then(|| SecretString::from(text))
}

/// The merged values; collects what is wrong with them.
pub(super) struct Keys {
    values: Values,
    problems: Vec<String>,
}

impl Keys {
    pub(super) fn new(values: Values, problems: Vec<String>) -> Self {
        Self { values, problems }
    }

    pub(super) fn problem(&mut self, key: &str, expected: &str) {
        self.problems.push(format!("{key}: expected {expected}"));
    }

    pub(super) fn into_problems(self) -> Vec<String> {
        self.problems
    }

    #[cfg(test)]
    pub(super) fn unread(&self) -> Vec<&str> {
        self.values.keys().map(String::as_str).collect()
    }

    /// Takes a value out and parses it.
    pub(super) fn value<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.values.remove(key).as_ref().and_then(parse);
        if value.is_none() {
            self.problem(key, expected);
        }
        value
    }

    /// A string that `parse` understands.
    pub(super) fn text<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.value(key, expected, |value| parse(value.as_str()?))
    }

    /// A list whose entries `parse` understands.
    pub(super) fn list<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl FnMut(&Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.value(key, expected, |value| {
            value.as_array()?.iter().map(parse).collect()
        })
    }

    pub(super) fn address(&mut self, key: &str) -> Option<SocketAddr> {
        let expected = "an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080";
        self.text(key, expected, |text| text.parse().ok())
    }

    /// A duration above zero.
    pub(super) fn duration(&mut self, key: &str) -> Option<Duration> {
        let expected = "a duration above zero, such as 250ms, 60s or 5m";
        self.text(key, expected, |text| {
            duration::parse(text).filter(|it| !it.is_zero())
        })
    }

    /// At least one duration.
    pub(super) fn durations(&mut self, key: &str) -> Option<Vec<Duration>> {
        let expected = "a list of at least one duration, such as [\"2s\", \"5m\"]";
        self.value(key, expected, |value| {
            let entries = value.as_array().filter(|entries| !entries.is_empty())?;
            let parse = |entry: &Value| duration::parse(entry.as_str()?);
            entries.iter().map(parse).collect()
        })
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        self.value(key, "true or false", Value::as_bool)
    }

    /// The path of a file; `None` inside if it is empty.
    pub(super) fn path(&mut self, key: &str) -> Option<Option<PathBuf>> {
        self.text(key, "the path of a file, or nothing", |text| {
            Some((!text.is_empty()).then(|| PathBuf::from(text)))
        })
    }

    /// The paths of a certificate and its private key, both or neither.
    pub(super) fn identity(&mut self, cert: &str, key: &str) -> Option<Option<(PathBuf, PathBuf)>> {
        let paths = (self.path(cert), self.path(key));
        let (cert_path, key_path) = (paths.0?, paths.1?);
        if cert_path.is_some() != key_path.is_some() {
            self.problem(cert, &format!("{cert} and {key} together, or neither"));
            return None;
        }
        Some(cert_path.zip(key_path))
    }

    /// A secret; `None` inside if it is empty.
    pub(super) fn secret(&mut self, key: &str) -> Option<Option<SecretString>> {
        self.text(key, "a string", |text| {
            Some((!text.is_empty()).then(|| SecretString::from(text)))
        })
    }

    pub(super) fn encryption_keys(&mut self, key: &str) -> Option<Vec<SecretString>> {
        self.list(key, KEYS_EXPECTED, encryption_key)
    }

    /// A program and its arguments; empty for none.
    pub(super) fn command(&mut self, key: &str) -> Option<Vec<String>> {
        let expected = "a list of a program and its arguments";
        self.list(key, expected, |value| value.as_str().map(str::to_owned))
    }
}

/// Reads a whole number in a range.
pub(super) fn number(range: RangeInclusive<u32>) -> impl FnOnce(&mut Keys, &str) -> Option<u32> {
    move |keys, key| {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        keys.value(key, &expected, |value| {
            let number = u32::try_from(value.as_integer()?).ok()?;
            range.contains(&number).then_some(number)
        })
    }
}
