//! Connections that can be cut without an answer.

use std::{
    net::{Shutdown, TcpStream},
    os::fd::AsFd as _,
    sync::Arc,
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::net::TcpListener;

/// A second handle to the socket of a connection.
#[derive(Debug, Clone)]
pub(super) struct Connection(Option<Arc<TcpStream>>);

impl Connection {
    /// Closes the connection in both directions: nothing written afterwards leaves.
    pub(super) fn cut(&self) {
        if let Some(socket) = &self.0 {
            // It may be closed already, which is what is wanted.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Connected<IncomingStream<'_, TcpListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        // Small answers should not wait for the peer's acknowledgements.
        let _ = stream.io().set_nodelay(true);
        let socket = stream.io().as_fd().try_clone_to_owned().ok();
        Self(socket.map(|socket| Arc::new(TcpStream::from(socket))))
    }
}
