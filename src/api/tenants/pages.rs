//! Page tokens of the list of tenants.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{api::ApiError, domain::ids::TenantId};

/// Marks tokens of this list.
const KIND: &str = "tenants\n";

/// Asks for what comes after this tenant.
pub(super) fn token(last: &TenantId) -> String {
    URL_SAFE_NO_PAD.encode(format!("{KIND}{last}"))
}

/// The tenant after which the page begins; `None` for the first page.
pub(super) fn read_token(token: &str) -> Result<Option<TenantId>, ApiError> {
    if token.is_empty() {
        return Ok(None);
    }
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| TenantId::parse(text.strip_prefix(KIND)?).ok())
        .map(Some)
        .ok_or(ApiError::BadPageToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nothing_else_is_one() {
        let id = TenantId::parse("acme").unwrap();
        assert_eq!(read_token(&token(&id)).unwrap(), Some(id));
        assert_eq!(read_token("").unwrap(), None);
        let other = URL_SAFE_NO_PAD.encode("onboardings\nacme");
        for bad in ["acme", "!", other.as_str()] {
            assert!(matches!(read_token(bad), Err(ApiError::BadPageToken)));
        }
    }
}
