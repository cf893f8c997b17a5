//! Section `tls`.

use std::time::Duration;

use super::keys::{Keys, section};
use crate::net::tls::ServerFiles;

section! {
    /// TLS of the listener of this process: gRPC of `serve`, webhooks of `adapter`.
    Tls {
        /// Its certificate; `None`: it serves in the clear.
        pub files: Option<ServerFiles> = server_files,
        /// Longest handshake.
        pub handshake_timeout: Duration = Keys::duration,
        /// How often the files are read again.
        pub reload_interval: Duration = Keys::duration,
    }
}

fn server_files(keys: &mut Keys, _: &str) -> Option<Option<ServerFiles>> {
    const REQUIRE: &str = "tls.require_client_certificate";
    let identity = keys.identity("tls.cert", "tls.key");
    let (client_ca, require) = (keys.path("tls.client_ca"), keys.flag(REQUIRE));
    let (identity, client_ca, require) = (identity?, client_ca?, require?);
    if client_ca.is_some() && identity.is_none() {
        keys.problem("tls.client_ca", "tls.cert and tls.key beside it");
        return None;
    }
    if require && client_ca.is_none() {
        let expected = "tls.client_ca, against which certificates are verified";
        keys.problem(REQUIRE, expected);
        return None;
    }
    Some(identity.map(|(cert, key)| ServerFiles {
        cert,
        key,
        client_ca,
        require_client_certificate: require,
    }))
}

impl Tls {
    /// Whether certificates of clients are verified.
    pub fn verifies_clients(&self) -> bool {
        let files = self.files.as_ref();
        files.is_some_and(|files| files.client_ca.is_some())
    }
}
