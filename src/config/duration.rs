//! Durations as settings write them.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

const LONGEST: Duration = Duration::from_hours(365 * 24);

/// Parses `250ms`, `60s`, `5m`, `2h`, `1d` or `1h 30m`, up to 365 days of 24 hours each.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let span: Span = text.trim().parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(duration)
        .ok()
        .filter(|duration| *duration <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_their_units() {
        let cases = [
            ("250ms", Some(250)),
            ("60s", Some(60_000)),
            (" 5m ", Some(300_000)),
            ("2h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("365d", Some(365 * 86_400_000)),
            ("0s", Some(0)),
            ("1.5s", Some(1_500)),
            ("1 s", Some(1_000)),
            ("1h 30m", Some(5_400_000)),
            ("1w", Some(7 * 86_400_000)),
            ("60", None),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1mo", None),
            ("366d", None),
            ("99999999999999999999s", None),
            ("18446744073709551615d", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected.map(Duration::from_millis), "{text:?}");
        }
    }
}
