//! Section `server`.

use std::{net::SocketAddr, time::Duration};

use super::keys::Keys;

/// The gRPC service.
#[derive(Clone, Debug)]
pub struct Server {
    /// Address of the gRPC service.
    pub grpc_listen: SocketAddr,
    /// Address of health, readiness and metrics.
    pub http_listen: SocketAddr,
    /// Most calls worked on at the same time.
    pub max_concurrent_requests: u32,
    /// How long calls may be worked on, on average, before fewer are at the same time.
    pub max_latency: Duration,
    /// Most calls that wait for an outcome or follow an onboarding.
    pub max_waiting_requests: u32,
    /// How long running calls may take to end after a signal.
    pub shutdown_grace: Duration,
    /// Most connections at the same time.
    pub max_connections: u32,
    /// How long a connection may take to say its first bytes.
    pub first_bytes_timeout: Duration,
    /// How long the message of a call may take to arrive.
    pub body_timeout: Duration,
    /// How often a peer is asked whether it is still there.
    pub keepalive_interval: Duration,
    /// How long it may take to answer that.
    pub keepalive_timeout: Duration,
    /// After how long a connection is asked to come anew, give or take a tenth.
    pub max_connection_age: Duration,
    /// How long its calls may then take to end.
    pub connection_age_grace: Duration,
    /// Calls at the same time on one connection.
    pub max_streams: u32,
    /// Largest header list in bytes.
    pub max_header_bytes: u32,
    /// Largest message of a call in bytes.
    pub max_request_bytes: u32,
    /// Largest message of a call that carries a tenant.
    pub max_tenant_bytes: u32,
    /// Largest message of an answer in bytes.
    pub max_response_bytes: u32,
    /// Calls that may be taken back before they were looked at.
    pub max_pending_resets: u32,
}

impl Server {
    pub(super) fn read(keys: &mut Keys) -> Self {
        const MIB: u32 = 1_024 * 1_024;
        Self {
            grpc_listen: keys.address("server.grpc_listen"),
            http_listen: keys.address("server.http_listen"),
            max_concurrent_requests: keys.number("server.max_concurrent_requests", 1, 100_000),
            max_latency: keys.duration("server.max_latency"),
            max_waiting_requests: keys.number("server.max_waiting_requests", 1, 1_000_000),
            shutdown_grace: keys.duration("server.shutdown_grace"),
            max_connections: keys.number("server.max_connections", 1, 1_000_000),
            first_bytes_timeout: keys.duration("server.first_bytes_timeout"),
            body_timeout: keys.duration("server.body_timeout"),
            keepalive_interval: keys.duration("server.keepalive_interval"),
            keepalive_timeout: keys.duration("server.keepalive_timeout"),
            max_connection_age: keys.duration("server.max_connection_age"),
            connection_age_grace: keys.duration("server.connection_age_grace"),
            max_streams: keys.number("server.max_streams", 1, 10_000),
            max_header_bytes: keys.number("server.max_header_bytes", 4_096, MIB),
            max_request_bytes: keys.number("server.max_request_bytes", 1_024, 64 * MIB),
            max_tenant_bytes: keys.number("server.max_tenant_bytes", 1_024, 64 * MIB),
            max_response_bytes: keys.number("server.max_response_bytes", 65_536, 256 * MIB),
            max_pending_resets: keys.number("server.max_pending_resets", 1, 10_000),
        }
    }
}
