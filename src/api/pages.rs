//! Pages of lists (AIP-158): their size, and the tokens for the next page.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::ApiError;
use crate::pb::{Fault, Faults};

/// Entries of a page if the caller names no size.
const DEFAULT_SIZE: usize = 50;

/// The most entries of a page.
const LARGEST_SIZE: usize = 500;

/// Reads a page size: 0 means the default, and larger sizes are cut to the largest.
pub(super) fn page_size(size: i32, faults: &mut Faults) -> usize {
    match usize::try_from(size) {
        Ok(0) => DEFAULT_SIZE,
        Ok(size) => size.min(LARGEST_SIZE),
        Err(_) => {
            faults.add("page_size", Fault::Negative);
            DEFAULT_SIZE
        }
    }
}

/// Cuts entries to a page of `limit`, and makes the token of the next page: empty if there is
/// none. The caller has read one entry more than the page holds.
pub(super) fn page<T>(
    mut entries: Vec<T>,
    limit: usize,
    list: &str,
    position: impl Fn(&T) -> String,
) -> (Vec<T>, String) {
    let has_more = entries.len() > limit;
    entries.truncate(limit);
    let last = entries.last().filter(|_| has_more);
    let next = last.map_or_else(String::new, |last| token(list, &position(last)));
    (entries, next)
}

/// The token of the page after a position in the list `list`. Tokens may be logged, so neither
/// may contain personal data.
pub(super) fn token(list: &str, position: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{list}\n{position}"))
}

/// Reads the position from a token with `parse`; `None` for the first page.
///
/// # Errors
/// The token belongs to another list.
pub(super) fn read_token<T>(
    token: &str,
    list: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    if token.is_empty() {
        return Ok(None);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let position = text.and_then(|text| {
        let position = text.strip_prefix(list)?.strip_prefix('\n')?;
        parse(position)
    });
    position.map(Some).ok_or(ApiError::BadPageToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_in_its_own_list_only() {
        let read = |token: &str| read_token(token, "tenants", |text| text.parse::<i64>().ok());
        assert_eq!(read(&token("tenants", "7")).unwrap(), Some(7));
        assert_eq!(read("").unwrap(), None);
        for bad in [
            "7",
            "!",
            &token("onboardings", "7"),
            &token("tenant", "s\n7"),
            &token("tenants", "x"),
        ] {
            assert!(matches!(read(bad), Err(ApiError::BadPageToken)), "{bad}");
        }
    }
}
