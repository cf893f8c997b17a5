//! Connections out: to a gRPC service, over TLS if its address says `https`.

use std::{error::Error as _, sync::Arc};

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

impl From<tonic::transport::Error> for DialError {
    fn from(error: tonic::transport::Error) -> Self {
        use rustls::{
            CertificateError as Certificate,
            Error::{InvalidCertificate, InvalidMessage},
        };
        match cause_in_tls(&error) {
            Some(InvalidCertificate(Certificate::UnknownIssuer)) => Self::Untrusted,
            Some(InvalidCertificate(
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
            )) => Self::OtherName,
            Some(InvalidMessage(_)) => Self::NoTls,
            _ => Self::Connection(error),
        }
    }
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
        return Ok(endpoint.connect().await?);
    }
    let tls = Arc::new(ClientTls::load(tls, Some(H2))?);
    let dial = tower::service_fn(move |uri| dial(Arc::clone(&tls), uri));
    Ok(endpoint.connect_with_connector(dial).await?)
}

fn is_https(endpoint: &Endpoint) -> bool {
    endpoint.uri().scheme_str() == Some("https")
}

type Stream = TokioIo<tokio_rustls::client::TlsStream<tokio::net::TcpStream>>;

async fn dial(tls: Arc<ClientTls>, uri: Uri) -> std::io::Result<Stream> {
    let host = uri.host().unwrap_or_default();
    let stream = tls.dial(host, uri.port_u16().unwrap_or(443)).await?;
    Ok(TokioIo::new(stream))
}

/// What went wrong in the handshake, if that was it. An `io::Error` does not name what it wraps as
/// its source.
fn cause_in_tls<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(|it| it.get_ref());
    let wrapped = wrapped.and_then(|it| it.downcast_ref());
    wrapped.or_else(|| cause_in_tls(error.source()?))
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
