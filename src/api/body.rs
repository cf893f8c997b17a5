//! The bodies of a call: the message, bounded in size, time and memory, and the answer, bounded in
//! time.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::{
    task::AbortHandle,
    time::{Instant, Sleep, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{ApiError, permits::RequestPermit};
use crate::{
    domain::language::Language,
    net::{Busy, Connection},
};

/// The bytes before a message: a flag and the length
/// (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
const PREFIX: usize = 5;

/// The connection takes over answers up to this size at once. Larger ones stay here until the
/// client reads them.
const LARGE: usize = 64 * 1024;

/// The message of a call. Its length is checked when it is announced, and its content is read once
/// there is memory for it.
pub(super) struct Message {
    inner: Body,
    permit: RequestPermit,
    limit: usize,
    prefix: [u8; PREFIX],
    read: usize,
    /// The wait for memory, and the first frames, which came with the length.
    reserving: Option<BoxFuture<'static, Result<(), ApiError>>>,
    first: Option<Frame<Bytes>>,
    time: Duration,
    late: Pin<Box<Sleep>>,
    language: Language,
}

impl Message {
    /// Accepts at most `limit` bytes within `time`. Errors are in this language.
    pub(super) fn new(
        inner: Body,
        permit: RequestPermit,
        limit: usize,
        time: Duration,
        language: Language,
    ) -> Self {
        Self {
            inner,
            permit,
            limit,
            prefix: [0; PREFIX],
            read: 0,
            reserving: None,
            first: None,
            time,
            late: Box::pin(sleep(time)),
            language,
        }
    }

    /// Counts the bytes and checks the length once it is known. Then memory is reserved.
    fn check(&mut self, bytes: &[u8]) -> Result<(), ApiError> {
        let is_new = self.read < PREFIX;
        let rest = self.prefix.iter_mut().skip(self.read);
        rest.zip(bytes).for_each(|(to, from)| *to = *from);
        self.read = self.read.saturating_add(bytes.len());
        let [_, length @ ..] = self.prefix;
        let announced = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let is_known = self.read >= PREFIX;
        if (is_known && announced > self.limit) || self.read > self.limit.saturating_add(PREFIX) {
            return Err(ApiError::RequestTooLarge(self.limit));
        }
        if is_new && is_known {
            let permit = self.permit.clone();
            self.reserving = Some(Box::pin(async move { permit.receive(announced).await }));
        }
        Ok(())
    }

    /// The next frame, or why the message is refused.
    fn poll_checked(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        loop {
            if let Some(reserving) = &mut self.reserving {
                let reserved = ready!(reserving.as_mut().poll(cx));
                self.reserving = None;
                // The client has sent nothing meanwhile, because nothing was read.
                self.late.as_mut().reset(Instant::now() + self.time);
                reserved.map_err(|error| error.status(self.language))?;
                return Poll::Ready(self.first.take().map(Ok));
            }
            match Pin::new(&mut self.inner).poll_frame(cx)? {
                Poll::Ready(Some(frame)) => {
                    let checked = frame.data_ref().map_or(Ok(()), |bytes| self.check(bytes));
                    checked.map_err(|error| error.status(self.language))?;
                    if self.reserving.is_none() {
                        return Poll::Ready(Some(Ok(frame)));
                    }
                    self.first = Some(frame);
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    ready!(self.late.as_mut().poll(cx));
                    Err(ApiError::RequestTooSlow.status(self.language))?;
                }
            }
        }
    }
}

impl HttpBody for Message {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        self.poll_checked(cx)
    }
}

/// The messages of a stream, which ends with UNAVAILABLE when it has lasted too long and when the
/// service stops.
pub(super) struct Stream {
    inner: Body,
    end: BoxFuture<'static, ApiError>,
    has_ended: bool,
    language: Language,
}

impl Stream {
    /// Lasts no longer than `age`, and ends at once with `stop`. The error is in this language.
    pub(super) fn new(
        inner: Body,
        age: Duration,
        stop: CancellationToken,
        language: Language,
    ) -> Self {
        let end = async move {
            tokio::select! {
                () = stop.cancelled() => ApiError::ServiceStopping,
                () = sleep(age) => ApiError::StreamTooOld,
            }
        };
        Self {
            inner,
            end: Box::pin(end),
            has_ended: false,
            language,
        }
    }
}

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let Poll::Ready(error) = self.end.as_mut().poll(cx) else {
            return Pin::new(&mut self.inner).poll_frame(cx);
        };
        self.has_ended = true;
        let status = error.status(self.language);
        let trailers = status.into_http::<()>().into_parts().0.headers;
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.inner.is_end_stream()
    }
}

/// The answer of a call. Until the connection has taken all of it over, the call keeps its permit
/// and the connection counts as busy.
pub(super) struct Answer<P> {
    inner: Body,
    _permit: P,
    _busy: Option<Busy>,
    connection: Option<Connection>,
    patience: Duration,
    watchdog: Option<AbortHandle>,
}

impl<P> Answer<P> {
    /// Closes the connection if the client does not read a large answer within `patience`.
    /// Otherwise a client could keep it in memory without end.
    pub(super) fn new(
        inner: Body,
        permit: P,
        connection: Option<Connection>,
        patience: Duration,
    ) -> Self {
        Self {
            inner,
            _permit: permit,
            _busy: connection.as_ref().map(Connection::busy),
            connection,
            patience,
            watchdog: None,
        }
    }

    fn watch(&mut self) {
        if let Some(connection) = self.connection.take() {
            let patience = self.patience;
            let watchdog = tokio::spawn(async move {
                sleep(patience).await;
                connection.cut();
            });
            self.watchdog = Some(watchdog.abort_handle());
        }
    }
}

impl<P> Drop for Answer<P> {
    fn drop(&mut self) {
        if let Some(watchdog) = &self.watchdog {
            watchdog.abort();
        }
    }
}

impl<P: Unpin> HttpBody for Answer<P> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && frame.data_ref().is_some_and(|bytes| bytes.len() > LARGE)
        {
            self.watch();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::to_bytes;
    use futures_util::stream;
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        api::permits::{RequestPermits, Who},
        config::load,
        telemetry::Metrics,
    };

    const TIME: Duration = Duration::from_secs(10);

    fn message(length: u32, content: usize) -> Vec<u8> {
        let mut message = vec![0];
        message.extend(length.to_be_bytes());
        message.resize(PREFIX + content, 7);
        message
    }

    fn bounded(body: Body) -> Body {
        let server = load(None, std::iter::empty()).unwrap().server;
        let who = Who {
            caller: "caller".into(),
            is_operator: false,
        };
        let permit = RequestPermits::new(&server, &Metrics::new()).of(who);
        Body::new(Message::new(body, permit, 100, TIME, Language::English))
    }

    /// Reads a message in pieces of this size: its length, or the code of the refusal.
    async fn read(message: &[u8], piece: usize) -> Result<usize, Code> {
        let pieces: Vec<Result<Bytes, Infallible>> = message
            .chunks(piece)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let body = bounded(Body::from_stream(stream::iter(pieces)));
        let read = to_bytes(body, usize::MAX).await;
        read.map(|bytes| bytes.len())
            .map_err(|error| Status::from_error(Box::new(error)).code())
    }

    #[tokio::test]
    async fn a_message_up_to_the_limit_passes_in_pieces_of_any_size() {
        for piece in [1, 3, 5, 6, 200] {
            assert_eq!(read(&message(100, 100), piece).await, Ok(105), "{piece}");
            let refused = Err(Code::ResourceExhausted);
            assert_eq!(read(&message(101, 0), piece).await, refused, "{piece}");
            assert_eq!(read(&message(u32::MAX, 3), piece).await, refused, "{piece}");
            // More bytes than announced, or a second message.
            assert_eq!(read(&message(10, 101), piece).await, refused, "{piece}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_does_not_arrive_in_time_is_refused() {
        let silent = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let read = to_bytes(bounded(silent), usize::MAX).await;
        let status = Status::from_error(Box::new(read.unwrap_err()));
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_whose_client_does_not_read_a_large_answer_is_closed() {
        let connection = Connection::alone();
        let large = Body::from(vec![0; LARGE + 1]);
        let mut answer = Answer::new(large, (), Some(connection.clone()), TIME);
        std::future::poll_fn(|cx| Pin::new(&mut answer).poll_frame(cx)).await;
        assert!(!connection.is_cut());
        sleep(TIME * 2).await;
        assert!(connection.is_cut());
    }

    /// Why an endless stream ends, and after how long, if the service stops after `stops`.
    async fn end_of_stream(stops: Option<Duration>) -> (String, Duration) {
        let endless = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let stop = CancellationToken::new();
        let mut stream = Stream::new(endless, TIME, stop.clone(), Language::English);
        let began = Instant::now();
        if let Some(after) = stops {
            tokio::spawn(async move {
                sleep(after).await;
                stop.cancel();
            });
        }
        let mut next =
            async || std::future::poll_fn(|cx| Pin::new(&mut stream).poll_frame(cx)).await;
        let trailers = next().await.unwrap().unwrap().into_trailers().unwrap();
        let status = Status::from_header_map(&trailers).unwrap();
        assert_eq!(status.code(), Code::Unavailable);
        assert!(status.get_details_retry_info().is_some());
        assert!(next().await.is_none());
        let info = status.get_details_error_info().unwrap();
        (info.reason, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_lasts_too_long_or_whose_service_stops_ends_with_a_time_to_come_back() {
        let too_old = ("STREAM_TOO_OLD".to_owned(), TIME);
        assert_eq!(end_of_stream(None).await, too_old);
        let stopping = ("SERVICE_STOPPING".to_owned(), TIME / 2);
        assert_eq!(end_of_stream(Some(TIME / 2)).await, stopping);
    }
}
