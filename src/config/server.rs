//! Section `server`.

use std::{net::SocketAddr, time::Duration};

use super::keys::{Keys, number, section};

const MIB: u32 = 1_024 * 1_024;

section! {
    /// The gRPC service.
    Server {
        /// Address of the gRPC service.
        pub grpc_listen: SocketAddr = Keys::address,
        /// Address of health, readiness and metrics.
        pub http_listen: SocketAddr = Keys::address,
        /// Most calls worked on at the same time.
        pub max_concurrent_requests: u32 = number(1..=100_000),
        /// Most calls that wait for a permit to be worked on.
        pub max_queued_requests: u32 = number(1..=1_000_000),
        /// How long they wait at most.
        pub queue_timeout: Duration = Keys::duration,
        /// Most calls that wait for an outcome or follow an onboarding.
        pub max_waiting_requests: u32 = number(1..=1_000_000),
        /// Most onboardings that a tenant may have.
        pub max_onboardings_per_tenant: u32 = number(1..=1_000_000_000),
        /// How long running calls may take to end after a signal.
        pub shutdown_grace: Duration = Keys::duration,
        /// Most connections at the same time.
        pub max_connections: u32 = number(1..=1_000_000),
        /// How long a connection may take to send its first bytes.
        pub first_bytes_timeout: Duration = Keys::duration,
        /// How long the message of a call may take to arrive.
        pub body_timeout: Duration = Keys::duration,
        /// How often a peer is sent an HTTP/2 PING.
        pub keepalive_interval: Duration = Keys::duration,
        /// How long it may take to answer that.
        pub keepalive_timeout: Duration = Keys::duration,
        /// Age at which a connection is asked to reconnect, plus or minus a tenth.
        pub max_connection_age: Duration = Keys::duration,
        /// How long its calls may then take to end.
        pub connection_age_grace: Duration = Keys::duration,
        /// Calls at the same time on one connection.
        pub max_streams: u32 = number(1..=10_000),
        /// Largest header list in bytes.
        pub max_header_bytes: u32 = number(4_096..=MIB),
        /// Largest message of a call in bytes.
        pub max_request_bytes: u32 = number(1_024..=64 * MIB),
        /// Largest message in bytes of a call that carries a tenant.
        pub max_tenant_bytes: u32 = number(1_024..=64 * MIB),
        /// Largest message of an answer in bytes.
        pub max_response_bytes: u32 = number(65_536..=256 * MIB),
        /// Calls that may be reset before they were accepted.
        pub max_pending_resets: u32 = number(1..=10_000),
    }
}

/// What a process may take beyond the grace to end.
const BEYOND_GRACE: Duration = Duration::from_secs(2);

impl Server {
    /// How long a new process waits for an SQLite file: the old one may be using up its grace.
    pub fn release_wait(&self) -> Duration {
        self.shutdown_grace + BEYOND_GRACE
    }
}
