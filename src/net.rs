//! Connections in: from the listening socket to a request, for gRPC and for webhooks.
//!
//! A connection passes, from the outside in:
//!
//! 1. **A connection slot** (`slots`), before anything is read. It bounds what a process holds
//!    open. When all slots are taken, idle peers that have not proven who they are give theirs up,
//!    so that idle connections never lock anybody out.
//! 2. **TLS** ([`tls`]) with a time-out: a peer that begins a handshake and falls silent
//!    holds a slot for seconds only.
//! 3. **A time-out for the first bytes.**
//! 4. **HTTP** (hyper and h2) with their limits: streams, header lists, windows, resets, and
//!    keepalive, which finds peers that are gone.
//! 5. **A maximum age**: an old connection is asked to reconnect, so that load moves to new
//!    replicas and a certificate is verified again.
//!
//! The router follows. It refuses requests that do not name one host (`host`), then come the limits
//! on requests: `api::guard` and `adapter::webhook`.
//! tonic's own server is not used: tonic 0.14.9 caps no connections, has no time-out for first
//! bytes, reads certificates once, and with a grace it cuts an old connection without a GOAWAY.

mod connection;
mod descriptors;
pub mod dial;
mod host;
mod limits;
mod slots;
pub mod tls;

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

pub use descriptors::room_for;
pub use host::one_host;
pub use limits::{Http1, Http2, Limits, Protocol, size};
pub use slots::{Busy, Connection, Peer};

use slots::ConnectionSlots;
use tls::ServerTls;

/// How a connection ended; the word is a label of `onboarding_connections_ended_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum End {
    /// One of the two sides closed it.
    Closed,
    /// It broke, or broke a rule or limit of HTTP.
    Broken,
    /// There was no slot, and no idle connection to take one from.
    Refused,
    /// It lost its slot to another connection.
    Evicted,
    /// The TLS handshake failed or took too long.
    NoTls,
    /// It did not send its first bytes in time.
    Silent,
    /// It was asked to reconnect and did not close in time.
    Aged,
    /// The server stopped.
    Stopped,
}

/// Counts connections.
pub trait Observer: Send + Sync + 'static {
    /// A connection has got a slot.
    fn opened(&self);
    /// A connection has ended, or was refused without a slot.
    fn ended(&self, how: End);
}

/// How a listener is served.
pub struct Transport {
    /// Limits of its connections.
    pub limits: Limits,
    /// The protocol they speak, with its limits.
    pub protocol: Protocol,
    /// The TLS they speak it in; `None`: in the clear.
    pub tls: Option<Arc<ServerTls>>,
    /// Counts its connections.
    pub observer: Arc<dyn Observer>,
    /// Gives a random number from 0 to 1: the jitter of the maximum age.
    pub chance: Arc<dyn Fn() -> f64 + Send + Sync>,
}

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {0}: {1}")]
pub struct ListenError(SocketAddr, io::Error);

/// Listens on an address; returns the port that the system chose, too.
///
/// # Errors
/// [`ListenError`].
pub async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ListenError> {
    let failed = |error| ListenError(address, error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Pause after the system has refused to accept: it is out of memory or of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

impl Transport {
    /// Serves connections until `stop`. Then it accepts no more, lets requests under way end, and
    /// returns; the caller sets the hard limit.
    pub async fn serve(self, listener: TcpListener, router: Router, stop: CancellationToken) {
        let slots = Arc::new(ConnectionSlots::new(self.limits.max_connections));
        let handler = Arc::new(connection::Handler::new(self, router));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => match slots.admit().await {
                        Some(slot) => {
                            let handler = Arc::clone(&handler);
                            connections.spawn(handler.run(accepted, slot, stop.clone()));
                        }
                        None => handler.refused(),
                    },
                    Err(error) => recover(&error, &slots).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }
}

/// Handles a failed accept: an error of the peer needs nothing; if the system has run out of
/// something, idle connections are closed.
async fn recover(error: &io::Error, slots: &ConnectionSlots) {
    let is_of_peer = matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    );
    if !is_of_peer {
        tracing::error!(%error, "connections cannot be accepted; closing idle ones");
        slots.make_room();
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

#[cfg(test)]
mod tests;
