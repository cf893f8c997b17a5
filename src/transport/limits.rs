use std::time::Duration;

/// What connections of a listener may do and take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most connections at the same time.
    pub max_connections: usize,
    /// How long the TLS handshake may take.
    pub handshake_timeout: Duration,
    /// How long an HTTP/2 connection may take to say its first bytes.
    pub first_bytes_timeout: Duration,
    /// After how long a connection is asked to come anew, give or take a tenth.
    pub max_age: Duration,
    /// How long what is under way may then take to end.
    pub age_grace: Duration,
}

/// What a listener speaks.
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
    /// How long the head of a request may take to arrive, also the first and the next one
    /// of a connection that idles.
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
    /// Bytes of a request, and of all requests, that may come unasked.
    pub window: u32,
    /// How often the peer is asked whether it is still there.
    pub keepalive_interval: Duration,
    /// How long it may take to answer that.
    pub keepalive_timeout: Duration,
    /// Requests taken back before they were looked at, that are still remembered.
    pub max_pending_resets: usize,
    /// Frames a second that are cheap to send and dear to answer (`PING`, `SETTINGS`,
    /// `PRIORITY`, `RST_STREAM` and the like), beyond those that requests bring with them.
    pub max_control_frames: u32,
}

/// Bytes of an answer that are held for a peer that does not read.
pub(super) const SEND_BUFFER: usize = 64 * 1024;

/// Requests that this side takes back because of errors of the other side.
pub(super) const ERROR_RESETS: usize = 128;
