//! Checks of a request before its body is read.

use http::{
    HeaderMap, HeaderName,
    header::{CONTENT_ENCODING, TRANSFER_ENCODING},
};

use super::answer::Refusal;
use crate::intake::charset::is_charset;

/// Most bytes of all headers together.
const LARGEST: usize = 32 * 1024;

/// Words that some senders write into `Content-Encoding` of a body that is not encoded.
const PLAIN: [&str; 5] = ["identity", "none", "7bit", "8bit", "binary"];

/// Refuses headers that are too large, and compressed bodies: a few bytes can decompress to any
/// size. A charset in the place of an encoding is taken for one.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > LARGEST {
        return Err(Refusal::HeadersTooLarge);
    }
    let is_plain = |entry: &str| {
        PLAIN.iter().any(|word| entry.eq_ignore_ascii_case(word)) || is_charset(entry)
    };
    let is_chunked = |entry: &str| entry.eq_ignore_ascii_case("chunked");
    let plain =
        only(headers, &CONTENT_ENCODING, is_plain) && only(headers, &TRANSFER_ENCODING, is_chunked);
    if plain { Ok(()) } else { Err(Refusal::Encoded) }
}

/// Whether a header is absent or has only values that are fine.
fn only(headers: &HeaderMap, name: &HeaderName, is_fine: impl Fn(&str) -> bool) -> bool {
    headers.get_all(name).iter().all(|value| {
        value.to_str().is_ok_and(|list| {
            list.split(',')
                .map(str::trim)
                .all(|entry| entry.is_empty() || is_fine(entry))
        })
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_body_that_is_packed_is_refused() {
        for (name, value, fine) in [
            ("content-encoding", "", true),
            ("content-encoding", "Identity", true),
            ("content-encoding", "UTF-8", true),
            ("content-encoding", "iso-8859-1", true),
            ("content-encoding", "8bit", true),
            ("content-encoding", "utf-8, gzip", false),
            ("content-encoding", "deflate", false),
            ("content-encoding", "aes128gcm", false),
            ("transfer-encoding", "utf-8", false),
            ("content-encoding", "gzip", false),
            ("content-encoding", "br", false),
            ("content-encoding", "identity, gzip", false),
            ("content-encoding", "é", false),
            ("transfer-encoding", "chunked", true),
            ("transfer-encoding", "gzip, chunked", false),
            ("content-type", "application/gzip", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_str(value).unwrap());
            let expected = if fine { Ok(()) } else { Err(Refusal::Encoded) };
            assert_eq!(check(&headers), expected, "{name}: {value}");
        }
    }

    #[test]
    fn headers_are_bounded_together() {
        let mut headers = HeaderMap::new();
        let value = "x".repeat(LARGEST / 2 - 6);
        headers.append("padded", value.parse().unwrap());
        headers.append("padded", value.parse().unwrap());
        assert_eq!(check(&headers), Ok(()));
        headers.append("x", HeaderValue::from_static(""));
        assert_eq!(check(&headers), Err(Refusal::HeadersTooLarge));
    }
}
