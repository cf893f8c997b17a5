use std::time::Duration;

/// Limits of the connections of a listener.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most connections at the same time.
    pub max_connections: usize,
    /// Longest TLS handshake.
    pub handshake_timeout: Duration,
    /// How long an HTTP/2 connection may take to send its first bytes.
    pub first_bytes_timeout: Duration,
    /// Age at which a connection is asked to reconnect, plus or minus a tenth.
    pub max_age: Duration,
    /// How long its requests may then take to end.
    pub age_grace: Duration,
}

/// The protocol of a listener.
#[derive(Clone, Copy, Debug)]
pub enum Protocol {
    /// HTTP/1.1, one request after the other.
    Http1(Http1),
    /// HTTP/2, as gRPC needs it.
    Http2(Http2),
}

/// Limits of an HTTP/1.1 connection.
#[derive(Clone, Copy, Debug)]
pub struct Http1 {
    /// How long the head of a request may take to arrive; also how long a connection may idle
    /// before a request.
    pub header_timeout: Duration,
    /// Largest head of a request in bytes; at least 8192.
    pub max_header_bytes: usize,
    /// Most header fields.
    pub max_headers: usize,
}

/// Limits of an HTTP/2 connection.
#[derive(Clone, Copy, Debug)]
pub struct Http2 {
    /// Requests at the same time.
    pub max_streams: u32,
    /// Largest header list of a request in bytes.
    pub max_header_bytes: u32,
    /// Flow-control window in bytes, of each request and of the connection.
    pub window: u32,
    /// How often the peer is sent a PING.
    pub keepalive_interval: Duration,
    /// How long it may take to answer that.
    pub keepalive_timeout: Duration,
    /// Requests that may be reset before they were accepted; one more ends the connection with
    /// `ENHANCE_YOUR_CALM`.
    pub max_pending_resets: usize,
}

/// A number of the settings as a size in memory.
#[must_use]
pub fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Bytes of answers that are buffered for a peer that does not read.
pub(super) const SEND_BUFFER: usize = 64 * 1024;

/// Requests that may be reset because the peer broke the protocol; one more ends the connection.
pub(super) const ERROR_RESETS: usize = 128;
