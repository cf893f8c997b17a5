//! Certificates for tests.

use std::{fs, path::PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use tempfile::TempDir;

use super::{ClientFiles, ServerFiles};

/// A CA and what it has issued, in files.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    dir: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let this = Self {
            issuer,
            dir: tempfile::tempdir().unwrap(),
        };
        fs::write(this.path("ca.pem"), this.issuer.pem()).unwrap();
        this
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes `NAME.pem` and `NAME.key` for these subject alternative names.
    pub(crate) fn issue(&self, name: &str, sans: &[SanType]) -> (PathBuf, PathBuf) {
        self.issue_until(name, sans, 4096)
    }

    /// The same with an end that has passed.
    pub(crate) fn issue_expired(&self, name: &str, sans: &[SanType]) -> (PathBuf, PathBuf) {
        self.issue_until(name, sans, 2020)
    }

    /// Until this year begins.
    fn issue_until(&self, name: &str, sans: &[SanType], year: i32) -> (PathBuf, PathBuf) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = sans.to_vec();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let pair = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&pair, &self.issuer).unwrap();
        let paths = (
            self.path(&format!("{name}.pem")),
            self.path(&format!("{name}.key")),
        );
        fs::write(&paths.0, certificate.pem()).unwrap();
        fs::write(&paths.1, pair.serialize_pem()).unwrap();
        paths
    }

    pub(crate) fn server(&self) -> ServerFiles {
        let (cert, key) = self.issue("server", &[dns("onboarding.example")]);
        ServerFiles {
            cert,
            key,
            client_ca: None,
            require_client_certificate: false,
        }
    }

    pub(crate) fn client(&self) -> ClientFiles {
        ClientFiles {
            ca: Some(self.path("ca.pem")),
            identity: None,
        }
    }
}

pub(crate) fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

pub(crate) fn uri(uri: &str) -> SanType {
    SanType::URI(uri.try_into().unwrap())
}
