//! `onboarding history ID`: what happened to an onboarding, as a table.

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use super::{Failure, exit_code, remote::Remote, terminal::say};
use crate::{
    config::Settings,
    domain::language::Language,
    pb::v1::{
        self, HistoryVerification, history_entry::Integrity,
        operations_service_client::OperationsServiceClient,
    },
    text::phrase,
};

/// Options of `history`.
#[derive(Debug, Args)]
pub struct Options {
    /// The onboarding's id.
    id: String,
    /// Verify that nobody has changed the history (exit code 1: somebody has).
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    remote: Remote,
}

/// The most entries of a page.
const PAGE: i32 = 500;

/// Asks the running service and prints the history, the earliest entry first.
pub async fn run(
    settings: &Settings,
    options: &Options,
    language: Language,
) -> Result<ExitCode, Failure> {
    let connection = options.remote.connect(settings, language).await?;
    let mut client = OperationsServiceClient::new(connection.channel.clone());
    let (mut entries, mut page_token) = (Vec::new(), String::new());
    let verification = loop {
        let request = connection.request(v1::ListHistoryRequest {
            onboarding_id: options.id.clone(),
            page_size: PAGE,
            page_token,
            verify: options.verify,
            ..v1::ListHistoryRequest::default()
        });
        let answer = client.list_history(request).await;
        let answer = answer.map_err(|status| connection.refused(&status))?;
        let page = answer.into_inner();
        entries.extend(page.entries);
        if page.next_page_token.is_empty() {
            break page.verification;
        }
        page_token = page.next_page_token;
    };
    entries.reverse();
    for line in lines(&entries, language) {
        say(&line);
    }
    let Some(found) = verification else {
        // Without an onboarding there is nothing to verify.
        return Ok(exit_code(!options.verify));
    };
    say("");
    say(&summary(&found, language));
    Ok(exit_code(found.intact))
}

/// The cells of a line: time, event, actor, detail.
type Row = [String; 4];

/// The most characters of a line.
const WIDTH: usize = 100;
/// The widest that the first columns may be; the detail gets the rest of the line.
const WIDEST: [usize; 3] = [20, 22, 18];
/// What separates two columns.
const GAP: &str = "  ";

/// The lines of a table. A text that is too long for its column goes on in the next line.
fn lines(entries: &[v1::HistoryEntry], language: Language) -> Vec<String> {
    let heading = ["time", "event", "actor", "detail"];
    let heading = heading.map(|name| phrase(language, &format!("command-history-{name}"), &[]));
    let mut rows: Vec<Row> = vec![heading];
    for entry in entries {
        let time = entry.time.unwrap_or_default();
        let time = Timestamp::from_second(time.seconds).unwrap_or_default();
        let mark = mark(entry.integrity(), language);
        let detail = [mark, entry.detail.clone(), call(entry)];
        let detail = detail.into_iter().filter(|part| !part.is_empty());
        rows.push([
            time.to_string(),
            entry.event.clone(),
            entry.actor.clone(),
            detail.collect::<Vec<_>>().join(" "),
        ]);
    }
    let widths = widths(&rows);
    rows.iter().flat_map(|cells| row(cells, widths)).collect()
}

/// The widths of the columns, no wider than their cells.
fn widths(rows: &[Row]) -> [usize; 4] {
    let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let [time, event, actor] =
        [0, 1, 2].map(|column| widest(column).unwrap_or_default().min(WIDEST[column]));
    let detail = WIDTH - time - event - actor - 3 * GAP.len();
    [time, event, actor, detail]
}

/// The call that caused an entry, and its outcome if it was refused.
fn call(entry: &v1::HistoryEntry) -> String {
    match entry.outcome.as_str() {
        "" | "OK" => entry.rpc.clone(),
        outcome => format!("{}: {outcome}", entry.rpc),
    }
}

fn mark(integrity: Integrity, language: Language) -> String {
    match integrity {
        Integrity::Changed => phrase(language, "command-history-changed", &[]),
        Integrity::Unproven => phrase(language, "command-history-unproven", &[]),
        Integrity::Intact | Integrity::Unspecified => String::new(),
    }
}

fn row(cells: &Row, widths: [usize; 4]) -> Vec<String> {
    let columns: Vec<Vec<String>> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| folded(cell, width))
        .collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or_default();
    let line = |at| {
        let cells = columns.iter().zip(widths).map(|(column, width)| {
            let cell: &str = column.get(at).map_or("", String::as_str);
            format!("{cell:<width$}")
        });
        let line = cells.collect::<Vec<_>>().join(GAP);
        line.trim_end().to_owned()
    };
    (0..height).map(line).collect()
}

/// A text in lines of at most `width` characters, without what a terminal would obey.
fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let word: Vec<char> = word.chars().filter(|it| !it.is_control()).collect();
        for (place, part) in word.chunks(width).enumerate() {
            let part: String = part.iter().collect();
            match lines.last_mut() {
                Some(line) if line.is_empty() => line.push_str(&part),
                Some(line)
                    if place == 0 && line.chars().count() + 1 + part.chars().count() <= width =>
                {
                    line.push(' ');
                    line.push_str(&part);
                }
                _ => lines.push(part),
            }
        }
    }
    lines
}

fn summary(found: &HistoryVerification, language: Language) -> String {
    let id = match (found.changed_count, found.end_missing) {
        (0, false) => "command-history-intact",
        (0, true) => "command-history-cut",
        (_, false) => "command-history-broken",
        (_, true) => "command-history-broken-and-cut",
    };
    let changed = found.changed_count.to_string();
    let mut sentences = vec![phrase(language, id, &[("changed", &changed)])];
    if found.unproven_count > 0 {
        let count = found.unproven_count.to_string();
        sentences.push(phrase(
            language,
            "command-history-older",
            &[("count", &count)],
        ));
    }
    if let (Some(before), Some(time)) = (&found.removed_before, &found.remove_time) {
        let (before, time) = (day(before), day(time));
        let arguments = [("before", &*before), ("time", &time)];
        sentences.push(phrase(language, "command-history-removed", &arguments));
    }
    sentences.join(" ")
}

/// The day of a time, in UTC.
fn day(time: &prost_types::Timestamp) -> String {
    let time = Timestamp::from_second(time.seconds).unwrap_or_default();
    jiff::tz::TimeZone::UTC.to_datetime(time).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(detail: &str, integrity: Integrity) -> v1::HistoryEntry {
        v1::HistoryEntry {
            time: Some(prost_types::Timestamp {
                seconds: 1_800_000_000,
                nanos: 5,
            }),
            event: "NEEDS_ATTENTION".to_owned(),
            actor: "an-operator-with-a-name-as-long-as-names-may-be".to_owned(),
            detail: detail.to_owned(),
            rpc: "OperationsService/ResolveOnboarding".to_owned(),
            outcome: "LOGIN_TAKEN".to_owned(),
            integrity: integrity.into(),
            ..v1::HistoryEntry::default()
        }
    }

    #[test]
    fn no_line_is_longer_than_a_hundred_characters_and_none_moves_the_cursor() {
        let long = "REASON\u{1b}[2J ".repeat(20) + &"x".repeat(200);
        let entries = [
            entry(&long, Integrity::Changed),
            entry("", Integrity::Unproven),
        ];
        for language in [Language::English, Language::French] {
            for line in lines(&entries, language) {
                assert!(line.chars().count() <= 100, "{line}");
                assert!(!line.contains(char::is_control), "{line:?}");
            }
        }
    }

    #[test]
    fn a_table_says_what_happened_and_what_was_changed() {
        let table = lines(
            &[entry("INCOMPLETE", Integrity::Changed)],
            Language::English,
        );
        assert_eq!(
            table,
            [
                "TIME                  EVENT            BY                  DETAIL",
                "2027-01-15T08:00:00Z  NEEDS_ATTENTION  an-operator-with-a  CHANGED INCOMPLETE",
                "                                       -name-as-long-as-n  OperationsService/ResolveOnboarding:",
                "                                       ames-may-be         LOGIN_TAKEN",
            ]
        );
    }

    #[test]
    fn the_last_line_says_whether_the_history_is_whole() {
        let found = |changed_count, end_missing: bool, unproven_count| HistoryVerification {
            intact: changed_count == 0 && !end_missing,
            changed_count,
            unproven_count,
            end_missing,
            ..HistoryVerification::default()
        };
        for (found, expected) in [
            (found(0, false, 0), "The history is complete and unchanged."),
            (
                found(0, false, 2),
                "The history is complete and unchanged. Nothing proves the 2 entries that version 0.1 wrote.",
            ),
            (found(0, true, 0), "The latest entries were removed."),
            (
                found(1, false, 0),
                "Changed: 1. These entries were changed or added, or entries before them were removed.",
            ),
            (
                found(2, true, 0),
                "Changed: 2. These entries were changed or added, or entries before them were removed. The latest entries were removed as well.",
            ),
            (
                HistoryVerification {
                    removed_before: Some(prost_types::Timestamp {
                        seconds: 1_700_000_000,
                        nanos: 0,
                    }),
                    remove_time: Some(prost_types::Timestamp {
                        seconds: 1_800_000_000,
                        nanos: 0,
                    }),
                    ..found(0, false, 0)
                },
                "The history is complete and unchanged. Entries before 2023-11-14 were removed by retention on 2027-01-15.",
            ),
        ] {
            assert_eq!(summary(&found, Language::English), expected);
        }
    }
}
