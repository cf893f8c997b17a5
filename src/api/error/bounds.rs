//! Bounds the size of a status, so that every client can read it.
//!
//! A status is sent in the trailers of an answer. Clients built on gRPC's C core (Python, C++,
//! Ruby, PHP) refuse some trailers above 8 KiB and all trailers above 16 KiB
//! (`grpc.max_metadata_size`, `grpc.absolute_max_metadata_size`). Their callers then see
//! `RESOURCE_EXHAUSTED` instead of the error. tonic's client accepts up to 16 KiB.

use tonic_types::FieldViolation;

use crate::{domain::language::Language, pb::Faults, text};

/// The most bytes of a sentence in the encoding of `grpc-message`. The details repeat the
/// sentence in base64.
const SENTENCE: usize = 1200;

/// The most bytes of all violations together, before base64.
const VIOLATIONS: usize = 2800;

/// The most bytes of a field's path, which may contain a key that the caller chose, and of the
/// description of its fault.
const TEXT: usize = 256;

/// Bytes of an encoded violation without its texts.
const OVERHEAD: usize = 12;

/// Bytes kept free for the end of an incomplete list, such as "; and 7 more".
const AND_MORE: usize = 40;

/// The first violations, as many as fit, each cut to a bounded length; and the number of those
/// left out.
pub(super) fn fitting(faults: Faults, language: Language) -> (Vec<FieldViolation>, usize) {
    let all = faults.iter().len();
    let mut room = VIOLATIONS;
    let kept: Vec<FieldViolation> = faults
        .into_iter()
        .map_while(|(path, fault)| {
            let field = cut(path, TEXT, char::len_utf8);
            let description = cut(fault.said(language), TEXT, char::len_utf8);
            room = room.checked_sub(field.len() + description.len() + OVERHEAD)?;
            Some(FieldViolation::new(field, description))
        })
        .collect();
    let left_out = all - kept.len();
    (kept, left_out)
}

/// One sentence that lists the first faults, as many as fit, and says how many are left out.
pub(super) fn clauses(faults: &Faults, language: Language) -> String {
    let mut left = faults.iter().len();
    let mut room = SENTENCE - AND_MORE;
    let mut text = String::new();
    let separator = text::phrase(language, "list-clauses", &[("first", ""), ("last", "")]);
    let between = separator.chars().map(written).sum::<usize>();
    for (path, fault) in faults.iter() {
        let clause = format!("{path} {}", fault.said(language));
        let clause = cut(clause, 2 * TEXT, char::len_utf8);
        let takes = clause.chars().map(written).sum::<usize>() + between;
        let Some(rest) = room.checked_sub(takes) else {
            let more = text::phrase(language, "faults-more", &[("count", &left.to_string())]);
            return format!("{text}{separator}{more}");
        };
        if !text.is_empty() {
            text.push_str(&separator);
        }
        text.push_str(&clause);
        (room, left) = (rest, left - 1);
    }
    text
}

/// The sentence, cut to the most bytes of a sentence.
pub(super) fn sentence(text: String) -> String {
    cut(text, SENTENCE, written)
}

/// A name, which may come from the caller, cut to the most bytes of a text.
pub(super) fn short(name: String) -> String {
    cut(name, TEXT, char::len_utf8)
}

/// The bytes that a character needs in `grpc-message`, which percent-encodes everything but plain
/// ASCII (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
fn written(of: char) -> usize {
    match of {
        ' ' | '"' | '#' | '%' | '<' | '>' | '`' | '?' | '{' | '}' => 3,
        '!'..='~' => 1,
        other => 3 * other.len_utf8(),
    }
}

/// The text, cut to `most` bytes by this measure.
fn cut(mut text: String, most: usize, measure: fn(char) -> usize) -> String {
    let mut room = most;
    let end = text.char_indices().find_map(|(at, of)| {
        match room.checked_sub(measure(of)) {
            Some(rest) => room = rest,
            None => return Some(at),
        }
        None
    });
    if let Some(end) = end {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::ApiError, pb::Fault};
    use axum::body::Body;
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    /// The trailers' size as HTTP/2 counts it (RFC 9113, section 6.5.2).
    fn size(status: Status) -> usize {
        let response = status.into_http::<Body>();
        let headers = response.headers().iter();
        headers
            .map(|(name, value)| name.as_str().len() + value.len() + 32)
            .sum()
    }

    fn invalid(count: usize, field: &str, description: &str) -> Status {
        let mut faults = Faults::default();
        for index in 0..count {
            faults.add(format!("{field}[{index}]"), Fault::missing_or(description));
        }
        ApiError::from(faults).status(Language::English)
    }

    #[test]
    fn a_status_fits_into_trailers_however_many_and_long_its_faults_are() {
        let (long, wide) = ("x".repeat(100_000), "é ".repeat(50_000));
        for (count, field, description) in [
            (1, "tenant.id", "must be given"),
            (30, "tenant.labels", "must be 1 to 255 characters, letters"),
            (5_000, "tenant.labels", "must be 1 to 255 characters"),
            (1, long.as_str(), "must be short"),
            (100, wide.as_str(), wide.as_str()),
            (100, "?", "?"),
        ] {
            let status = invalid(count, field, description);
            assert_eq!(status.code(), Code::InvalidArgument);
            let told = status.get_details_bad_request().unwrap().field_violations;
            assert!(!told.is_empty(), "{count}");
            let info = status.get_details_error_info().unwrap();
            let left_out = info.metadata.get("violations_left_out");
            let left_out: usize = left_out.map_or(0, |it| it.parse().unwrap());
            assert_eq!(told.len() + left_out, count);
            assert!(size(status) < 7500, "{count}");
        }
        let name = "é".repeat(100_000);
        let status = ApiError::OnboardingNotFound(name).status(Language::English);
        assert!(size(status) < 7500);
    }

    #[test]
    fn a_list_that_is_cut_says_how_many_faults_are_left_out() {
        let in_language = |count: usize, language| {
            let mut faults = Faults::default();
            for index in 0..count {
                faults.add(format!("tenant.labels[{index}].label"), Fault::Missing);
            }
            clauses(&faults, language)
        };
        let of = |count| in_language(count, Language::English);
        assert!(in_language(2, Language::French).contains("renseigné\u{a0}; tenant"));
        assert_eq!(
            of(2),
            "tenant.labels[0].label must be given; tenant.labels[1].label must be given"
        );
        let text = of(100);
        let told = text.matches("must be given").count();
        assert!(told > 5, "{text}");
        assert!(
            text.ends_with(&format!("; and {} more", 100 - told)),
            "{text}"
        );
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("éé".to_owned(), 4, char::len_utf8), "éé");
        assert_eq!(cut("ééé".to_owned(), 5, char::len_utf8), "éé…");
        assert_eq!(cut("a b".to_owned(), 4, written), "a …");
    }
}
