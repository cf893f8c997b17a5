//! Custom data of the HR file, and those that a hire brings.
//!
//! Lucca refuses a creation that has one unknown code, so the custom data are checked before the
//! call.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    field::Field,
    finding::{Candidate, Origin, Problem, Question, Reason, ResolvedField, WarningKind},
    lucca_id::LuccaId,
    matching_key::MatchKey,
    resolve::Resolved,
};

/// The least similarity of a code that is proposed, from 0 to 1.
const NEAR: f64 = 0.8;

/// How many are proposed.
const PROPOSED: usize = 3;

/// One custom data of the HR file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionDefinition {
    /// The code it is written and read under: `e_…`, as Lucca spells it.
    pub code: String,
    /// The name that HR uses; empty if Lucca does not show it.
    pub name: String,
    /// The entries of a list, whose value is the id of an entry; empty for any other kind.
    pub entries: Vec<ListEntry>,
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// Its id, which is sent as the value.
    pub id: i64,
    /// Its name.
    pub name: String,
}

impl ExtensionDefinition {
    /// Whether this is the code. Lucca's framework matches names of members in any case.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.eq_ignore_ascii_case(code)
    }

    /// The one entry of the list that a text names, by name or id.
    ///
    /// # Errors
    /// No entry or several; the candidates.
    pub fn entry(&self, text: &str) -> Result<&ListEntry, Vec<Candidate>> {
        let entries = &self.entries;
        let key = MatchKey::of(text);
        let same: Vec<&ListEntry> = entries
            .iter()
            .filter(|it| !key.is_empty() && MatchKey::of(&it.name) == key)
            .collect();
        match same.as_slice() {
            [one] => return Ok(one),
            [] => {}
            several => return Err(candidates(several, &Reason::EntryWithName)),
        }
        if let Ok(id) = text.trim().parse::<i64>()
            && let Some(one) = entries.iter().find(|entry| entry.id == id)
        {
            return Ok(one);
        }
        let alike = |entry: &ListEntry| {
            strsim::jaro_winkler(MatchKey::of(&entry.name).as_str(), key.as_str())
        };
        let near = most_alike(entries.iter().map(|it| (alike(it), it)).collect());
        Err(candidates(&near, &Reason::Entry))
    }
}

/// The custom data of a hire, checked.
#[derive(Debug, Default)]
struct Custom {
    /// What is sent: codes as Lucca spells them, entries of lists by their ids.
    data: BTreeMap<String, Value>,
    /// By the code as given: the name that HR uses, with the name of the entry that was found;
    /// and whether an entry was found.
    labels: BTreeMap<String, (String, bool)>,
    unknown: Vec<String>,
    near_codes: Vec<String>,
    unmatched: Vec<String>,
    near: Vec<Candidate>,
}

/// Checks the custom data of a hire that is to be created, or is asked about something else.
/// Without definitions, which could not be read, Lucca decides.
pub fn checked(
    mut resolved: Resolved,
    data: &BTreeMap<String, Value>,
    definitions: Option<&[ExtensionDefinition]>,
) -> Resolved {
    if data.is_empty() {
        return resolved;
    }
    let findings = match &mut resolved {
        Resolved::Exists(..) => return resolved,
        Resolved::Ready(_, findings) | Resolved::Asks(_, findings) => findings,
    };
    // A key that sees no definition at all may lack the right to see them.
    let Some(definitions) = definitions.filter(|all| !all.is_empty()) else {
        let warning = WarningKind::ExtendedDataNotChecked;
        findings.warnings.push(warning.into());
        return resolved;
    };
    let mut custom = Custom::of(data, definitions);
    custom.name(&mut findings.resolution);
    let problem = custom.problem();
    match (resolved, problem) {
        (Resolved::Ready(mut person, findings), None) => {
            person.collaborator.rest.extended_data = custom.data;
            Resolved::Ready(person, findings)
        }
        (Resolved::Ready(_, findings), Some(problem)) => Resolved::Asks(problem, findings),
        (Resolved::Asks(first, findings), Some(other)) => {
            Resolved::Asks(first.and(other), findings)
        }
        (resolved, _) => resolved,
    }
}

/// What has to be asked about the custom data of a hire.
pub fn asked(
    data: &BTreeMap<String, Value>,
    definitions: &[ExtensionDefinition],
) -> Option<Problem> {
    let definitions = Some(definitions).filter(|all| !all.is_empty())?;
    Custom::of(data, definitions).problem()
}

impl Custom {
    fn of(data: &BTreeMap<String, Value>, definitions: &[ExtensionDefinition]) -> Self {
        let mut custom = Self::default();
        for (code, value) in data {
            custom.add(code.clone(), value.clone(), definitions);
        }
        custom
    }

    fn add(&mut self, code: String, value: Value, definitions: &[ExtensionDefinition]) {
        let Some(definition) = definitions.iter().find(|it| it.has_code(&code)) else {
            self.near_codes.extend(near_codes(&code, definitions));
            self.unknown.push(code);
            return;
        };
        let (sent, found) = self.entries(definition, value);
        let matched = !found.is_empty();
        let label = match (definition.name.as_str(), found.join(", ")) {
            (name, found) if found.is_empty() => name.to_owned(),
            ("", found) => found,
            (name, found) => format!("{name}: {found}"),
        };
        self.labels.insert(code, (label, matched));
        self.data.insert(definition.code.clone(), sent);
    }

    /// The value with entries of a list by their ids, and the names of the entries.
    fn entries(&mut self, definition: &ExtensionDefinition, value: Value) -> (Value, Vec<String>) {
        if definition.entries.is_empty() {
            return (value, Vec::new());
        }
        match value {
            Value::Array(list) => {
                let (values, names): (Vec<Value>, Vec<Vec<String>>) = list
                    .into_iter()
                    .map(|value| self.entries(definition, value))
                    .unzip();
                (values.into(), names.concat())
            }
            Value::String(text) => match definition.entry(&text) {
                Ok(entry) => (entry.id.into(), vec![entry.name.clone()]),
                Err(near) => {
                    self.no_entry(definition, near);
                    (Value::String(text), Vec::new())
                }
            },
            Value::Number(number) => {
                let mut entries = definition.entries.iter();
                let known = entries.find(|entry| Some(entry.id) == number.as_i64());
                if known.is_none() {
                    self.no_entry(definition, Vec::new());
                }
                let name = known.map(|entry| entry.name.clone());
                (Value::Number(number), name.into_iter().collect())
            }
            other => (other, Vec::new()),
        }
    }

    fn no_entry(&mut self, definition: &ExtensionDefinition, near: Vec<Candidate>) {
        if !self.unmatched.contains(&definition.code) {
            self.unmatched.push(definition.code.clone());
        }
        self.near.extend(near);
    }

    /// Adds the names that HR uses.
    fn name(&self, resolution: &mut [ResolvedField]) {
        let custom = resolution.iter_mut();
        for resolved in custom.filter(|it| it.field == Field::ExtendedData) {
            if let Some((label, matched)) = self.labels.get(&resolved.value) {
                resolved.label.clone_from(label);
                if *matched && resolved.origin == Origin::Provided {
                    resolved.origin = Origin::Matched;
                    resolved.reason = Reason::ListEntry;
                }
            }
        }
    }

    /// The questions about what Lucca does not know.
    fn problem(&mut self) -> Option<Problem> {
        let take = std::mem::take::<Vec<String>>;
        let unknown = (!self.unknown.is_empty()).then(|| Question::NoSuchData {
            codes: take(&mut self.unknown),
            near: take(&mut self.near_codes),
        });
        let unmatched = (!self.unmatched.is_empty()).then(|| Question::NoSuchEntry {
            codes: take(&mut self.unmatched),
        });
        let near = std::mem::take(&mut self.near);
        let questions = unknown.into_iter().chain(unmatched).map(Problem::from);
        Some(Problem::all(questions)?.with(near))
    }
}

/// The most similar items, the most similar first.
fn most_alike<T>(mut all: Vec<(f64, T)>) -> Vec<T> {
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    all.into_iter().take(PROPOSED).map(|(_, it)| it).collect()
}

fn candidates(entries: &[&ListEntry], reason: &Reason) -> Vec<Candidate> {
    entries
        .iter()
        .filter_map(|entry| {
            let id = LuccaId::try_from(entry.id).ok()?;
            Some(Candidate::new(id, entry.name.as_str(), reason.clone()).about(Field::ExtendedData))
        })
        .collect()
}

/// The codes most similar to a code, by their spelling or by the name that HR uses.
fn near_codes(code: &str, definitions: &[ExtensionDefinition]) -> Vec<String> {
    let plain = |text: &str| MatchKey::of(&text.replace('_', " ")).as_str().to_owned();
    let wanted = plain(code.get(2..).unwrap_or(code));
    let mut near: Vec<(f64, String)> = definitions
        .iter()
        .map(|it| {
            let by_code = plain(it.code.get(2..).unwrap_or(&it.code));
            let alike = [by_code, plain(&it.name)]
                .iter()
                .map(|other| strsim::jaro_winkler(&wanted, other))
                .fold(0.0, f64::max);
            (alike, it.code.clone())
        })
        .filter(|(alike, _)| *alike >= NEAR)
        .collect();
    near.sort_by(|one, other| one.1.cmp(&other.1));
    most_alike(near)
}

#[cfg(test)]
mod tests;
