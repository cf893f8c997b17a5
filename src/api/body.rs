//! The bodies of a call: the message, bounded in size and time, and the answer.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::{
    task::AbortHandle,
    time::{Sleep, sleep},
};

use super::ApiError;
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

/// The message of a call. Its length is checked when it is announced, before its content is
/// stored.
pub(super) struct Message {
    inner: Body,
    limit: usize,
    prefix: [u8; PREFIX],
    read: usize,
    late: Pin<Box<Sleep>>,
    language: Language,
}

impl Message {
    /// Accepts at most `limit` bytes within `time`. Errors are in this language.
    pub(super) fn new(inner: Body, limit: usize, time: Duration, language: Language) -> Self {
        Self {
            inner,
            limit,
            prefix: [0; PREFIX],
            read: 0,
            late: Box::pin(sleep(time)),
            language,
        }
    }

    /// Counts the bytes and checks the length once it is known.
    fn check(&mut self, bytes: &[u8]) -> Result<(), ApiError> {
        let taken = PREFIX.saturating_sub(self.read).min(bytes.len());
        if let (Some(part), Some(bytes)) = (
            self.prefix.get_mut(self.read..self.read + taken),
            bytes.get(..taken),
        ) {
            part.copy_from_slice(bytes);
        }
        self.read = self.read.saturating_add(bytes.len());
        let [_, length @ ..] = self.prefix;
        let announced = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let is_too_large = (self.read >= PREFIX && announced > self.limit)
            || self.read > self.limit.saturating_add(PREFIX);
        if is_too_large {
            return Err(ApiError::RequestTooLarge(self.limit));
        }
        Ok(())
    }
}

impl HttpBody for Message {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let language = self.language;
        let refused = |error: ApiError| Poll::Ready(Some(Err(error.status(language).into())));
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let checked = frame.data_ref().map_or(Ok(()), |bytes| self.check(bytes));
                match checked {
                    Ok(()) => Poll::Ready(Some(Ok(frame))),
                    Err(error) => refused(error),
                }
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                ready!(self.late.as_mut().poll(cx));
                refused(ApiError::RequestTooSlow)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
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

    use super::*;

    const TIME: Duration = Duration::from_secs(10);

    fn message(length: u32, content: usize) -> Vec<u8> {
        let mut message = vec![0];
        message.extend(length.to_be_bytes());
        message.resize(PREFIX + content, 7);
        message
    }

    /// Reads a message in pieces of this size: its length, or the code of the refusal.
    async fn read(message: &[u8], piece: usize) -> Result<usize, Code> {
        let pieces: Vec<Result<Bytes, Infallible>> = message
            .chunks(piece)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let body = Body::from_stream(stream::iter(pieces));
        let read = to_bytes(
            Body::new(Message::new(body, 100, TIME, Language::English)),
            usize::MAX,
        )
        .await;
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
        let read = to_bytes(
            Body::new(Message::new(silent, 100, TIME, Language::English)),
            usize::MAX,
        )
        .await;
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
}
