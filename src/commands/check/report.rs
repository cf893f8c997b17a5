//! A report as lines of text.

use crate::{
    domain::language::Language,
    pb::v1::{self, check_defaults_response::check::Status},
    text::phrase,
};

/// The look of the lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Whether to colour marks and ids.
    pub colours: bool,
    /// Longest line, in characters; `None`: lines are not broken.
    pub width: Option<usize>,
}

/// Columns that the mark of a check takes.
const MARK: usize = 8;

/// The lines of a report.
pub(super) fn lines(
    tenant: &str,
    report: &v1::CheckDefaultsResponse,
    language: Language,
    style: Style,
) -> Vec<String> {
    let mut lines = Vec::new();
    for check in &report.checks {
        let (mark, colour) = mark(check.status(), language);
        let mut sentences = folded(&check.message, style).into_iter();
        let first = sentences.next().unwrap_or_default();
        let mark = painted(&format!("{mark:<MARK$}"), colour, style);
        let id = painted(&format!("[{}]", check.id), DIM, style);
        lines.push(format!("{mark}{first}"));
        lines.extend(sentences.map(|line| format!("{:MARK$}{line}", "")));
        if let Some(last) = lines.last_mut() {
            last.push(' ');
            last.push_str(&id);
        }
        for (index, line) in folded(&check.fix, style).into_iter().enumerate() {
            let arrow = if index == 0 { "→" } else { " " };
            lines.push(format!("{:MARK$}{arrow} {line}", ""));
        }
    }
    lines.push(String::new());
    lines.push(summary(tenant, report, language, style));
    lines
}

const GREEN: &str = "32";
const YELLOW: &str = "33";
const RED: &str = "1;31";
const BLUE: &str = "36";
const DIM: &str = "2";

/// The mark of a status, and its colour.
fn mark(status: Status, language: Language) -> (String, &'static str) {
    let (id, colour) = match status {
        Status::Pass => ("command-check-pass", GREEN),
        Status::Warn => ("command-check-warn", YELLOW),
        Status::Fail => ("command-check-fail", RED),
        Status::Unverified | Status::Unspecified => ("command-check-open", BLUE),
    };
    (phrase(language, id, &[]), colour)
}

fn painted(text: &str, colour: &str, style: Style) -> String {
    if style.colours {
        format!("\u{1b}[{colour}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

fn summary(
    tenant: &str,
    report: &v1::CheckDefaultsResponse,
    language: Language,
    style: Style,
) -> String {
    let count = |wanted| {
        let checks = report.checks.iter();
        checks.filter(|check| check.status() == wanted).count()
    };
    let fail = count(Status::Fail);
    let (warn, open) = (count(Status::Warn), count(Status::Unverified));
    let (id, colour) = match (report.ready, fail) {
        (true, _) => ("command-check-ready", GREEN),
        (false, 0) => ("command-check-not-known", BLUE),
        _ => ("command-check-not-ready", RED),
    };
    let ready = phrase(language, id, &[("tenant", tenant)]);
    let counts = [("fail", fail), ("warn", warn), ("open", open)];
    let counts = counts.map(|(name, count)| (name, count.to_string()));
    let counts = counts
        .each_ref()
        .map(|(name, count)| (*name, count.as_str()));
    let counts = phrase(language, "command-check-counts", &counts);
    format!("{} {counts}", painted(&ready, colour, style))
}

/// A text broken into lines that leave room for the mark.
fn folded(text: &str, style: Style) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let Some(width) = style.width else {
        return vec![text.to_owned()];
    };
    let width = width.saturating_sub(MARK + 2);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use v1::check_defaults_response::Check;

    use super::*;

    const PLAIN: Style = Style {
        colours: false,
        width: None,
    };

    fn report() -> v1::CheckDefaultsResponse {
        let check = |id: &str, status: Status, message: &str, fix: &str| Check {
            id: id.to_owned(),
            status: status.into(),
            message: message.to_owned(),
            fix: fix.to_owned(),
        };
        v1::CheckDefaultsResponse {
            ready: false,
            checks: vec![
                check("lucca_key", Status::Pass, "Accepted.", ""),
                check(
                    "default_role",
                    Status::Fail,
                    "There is none.",
                    "Choose one.",
                ),
                check("writes", Status::Unverified, "Not known.", "Send a hire."),
            ],
            ..v1::CheckDefaultsResponse::default()
        }
    }

    #[test]
    fn each_check_has_its_mark_its_id_and_its_fix() {
        assert_eq!(
            lines("acme", &report(), Language::English, PLAIN),
            [
                "ok      Accepted. [lucca_key]",
                "FAIL    There is none. [default_role]",
                "        → Choose one.",
                "?       Not known. [writes]",
                "        → Send a hire.",
                "",
                "acme is not ready: put right what is marked FAIL. 1 to put right, 0 to look at, 1 not known yet.",
            ]
        );
        let french = lines("acme", &report(), Language::French, PLAIN);
        assert_eq!(french[1], "ERREUR  There is none. [default_role]");
        assert!(french[6].starts_with("acme n’est pas prêt"));
    }

    #[test]
    fn without_an_answer_nobody_is_ready_and_nothing_is_to_be_put_right() {
        let mut open = report();
        open.checks.remove(1);
        let last = |report: &v1::CheckDefaultsResponse, language| {
            lines("acme", report, language, PLAIN).pop().unwrap()
        };
        let told = last(&open, Language::English);
        assert!(
            told.starts_with("It is not known whether acme is ready"),
            "{told}"
        );
        assert!(
            told.ends_with("0 to put right, 0 to look at, 1 not known yet."),
            "{told}"
        );
        let told = last(&open, Language::French);
        assert!(
            told.starts_with("On ne sait pas si acme est prêt"),
            "{told}"
        );
        open.ready = true;
        assert!(last(&open, Language::English).starts_with("acme is ready"));
    }

    #[test]
    fn at_a_terminal_lines_are_short_and_coloured() {
        let style = Style {
            colours: true,
            width: Some(24),
        };
        let shown = lines("acme", &report(), Language::English, style);
        assert_eq!(
            &shown[1..5],
            [
                "\u{1b}[1;31mFAIL    \u{1b}[0mThere is none. \u{1b}[2m[default_role]\u{1b}[0m",
                "        → Choose one.",
                "\u{1b}[36m?       \u{1b}[0mNot known. \u{1b}[2m[writes]\u{1b}[0m",
                "        → Send a hire.",
            ]
        );
        assert_eq!(
            folded(
                "one two three four",
                Style {
                    width: Some(18),
                    ..style
                }
            ),
            ["one two", "three", "four"]
        );
    }
}
