//! Section `tls`.

use std::time::Duration;

use super::keys::Keys;
use crate::tls::ServerFiles;

/// TLS of the listener of this process: gRPC of `serve`, webhooks of `adapter`.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Where its certificate is; none: it serves in the clear.
    pub files: Option<ServerFiles>,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
    /// How often the files are looked at.
    pub reload_interval: Duration,
}

impl Tls {
    pub(super) fn read(keys: &mut Keys) -> Self {
        let cert = keys.path("tls.cert");
        let key = keys.path("tls.key");
        let client_ca = keys.path("tls.client_ca");
        let require_client_certificate = keys.flag("tls.require_client_certificate");
        if cert.is_some() != key.is_some() {
            keys.problem("tls.cert", "tls.cert and tls.key together, or neither");
        }
        if client_ca.is_some() && cert.is_none() {
            keys.problem("tls.client_ca", "tls.cert and tls.key beside it");
        }
        if require_client_certificate && client_ca.is_none() {
            let expected = "tls.client_ca, against which certificates are verified";
            keys.problem("tls.require_client_certificate", expected);
        }
        Self {
            files: cert.zip(key).map(|(cert, key)| ServerFiles {
                cert,
                key,
                client_ca,
                require_client_certificate,
            }),
            handshake_timeout: keys.duration("tls.handshake_timeout"),
            reload_interval: keys.duration("tls.reload_interval"),
        }
    }

    /// Whether certificates of clients are verified.
    pub fn verifies_clients(&self) -> bool {
        let files = self.files.as_ref();
        files.is_some_and(|files| files.client_ca.is_some())
    }
}
