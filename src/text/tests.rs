//! Holds docs/CODES.md to the code.

use std::collections::BTreeSet;

use strum::{IntoEnumIterator as _, VariantNames as _};

use crate::{
    api::ApiError,
    domain::{
        finding::{ProblemCode, WarningCode},
        follow_up,
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
