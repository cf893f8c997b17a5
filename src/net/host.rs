//! Refuses requests that do not name exactly one host (RFC 9112, section 3.2).
//!
//! A proxy and this service may take different ones of two hosts for the one that counts, and a
//! request without a host comes from no browser and no proxy.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, Uri, Version, header::HOST};

/// Lets a request through if it names one host, and answers 400 otherwise.
pub async fn one_host(request: Request, next: Next) -> Response {
    let (uri, headers) = (request.uri(), request.headers());
    match names_one_host(request.version(), uri, headers) {
        true => next.run(request).await,
        false => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Whether a request names one host. In HTTP/2 that is `:authority`, and `Host` may repeat it.
/// HTTP/1.0 needs none.
fn names_one_host(version: Version, uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (_, Some(_)) => return false,
        (host, None) => host.map(|host| host.as_bytes()),
    };
    let authority = uri.authority().map(|it| it.as_str().as_bytes());
    match (version, authority, host) {
        (Version::HTTP_10, ..) => host.is_none_or(|host| !host.is_empty()),
        (Version::HTTP_2, Some(authority), Some(host)) => authority == host,
        (Version::HTTP_2, Some(_), None) => true,
        (_, _, Some(host)) => !host.is_empty(),
        (_, _, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_exactly_one_host() {
        let table: [(Version, &str, &[&str], bool); 12] = [
            (Version::HTTP_11, "/x", &["a.example"], true),
            (Version::HTTP_11, "/x", &[], false),
            (Version::HTTP_11, "/x", &[""], false),
            (Version::HTTP_11, "/x", &["a.example", "a.example"], false),
            (Version::HTTP_11, "/x", &["a.example", "b.example"], false),
            (Version::HTTP_11, "http://a.example/x", &[], false),
            (Version::HTTP_10, "/x", &[], true),
            (Version::HTTP_10, "/x", &["a", "b"], false),
            (Version::HTTP_2, "http://a.example/x", &[], true),
            (Version::HTTP_2, "http://a.example/x", &["a.example"], true),
            (Version::HTTP_2, "http://a.example/x", &["b.example"], false),
            (Version::HTTP_2, "/x", &[], false),
        ];
        for (version, uri, hosts, expected) in table {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, host.parse().unwrap());
            }
            let uri: Uri = uri.parse().unwrap();
            let named = names_one_host(version, &uri, &headers);
            assert_eq!(named, expected, "{version:?} {uri} {hosts:?}");
        }
    }
}
