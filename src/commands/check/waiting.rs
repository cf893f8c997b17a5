//! Progress messages while `check` waits for its report.

use std::{future::Future, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::{
    checks::MOST_CALLS, commands::terminal::note, domain::language::Language,
    pb::v1::check_defaults_response::Allowance, text::phrase,
};

/// The time between two progress messages.
const EVERY: Duration = Duration::from_secs(5);

/// Waits for an answer and writes progress to standard error: at once if too few calls to Lucca
/// are left, and then every few seconds.
pub(super) async fn with_progress<T>(
    answer: impl Future<Output = T>,
    allowance: &Allowance,
    language: Language,
) -> T {
    let longest = allowance.longest_wait.as_ref();
    let longest = longest.map_or(0, |span| span.seconds);
    if let Some(line) = at_first(allowance.left_count, longest, &clock(longest), language) {
        note(&line);
    }
    let began = Instant::now();
    let mut ticks = interval_at(began + EVERY, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(answer);
    loop {
        tokio::select! {
            answer = &mut answer => return answer,
            _ = ticks.tick() => note(&meanwhile(began.elapsed().as_secs(), longest, language)),
        }
    }
}

/// The local time this many seconds from now.
fn clock(seconds: i64) -> String {
    let then = Timestamp::now()
        .checked_add(jiff::SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX);
    TimeZone::system()
        .to_datetime(then)
        .strftime("%H:%M:%S")
        .to_string()
}

/// Why it will take long, if too few calls are left.
fn at_first(left: i32, longest: i64, until: &str, language: Language) -> Option<String> {
    if left >= MOST_CALLS.cast_signed() {
        return None;
    }
    let id = match left {
        ..=0 => "command-waiting-none",
        _ => "command-waiting-few",
    };
    let (left, longest) = (left.to_string(), longest.to_string());
    let arguments = [("left", &*left), ("until", until), ("longest", &longest)];
    Some(phrase(language, id, &arguments))
}

fn meanwhile(seconds: u64, longest: i64, language: Language) -> String {
    let (seconds, longest) = (seconds.to_string(), longest.to_string());
    let arguments = [("seconds", &*seconds), ("longest", &longest)];
    phrase(language, "command-waiting-meanwhile", &arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_it_waits_and_until_when_is_said_at_once_if_too_few_calls_are_left() {
        for language in [Language::English, Language::French] {
            assert_eq!(at_first(8, 30, "10:20:30", language), None);
            for left in [0, 7] {
                let line = at_first(left, 30, "10:20:30", language).unwrap();
                assert!(line.contains("10:20:30") && line.contains("30 s"), "{line}");
                assert_eq!(line.contains(" 7 "), left == 7, "{line}");
            }
            let line = meanwhile(5, 30, language);
            assert!(line.contains("5 s") && line.contains("30 s"), "{line}");
        }
    }
}
