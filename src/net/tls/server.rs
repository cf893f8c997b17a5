//! TLS of a listener.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parking_lot::RwLock;
use rustls::{
    ServerConfig,
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use tokio_util::sync::CancellationToken;

use super::{
    files::{Contents, TlsError, authorities, chain, key},
    provider,
};

/// The certificate that a server shows, and the clients that it lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFiles {
    /// Its certificate and the intermediate ones, in PEM.
    pub cert: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
    /// Certificates of the CA that client certificates are verified against, in PEM.
    pub client_ca: Option<PathBuf>,
    /// Whether the handshake with a client without a certificate fails.
    pub require_client_certificate: bool,
}

/// The TLS of a server, which follows its files.
#[derive(Debug)]
pub struct ServerTls {
    files: ServerFiles,
    protocol: &'static [u8],
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    config: Arc<ServerConfig>,
    /// Fingerprint of the contents read last, usable or not; or the error of reading them.
    seen: Vec<u8>,
}

impl ServerTls {
    /// Reads the files. Clients have to speak this protocol (ALPN).
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load(files: ServerFiles, protocol: &'static [u8]) -> Result<Self, TlsError> {
        let contents = files.read()?;
        let state = State {
            config: files.config(&contents, protocol)?,
            seen: contents.fingerprint().as_ref().to_vec(),
        };
        Ok(Self {
            files,
            protocol,
            state: RwLock::new(state),
        })
    }

    /// The same, if the settings name files.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load_optional(
        files: Option<ServerFiles>,
        protocol: &'static [u8],
    ) -> Result<Option<Arc<Self>>, TlsError> {
        let tls = files.map(|files| Self::load(files, protocol)).transpose()?;
        Ok(tls.map(Arc::new))
    }

    /// The configuration for a new connection.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.state.read().config)
    }

    /// Reads the files again. If their contents have changed, new connections use them from now on,
    /// and this returns true.
    ///
    /// # Errors
    /// The new contents cannot be used; the old ones stay in use. An error is returned once.
    pub fn refresh(&self) -> Result<bool, TlsError> {
        let read = self.files.read();
        let seen = match &read {
            Ok(contents) => contents.fingerprint().as_ref().to_vec(),
            Err(error) => error.to_string().into_bytes(),
        };
        let mut state = self.state.write();
        if state.seen == seen {
            return Ok(false);
        }
        state.seen = seen;
        state.config = self.files.config(&read?, self.protocol)?;
        Ok(true)
    }

    /// Refreshes at an interval until `stop`.
    pub async fn keep_fresh(self: Arc<Self>, every: Duration, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(every);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let this = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || this.refresh()).await {
                Ok(Ok(true)) => tracing::info!(cert = %self.files.cert.display(),
                    "the certificate has changed and is used from now on"),
                Ok(Err(error)) => tracing::error!(%error,
                    "the certificate has changed but cannot be used; the last one stays in use"),
                Ok(Ok(false)) | Err(_) => {}
            }
        }
    }
}

impl ServerFiles {
    fn read(&self) -> Result<Contents, TlsError> {
        let paths = [Some(&self.cert), Some(&self.key), self.client_ca.as_ref()];
        Contents::read(paths.into_iter().flatten().map(PathBuf::as_path))
    }

    fn config(&self, contents: &Contents, protocol: &[u8]) -> Result<Arc<ServerConfig>, TlsError> {
        let unusable = |error| TlsError::Unusable(self.cert.clone(), error);
        let clients: Arc<dyn ClientCertVerifier> = match &self.client_ca {
            Some(path) => self.clients(path, contents.at(2))?,
            None => Arc::new(NoClientAuth),
        };
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_client_cert_verifier(clients)
            .with_single_cert(
                chain(&self.cert, contents.at(0))?,
                key(&self.key, contents.at(1))?,
            )
            .map_err(unusable)?;
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(Arc::new(config))
    }

    fn clients(&self, path: &Path, pem: &[u8]) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let roots = Arc::new(authorities(path, pem)?);
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
        let verifier = if self.require_client_certificate {
            verifier
        } else {
            verifier.allow_unauthenticated()
        };
        verifier
            .build()
            .map(|it| it as Arc<dyn ClientCertVerifier>)
            .map_err(|error| TlsError::Clients(path.to_owned(), error))
    }
}
