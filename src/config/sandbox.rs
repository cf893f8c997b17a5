//! Section `sandbox`.

use std::net::SocketAddr;

use super::keys::Keys;

/// The Lucca sandbox.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// Address it serves on.
    pub listen: SocketAddr,
}

impl Sandbox {
    pub(super) fn read(keys: &mut Keys) -> Self {
        Self {
            listen: keys.address("sandbox.listen"),
        }
    }
}
