//! Addresses that must not be exposed by accident.

use std::net::{IpAddr, SocketAddr};

/// An address that other machines can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} can be reached from other machines")]
pub struct ExposedListener(SocketAddr);

impl ExposedListener {
    /// Tells an operator what is missing for that and what to do; `flag` allows it as it is.
    pub fn advice(self, what: &str, flag: &str) -> String {
        format!(
            "{self}, and {what}, listen on a loopback address (127.0.0.1, ::1), or start with {flag}"
        )
    }
}

/// Refuses an address that is not loopback, unless the operator insists.
///
/// # Errors
/// [`ExposedListener`].
pub fn check_listener(address: SocketAddr, insecure: bool) -> Result<(), ExposedListener> {
    if insecure || address.ip().to_canonical().is_loopback() {
        Ok(())
    } else {
        Err(ExposedListener(address))
    }
}

/// Whether the host of a URL is this machine itself.
pub(super) fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|it: IpAddr| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_served_without_a_flag() {
        let cases = [
            ("127.0.0.1:1", true),
            ("127.9.9.9:1", true),
            ("[::1]:1", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("0.0.0.0:1", false),
            ("[::]:1", false),
            ("10.0.0.1:1", false),
            ("[::ffff:10.0.0.1]:1", false),
        ];
        for (text, fine) in cases {
            let address = text.parse().unwrap();
            assert_eq!(check_listener(address, false).is_ok(), fine, "{text}");
            assert!(check_listener(address, true).is_ok(), "{text}");
        }
    }
}
