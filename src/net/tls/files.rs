//! Certificates and keys from PEM files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::VerifierBuilderError,
};

/// Why certificates or keys cannot be used. Each text names the file; none shows a key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// A file holds no certificate or no key.
    #[error("{0}: no {1} in PEM form")]
    Pem(PathBuf, &'static str),
    /// The certificate and the key do not match, or the library does not support them.
    #[error("{0}: {1}")]
    Unusable(PathBuf, rustls::Error),
    /// A file of CA certificates cannot be used.
    #[error("{0}: not a CA certificate that can be used ({1})")]
    Authority(PathBuf, rustls::Error),
    /// A file of CA certificates cannot be used to verify clients.
    #[error("{0}: clients cannot be verified against it ({1})")]
    Clients(PathBuf, VerifierBuilderError),
    /// The system has no CA certificates.
    #[error("the system has no CA certificates: name a file with those to trust")]
    NoRoots,
}

/// A certificate and the intermediate ones.
pub(super) fn chain(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .unwrap_or_default();
    if chain.is_empty() {
        return Err(TlsError::Pem(path.to_owned(), "certificate"));
    }
    Ok(chain)
}

/// A private key: PKCS #8, PKCS #1 or SEC 1.
pub(super) fn key(path: &Path, pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| TlsError::Pem(path.to_owned(), "private key"))
}

/// The CA certificates to trust.
pub(super) fn authorities(path: &Path, pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(path, pem)? {
        roots
            .add(certificate)
            .map_err(|error| TlsError::Authority(path.to_owned(), error))?;
    }
    Ok(roots)
}

/// The CA certificates that the system trusts.
pub(super) fn system_authorities() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TlsError::NoRoots);
    }
    Ok(roots)
}

/// The contents of some files at one time.
pub(super) struct Contents(Vec<Vec<u8>>);

impl Contents {
    pub(super) fn read<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Self, TlsError> {
        let read =
            |path: &Path| fs::read(path).map_err(|error| TlsError::File(path.to_owned(), error));
        paths
            .into_iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The content of the file at an index; empty if there is none.
    pub(super) fn at(&self, index: usize) -> &[u8] {
        self.0.get(index).map_or(&[], Vec::as_slice)
    }

    /// A digest that changes with the contents.
    pub(super) fn fingerprint(&self) -> digest::Digest {
        let mut context = digest::Context::new(&digest::SHA256);
        for content in &self.0 {
            context.update(&content.len().to_be_bytes());
            context.update(content);
        }
        context.finish()
    }
}
