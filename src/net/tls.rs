//! TLS: certificates from files, read again when they change; one cryptographic provider.
//!
//! Nothing here decides who may do what: the certificate of a client is verified against the CA of the
//! settings, and its names are passed on.

mod client;
mod files;
mod peer;
mod server;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

pub use client::{ClientFiles, ClientTls};
pub use files::TlsError;
pub use peer::names;
pub use server::{ServerFiles, ServerTls};

/// ALPN name of HTTP/2, which gRPC needs.
pub const H2: &[u8] = b"h2";

/// ALPN name of HTTP/1.1, for webhooks.
pub const HTTP1: &[u8] = b"http/1.1";

/// The one provider of cryptography; the same library seals what is stored.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Makes aws-lc-rs the provider of everything in this process that does not name one.
pub fn install() {
    // An error means that there is one already.
    let _ = aws_lc_rs::default_provider().install_default();
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
