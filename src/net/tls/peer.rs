//! The names in a certificate.

use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// The names in a certificate, as `dns:NAME` in lower case and `uri:URI`.
///
/// Only subject alternative names count, not the common name (RFC 9525).
#[must_use]
pub fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok(certificate) = EndEntityCert::try_from(certificate) else {
        return Vec::new();
    };
    let dns = certificate
        .valid_dns_names()
        .map(|name| format!("dns:{}", name.to_ascii_lowercase()));
    let uris = certificate
        .valid_uri_names()
        .map(|name| format!("uri:{name}"));
    dns.chain(uris).collect()
}
