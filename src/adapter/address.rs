//! The address that a request is counted against.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, HeaderName};

use crate::config::Network;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A sender for the purpose of limits: an IPv4 address, or the /64 of an IPv6 address, because one
/// subscriber usually has a whole /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address(IpAddr);

impl Address {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(it) => Ipv6Addr::from_bits(it.to_bits() >> 64 << 64).into(),
            it @ IpAddr::V4(_) => it,
        })
    }

    /// The address of a request that came from `peer`.
    ///
    /// `X-Forwarded-For` counts only as far as trusted proxies have written it. Each proxy appends
    /// the address that called it. Entries before the first address that is no trusted proxy may
    /// be forged.
    pub(super) fn of_sender(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> Self {
        let trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
        let mut sender = peer;
        let lists = headers.get_all(FORWARDED_FOR).iter().rev();
        let entries = lists.flat_map(|list| list.to_str().unwrap_or_default().rsplit(','));
        for entry in entries {
            match read(entry.trim()) {
                Some(named) if trusted(sender) => sender = named,
                _ => break,
            }
        }
        Self::of(sender)
    }
}

/// An address, with or without a port, as proxies write it.
fn read(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    bare.unwrap_or(text).parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(peer: &str, lists: &[&str], proxies: &[&str]) -> IpAddr {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(FORWARDED_FOR, list.parse().unwrap());
        }
        let proxies: Vec<_> = proxies.iter().map(|it| it.parse().unwrap()).collect();
        Address::of_sender(peer.parse().unwrap(), &headers, &proxies).0
    }

    #[test]
    fn only_trusted_proxies_can_name_somebody_else() {
        let lan = &["10.0.0.0/8"][..];
        for (peer, lists, proxies, expected) in [
            ("203.0.113.9", &["198.51.100.1"][..], &[][..], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.1"], lan, "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.1"], lan, "198.51.100.1"),
            ("10.0.0.1", &[], lan, "10.0.0.1"),
            // The sender has written the first one itself.
            ("10.0.0.1", &["1.1.1.1, 198.51.100.1"], lan, "198.51.100.1"),
            (
                "10.0.0.1",
                &["1.1.1.1", "198.51.100.1"],
                lan,
                "198.51.100.1",
            ),
            // Two proxies in a row.
            (
                "10.0.0.1",
                &["1.1.1.1, 198.51.100.1, 10.0.0.2"],
                lan,
                "198.51.100.1",
            ),
            ("10.0.0.1", &["10.0.0.3,10.0.0.2"], lan, "10.0.0.3"),
            // What cannot be read hides nobody.
            ("10.0.0.1", &["198.51.100.1, unknown"], lan, "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, "], lan, "10.0.0.1"),
        ] {
            let expected: IpAddr = expected.parse().unwrap();
            assert_eq!(sender(peer, lists, proxies), expected, "{peer} {lists:?}");
        }
    }

    #[test]
    fn addresses_are_read_in_the_forms_proxies_write() {
        for (text, expected) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::"),
            ("[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::"),
        ] {
            let expected: IpAddr = expected.parse().unwrap();
            assert_eq!(
                sender("10.0.0.1", &[text], &["10.0.0.1"]),
                expected,
                "{text}"
            );
        }
    }
}
