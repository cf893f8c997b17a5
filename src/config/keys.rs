//! Typed access to settings, key by key.

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use base64::{Engine as _, engine::general_purpose};
use secrecy::{SecretString, zeroize::Zeroizing};
use toml::Value;

use super::{Problem, duration, layers::Values};

pub(super) const ONE_KEY: &str =
    "expected at least one key (make one with `openssl rand -base64 32`)";

/// Typed access to the merged values; collects what is wrong.
///
/// A value that cannot be read gives a placeholder and a problem, so that reading goes on and all
/// problems are reported together. Placeholders never get out: with a problem there are no settings.
pub(super) struct Keys {
    values: Values,
    problems: Vec<Problem>,
    /// Problems of the layers do not make values unreadable.
    inherited: usize,
}

impl Keys {
    pub(super) fn new(values: Values, problems: Vec<Problem>) -> Self {
        Self {
            values,
            inherited: problems.len(),
            problems,
        }
    }

    pub(super) fn problem(&mut self, key: &str, expected: &str) {
        self.problems
            .push(Problem::new(key, format!("expected {expected}")));
    }

    /// Whether every value read so far was as expected.
    pub(super) fn is_sound(&self) -> bool {
        self.problems.len() == self.inherited
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Takes the value out: each key is read once, and what is left over is a key nobody reads.
    fn take(&mut self, key: &str) -> Option<Value> {
        self.values.remove(key)
    }

    #[cfg(test)]
    pub(super) fn unread(&self) -> Vec<&str> {
        self.values.keys().map(String::as_str).collect()
    }

    /// Reads a string through `parse`.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        expected: &str,
        placeholder: T,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        match self
            .take(key)
            .as_ref()
            .and_then(Value::as_str)
            .and_then(parse)
        {
            Some(value) => value,
            None => {
                self.problem(key, expected);
                placeholder
            }
        }
    }

    pub(super) fn address(&mut self, key: &str) -> SocketAddr {
        let expected = "an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080";
        let placeholder = SocketAddr::from(([127, 0, 0, 1], 0));
        self.parsed(key, expected, placeholder, |text| {
            SocketAddr::from_str(text).ok()
        })
    }

    /// A duration above zero.
    pub(super) fn duration(&mut self, key: &str) -> Duration {
        let expected = "a duration above zero, such as 250ms, 60s or 5m";
        self.parsed(key, expected, Duration::ZERO, |text| {
            duration::parse(text).filter(|d| !d.is_zero())
        })
    }

    /// At least one duration.
    pub(super) fn durations(&mut self, key: &str) -> Vec<Duration> {
        let expected = "a list of at least one duration, such as [\"2s\", \"5m\"]";
        let parse = |value: &Value| duration::parse(value.as_str()?);
        let sound = self.is_sound();
        let list = self.list(key, expected, parse);
        if list.is_empty() && self.is_sound() == sound {
            self.problem(key, expected);
        }
        list
    }

    pub(super) fn strings(&mut self, key: &str) -> Vec<String> {
        self.list(key, "a list of strings", |value| {
            Some(value.as_str()?.to_owned())
        })
    }

    /// A whole number between `least` and `most`, both included.
    pub(super) fn number(&mut self, key: &str, least: u32, most: u32) -> u32 {
        let value = self.take(key).as_ref().and_then(Value::as_integer);
        let value = value.and_then(|n| u32::try_from(n).ok());
        match value.filter(|n| (least..=most).contains(n)) {
            Some(n) => n,
            None => {
                self.problem(key, &format!("a whole number from {least} to {most}"));
                least
            }
        }
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &str) -> bool {
        match self.take(key).as_ref().and_then(Value::as_bool) {
            Some(value) => value,
            None => {
                self.problem(key, "true or false");
                false
            }
        }
    }

    /// The path of a file; `None` if it is empty.
    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        self.parsed(key, "the path of a file, or nothing", None, |text| {
            Some((!text.is_empty()).then(|| PathBuf::from(text)))
        })
    }

    /// A secret; `None` if it is empty.
    pub(super) fn secret(&mut self, key: &str) -> Option<SecretString> {
        self.parsed(key, "a string", None, |text| {
            Some((!text.is_empty()).then(|| SecretString::from(text)))
        })
    }

    /// Keys of 32 bytes in base64.
    pub(super) fn encryption_keys(&mut self, key: &str) -> Vec<SecretString> {
        let expected =
            "a list of keys of 32 bytes in base64 (make one with `openssl rand -base64 32`)";
        self.list(key, expected, |value| {
            let text = value.as_str()?.trim();
            let unpadded = text.trim_end_matches('=');
            let bytes = Zeroizing::new(general_purpose::STANDARD_NO_PAD.decode(unpadded).ok()?);
            (bytes.len() == 32).then(|| SecretString::from(text))
        })
    }

    /// The raw entries of a list.
    pub(super) fn entries(&mut self, key: &str) -> Vec<Value> {
        self.list(key, "a list", |value| Some(value.clone()))
    }

    /// A list of whatever `parse` makes of its entries.
    pub(super) fn list<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl Fn(&Value) -> Option<T>,
    ) -> Vec<T> {
        let value = self.take(key);
        let entries = value.as_ref().and_then(Value::as_array);
        match entries.and_then(|entries| entries.iter().map(parse).collect()) {
            Some(list) => list,
            None => {
                self.problem(key, expected);
                Vec::new()
            }
        }
    }
}
