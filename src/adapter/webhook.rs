//! The HTTP face: a request becomes a stored event, or a refusal.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Request, State, rejection::PathRejection},
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::{
    sync::{Notify, Semaphore},
    time::Instant,
};

use super::{
    answer::{Refusal, accepted},
    body,
    health::Health,
    options::{Clock, Timing},
    reading,
    settings_cache::{Known, Missing, SettingsCache},
    spool::{Arrival, Spool, SpoolError, Stored},
    tenant_settings::TenantSettings,
};
use crate::{
    domain::ids::TenantId,
    intake::verify::{RawRequest, Verified, verify},
    telemetry::Metrics,
};

/// Requests served at once; more are told to come back.
const AT_ONCE: usize = 1024;

/// What handling a webhook takes. Clones share it.
#[derive(Clone)]
pub(super) struct Webhooks {
    pub(super) settings: SettingsCache,
    pub(super) spool: Spool,
    /// Rung when something new is in the spool.
    pub(super) bell: Arc<Notify>,
    pub(super) health: Health,
    pub(super) metrics: Metrics,
    pub(super) clock: Clock,
    pub(super) timing: Timing,
    pub(super) body_limit: usize,
    pub(super) places: Arc<Semaphore>,
}

impl Webhooks {
    pub(super) fn places() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(AT_ONCE))
    }

    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/webhooks/{tenant}", post(plain))
            .route("/webhooks/{tenant}/{path_secret}", post(with_path_secret))
            .method_not_allowed_fallback(async |State(it): State<Self>| {
                it.answer(Err(Refusal::MethodNotAllowed))
            })
            .fallback(async |State(it): State<Self>| it.answer(Err(Refusal::NotFound)))
            .with_state(self)
    }

    fn answer(&self, result: Result<StatusCode, Refusal>) -> Response {
        let response = match result {
            Ok(status) => accepted(status),
            Err(refusal) => refusal.into_response(),
        };
        self.metrics.webhook(response.status().as_u16());
        response
    }

    async fn receive(
        &self,
        tenant: &str,
        path_secret: Option<&str>,
        request: Request,
    ) -> Result<StatusCode, Refusal> {
        let _place = self
            .places
            .try_acquire()
            .map_err(|_| Refusal::Unavailable)?;
        let (parts, body) = request.into_parts();
        let body = body::read(&parts.headers, body, self.body_limit, self.timing.body).await?;
        let tenant = TenantId::parse(tenant).map_err(|_| Refusal::Unauthenticated)?;
        let (settings, verified) = self
            .authenticate(&tenant, path_secret, &parts.headers, &body)
            .await?;
        if settings.disabled {
            tracing::warn!(%tenant, "a webhook of a disabled tenant is put off");
            return Err(Refusal::Unavailable);
        }
        self.store(tenant, &settings, verified, body).await?;
        Ok(settings.success)
    }

    async fn authenticate(
        &self,
        tenant: &TenantId,
        path_secret: Option<&str>,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<(Arc<TenantSettings>, Verified), Refusal> {
        let began = Instant::now();
        let request = RawRequest {
            headers,
            path_secret,
            body,
        };
        let check = |known: &Known| verify(&known.settings.proofs, &request, (self.clock)());
        let known = self.settings.get(tenant).await.map_err(refusal)?;
        let refused = match check(&known) {
            Ok(verified) => return Ok((known.settings, verified)),
            Err(refused) => refused,
        };
        // The secret may have been changed since: a sender that is told 401 may never try
        // again.
        if known.fetched_before(began) {
            let renewed = self.settings.renew(tenant, &known).await.map_err(refusal)?;
            if let Ok(verified) = check(&renewed) {
                return Ok((renewed.settings, verified));
            }
            if !renewed.fresh {
                return Err(Refusal::Unavailable);
            }
        }
        tracing::warn!(%tenant, reason = %refused, "a webhook is refused");
        Err(Refusal::Unauthenticated)
    }

    async fn store(
        &self,
        tenant: TenantId,
        settings: &TenantSettings,
        verified: Verified,
        body: Bytes,
    ) -> Result<(), Refusal> {
        let received = (self.clock)();
        let event = match reading::read(&body, settings, received) {
            Ok(event) => Some(event),
            // Kept and reported: sending it again would not make it readable.
            Err(error) if error.is_json() => None,
            Err(_) => return Err(Refusal::NotJson),
        };
        let this = self.clone();
        // A task of its own: a sender that hangs up now must not keep the bell from ringing.
        let task = tokio::spawn(async move {
            let event = event.as_ref();
            let own_id = event.and_then(|event| event.id.as_deref());
            let arrival = Arrival {
                tenant: &tenant,
                source: event.and_then(|event| event.source.as_ref()),
                id: verified.delivery_id.as_deref().or(own_id),
                is_dated: event.is_some_and(|event| event.occurred_at.is_some()),
                body: &body,
                received,
            };
            let stored = this.spool.store(arrival).await;
            this.stored(&tenant, stored)
        });
        task.await.unwrap_or(Err(Refusal::Unavailable))
    }

    fn stored(&self, tenant: &TenantId, stored: Result<Stored, SpoolError>) -> Result<(), Refusal> {
        match stored {
            Ok(Stored::New) => {
                tracing::info!(%tenant, "a webhook is stored");
                self.bell.notify_one();
                Ok(())
            }
            Ok(Stored::Duplicate) => {
                tracing::info!(%tenant, "a webhook is a repetition");
                Ok(())
            }
            Err(error) => {
                if !matches!(error, SpoolError::Full) {
                    self.health.set_ready(false);
                }
                tracing::error!(%tenant, %error, "a webhook cannot be stored");
                Err(Refusal::Unavailable)
            }
        }
    }
}

fn refusal(missing: Missing) -> Refusal {
    match missing {
        Missing::Unknown => Refusal::Unauthenticated,
        Missing::Away => Refusal::Unavailable,
    }
}

async fn plain(
    State(webhooks): State<Webhooks>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let result = match path {
        Ok(Path(tenant)) => webhooks.receive(&tenant, None, request).await,
        Err(_) => Err(Refusal::NotFound),
    };
    webhooks.answer(result)
}

async fn with_path_secret(
    State(webhooks): State<Webhooks>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Response {
    let result = match path {
        Ok(Path((tenant, secret))) => webhooks.receive(&tenant, Some(&secret), request).await,
        Err(_) => Err(Refusal::NotFound),
    };
    webhooks.answer(result)
}
