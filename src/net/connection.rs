//! The life of one connection.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
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
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{io::InspectReader, sync::CancellationToken};
use tower::ServiceExt as _;

use super::{
    Connection, End, Peer, Protocol, Transport,
    limits::{ERROR_RESETS, SEND_BUFFER},
    slots::ConnectionSlot,
    tls,
};

/// How long an idle peer may take to close after it was told that the server stops.
const FAREWELL: Duration = Duration::from_secs(1);

/// An HTTP/2 client has begun once its preface (24 bytes) and the head of its first frame (9 bytes,
/// RFC 9113, sections 3.4 and 4.1) have arrived.
const HTTP2_BEGINNING: usize = 24 + 9;

/// Serves the connections of one listener.
pub(super) struct Handler {
    transport: Transport,
    router: Router,
    builder: Builder<TokioExecutor>,
}

impl Handler {
    pub(super) fn new(transport: Transport, router: Router) -> Self {
        Self {
            builder: builder(&transport.protocol),
            transport,
            // Resolves the state once instead of for each request.
            router: router.with_state(()),
        }
    }

    /// Counts a connection for which there was no slot.
    pub(super) fn refused(&self) {
        self.transport.observer.ended(End::Refused);
    }

    /// Serves a connection to its end.
    pub(super) async fn run(
        self: Arc<Self>,
        (stream, address): (TcpStream, SocketAddr),
        slot: ConnectionSlot,
        stop: CancellationToken,
    ) {
        self.transport.observer.opened();
        // Small answers are sent at once, not held until earlier ones are acknowledged.
        let _ = stream.set_nodelay(true);
        let end = match &self.transport.tls {
            None => {
                let peer = Peer::new(address, Vec::new());
                self.serve(stream, peer, &slot, &stop).await
            }
            Some(tls) => {
                let acceptor = TlsAcceptor::from(tls.config());
                let limit = self.transport.limits.handshake_timeout;
                tokio::select! {
                    () = slot.evicted() => End::Evicted,
                    () = stop.cancelled() => End::Stopped,
                    shaken = timeout(limit, acceptor.accept(stream)) => match shaken {
                        Ok(Ok(stream)) => {
                            let certificates = stream.get_ref().1.peer_certificates();
                            let own = certificates.and_then(|chain| chain.first());
                            let peer = Peer::new(address, own.map(tls::names).unwrap_or_default());
                            self.serve(stream, peer, &slot, &stop).await
                        }
                        Ok(Err(_)) | Err(_) => End::NoTls,
                    },
                }
            }
        };
        self.transport.observer.ended(end);
    }

    async fn serve<S>(
        &self,
        stream: S,
        peer: Peer,
        slot: &ConnectionSlot,
        stop: &CancellationToken,
    ) -> End
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let received = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&received);
        let stream = InspectReader::new(stream, move |bytes: &[u8]| {
            counter.fetch_add(bytes.len(), Ordering::Relaxed);
        });
        let connection = slot.connection.clone();
        let service = service_fn(|mut request: Request<Incoming>| {
            let under_way = connection.request();
            request.extensions_mut().insert(connection.clone());
            // axum's own extractors look for the address here.
            request.extensions_mut().insert(ConnectInfo(peer.address()));
            request.extensions_mut().insert(peer.clone());
            let router = self.router.clone();
            async move {
                let response = router.oneshot(request).await;
                drop(under_way);
                Ok::<_, Infallible>(response.unwrap_or_else(|never| match never {}))
            }
        });
        let conn = pin!(self.builder.serve_connection(TokioIo::new(stream), service));
        self.drive(conn, &received, slot, stop).await
    }

    /// Drives a connection until it ends, or until one of its limits ends it.
    async fn drive<C: Closing>(
        &self,
        mut conn: Pin<&mut C>,
        received: &AtomicUsize,
        slot: &ConnectionSlot,
        stop: &CancellationToken,
    ) -> End {
        let limits = &self.transport.limits;
        let mut silence = pin!(sleep(limits.first_bytes_timeout));
        let mut age = pin!(sleep(self.age()));
        let mut farewell = pin!(farewell(&slot.connection));
        // hyper itself limits the time for the head of an HTTP/1 request.
        let mut is_new = matches!(self.transport.protocol, Protocol::Http2(_));
        let (mut is_old, mut is_stopping) = (false, false);
        loop {
            tokio::select! {
                ended = conn.as_mut() => {
                    return match (ended, is_stopping) {
                        (_, true) => End::Stopped,
                        (Ok(()), false) => End::Closed,
                        (Err(_), false) => End::Broken,
                    };
                }
                () = slot.evicted() => {
                    announce_end(conn).await;
                    return End::Evicted;
                }
                () = &mut silence, if is_new => {
                    is_new = false;
                    if received.load(Ordering::Relaxed) < HTTP2_BEGINNING {
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

    /// The age at which this connection is asked to reconnect.
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

/// Tells the peer that no more requests are taken, without waiting for it to read that.
async fn announce_end<C: Closing>(mut conn: Pin<&mut C>) {
    conn.as_mut().close();
    poll_fn(|cx| {
        let _ = conn.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
}

/// Ends when no request is under way and the peer has had time to close.
async fn farewell(connection: &Connection) {
    connection.quiet().await;
    sleep(FAREWELL).await;
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
                // h2 derives from it how many CONTINUATION frames a request may have.
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
