//! Ports for programs that are killed and have to come back at the same address.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::atomic::{AtomicU32, Ordering},
};

/// Below the range from which the system takes the ports of outgoing connections: one of
/// those could take the place of a program while it is down.
const FIRST: u32 = 20_000;
const MANY: u32 = 12_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A loopback address that nobody uses, and that this process gives out once only.
pub fn free() -> SocketAddr {
    // Another process that does the same starts somewhere else.
    let offset = std::process::id().wrapping_mul(997);
    (0..MANY)
        .map(|_| NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(offset) % MANY)
        .map(|index| (Ipv4Addr::LOCALHOST, (FIRST + index) as u16).into())
        .find(|address: &SocketAddr| TcpListener::bind(address).is_ok())
        .expect("a free port")
}
