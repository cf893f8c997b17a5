//! The HTTP face: a request becomes a stored event, or a refusal.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    extract::{ConnectInfo, Path, Request, State, rejection::PathRejection},
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use http::{StatusCode, request::Parts};
use tokio::{sync::Notify, time::Instant};

use super::{
    address::Address,
    answer::{Refusal, accepted},
    body, head,
    health::Health,
    limits::Limiter,
    options::{Clock, Timing},
    reading,
    settings_cache::{Asker, Known, Missing, SettingsCache},
    spool::{Arrival, Spool, SpoolError, Stored},
    tenant_settings::TenantSettings,
};
use crate::{
    config::Network,
    domain::ids::TenantId,
    intake::{
        request::{RawRequest, Refused},
        verify::{Verified, decoy, verify},
    },
    net::Connection,
    telemetry::Metrics,
};

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
    pub(super) limiter: Limiter,
    pub(super) proxies: Arc<[Network]>,
}

/// A request, as far as proofs go, and who is behind it.
struct Attempt<'a> {
    tenant: &'a TenantId,
    raw: RawRequest<'a>,
    address: Address,
}

impl Webhooks {
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
            Err(refusal) => {
                self.metrics.webhook_refused(refusal.reason());
                refusal.into_response()
            }
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
        let (parts, body) = request.into_parts();
        let address = Address::of_sender(peer(&parts), &parts.headers, &self.proxies);
        let (_place, arriving) = self.limiter.enter(address)?;
        head::check(&parts.headers)?;
        let body = body::read(&parts.headers, body, self.body_limit, self.timing.body).await?;
        drop(arriving);
        // From here on it is worked on, and not asked to make room for others.
        let connection = parts.extensions.get::<Connection>();
        let _busy = connection.map(Connection::busy);
        let tenant = TenantId::parse(tenant).map_err(|_| self.refuse(address, "unknown_tenant"))?;
        let attempt = Attempt {
            tenant: &tenant,
            raw: RawRequest {
                headers: &parts.headers,
                path_secret,
                body: &body,
            },
            address,
        };
        let (settings, verified) = self.authenticate(&attempt).await?;
        if let Some(connection) = connection {
            connection.prove();
        }
        if settings.disabled {
            tracing::warn!(%tenant, "a webhook of a disabled tenant is put off");
            return Err(Refusal::Unavailable("disabled"));
        }
        self.limiter.event(&tenant)?;
        self.store(tenant, &settings, verified, body).await?;
        Ok(settings.success)
    }

    async fn authenticate(
        &self,
        attempt: &Attempt<'_>,
    ) -> Result<(Arc<TenantSettings>, Verified), Refusal> {
        let Attempt {
            tenant, address, ..
        } = *attempt;
        let began = Instant::now();
        let is_suspect = self.limiter.is_suspect(address);
        let asker = if is_suspect {
            Asker::Suspect
        } else {
            Asker::Stranger
        };
        let known = self.settings.get(tenant, asker).await;
        let known = known.map_err(|missing| {
            // As long as for a tenant that exists.
            let _ = verify(&[decoy()], &attempt.raw, (self.clock)());
            self.missing(missing, address)
        })?;
        let refused = match self.check(attempt, &known) {
            Ok(verified) => return Ok((known.settings, verified)),
            Err(refused) => refused,
        };
        // The secret may have been changed since: a sender that is told 401 may never try
        // again. One that fails all the time is told to wait instead.
        if known.fetched_before(began) && !is_suspect {
            let renewed = self.settings.renew(tenant, &known).await;
            let renewed = renewed.map_err(|missing| self.missing(missing, address))?;
            if let Ok(verified) = self.check(attempt, &renewed) {
                return Ok((renewed.settings, verified));
            }
            if !renewed.fresh {
                return Err(Refusal::Unavailable("service_away"));
            }
        }
        let refusal = self.refuse(address, refused.word());
        if matches!(refusal, Refusal::Unauthenticated(_)) {
            tracing::warn!(%tenant, reason = %refused, "a webhook is refused");
        }
        Err(refusal)
    }

    fn check(&self, attempt: &Attempt<'_>, known: &Known) -> Result<Verified, Refused> {
        verify(&known.settings.proofs, &attempt.raw, (self.clock)())
    }

    fn missing(&self, missing: Missing, address: Address) -> Refusal {
        match missing {
            Missing::Unknown => self.refuse(address, "unknown_tenant"),
            Missing::Away => Refusal::Unavailable("service_away"),
            Missing::TooManyQuestions(wait) => {
                let failed = self.limiter.failed(address);
                failed.map_or_else(
                    |wait| Refusal::too_many("failures", wait),
                    |()| Refusal::too_many("strangers", wait),
                )
            }
        }
    }

    /// Counts a failed proof.
    fn refuse(&self, address: Address, reason: &'static str) -> Refusal {
        match self.limiter.failed(address) {
            Ok(()) => Refusal::Unauthenticated(reason),
            Err(wait) => Refusal::too_many("failures", wait),
        }
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
        task.await.unwrap_or(Err(Refusal::Unavailable("failed")))
    }

    fn stored(
        &self,
        tenant: &TenantId,
        stored: Result<(Stored, i64), SpoolError>,
    ) -> Result<(), Refusal> {
        match stored {
            Ok((Stored::New, seq)) => {
                tracing::info!(%tenant, seq, "a webhook is stored");
                self.bell.notify_one();
                Ok(())
            }
            Ok((Stored::Duplicate, seq)) => {
                tracing::info!(%tenant, seq, "a webhook is a repetition");
                Ok(())
            }
            Err(error) => {
                tracing::error!(%tenant, %error, "a webhook cannot be stored");
                self.health.spool(false);
                Err(Refusal::Unavailable(match error {
                    SpoolError::Full => "spool_full",
                    _ => "spool_failed",
                }))
            }
        }
    }
}

/// Whoever is at the other end of the connection. All of whom nothing is known are one.
fn peer(parts: &Parts) -> IpAddr {
    let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    info.map_or(Ipv6Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip())
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
