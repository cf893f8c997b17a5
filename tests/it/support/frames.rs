//! A client that sends its frames itself, for calls that no proper client makes.

use std::{net::SocketAddr, time::Duration};

use bytes::{BufMut as _, Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use http::HeaderMap;
use tokio::{net::TcpStream, time::timeout};
use tonic::Status;

const PATIENCE: Duration = Duration::from_secs(30);

/// The window of a stream when it is opened (RFC 9113, section 6.9.2), in bytes.
pub const WINDOW: u32 = 65_535;

/// Connects; the server may send `window` bytes of an answer before they are read.
pub async fn connect(address: SocketAddr, window: u32) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(window);
    let (client, connection) = builder.handshake(stream).await.unwrap();
    tokio::spawn(connection);
    client.ready().await.unwrap()
}

/// A message with its prefix, which announces this length.
pub fn announcing(length: usize, content: &[u8]) -> Bytes {
    let mut message = BytesMut::new();
    message.put_u8(0);
    message.put_u32(u32::try_from(length).unwrap());
    message.put_slice(content);
    message.freeze()
}

/// The status of an answer, in its head or at its end.
pub async fn status(response: ResponseFuture) -> Status {
    let response = timeout(PATIENCE, response).await.unwrap().unwrap();
    let (parts, mut body) = response.into_parts();
    if let Some(status) = Status::from_header_map(&parts.headers) {
        return status;
    }
    while let Some(Ok(bytes)) = body.data().await {
        body.flow_control().release_capacity(bytes.len()).unwrap();
    }
    let trailers: HeaderMap = body.trailers().await.unwrap().unwrap();
    Status::from_header_map(&trailers).unwrap()
}
