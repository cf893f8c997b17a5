//! Addresses that are not to be open by accident.

use std::net::SocketAddr;

/// An address others can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} can be reached from other machines")]
pub struct ExposedListener(SocketAddr);

impl ExposedListener {
    /// The sentence for an operator: what is wrong with that and what to set; `flag` is what
    /// allows it.
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
