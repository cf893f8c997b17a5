//! Connections out: to a gRPC service, over TLS if its address says `https`.

use std::{error::Error as _, io, sync::Arc};

use http::Uri;
use hyper_util::rt::TokioIo;
use tonic::transport::{Channel, Endpoint};

use super::tls::{ClientFiles, ClientTls, H2, TlsError};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The files for TLS cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The server's certificate is not from a CA that is trusted here.
    #[error("the server's certificate is not from a trusted CA")]
    Untrusted,
    /// The server's certificate is for other names.
    #[error("the server's certificate is for another name")]
    OtherName,
    /// What answers there does not use TLS.
    #[error("the server does not use TLS")]
    NoTls,
    /// Nobody answers there, or not as a gRPC service does.
    #[error("{}", innermost(.0))]
    Connection(tonic::transport::Error),
}

/// A channel that connects when it is first used, and again after a loss.
///
/// # Errors
/// The files for TLS cannot be used.
pub fn lazily(endpoint: &Endpoint, tls: ClientFiles) -> Result<Channel, TlsError> {
    if !is_https(endpoint) {
        return Ok(endpoint.connect_lazy());
    }
    let tls = Arc::new(ClientTls::load(tls, Some(H2))?);
    let dial = tower::service_fn(move |uri| dial(Arc::clone(&tls), uri));
    Ok(endpoint.connect_with_connector_lazy(dial))
}

/// A channel that is connected.
///
/// # Errors
/// See [`DialError`].
pub async fn now(endpoint: &Endpoint, tls: ClientFiles) -> Result<Channel, DialError> {
    if !is_https(endpoint) {
        return endpoint.connect().await.map_err(DialError::Connection);
    }
    let tls = Arc::new(ClientTls::load(tls, Some(H2))?);
    let dial = tower::service_fn(move |uri| dial(Arc::clone(&tls), uri));
    let connected = endpoint.connect_with_connector(dial).await;
    connected.map_err(without_tls)
}

fn is_https(endpoint: &Endpoint) -> bool {
    endpoint.uri().scheme_str() == Some("https")
}

type Stream = TokioIo<tokio_rustls::client::TlsStream<tokio::net::TcpStream>>;

async fn dial(tls: Arc<ClientTls>, uri: Uri) -> io::Result<Stream> {
    let host = uri.host().unwrap_or_default();
    let stream = tls.dial(host, uri.port_u16().unwrap_or(443)).await?;
    Ok(TokioIo::new(stream))
}

/// Why there is no connection over TLS.
fn without_tls(error: tonic::transport::Error) -> DialError {
    use io::ErrorKind::{ConnectionReset, UnexpectedEof};
    use rustls::{CertificateError as Certificate, Error as Tls};
    let Some(cause) = io_cause(&error) else {
        return DialError::Connection(error);
    };
    // An `io::Error` does not name what it wraps as its source.
    let tls = cause.get_ref().and_then(|it| it.downcast_ref::<Tls>());
    match (tls, cause.kind()) {
        (Some(Tls::InvalidCertificate(Certificate::UnknownIssuer)), _) => DialError::Untrusted,
        (
            Some(Tls::InvalidCertificate(
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
            )),
            _,
        ) => DialError::OtherName,
        (Some(Tls::InvalidMessage(_)), _) | (None, ConnectionReset | UnexpectedEof) => {
            DialError::NoTls
        }
        _ => DialError::Connection(error),
    }
}

fn io_cause<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    let here = error.downcast_ref();
    here.or_else(|| io_cause(error.source()?))
}

/// The root cause: tonic's own text says no more than "transport error".
fn innermost(error: &tonic::transport::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}
