//! Who a certificate says that it is.

use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// The names in a certificate, as `dns:NAME` in lower case and `uri:URI`.
///
/// They are those of its subject alternative names. The common name of the subject is not
/// looked at, as RFC 9525 has it.
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
