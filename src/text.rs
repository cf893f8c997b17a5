//! The catalogue: every sentence that people read, in each language.
//!
//! Code never composes a sentence. It hands over an enum with arguments, and the catalogue of
//! the language asked for has a message for each of its codes: one file per language in
//! `text/`, in the syntax of Project Fluent. The id of a message is the group of the enum and
//! the code, `problem` and `NO_DEFAULT` for `problem-no-default`; its arguments are the
//! enum's. An attribute holds a second sentence, such as `.fix`.
//!
//! | an argument that is | is handed over as |
//! | --- | --- |
//! | a text, a number | itself |
//! | a truth value | `yes` or `no` |
//! | absent | `none` |
//! | a date | `YYYY-MM-DD`; `DATE($start)` writes it as the language does |
//! | an object | the sentence of its code, in the group that has the argument's name |
//! | a list | its items joined, as a text; their number as `$name_count` |
//!
//! Texts of a list are quoted, and objects are sentences of the group `item`. A list named
//! `fields`, or `…_fields`, holds fields of a hire: each is written as its noun. A list named `clauses` is
//! joined by semicolons. The messages `noun`, `noun.the` and so on write the field that the
//! argument `$field` names.

use std::{borrow::Cow, sync::LazyLock};

use fluent_bundle::{
    FluentArgs, FluentError, FluentResource, FluentValue, concurrent::FluentBundle,
    types::FluentNumber,
};
use serde::Serialize;
use serde_json::{Map, Value};
use unic_langid::LanguageIdentifier;

use crate::domain::{
    cause::{Cause, Failure, Trouble},
    finding::{Candidate, Problem, Question, Reason, Warning, WarningKind},
    follow_up::{FollowUp, Task},
    language::Language,
    onboarding::cancellation::CancelledBy,
    text::clean,
};

#[cfg(test)]
pub(crate) mod completeness;
#[cfg(test)]
mod tests;

/// Something that is told to people: a code with arguments, told apart by their JSON.
///
/// It serialises to the code as a text, or to an object with the code under `TAG` and the
/// arguments beside it.
pub trait Sentence: Serialize {
    /// The first part of the ids of its messages.
    const GROUP: &'static str;
    /// The member that holds the code.
    const TAG: &'static str = "code";
}

/// The sentence about something.
pub fn say(language: Language, what: &impl Sentence) -> String {
    spoken(language, what, None)
}

/// What to do about something; empty if there is nothing to do.
pub fn fix(language: Language, what: &impl Sentence) -> String {
    spoken(language, what, Some("fix"))
}

/// A message that stands alone, with text arguments.
pub fn phrase(language: Language, id: &str, arguments: &[(&str, &str)]) -> String {
    let arguments = arguments
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    written(language, id, None, &arguments.collect())
}

/// What is wrong and what to do, in a sentence or two each.
pub fn problem(language: Language, problem: &Problem) -> (String, String) {
    if let Some(earlier) = &problem.earlier {
        return (earlier.message.clone(), earlier.fix.clone());
    }
    // Two questions may have one answer.
    let joined = |one: fn(Language, &Question) -> String| {
        let mut all: Vec<String> = Vec::new();
        for sentence in problem.questions.iter().map(|it| one(language, it)) {
            if !all.contains(&sentence) {
                all.push(sentence);
            }
        }
        all.join(" ")
    };
    (joined(say), joined(fix))
}

/// What a warning says.
pub fn warning(language: Language, warning: &Warning) -> String {
    let earlier = warning.earlier.clone();
    earlier.unwrap_or_else(|| say(language, &warning.kind))
}

/// What is left to do.
pub fn follow_up(language: Language, item: &FollowUp) -> String {
    let earlier = item.earlier.clone();
    earlier.unwrap_or_else(|| say(language, &item.task))
}

/// Why a value was taken, or a candidate is proposed.
pub fn reason(language: Language, reason: &Reason) -> String {
    match reason {
        Reason::Earlier { sentence } => sentence.clone(),
        reason => say(language, reason),
    }
}

/// The name of a candidate.
pub fn label(language: Language, candidate: &Candidate) -> String {
    match candidate.label.as_str() {
        "" => {
            let id = candidate.id.to_string();
            phrase(language, "user-without-name", &[("id", &id)])
        }
        label => clean(label, usize::MAX),
    }
}

/// What went wrong last, with Lucca's own sentence as it came.
pub fn trouble(language: Language, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Earlier { sentence } => sentence.clone(),
        Trouble::Call(failure) => failed(language, "trouble-call", failure),
        Trouble::Read(failure) => failed(language, "trouble-read", failure),
        trouble => say(language, trouble),
    }
}

fn failed(language: Language, id: &str, failure: &Failure) -> String {
    match &failure.said {
        Some(said) if failure.cause == Cause::Unspecified => said.clone(),
        said => {
            let cause = say(language, &failure.cause);
            let head = phrase(language, id, &[("cause", &cause)]);
            let Some(said) = said else {
                return head;
            };
            let said = phrase(language, "lucca-says", &[("said", said)]);
            format!("{head} {said}")
        }
    }
}

/// Of a longer list, the last item is the number of those that are left out: never one alone.
const LONGEST_LIST: usize = 12;

/// A list of texts in quotation marks.
pub fn list<T: AsRef<str>>(language: Language, items: &[T]) -> String {
    let quoted = items.iter().map(|item| {
        let text = [("text", item.as_ref())];
        phrase(language, "quoted", &text)
    });
    joined(language, quoted.collect())
}

fn joined(language: Language, mut items: Vec<String>) -> String {
    if items.len() > LONGEST_LIST {
        let others = items.split_off(LONGEST_LIST - 1);
        let count = others.len().to_string();
        items.push(phrase(language, "list-more", &[("count", &count)]));
    }
    match items.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => {
            let first = first.join(", ");
            phrase(language, "list-and", &[("first", &first), ("last", last)])
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English));
static FRENCH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::French));

/// The text of a language's catalogue. French typography wants a no-break space inside
/// guillemets and before high punctuation: the file has plain ones, which are easier to write.
fn source(language: Language) -> String {
    match language {
        Language::English => include_str!("text/en.ftl").to_owned(),
        Language::French => {
            let plain = include_str!("text/fr.ftl").replace("« ", "«\u{a0}");
            [" »", " :", " ;", " ?", " !"]
                .iter()
                .fold(plain, |text, mark| {
                    text.replace(mark, &mark.replace(' ', "\u{a0}"))
                })
        }
    }
}

/// A catalogue. What cannot be read of it is left out; a test holds that all of it can.
fn bundle(language: Language) -> Bundle {
    let resource = match FluentResource::try_new(source(language)) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    let (tag, date): (&str, fn(&str) -> String) = match language {
        Language::English => ("en", str::to_owned),
        Language::French => ("fr", french_date),
    };
    let mut bundle =
        Bundle::new_concurrent(vec![tag.parse::<LanguageIdentifier>().unwrap_or_default()]);
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    let _ = bundle.add_function("DATE", move |arguments, _| match arguments {
        [FluentValue::String(text)] => date(text).into(),
        other => other.first().cloned().unwrap_or(FluentValue::Error),
    });
    bundle
}

/// `2027-01-04` as `04/01/2027`.
fn french_date(iso: &str) -> String {
    match iso.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => format!("{day}/{month}/{year}"),
        _ => iso.to_owned(),
    }
}

fn spoken<T: Sentence>(language: Language, what: &T, attribute: Option<&str>) -> String {
    let (id, arguments) = taken_apart(what);
    written(language, &id, attribute, &arguments)
}

/// The id of a message and its arguments.
fn taken_apart<T: Sentence>(what: &T) -> (String, Map<String, Value>) {
    let (code, arguments) = match serde_json::to_value(what) {
        Ok(Value::String(code)) => (code, Map::new()),
        Ok(Value::Object(members)) => code_and_arguments(T::TAG, members),
        _ => Default::default(),
    };
    (id(T::GROUP, &code), arguments)
}

fn code_and_arguments(tag: &str, mut members: Map<String, Value>) -> (String, Map<String, Value>) {
    match members.remove(tag) {
        Some(Value::String(code)) => (code, members),
        _ => Default::default(),
    }
}

/// The sentence about an argument that is an object.
fn argument(language: Language, group: &str, members: &Map<String, Value>) -> String {
    let (code, arguments) = code_and_arguments("code", members.clone());
    written(language, &id(group, &code), None, &arguments)
}

fn id(group: &str, code: &str) -> String {
    format!("{group}-{}", code.replace('_', "-").to_lowercase())
}

/// A message with its arguments; its id if there is no such message, and nothing if it has no
/// such attribute.
fn written(
    language: Language,
    id: &str,
    attribute: Option<&str>,
    arguments: &Map<String, Value>,
) -> String {
    let mut errors = Vec::new();
    match formatted(language, id, attribute, arguments, &mut errors) {
        Some(text) => text.into_owned(),
        None if attribute.is_some() => String::new(),
        None => id.to_owned(),
    }
}

fn formatted(
    language: Language,
    id: &str,
    attribute: Option<&str>,
    arguments: &Map<String, Value>,
    errors: &mut Vec<FluentError>,
) -> Option<Cow<'static, str>> {
    let bundle: &'static Bundle = match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    };
    let message = bundle.get_message(id)?;
    let pattern = match attribute {
        Some(name) => message.get_attribute(name)?.value(),
        None => message.value()?,
    };
    let arguments = handed_over(language, arguments);
    let text = bundle.format_pattern(pattern, Some(&arguments), errors);
    Some(Cow::Owned(text.into_owned()))
}

fn handed_over(language: Language, arguments: &Map<String, Value>) -> FluentArgs<'static> {
    let mut handed_over = FluentArgs::new();
    for (name, value) in arguments {
        let value: FluentValue<'static> = match value {
            Value::Null => "none".into(),
            Value::Bool(true) => "yes".into(),
            Value::Bool(false) => "no".into(),
            Value::Number(number) => number.as_f64().map_or(FluentValue::None, |value| {
                FluentNumber::new(value, Default::default()).into()
            }),
            // Some texts come from hires or were stored by older versions.
            Value::String(text) => clean(text, usize::MAX).into(),
            Value::Array(items) => {
                let count = FluentNumber::new(items.len() as f64, Default::default());
                handed_over.set(format!("{name}_count"), count);
                items_of(language, name, items).into()
            }
            Value::Object(members) => argument(language, name, members).into(),
        };
        handed_over.set(name.clone(), value);
    }
    handed_over
}

fn items_of(language: Language, name: &str, items: &[Value]) -> String {
    let written = items.iter().map(|item| match item {
        Value::Object(members) => argument(language, "item", members),
        Value::String(field) if name.ends_with("fields") => {
            phrase(language, "noun", &[("field", field)])
        }
        Value::String(text) => phrase(language, "quoted", &[("text", text)]),
        other => other.to_string(),
    });
    if name == "clauses" {
        let both = |first: String, last: String| {
            let clauses = [("first", &*first), ("last", &*last)];
            phrase(language, "list-clauses", &clauses)
        };
        return written.reduce(both).unwrap_or_default();
    }
    joined(language, written.collect())
}

macro_rules! sentences {
    ($($type:ty: $group:literal, $tag:literal;)*) => {
        $(impl Sentence for $type {
            const GROUP: &'static str = $group;
            const TAG: &'static str = $tag;
        })*
    };
}

sentences! {
    Question: "problem", "ask";
    WarningKind: "warning", "code";
    Task: "follow-up", "code";
    Reason: "reason", "code";
    Cause: "cause", "code";
    Trouble: "trouble", "what";
    CancelledBy: "cancelled", "code";
}
