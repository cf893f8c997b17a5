//! The address of a customer's Lucca.
//!
//! Whoever may name one decides where this service sends an API key, so it is read by a
//! grammar of its own: what a lenient parser would put right (`\`, tabs, numbers that
//! become an address, look-alike letters) is refused.

mod hosts;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use serde::{Deserialize, Serialize};

use super::{stored::stored_as_text, text::ValueError};
pub use hosts::{HostRefusal, HostRules, Trust};

/// Scheme, host and perhaps a port, in one spelling; nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct LuccaUrl {
    text: String,
    is_https: bool,
    host: Host,
    port: Option<u16>,
}

/// What an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    /// A name, in lower case.
    Name(String),
    /// An address.
    Ip(IpAddr),
}

impl LuccaUrl {
    /// Reads `https://host`, `http://host` or the same with a port. Upper case, one slash
    /// at the end, the scheme's own port and white space around are normalised away.
    ///
    /// # Errors
    /// [`ValueError`].
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let (scheme, rest) = text
            .trim()
            .split_once("://")
            .ok_or(ValueError::NotAWebAddress)?;
        let is_https = match scheme {
            it if it.eq_ignore_ascii_case("https") => true,
            it if it.eq_ignore_ascii_case("http") => false,
            _ => return Err(ValueError::NotAWebAddress),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        characters(authority)?;
        let (host, port) = split(authority)?;
        let host = host_of(host)?;
        let own = if is_https { 443 } else { 80 };
        let port = port.map(port_of).transpose()?.filter(|port| *port != own);
        let scheme = if is_https { "https" } else { "http" };
        let text = match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        Ok(Self {
            text,
            is_https,
            host,
            port,
        })
    }

    /// The address without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host; an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    /// The port, unless it is the scheme's own.
    #[must_use]
    pub fn named_port(&self) -> Option<u16> {
        self.port
    }

    /// The port, also if it is the scheme's own.
    fn port(&self) -> u16 {
        self.port.unwrap_or(if self.is_https { 443 } else { 80 })
    }
}

/// Nothing that a host and a port cannot have.
fn characters(authority: &str) -> Result<(), ValueError> {
    if !authority.is_ascii() {
        return Err(ValueError::NotAsciiAddress);
    }
    if authority.contains('@') {
        return Err(ValueError::UserInAddress);
    }
    if authority.contains(['/', '\\', '?', '#']) {
        return Err(ValueError::PathInAddress);
    }
    Ok(())
}

/// Host and port; the brackets stay with an IPv6 address.
fn split(authority: &str) -> Result<(&str, Option<&str>), ValueError> {
    let after_host = match authority.strip_prefix('[') {
        Some(inner) => inner.find(']').map(|end| end + 2),
        None => Some(authority.find(':').unwrap_or(authority.len())),
    };
    let (host, rest) = after_host
        .and_then(|end| authority.split_at_checked(end))
        .ok_or(ValueError::NotAWebAddress)?;
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if rest.is_empty() => Ok((host, None)),
        None => Err(ValueError::NotAWebAddress),
    }
}

fn port_of(text: &str) -> Result<u16, ValueError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let port = text.parse().ok().filter(|_| plain);
    port.ok_or(ValueError::BadPort)
}

fn host_of(text: &str) -> Result<Host, ValueError> {
    if let Some(inner) = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        let address = inner.parse::<Ipv6Addr>();
        return address
            .map(|it| Host::Ip(it.into()))
            .map_err(|_| ValueError::NotAWebAddress);
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Ip(address.into()));
    }
    let name = text.to_ascii_lowercase();
    if name.len() > 1 && name.ends_with('.') {
        return Err(ValueError::DotAfterHost);
    }
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Err(ValueError::NotAWebAddress);
    }
    // As browsers decide it: <https://url.spec.whatwg.org/#ends-in-a-number-checker>.
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_decimal = last.bytes().all(|byte| byte.is_ascii_digit());
    let is_hexadecimal = last
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_decimal || is_hexadecimal {
        return Err(ValueError::NumberForHost);
    }
    Ok(Host::Name(name))
}

/// One part of a name. Underscores stand in names of containers.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Ip(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl fmt::Display for LuccaUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

stored_as_text!(LuccaUrl, |url| url.text);

#[cfg(test)]
mod tests;
