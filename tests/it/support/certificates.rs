//! A CA for a test, and what it issues, as files.

use std::{fs, path::PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use tempfile::TempDir;

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    dir: TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, dir }
    }

    pub fn ca(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// A certificate for 127.0.0.1 and its key.
    pub fn server(&self) -> (PathBuf, PathBuf) {
        let address = std::net::IpAddr::from([127, 0, 0, 1]);
        self.issue("server", vec![SanType::IpAddress(address)])
    }

    /// A certificate with a URI, and its key.
    pub fn client(&self, uri: &str) -> (PathBuf, PathBuf) {
        let name = uri.rsplit('/').next().unwrap();
        self.issue(name, vec![SanType::URI(uri.try_into().unwrap())])
    }

    fn issue(&self, name: &str, names: Vec<SanType>) -> (PathBuf, PathBuf) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = names;
        let pair = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&pair, &self.issuer).unwrap();
        let path = |end: &str| self.dir.path().join(format!("{name}.{end}"));
        let paths = (path("pem"), path("key"));
        fs::write(&paths.0, certificate.pem()).unwrap();
        fs::write(&paths.1, pair.serialize_pem()).unwrap();
        paths
    }
}
