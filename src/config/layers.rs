//! Where settings come from: defaults, file, environment, secret files.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

use toml::{Table, Value};
use url::Url;

use super::{
    auth::HASHED,
    permissions::{SECRET, loose},
};

const DEFAULTS: &str = include_str!("../../config.default.toml");
const PREFIX: &str = "ONBOARDING_";
const UNKNOWN_NAME: &str = "unknown; names are ONBOARDING_<SECTION>__<KEY>, with two underscores";

/// Keys that can be read from a file named by `<key>_file`.
const SECRETS: [&str; 5] = [
    "adapter.encryption_keys",
    "adapter.token",
    "auth.tokens",
    "store.encryption_keys",
    "store.url",
];

/// Keys that earlier versions had.
const REMOVED: [&str; 1] = ["server.max_control_frames"];

/// Values by `section.key`.
pub(super) type Values = BTreeMap<String, Value>;

/// The environment of the process as [`super::load`] takes it; what is not Unicode is replaced, not
/// dropped.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    })
}

/// Merges the defaults, the file, the environment and the contents of secret files; each wins over
/// the ones before. Returns the values and what is wrong with them.
pub(super) fn merge(
    file: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
) -> (Values, Vec<String>) {
    let mut layers = Layers::default();
    layers.defaults = layers.parse("config.default.toml", DEFAULTS);
    layers.merged = layers.defaults.clone();
    if let Some(path) = file {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => {
                let values = layers.parse(&name, &text);
                let is_secret = values.iter().any(|(key, value)| is_secret(key, value));
                layers
                    .problems
                    .extend(is_secret.then(|| loose(path, SECRET)).flatten());
                layers.overlay(values, &name);
            }
            Err(error) => layers.problem(&name, &format!("cannot be read: {error}")),
        }
    }
    let values = layers.parse_environment(env);
    layers.overlay(values, "the environment");
    layers.into_values()
}

#[derive(Default)]
struct Layers {
    defaults: Values,
    /// The defaults with the other layers over them. A secret file is there by its path, as
    /// `<key>_file`.
    merged: Values,
    problems: Vec<String>,
}

impl Layers {
    fn problem(&mut self, key: &str, message: &str) {
        self.problems.push(format!("{key}: {message}"));
    }

    fn parse(&mut self, origin: &str, text: &str) -> Values {
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                // The error's own Display would quote the line, and with it perhaps a secret.
                let error: toml::de::Error = error;
                let before = error.span().and_then(|span| text.get(..span.start));
                let line = before.unwrap_or_default().matches('\n').count() + 1;
                let message = format!("is not TOML, line {line}: {}", error.message());
                self.problem(origin, &message);
                return Values::new();
            }
        };
        let mut values = Values::new();
        for (section, content) in table {
            match content {
                Value::Table(content) => {
                    let named = |(key, value)| (format!("{section}.{key}"), value);
                    values.extend(content.into_iter().map(named));
                }
                _ => self.problem(&section, &format!("stands outside a [section] in {origin}")),
            }
        }
        values
    }

    fn parse_environment(&mut self, env: impl Iterator<Item = (String, String)>) -> Values {
        let mut values = Values::new();
        // Sorted, so that the problems of two runs come in the same order.
        for (name, text) in env.collect::<BTreeSet<_>>() {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            let Some((section, key)) = rest.split_once("__") else {
                if !is_kubernetes_link(rest) {
                    self.problem(&name, UNKNOWN_NAME);
                }
                continue;
            };
            let key = format!("{section}.{key}").to_ascii_lowercase();
            let trimmed = text.trim();
            let value = match self.defaults.get(&key) {
                Some(Value::Integer(_)) => {
                    let number = trimmed.parse().map(Value::Integer);
                    number.map_err(|_| "expected a whole number")
                }
                Some(Value::Boolean(_)) => {
                    let flag = trimmed.parse().map(Value::Boolean);
                    flag.map_err(|_| "expected true or false")
                }
                Some(Value::Array(_)) => json_list(&text).ok_or("expected a list in JSON"),
                _ => Ok(Value::String(text)),
            };
            match value {
                Ok(value) => drop(values.insert(key, value)),
                Err(expected) => self.problem(&name, expected),
            }
        }
        values
    }

    /// Puts a layer over the ones before. Of a secret and its file the upper one counts.
    fn overlay(&mut self, layer: Values, origin: &str) {
        for key in SECRETS {
            let file = format!("{key}_file");
            match (layer.contains_key(key), layer.contains_key(&file)) {
                (true, true) => {
                    self.problem(key, &format!("both this and {file} are in {origin}"));
                }
                (true, false) => drop(self.merged.remove(&file)),
                (false, _) => {}
            }
        }
        for (key, value) in layer {
            let secret = key.strip_suffix("_file");
            if self.defaults.contains_key(&key) || secret.is_some_and(|it| SECRETS.contains(&it)) {
                self.merged.insert(key, value);
            } else {
                let message = self.unknown(&key, origin);
                self.problem(&key, &message);
            }
        }
    }

    fn unknown(&self, key: &str, origin: &str) -> String {
        if REMOVED.contains(&key) {
            return format!("is no longer a setting: remove it from {origin}");
        }
        let distances = self.defaults.keys().map(|known| {
            let distance = strsim::damerau_levenshtein(known, key);
            (distance, known.as_str())
        });
        let nearest = distances.min().filter(|(distance, _)| *distance <= 3);
        let hint = nearest.map_or(String::new(), |(_, known)| format!("; {known}?"));
        format!("unknown key in {origin}{hint}")
    }

    /// The merged values, secret files read.
    fn into_values(mut self) -> (Values, Vec<String>) {
        for key in SECRETS {
            let file = format!("{key}_file");
            let Some(path) = self.merged.remove(&file) else {
                continue;
            };
            match read_secret(key, &path, self.defaults.get(key)) {
                Ok(value) => drop(self.merged.insert(key.to_owned(), value)),
                Err(message) => self.problem(&file, &message),
            }
        }
        (self.merged, self.problems)
    }
}

/// Kubernetes adds such names to every pod when a service is called `onboarding` or `onboarding-…`.
fn is_kubernetes_link(name: &str) -> bool {
    let parts: Vec<&str> = name.split('_').collect();
    name.ends_with("SERVICE_HOST")
        || name.contains("SERVICE_PORT")
        || parts.last() == Some(&"PORT")
        || parts
            .windows(2)
            .any(|w| w[0] == "PORT" && w[1].bytes().all(|b| b.is_ascii_digit()))
}

fn json_list(text: &str) -> Option<Value> {
    let value: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
    Value::try_from(value).ok()
}

/// What a secret file holds: a string, or a list.
fn read_secret(key: &str, path: &Value, default: Option<&Value>) -> Result<Value, String> {
    let path = path.as_str().ok_or("expected the path of a file")?;
    let text = fs::read_to_string(path).map_err(|e| format!("the file cannot be read: {e}"))?;
    let value = match default {
        Some(Value::Array(_)) => secret_list(&text).ok_or("the file is not a list in JSON")?,
        _ => text.trim().into(),
    };
    match loose(Path::new(path), SECRET) {
        Some(problem) if is_secret(key, &value) => Err(problem),
        _ => Ok(value),
    }
}

/// A list in JSON, or one entry per line.
pub(super) fn secret_list(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.starts_with('[') {
        return json_list(text);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Some(lines.map(Value::from).collect::<Vec<_>>().into())
}

/// Whether a value must stay secret. A database without a password and hashes of tokens need not.
fn is_secret(key: &str, value: &Value) -> bool {
    let is_hash = |entry: &Value| {
        let token = entry.get("token").and_then(Value::as_str);
        token.is_some_and(|token| token.starts_with(HASHED))
    };
    match value {
        _ if !SECRETS.contains(&key) => false,
        Value::String(url) if key == "store.url" => Url::parse(url).map_or(true, |url| {
            url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
        }),
        Value::String(text) => !text.is_empty(),
        Value::Array(entries) if key == "auth.tokens" => !entries.iter().all(is_hash),
        Value::Array(entries) => !entries.is_empty(),
        _ => true,
    }
}
