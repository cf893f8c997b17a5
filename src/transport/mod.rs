//! Connections in: from the listening socket to a request, for gRPC and for webhooks.
//!
//! What stands in the way of a connection, from the outside in, and why there:
//!
//! 1. **A place** (`places`), before anything is read: what a process holds open is
//!    bounded. When all places are taken, those who have not proven who they are and ask
//!    nothing make room, so that idle connections never lock anybody out.
//! 2. **TLS** ([`crate::tls`]) with a time-out: a peer that begins and falls silent costs
//!    a place for seconds.
//! 3. **The first bytes** with a time-out, and **the meter** (`frames`): frames that are
//!    cheap to send and dear to answer are counted where they come in, before HTTP/2 sees
//!    them.
//! 4. **HTTP** (hyper) with its own limits: streams, header lists, windows, resets, and
//!    keepalive, which finds peers that are gone.
//! 5. **The age** of a connection: it is asked to come anew, so that load moves to new
//!    replicas and a certificate is looked at again.
//!
//! Then comes the router, with the limits on requests: `api::guard` and `adapter::webhook`.
//! tonic's own server is not used: it holds a connection's place by nothing, knows no
//! first bytes, reads certificates once, and with a grace (0.14.9) cuts a connection of
//! age without asking it to go first.

mod connection;
mod descriptors;
pub mod dial;
mod frames;
mod limits;
mod places;
mod watched;

use std::{
    io::{self, ErrorKind},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

pub use descriptors::room_for;
pub use limits::{Http1, Http2, Limits, Protocol};
pub use places::{Busy, Connection, Peer};

use crate::tls::ServerTls;
use places::Places;

/// How a connection ended, in one word for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// One of the two sides had nothing more to say.
    Closed,
    /// It broke, or broke the rules of HTTP.
    Broken,
    /// There was no place, and nobody to make room.
    Refused,
    /// It made room for another.
    Evicted,
    /// No TLS came about.
    NoTls,
    /// It said nothing.
    Silent,
    /// It sent too many frames that are cheap to send and dear to answer.
    Flooded,
    /// It was asked to come anew and did not go in time.
    Aged,
    /// The server stopped.
    Stopped,
}

impl End {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Broken => "broken",
            Self::Refused => "refused",
            Self::Evicted => "evicted",
            Self::NoTls => "no_tls",
            Self::Silent => "silent",
            Self::Flooded => "flooded",
            Self::Aged => "aged",
            Self::Stopped => "stopped",
        }
    }
}

/// Hears of connections.
pub trait Observer: Send + Sync + 'static {
    /// One has a place.
    fn opened(&self);
    /// One has ended, or was refused without a place.
    fn ended(&self, how: End);
}

/// A listener of one kind and what it takes to serve it.
pub struct Transport {
    /// What connections may do and take.
    pub limits: Limits,
    /// What they speak.
    pub protocol: Protocol,
    /// The TLS they speak it in, if any.
    pub tls: Option<Arc<ServerTls>>,
    /// Who hears of them.
    pub observer: Arc<dyn Observer>,
    /// Gives a number from 0 to 1, so that connections do not all come anew together.
    pub chance: Arc<dyn Fn() -> f64 + Send + Sync>,
}

/// How long accepting rests after the system has refused: it is out of memory or files.
const REST: Duration = Duration::from_millis(50);

impl Transport {
    /// Serves connections until told to stop. Then it accepts no more, lets the requests
    /// under way end, and returns; the caller sets the hard limit.
    pub async fn serve(self, listener: TcpListener, router: Router, stop: CancellationToken) {
        let places = Arc::new(Places::new(self.limits.max_connections));
        let line = Arc::new(connection::Line::new(self, router));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => match places.admit().await {
                        Some(place) => {
                            let (line, stop) = (Arc::clone(&line), stop.clone());
                            connections.spawn(line.run(accepted, place, stop));
                        }
                        None => line.refused(),
                    },
                    Err(error) => rest(&error, &places).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }
}

/// What an error of accepting asks for: nothing if it was the peer's, a rest if the system
/// has run out of something.
async fn rest(error: &io::Error, places: &Places) {
    let of_the_peer = matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    );
    if !of_the_peer {
        tracing::error!(%error, "connections cannot be accepted: idle ones make room");
        places.make_room();
        tokio::time::sleep(REST).await;
    }
}

#[cfg(test)]
mod tests;
