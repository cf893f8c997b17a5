use std::{net::SocketAddr, time::Duration};

use super::keys::Keys;

/// The gRPC service.
#[derive(Clone, Debug)]
pub struct Server {
    /// Address of the gRPC service.
    pub grpc_listen: SocketAddr,
    /// Address of health, readiness and metrics.
    pub http_listen: SocketAddr,
    /// Most calls answered at the same time.
    pub max_concurrent_requests: u32,
    /// How long running calls may take to end after a signal.
    pub shutdown_grace: Duration,
}

impl Server {
    pub(super) fn read(keys: &mut Keys) -> Self {
        Self {
            grpc_listen: keys.address("server.grpc_listen"),
            http_listen: keys.address("server.http_listen"),
            max_concurrent_requests: keys.number("server.max_concurrent_requests", 1, 100_000),
            shutdown_grace: keys.duration("server.shutdown_grace"),
        }
    }
}
