//! `/healthz`, `/readyz` and `/metrics`.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;

use super::Metrics;
use crate::net::{Http1, Limits, Protocol, Transport, one_host};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A scraper, an orchestrator and a few people.
const CONNECTIONS: usize = 64;

/// For the head of a request, and for a connection that idles.
const HEADER_TIME: Duration = Duration::from_secs(30);

/// Age at which connections are closed.
const AGE: Duration = Duration::from_secs(3600);

/// Serves `/healthz`, `/readyz` and `/metrics` until `shutdown`, without authentication: none of them
/// holds personal data.
pub async fn serve(
    listener: TcpListener,
    metrics: Metrics,
    ready: watch::Receiver<bool>,
    shutdown: CancellationToken,
) {
    let transport = Transport {
        limits: Limits {
            max_connections: CONNECTIONS,
            handshake_timeout: HEADER_TIME,
            first_bytes_timeout: HEADER_TIME,
            max_age: AGE,
            age_grace: HEADER_TIME,
        },
        protocol: Protocol::Http1(Http1 {
            header_timeout: HEADER_TIME,
            max_header_bytes: 8192,
            max_headers: 64,
        }),
        tls: None,
        observer: metrics.listener("http"),
        chance: Arc::new(|| 0.5),
    };
    transport
        .serve(listener, router(metrics, ready), shutdown)
        .await;
}

/// The routes of [`serve`].
///
/// `/healthz` answers 200 as long as the process answers at all. `/readyz` answers 200 while `ready` is
/// true, and 503 while it is false or once its sender is gone. It says `degraded` while the store does
/// not answer, for another replica would not be better off, and while some records or tenants are in
/// trouble, which the others do not notice.
pub fn router(metrics: Metrics, ready: watch::Receiver<bool>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz).with_state((ready, metrics.clone())))
        .route("/metrics", get(show_metrics).with_state(metrics))
        .layer(from_fn(one_host))
}

async fn readyz(
    State((ready, metrics)): State<(watch::Receiver<bool>, Metrics)>,
) -> (StatusCode, Cow<'static, str>) {
    // A closed channel means that the task that knew has ended.
    let is_ready = *ready.borrow() && ready.has_changed().is_ok();
    if !is_ready {
        let body = match metrics.is_scope_denied() {
            true => "not ready: adapter.token needs the scope `adapter` in auth.tokens\n",
            false => "not ready\n",
        };
        return (StatusCode::SERVICE_UNAVAILABLE, body.into());
    }
    let store = (!metrics.store_is_up()).then(|| "the store does not answer".to_owned());
    let counts = [
        (metrics.quarantined(), "records in quarantine"),
        (
            metrics.tenants_denied(),
            "tenants whose webhook settings adapter.token may not read",
        ),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"));
    let troubles: Vec<String> = store.into_iter().chain(counts).collect();
    let body = match troubles.is_empty() {
        true => "ready\n".into(),
        false => format!("ready, degraded: {}\n", troubles.join(", ")).into(),
    };
    (StatusCode::OK, body)
}

async fn show_metrics(State(metrics): State<Metrics>) -> Response {
    match metrics.encode() {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(path: &str, ready: &watch::Receiver<bool>, metrics: &Metrics) -> (u16, String) {
        let request = Request::get(path).header("host", "test");
        let request = request.body(Body::empty()).unwrap();
        let router = router(metrics.clone(), ready.clone());
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn readiness_follows_the_process_and_health_does_not() {
        let metrics = Metrics::new();
        let (set, ready) = watch::channel(false);
        assert_eq!(ask("/readyz", &ready, &metrics).await.0, 503);
        assert_eq!(ask("/healthz", &ready, &metrics).await.0, 200);
        set.send_replace(true);
        assert_eq!(ask("/readyz", &ready, &metrics).await.0, 200);
        metrics.store(false);
        let down = "ready, degraded: the store does not answer\n".to_owned();
        assert_eq!(ask("/readyz", &ready, &metrics).await, (200, down));
        metrics.store(true);
        metrics.quarantine([("tenant", 2)].into_iter());
        let degraded = "ready, degraded: 2 records in quarantine\n".to_owned();
        assert_eq!(ask("/readyz", &ready, &metrics).await, (200, degraded));
        metrics.settings_denied(false, 1);
        let (status, body) = ask("/readyz", &ready, &metrics).await;
        let denied = "records in quarantine, 1 tenants whose webhook settings";
        assert!(status == 200 && body.contains(denied), "{body}");
        metrics.settings_denied(true, 0);
        assert_eq!(ask("/readyz", &ready, &metrics).await.0, 200);
        drop(set);
        let (status, body) = ask("/readyz", &ready, &metrics).await;
        assert!(status == 503 && body.contains("scope `adapter`"), "{body}");
        assert_eq!(ask("/healthz", &ready, &metrics).await.0, 200);
    }

    #[tokio::test]
    async fn metrics_show_what_was_counted() {
        let (_set, ready) = watch::channel(true);
        let metrics = Metrics::new();
        metrics.webhook(200);
        let (status, text) = ask("/metrics", &ready, &metrics).await;
        assert_eq!(status, 200);
        assert!(text.contains("onboarding_webhooks_total"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    #[tokio::test]
    async fn serving_ends_with_the_shutdown() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_set, ready) = watch::channel(true);
        let shutdown = CancellationToken::new();
        let server = tokio::spawn(serve(listener, Metrics::new(), ready, shutdown.clone()));
        let answer = reqwest::get(format!("http://{address}/readyz"))
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        shutdown.cancel();
        server.await.unwrap();
    }
}
