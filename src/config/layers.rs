//! Where settings come from: defaults, file, environment, secret files.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

use toml::{Table, Value};

use super::Problem;

const DEFAULTS: &str = include_str!("../../config.default.toml");
const PREFIX: &str = "ONBOARDING_";

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
) -> (Values, Vec<Problem>) {
    let mut layers = Layers::default();
    layers.defaults = layers.parse("config.default.toml", DEFAULTS);
    if let Some(path) = file {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => {
                let values = layers.parse(&name, &text);
                layers.overlay(values, &name);
            }
            Err(error) => layers.problem(name, format!("cannot be read: {error}")),
        }
    }
    let values = layers.parse_environment(env);
    layers.overlay(values, "the environment");
    layers.into_values()
}

#[derive(Default)]
struct Layers {
    defaults: Values,
    /// What the other layers say.
    merged: BTreeMap<String, Source>,
    problems: Vec<Problem>,
}

enum Source {
    Value(Value),
    /// The path of a file with a secret.
    File(Value),
}

impl Layers {
    fn problem(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(key, message));
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
                self.problem(origin, message);
                return Values::new();
            }
        };
        let mut values = Values::new();
        for (section, content) in table {
            match content {
                Value::Table(content) => values.extend(
                    content
                        .into_iter()
                        .map(|(key, value)| (format!("{section}.{key}"), value)),
                ),
                _ => self.problem(section, format!("stands outside a [section] in {origin}")),
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
                    let message =
                        "unknown; names are ONBOARDING_<SECTION>__<KEY>, with two underscores";
                    self.problem(name, message);
                }
                continue;
            };
            let key = format!("{section}.{key}").to_ascii_lowercase();
            let (value, expected) = match self.defaults.get(&key) {
                Some(Value::Integer(_)) => (
                    text.trim().parse().ok().map(Value::Integer),
                    "expected a whole number",
                ),
                Some(Value::Boolean(_)) => (
                    text.trim().parse().ok().map(Value::Boolean),
                    "expected true or false",
                ),
                Some(Value::Array(_)) => (json_list(&text), "expected a list in JSON"),
                _ => (Some(Value::String(text)), "expected a string"),
            };
            match value {
                Some(value) => drop(values.insert(key, value)),
                None => self.problem(name, expected),
            }
        }
        values
    }

    /// Puts a layer over the ones before. Of a secret and its file the upper one counts.
    fn overlay(&mut self, layer: Values, origin: &str) {
        for key in SECRETS {
            if layer.contains_key(key) && layer.contains_key(&format!("{key}_file")) {
                self.problem(key, format!("both this and {key}_file are in {origin}"));
            }
        }
        for (key, value) in layer {
            let of_file = key.strip_suffix("_file");
            if let Some(secret) = of_file.filter(|key| SECRETS.contains(key)) {
                self.merged.insert(secret.to_owned(), Source::File(value));
            } else if self.defaults.contains_key(&key) {
                self.merged.insert(key, Source::Value(value));
            } else {
                let message = self.unknown(&key, origin);
                self.problem(key, message);
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

    /// The default values with those of the layers, secret files read.
    fn into_values(mut self) -> (Values, Vec<Problem>) {
        let mut values = self.defaults.clone();
        for (key, source) in std::mem::take(&mut self.merged) {
            let value = match (source, self.defaults.get(&key)) {
                (Source::Value(value), _) => Ok(value),
                (Source::File(path), default) => read_secret(&path, default),
            };
            match value {
                Ok(value) => drop(values.insert(key, value)),
                Err(message) => self.problem(format!("{key}_file"), message),
            }
        }
        (values, self.problems)
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

/// What a secret file holds: a string, or a list in JSON or one entry per line.
fn read_secret(path: &Value, default: Option<&Value>) -> Result<Value, String> {
    let path = path.as_str().ok_or("expected the path of a file")?;
    let text = fs::read_to_string(path).map_err(|e| format!("the file cannot be read: {e}"))?;
    let text = text.trim();
    match default {
        Some(Value::Array(_)) if text.starts_with('[') => {
            json_list(text).ok_or_else(|| "the file is not a list in JSON".to_owned())
        }
        Some(Value::Array(_)) => {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            Ok(lines.map(Value::from).collect::<Vec<_>>().into())
        }
        _ => Ok(text.into()),
    }
}
