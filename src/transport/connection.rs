//! The life of one connection.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use axum::{Router, extract::ConnectInfo};
use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{
    Connection, End, Peer, Protocol, Transport,
    frames::Meter,
    limits::{ERROR_RESETS, SEND_BUFFER},
    places::Place,
    watched::{Vitals, Watched},
};
use crate::tls;

/// How long a peer that was told of the end and asks nothing may take to go.
const FAREWELL: Duration = Duration::from_secs(1);

/// What all connections of a listener share.
pub(super) struct Line {
    transport: Transport,
    router: Router,
    builder: Builder<TokioExecutor>,
}

impl Line {
    pub(super) fn new(transport: Transport, router: Router) -> Self {
        Self {
            builder: builder(&transport.protocol),
            transport,
            // Spares each request some work.
            router: router.with_state(()),
        }
    }

    /// A connection found no place.
    pub(super) fn refused(&self) {
        self.transport.observer.ended(End::Refused);
    }

    /// Serves a connection to its end.
    pub(super) async fn run(
        self: Arc<Self>,
        (stream, address): (TcpStream, SocketAddr),
        place: Place,
        stop: CancellationToken,
    ) {
        self.transport.observer.opened();
        // Small answers do not wait for acknowledgements of the ones before.
        let _ = stream.set_nodelay(true);
        let end = match &self.transport.tls {
            None => {
                let peer = Peer::new(address, Vec::new());
                self.serve(stream, peer, &place, &stop).await
            }
            Some(tls) => {
                let acceptor = TlsAcceptor::from(tls.config());
                let limit = self.transport.limits.handshake_timeout;
                tokio::select! {
                    () = place.evicted() => End::Evicted,
                    () = stop.cancelled() => End::Stopped,
                    shaken = timeout(limit, acceptor.accept(stream)) => match shaken {
                        Ok(Ok(stream)) => {
                            let certificates = stream.get_ref().1.peer_certificates();
                            let own = certificates.and_then(|chain| chain.first());
                            let peer = Peer::new(address, own.map(tls::names).unwrap_or_default());
                            self.serve(stream, peer, &place, &stop).await
                        }
                        Ok(Err(_)) | Err(_) => End::NoTls,
                    },
                }
            }
        };
        self.transport.observer.ended(end);
    }

    async fn serve<S>(&self, stream: S, peer: Peer, place: &Place, stop: &CancellationToken) -> End
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let vitals = match self.transport.protocol {
            // hyper itself waits for the head of a request only so long.
            Protocol::Http1(_) => None,
            Protocol::Http2(http2) => {
                let meter = Meter::new(http2.max_control_frames, Instant::now());
                Some(Vitals::new(meter))
            }
        };
        let stream = TokioIo::new(Watched::new(stream, vitals.clone()));
        let connection = place.connection.clone();
        let service = service_fn(|mut request: Request<Incoming>| {
            let under_way = connection.request();
            request.extensions_mut().insert(connection.clone());
            // As routers made with axum know it.
            request.extensions_mut().insert(ConnectInfo(peer.address()));
            request.extensions_mut().insert(peer.clone());
            let router = self.router.clone();
            async move {
                let response = router.oneshot(request).await;
                drop(under_way);
                Ok::<_, Infallible>(response.unwrap_or_else(|never| match never {}))
            }
        });
        let conn = pin!(self.builder.serve_connection(stream, service));
        self.live(conn, vitals, place, stop).await
    }

    /// Drives a connection until it has ended or has to.
    async fn live<C>(
        &self,
        mut conn: Pin<&mut C>,
        vitals: Option<Vitals>,
        place: &Place,
        stop: &CancellationToken,
    ) -> End
    where
        C: Closing,
    {
        let limits = &self.transport.limits;
        let mut silence = pin!(sleep(limits.first_bytes_timeout));
        let mut age = pin!(sleep(self.age()));
        let mut farewell = pin!(farewell(&place.connection));
        let (mut is_new, mut is_old, mut is_stopping) = (vitals.is_some(), false, false);
        loop {
            tokio::select! {
                ended = conn.as_mut() => {
                    return match (ended, is_stopping) {
                        (_, true) => End::Stopped,
                        (Ok(()), false) => End::Closed,
                        (Err(_), false) => End::Broken,
                    };
                }
                () = place.evicted() => {
                    last_words(conn).await;
                    return End::Evicted;
                }
                () = flooded(vitals.as_ref()) => {
                    last_words(conn).await;
                    return End::Flooded;
                }
                () = &mut silence, if is_new => {
                    is_new = false;
                    if !vitals.as_ref().is_some_and(Vitals::has_begun) {
                        return End::Silent;
                    }
                }
                () = &mut age => {
                    if is_old {
                        return End::Aged;
                    }
                    is_old = true;
                    age.set(sleep(limits.age_grace));
                    conn.as_mut().close();
                }
                () = stop.cancelled(), if !is_stopping => {
                    is_stopping = true;
                    conn.as_mut().close();
                }
                () = &mut farewell, if is_stopping => return End::Stopped,
            }
        }
    }

    /// After how long this connection is asked to come anew.
    fn age(&self) -> Duration {
        let jitter = 0.9 + 0.2 * (self.transport.chance)().clamp(0.0, 1.0);
        self.transport.limits.max_age.mul_f64(jitter)
    }
}

/// A connection that can be told to take no more requests.
trait Closing: Future<Output = Result<(), Box<dyn std::error::Error + Send + Sync>>> {
    fn close(self: Pin<&mut Self>);
}

impl<I, S, B, E> Closing for hyper_util::server::conn::auto::Connection<'_, I, S, E>
where
    S: hyper::service::Service<Request<Incoming>, Response = http::Response<B>>,
    S::Future: 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: http_body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    I: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
    E: hyper_util::server::conn::auto::HttpServerConnExec<S::Future, B>,
{
    fn close(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Says that no more is taken, as far as that can be said at once.
async fn last_words<C: Closing>(mut conn: Pin<&mut C>) {
    conn.as_mut().close();
    poll_fn(|cx| {
        let _ = conn.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
}

/// Nothing is done for the connection any more, and it has had time to go.
async fn farewell(connection: &Connection) {
    connection.quiet().await;
    sleep(FAREWELL).await;
}

async fn flooded(vitals: Option<&Vitals>) {
    match vitals {
        Some(vitals) => vitals.flooded().await,
        None => std::future::pending().await,
    }
}

fn builder(protocol: &Protocol) -> Builder<TokioExecutor> {
    let builder = Builder::new(TokioExecutor::new());
    match protocol {
        Protocol::Http1(http1) => {
            let mut builder = builder.http1_only();
            builder
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(http1.header_timeout)
                .max_headers(http1.max_headers)
                .max_buf_size(http1.max_header_bytes);
            builder
        }
        Protocol::Http2(http2) => {
            let mut builder = builder.http2_only();
            builder
                .http2()
                .timer(TokioTimer::new())
                .max_concurrent_streams(http2.max_streams)
                .max_header_list_size(http2.max_header_bytes)
                .initial_stream_window_size(http2.window)
                .initial_connection_window_size(http2.window)
                .max_send_buf_size(SEND_BUFFER)
                .keep_alive_interval(http2.keepalive_interval)
                .keep_alive_timeout(http2.keepalive_timeout)
                .max_pending_accept_reset_streams(http2.max_pending_resets)
                .max_local_error_reset_streams(ERROR_RESETS);
            builder
        }
    }
}
