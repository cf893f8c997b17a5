//! TLS as a client.

use std::{io, path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    files::{Contents, TlsError, authorities, chain, key, system_authorities},
    provider,
};

/// The CA that a client trusts, and the certificate that it shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFiles {
    /// Certificates of the CA to trust, in PEM; `None`: those of the system.
    pub ca: Option<PathBuf>,
    /// Its certificate and private key, in PEM.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// The TLS of a client. The files are read again for each connection.
#[derive(Debug)]
pub struct ClientTls {
    files: ClientFiles,
    protocol: Option<&'static [u8]>,
    last_good: Mutex<Arc<ClientConfig>>,
}

impl ClientTls {
    /// Reads the files. If a protocol is given, servers have to agree to it (ALPN).
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load(files: ClientFiles, protocol: Option<&'static [u8]>) -> Result<Self, TlsError> {
        let config = files.config(protocol)?;
        Ok(Self {
            files,
            protocol,
            last_good: Mutex::new(config),
        })
    }

    /// The configuration from the files as they are now, or as they were when they could last be used.
    fn config(&self) -> Arc<ClientConfig> {
        let mut last_good = self.last_good.lock();
        match self.files.config(self.protocol) {
            Ok(config) => *last_good = config,
            Err(error) => tracing::error!(%error,
                "the files for TLS cannot be used; their last contents stay in use"),
        }
        Arc::clone(&last_good)
    }

    /// Runs the handshake with a server of this name or IP address.
    ///
    /// # Errors
    /// Its certificate is not valid for the name, or it rejects ours.
    pub async fn connect<S>(&self, host: &str, stream: S) -> io::Result<TlsStream<S>>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let config = self.config();
        let stream = TlsConnector::from(config).connect(name, stream).await?;
        let spoken = stream.get_ref().1.alpn_protocol();
        if self.protocol.is_some() && spoken != self.protocol {
            return Err(io::Error::other(
                "the server does not agree to the protocol (ALPN)",
            ));
        }
        Ok(stream)
    }

    /// Connects to a port of a server and runs the handshake.
    ///
    /// # Errors
    /// As [`Self::connect`]; or there is no connection.
    pub async fn dial(&self, host: &str, port: u16) -> io::Result<TlsStream<TcpStream>> {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((address, port)).await?;
        stream.set_nodelay(true)?;
        self.connect(host, stream).await
    }
}

impl ClientFiles {
    fn config(&self, protocol: Option<&'static [u8]>) -> Result<Arc<ClientConfig>, TlsError> {
        let roots = match &self.ca {
            Some(path) => authorities(path, Contents::read([path.as_path()])?.at(0))?,
            None => system_authorities()?,
        };
        let place = || self.ca.clone().unwrap_or_default();
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Unusable(place(), error))?
            .with_root_certificates(roots);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some((cert, secret)) => {
                let contents = Contents::read([cert.as_path(), secret.as_path()])?;
                builder
                    .with_client_auth_cert(
                        chain(cert, contents.at(0))?,
                        key(secret, contents.at(1))?,
                    )
                    .map_err(|error| TlsError::Unusable(cert.clone(), error))?
            }
        };
        config.alpn_protocols = protocol.map(<[u8]>::to_vec).into_iter().collect();
        Ok(Arc::new(config))
    }
}
