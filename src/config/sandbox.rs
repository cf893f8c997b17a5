//! Section `sandbox`.

use std::net::SocketAddr;

use super::keys::{Keys, section};

section! {
    /// The Lucca sandbox.
    Sandbox {
        /// Address it serves on.
        pub listen: SocketAddr = Keys::address,
    }
}
