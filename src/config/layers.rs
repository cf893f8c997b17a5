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

/// Values by `section.key`.
pub(super) type Values = BTreeMap<String, Value>;

/// The process environment as [`super::load`] wants it; what is not Unicode is made so, not dropped.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    })
}

/// Defaults, then the file, then the environment, then what secret files hold.
pub(super) fn merge(
    file: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
    problems: &mut Vec<Problem>,
) -> Values {
    let defaults = parse("config.default.toml", DEFAULTS, problems);
    let mut merged = defaults.clone();
    if let Some(path) = file {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => {
                let layer = parse(&name, &text, problems);
                overlay(&mut merged, &defaults, layer, &name, problems);
            }
            Err(e) => problems.push(Problem::new(name, format!("cannot be read: {e}"))),
        }
    }
    let layer = from_env(env, &defaults, problems);
    overlay(&mut merged, &defaults, layer, "the environment", problems);
    read_secrets(&mut merged, &defaults, problems);
    merged
}

fn parse(name: &str, text: &str, problems: &mut Vec<Problem>) -> Values {
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            // The error's own Display would quote the line, and with it perhaps a secret.
            let error: toml::de::Error = error;
            let before = error
                .span()
                .and_then(|span| text.get(..span.start))
                .unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let message = format!("is not TOML, line {line}: {}", error.message());
            problems.push(Problem::new(name, message));
            return Values::new();
        }
    };
    let mut values = Values::new();
    for (section, content) in table {
        let Value::Table(content) = content else {
            problems.push(Problem::new(
                section,
                format!("stands outside a [section] in {name}"),
            ));
            continue;
        };
        values.extend(
            content
                .into_iter()
                .map(|(key, value)| (format!("{section}.{key}"), value)),
        );
    }
    values
}

fn from_env(
    env: impl Iterator<Item = (String, String)>,
    defaults: &Values,
    problems: &mut Vec<Problem>,
) -> Values {
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
                problems.push(Problem::new(name, message));
            }
            continue;
        };
        let key = format!(
            "{}.{}",
            section.to_ascii_lowercase(),
            key.to_ascii_lowercase()
        );
        let value = match defaults.get(&key) {
            Some(Value::Integer(_)) => text.trim().parse().ok().map(Value::Integer),
            Some(Value::Boolean(_)) => text.trim().parse().ok().map(Value::Boolean),
            Some(Value::Array(_)) => list(&text),
            _ => Some(Value::String(text)),
        };
        match value {
            Some(value) => {
                values.insert(key, value);
            }
            None => {
                let expected = match defaults.get(&key) {
                    Some(Value::Integer(_)) => "expected a whole number",
                    Some(Value::Boolean(_)) => "expected true or false",
                    _ => "expected a list in JSON",
                };
                problems.push(Problem::new(name, expected));
            }
        }
    }
    values
}

/// Kubernetes puts such names into every pod when a service is called `onboarding` or `onboarding-…`.
fn is_kubernetes_link(name: &str) -> bool {
    let parts: Vec<&str> = name.split('_').collect();
    name == "PORT"
        || name.ends_with("SERVICE_HOST")
        || name.contains("SERVICE_PORT")
        || parts.last() == Some(&"PORT")
        || parts
            .windows(2)
            .any(|w| w[0] == "PORT" && w[1].bytes().all(|b| b.is_ascii_digit()))
}

fn list(json: &str) -> Option<Value> {
    let value: Vec<serde_json::Value> = serde_json::from_str(json).ok()?;
    Value::try_from(value).ok()
}

fn overlay(
    merged: &mut Values,
    defaults: &Values,
    layer: Values,
    origin: &str,
    problems: &mut Vec<Problem>,
) {
    for key in SECRETS {
        if layer.contains_key(key) && layer.contains_key(&format!("{key}_file")) {
            problems.push(Problem::new(
                key,
                format!("both this and {key}_file are in {origin}"),
            ));
        }
    }
    for (key, value) in layer {
        let secret = key
            .strip_suffix("_file")
            .filter(|key| SECRETS.contains(key));
        if let Some(secret) = secret {
            merged.remove(secret);
        } else if defaults.contains_key(&key) {
            merged.remove(&format!("{key}_file"));
        } else {
            let hint = nearest(&key, defaults).map_or(String::new(), |k| format!("; {k}?"));
            problems.push(Problem::new(key, format!("unknown key in {origin}{hint}")));
            continue;
        }
        merged.insert(key, value);
    }
}

fn nearest<'a>(key: &str, defaults: &'a Values) -> Option<&'a str> {
    let candidates = defaults
        .keys()
        .map(|k| (strsim::damerau_levenshtein(k, key), k.as_str()));
    candidates
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, key)| key)
}

fn read_secrets(merged: &mut Values, defaults: &Values, problems: &mut Vec<Problem>) {
    for key in SECRETS {
        let name = format!("{key}_file");
        let Some(path) = merged.remove(&name) else {
            continue;
        };
        let default = defaults.get(key);
        let value = match path.as_str().map(fs::read_to_string) {
            None => Err("expected the path of a file".to_owned()),
            Some(Err(e)) => Err(format!("the file cannot be read: {e}")),
            Some(Ok(text)) => match default {
                Some(Value::Array(_)) if text.trim_start().starts_with('[') => {
                    list(&text).ok_or_else(|| "the file is not a list in JSON".to_owned())
                }
                Some(Value::Array(_)) => Ok(lines(&text)),
                _ => Ok(Value::String(text.trim().to_owned())),
            },
        };
        let value = value.or_else(|message| {
            problems.push(Problem::new(name, message));
            default.cloned().ok_or(())
        });
        if let Ok(value) = value {
            merged.insert(key.to_owned(), value);
        }
    }
}

fn lines(text: &str) -> Value {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Value::Array(lines.map(|line| Value::String(line.to_owned())).collect())
}
