//! Refuses requests that are not gRPC.
//!
//! A browser sends a form or plain text to other sites without asking the user, and with the
//! client certificate it has for this service. tonic reads any body that is framed like a
//! message, so every other content type is refused before it with 415, as the protocol says
//! (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderValue, Method, StatusCode,
        header::{ALLOW, CONTENT_TYPE},
    },
    middleware::Next,
    response::Response,
};

/// Lets gRPC through and refuses everything else.
pub async fn only_grpc(request: Request, next: Next) -> Response {
    let refusal = if request.method() != Method::POST {
        StatusCode::METHOD_NOT_ALLOWED
    } else if !is_grpc(request.headers().get(CONTENT_TYPE)) {
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    } else {
        return next.run(request).await;
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = refusal;
    if refusal == StatusCode::METHOD_NOT_ALLOWED {
        let post = HeaderValue::from_static("POST");
        response.headers_mut().insert(ALLOW, post);
    }
    response
}

/// Whether a content type is gRPC with Protocol Buffers.
fn is_grpc(content_type: Option<&HeaderValue>) -> bool {
    let text = content_type.and_then(|it| it.to_str().ok());
    let name = text.and_then(|it| it.split(';').next()).map(str::trim);
    let is_known = |name: &str| {
        name.eq_ignore_ascii_case("application/grpc")
            || name.eq_ignore_ascii_case("application/grpc+proto")
    };
    name.is_some_and(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_grpc_with_protocol_buffers_counts_as_grpc() {
        let says = |text: &'static str| is_grpc(Some(&HeaderValue::from_static(text)));
        for known in [
            "application/grpc",
            "application/grpc+proto",
            "Application/GRPC",
            "application/grpc; charset=utf-8",
        ] {
            assert!(says(known), "{known}");
        }
        for other in [
            "",
            "text/plain",
            "application/json",
            "application/x-www-form-urlencoded",
            "application/grpc-web",
            "application/grpc-web+proto",
            "application/grpc+json",
            "application/grpcx",
            "text/plain; application/grpc",
        ] {
            assert!(!says(other), "{other}");
        }
        assert!(!is_grpc(None));
    }
}
