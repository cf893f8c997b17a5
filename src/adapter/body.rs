//! Reads the body of a request, bounded in size and time.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::{
    HeaderMap,
    header::{CONTENT_LENGTH, EXPECT},
};

use super::answer::Refusal;

/// How many bytes of a body that is too large are discarded before the answer.
const DISCARD: usize = 1024 * 1024;
/// How long the rest of such a body is waited for.
const DISCARD_TIME: Duration = Duration::from_secs(1);

/// The body, byte for byte.
///
/// A body that announces a length above the limit is refused before any of it is kept. Without an
/// announced length reading stops at the limit.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    time: Duration,
) -> Result<Bytes, Refusal> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let mut chunks = body.into_data_stream();
    let result = if announced.is_some_and(|length| length > limit as u64) {
        Err(Refusal::TooLarge)
    } else {
        match tokio::time::timeout(time, collect(&mut chunks, limit)).await {
            Ok(result) => result,
            Err(_) => Err(Refusal::Timeout),
        }
    };
    // A sender that waits for `100 Continue` has not sent anything to discard.
    if result == Err(Refusal::TooLarge) && !headers.contains_key(EXPECT) {
        // Closing the connection while the sender still sends would lose the answer.
        let _ = tokio::time::timeout(DISCARD_TIME, discard(&mut chunks)).await;
    }
    result
}

async fn collect(chunks: &mut BodyDataStream, limit: usize) -> Result<Bytes, Refusal> {
    let mut whole = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::Interrupted)?;
        if whole.len() + chunk.len() > limit {
            return Err(Refusal::TooLarge);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

async fn discard(chunks: &mut BodyDataStream) {
    let mut discarded = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        discarded += chunk.len();
        if discarded > DISCARD {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, io};

    use futures_util::stream;

    use super::*;

    const TIME: Duration = Duration::from_secs(10);

    async fn read_chunks(
        chunks: Vec<Result<Bytes, io::Error>>,
        announced: Option<&str>,
    ) -> Result<Bytes, Refusal> {
        let mut headers = HeaderMap::new();
        if let Some(length) = announced {
            headers.insert(CONTENT_LENGTH, length.parse().unwrap());
        }
        read(&headers, Body::from_stream(stream::iter(chunks)), 6, TIME).await
    }

    fn chunk(text: &'static str) -> Result<Bytes, io::Error> {
        Ok(Bytes::from_static(text.as_bytes()))
    }

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_read_whole() {
        let body = read_chunks(vec![chunk("abc"), chunk("def")], None).await;
        assert_eq!(body.unwrap(), "abcdef");
        assert_eq!(read_chunks(vec![], Some("0")).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_refused_announced_or_not() {
        let refused = Err(Refusal::TooLarge);
        assert_eq!(read_chunks(vec![chunk("abcdefg")], None).await, refused);
        assert_eq!(
            read_chunks(vec![chunk("abcdef"), chunk("g")], None).await,
            refused
        );
        assert_eq!(read_chunks(vec![], Some("7")).await, refused);
        assert_eq!(
            read_chunks(vec![], Some("18446744073709551615")).await,
            refused
        );
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_refused() {
        let broken = Err(io::Error::other("reset"));
        assert_eq!(
            read_chunks(vec![chunk("abc"), broken], None).await,
            Err(Refusal::Interrupted)
        );
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let silent = stream::pending::<Result<Bytes, Infallible>>();
        let body = Body::from_stream(silent);
        assert_eq!(
            read(&HeaderMap::new(), body, 6, Duration::from_millis(1)).await,
            Err(Refusal::Timeout)
        );
    }
}
