//! Ways an answer gets to the caller, or does not.

use std::convert::Infallible;

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header};

use super::{
    answer::{Answer, JSON},
    wire::Cutter,
};

const HUGE_CHUNKS: usize = 4096;
const HUGE_CHUNK: &[u8] = &[b' '; 64 * 1024];

/// What is done with an answer.
pub(super) enum Delivery {
    Whole(Answer),
    /// Half of the body, then the connection is closed.
    Half(Answer),
    /// A body of hundreds of megabytes.
    Endless,
    /// The connection is closed without an answer.
    Cut,
}

impl Delivery {
    /// The status the caller sees; none if the connection is cut before.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Whole(answer) | Self::Half(answer) => Some(answer.status),
            Self::Endless => Some(200),
            Self::Cut => None,
        }
    }

    /// Puts the answer on the wire; for a cut one, what is returned never leaves.
    pub(super) fn into_response(self, cutter: &Cutter) -> Response {
        match self {
            Self::Whole(answer) => answer.into_response(),
            Self::Half(answer) => half(answer),
            Self::Endless => endless(),
            Self::Cut => {
                cutter.cut();
                Answer::empty(500).into_response()
            }
        }
    }

    /// A 200 that is announced as JSON and is none.
    pub(super) fn garbage() -> Answer {
        Answer::text(200, JSON, "{\"data\": {\"id\": ")
    }
}

/// A body announced whole and sent half.
fn half(answer: Answer) -> Response {
    let whole = answer.body.clone();
    let mut response = answer.into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let first = whole.slice(..whole.len() / 2);
    *response.body_mut() = Body::from_stream(stream::unfold(0, move |step| {
        let first = first.clone();
        async move {
            match step {
                0 => Some((Ok(first), 1)),
                // Gives the server a turn to send the half before the connection breaks.
                _ => {
                    tokio::task::yield_now().await;
                    Some((Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe)), 2))
                }
            }
        }
    }));
    response
}

/// A JSON body that goes on for 256 MiB.
fn endless() -> Response {
    let mut response = Answer::text(200, JSON, Bytes::new()).into_response();
    let start = std::iter::once(Bytes::from_static(b"{\"data\": {\"items\": ["));
    let chunks = std::iter::repeat_n(Bytes::from_static(HUGE_CHUNK), HUGE_CHUNKS);
    let body = start.chain(chunks).map(Ok::<_, Infallible>);
    *response.body_mut() = Body::from_stream(stream::iter(body));
    response
}
