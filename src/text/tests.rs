//! Holds docs/CODES.md to the code.

use std::collections::BTreeSet;

use strum::{IntoEnumIterator as _, VariantNames as _};

use super::source;
use crate::{
    api::ApiError,
    domain::{
        finding::{ProblemCode, WarningCode},
        follow_up,
        language::Language,
        onboarding::{State, forward::NotRetried},
    },
    pb::v1::cancellation,
    store::{EventKind, HistoryEvent},
};

const DOCUMENT: &str = include_str!("../../docs/CODES.md");

/// The codes in the first column of a section's table, each once.
fn documented(section: &str) -> BTreeSet<&'static str> {
    let heading = format!("\n## {section}\n");
    let (_, rest) = DOCUMENT.split_once(&heading).unwrap();
    let rows = rest.split("\n#").next().unwrap().lines();
    let codes: Vec<&str> = rows
        .filter_map(|row| row.strip_prefix("| `")?.split('`').next())
        .collect();
    let set: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(set.len(), codes.len(), "{section} names a code twice");
    set
}

#[test]
fn the_reference_has_every_code_and_no_other() {
    let history = HistoryEvent::VARIANTS.iter().chain(EventKind::VARIANTS);
    // Their words are the states, and those of `EventKind`.
    let history = history.filter(|word| !["MOVED", "REPORTED"].contains(word));
    let reasons = (1..).map_while(|number| cancellation::Reason::try_from(number).ok());
    let reasons = reasons.map(|it| it.as_str_name().trim_start_matches("REASON_"));
    let not_retried = [NotRetried::Ended, NotRetried::LookNotDue];
    for (section, codes) in [
        ("States", State::iter().map(State::as_str).collect()),
        ("Problems", ProblemCode::iter().map(Into::into).collect()),
        ("Retries", not_retried.map(NotRetried::code).into()),
        ("Warnings", WarningCode::iter().map(Into::into).collect()),
        (
            "Follow-ups",
            follow_up::Code::iter().map(Into::into).collect(),
        ),
        ("Errors", ApiError::VARIANTS.iter().copied().collect()),
        ("Cancellations", reasons.collect()),
        ("History", history.copied().collect()),
    ] {
        let codes: BTreeSet<&str> = codes;
        assert_eq!(documented(section), codes, "docs/CODES.md, {section}");
    }
}

/// Whether a word is the name of a call or of a field of a message.
fn is_of_the_protocol(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    let mut pairs = letters.windows(2);
    word.contains('_') || pairs.any(|it| it[0].is_lowercase() && it[1].is_uppercase())
}

/// HR has no means to make a call. What operators do is told in the attribute `fix`.
#[test]
fn what_hr_reads_names_neither_calls_nor_fields_of_messages() {
    const READ: [&str; 6] = [
        "problem-",
        "warning-",
        "follow-up-",
        "reason-",
        "cancelled-",
        "check-",
    ];
    for language in Language::ALL {
        let (mut is_read, mut words) = (false, 0);
        for line in source(*language).lines() {
            if line.starts_with(|it: char| it.is_ascii_lowercase()) {
                is_read = READ.iter().any(|group| line.starts_with(group));
            } else if line.trim_start().starts_with('.') {
                is_read = false;
            }
            if !is_read {
                continue;
            }
            let part = |it: char| it.is_alphanumeric() || "_$[".contains(it);
            for word in line.split(|it| !part(it)) {
                words += 1;
                // Arguments, and the cases of a choice.
                let is_text = !word.starts_with(['$', '[']);
                assert!(
                    !is_text || !is_of_the_protocol(word),
                    "{language:?}: {line}"
                );
            }
        }
        assert!(words > 1000);
    }
}
