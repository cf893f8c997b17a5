//! TLS: certificates from files, read again when they change; one cryptographic provider.
//!
//! Nothing here decides who may do what: a certificate that a client shows is verified
//! against the CA of the settings, and its names are told.

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

/// The protocol that gRPC needs.
pub const H2: &[u8] = b"h2";

/// The protocol that webhooks are sent with.
pub const HTTP1: &[u8] = b"http/1.1";

/// The one provider: the library that also seals what is stored.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Makes it the provider of everything in this process that does not name one.
pub fn install() {
    // An error says that there is one already.
    let _ = aws_lc_rs::default_provider().install_default();
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
