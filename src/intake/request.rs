//! A request as it arrived, and why one is refused.

use http::HeaderMap;

/// A request as it arrived.
#[derive(Clone, Copy)]
pub struct RawRequest<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// The path's last segment, if the path has one for a secret.
    pub path_secret: Option<&'a str>,
    /// Its body, byte for byte.
    pub body: &'a [u8],
}

/// Why a request is not accepted. The sender learns only that it is not; the words are reasons in
/// our counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Refused {
    /// The tenant has not said how its sender proves itself.
    #[error("no proof is configured")]
    NothingConfigured,
    /// Every secret of a proof has expired.
    #[error("no secret of a configured proof is live")]
    NoLiveSecret,
    /// A header of the proof, or the path's secret, is not there.
    #[error("a proof is missing")]
    Missing,
    /// A header of the proof is there more than once, or is not plain text.
    #[error("a proof's header is repeated or malformed")]
    Malformed,
    /// Signed more than five minutes ago, or that far in the future.
    #[error("the signature's timestamp is stale")]
    Stale,
    /// The proof is there and wrong.
    #[error("a proof is wrong")]
    Wrong,
}

/// A header that must be there exactly once: of two, nobody can tell which was signed.
pub(super) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Refused> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(Refused::Missing)?;
    if values.next().is_some() {
        return Err(Refused::Malformed);
    }
    value.to_str().map_err(|_| Refused::Malformed)
}
