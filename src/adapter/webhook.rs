//! HTTP: a request becomes a stored event, or is refused.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Path, Request, State, rejection::PathRejection},
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use http::{StatusCode, request::Parts};
use serde::Deserialize;
use tokio::{sync::Notify, time::Instant};

use super::{
    address::Address,
    answer::{Refusal, accepted},
    body,
    deliveries::DeliveryLog,
    headers,
    limits::Limiter,
    parsing,
    readiness::Readiness,
    settings_cache::{Missing, Requester, SettingsCache},
    spool::{Arrival, Spool, SpoolError, Stored},
    tenant_settings::TenantSettings,
};
use crate::{
    clock::SharedClock,
    config::Network,
    db::in_share,
    domain::{ids::TenantId, tenant::Proof},
    intake::{
        charset::to_utf_8,
        request::RawRequest,
        verify::{Verified, decoy, verify},
    },
    net::{Connection, one_host},
    telemetry::Metrics,
};

/// Handles webhooks. Clones share everything.
#[derive(Clone)]
pub(super) struct Webhooks {
    pub(super) settings: SettingsCache,
    pub(super) spool: Spool,
    /// Notified when an event is stored.
    pub(super) stored: Arc<Notify>,
    pub(super) readiness: Readiness,
    pub(super) metrics: Metrics,
    pub(super) clock: SharedClock,
    pub(super) deliveries: DeliveryLog,
    pub(super) body_limit: usize,
    pub(super) body_timeout: Duration,
    pub(super) limiter: Limiter,
    pub(super) proxies: Arc<[Network]>,
}

impl Webhooks {
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/webhooks/{tenant}", post(webhook))
            .route("/webhooks/{tenant}/{path_secret}", post(webhook))
            .method_not_allowed_fallback(async |State(it): State<Self>| {
                it.answer(Err(Refusal::MethodNotAllowed))
            })
            .fallback(async |State(it): State<Self>| it.answer(Err(Refusal::NotFound)))
            .with_state(self)
            .layer(from_fn(one_host))
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

    /// Notes whether a webhook of a tenant that exists was accepted.
    fn note(&self, tenant: &str, result: Result<StatusCode, Refusal>) {
        let refusal = match result {
            Ok(_) => None,
            Err(refusal) => match refusal.as_delivery() {
                Some(why) => Some(why),
                None => return,
            },
        };
        if let Ok(tenant) = TenantId::parse(tenant)
            && self.settings.knows(&tenant)
        {
            self.deliveries.note(tenant, self.clock.now(), refusal);
        }
    }

    async fn receive(&self, target: &Target, request: Request) -> Result<StatusCode, Refusal> {
        let (parts, body) = request.into_parts();
        let address = Address::of_sender(peer(&parts), &parts.headers, &self.proxies);
        let (_permit, arrival) = self.limiter.enter(address)?;
        headers::check(&parts.headers)?;
        let body = body::read(&parts.headers, body, self.body_limit, self.body_timeout).await?;
        drop(arrival);
        // A request that is being worked on is not closed to make room for others.
        let connection = parts.extensions.get::<Connection>();
        let _busy = connection.map(Connection::busy);
        let tenant = TenantId::parse(&target.tenant);
        let tenant = tenant.map_err(|_| self.refuse(address, "unknown_tenant"))?;
        let raw = RawRequest {
            headers: &parts.headers,
            path_secret: target.path_secret.as_deref(),
            body: &body,
        };
        let (settings, verified) = self.authenticate(&tenant, &raw, address).await?;
        if let Some(connection) = connection {
            connection.prove();
        }
        if settings.disabled {
            tracing::warn!(%tenant, "a webhook of a disabled tenant is not accepted");
            return Err(Refusal::unavailable("disabled"));
        }
        self.limiter.event(&tenant)?;
        // What is verified is what was sent; what is read from here on is UTF-8.
        let body = match to_utf_8(&parts.headers, &body) {
            Cow::Borrowed(_) => body,
            Cow::Owned(decoded) => decoded.into(),
        };
        self.store(tenant, &settings, verified, body).await?;
        Ok(settings.success)
    }

    async fn authenticate(
        &self,
        tenant: &TenantId,
        raw: &RawRequest<'_>,
        address: Address,
    ) -> Result<(Arc<TenantSettings>, Verified), Refusal> {
        let check = |proofs: &[Proof]| verify(proofs, raw, self.clock.now());
        let began = Instant::now();
        let is_suspect = self.limiter.is_suspect(address);
        let requester = if is_suspect {
            Requester::Suspect
        } else {
            Requester::Unverified
        };
        let known = self.settings.get(tenant, requester).await;
        let known = known.map_err(|missing| {
            // As long as for a tenant that exists.
            let _ = check(&[decoy()]);
            self.missing(missing, address)
        })?;
        let refused = match check(&known.settings.proofs) {
            Ok(verified) => return Ok((known.settings, verified)),
            Err(refused) => refused,
        };
        // The secret may have changed since, and a sender that gets a 401 may never try again.
        // A sender that fails all the time has to wait instead.
        if known.fetched < began && !is_suspect {
            let renewed = self.settings.renew(tenant, &known).await;
            let renewed = renewed.map_err(|missing| self.missing(missing, address))?;
            if let Ok(verified) = check(&renewed.settings.proofs) {
                return Ok((renewed.settings, verified));
            }
            if !renewed.fresh {
                return Err(Refusal::unavailable("service_away"));
            }
        }
        let refusal = self.refuse(address, refused.into());
        if matches!(refusal, Refusal::Unauthenticated { .. }) {
            tracing::warn!(%tenant, reason = %refused, "a webhook is refused");
        }
        Err(refusal)
    }

    fn missing(&self, missing: Missing, address: Address) -> Refusal {
        match missing {
            Missing::Unknown => self.refuse(address, "unknown_tenant"),
            Missing::Away => Refusal::unavailable("service_away"),
            Missing::Denied => Refusal::unavailable("settings_denied"),
            Missing::TooManyFetches(wait) => {
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
            Ok(()) => Refusal::Unauthenticated { reason },
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
        let received = self.clock.now();
        // What cannot be read is stored and reported all the same: the sender has proven itself,
        // and sending it again would not make it readable.
        let (event, refusal) = match parsing::parse(&body, settings, received) {
            Ok(event) => (Some(event), None),
            Err(error) => (None, (!error.is_json()).then_some(Refusal::NotJson)),
        };
        let this = self.clone();
        // Its own task, so that the forwarder is notified even if the sender hangs up now.
        let task = tokio::spawn(async move {
            let event = event.as_ref();
            let own_id = event.and_then(|event| event.id.as_deref());
            let arrival = Arrival {
                tenant: &tenant,
                application: event.and_then(|event| event.application.as_ref()),
                candidate: event.and_then(|event| event.candidate.as_ref()),
                id: verified.delivery_id.as_deref().or(own_id),
                is_dated: event.is_some_and(|event| event.occurred_at.is_some()),
                body: &body,
                received,
            };
            let stored = in_share(tenant.as_str(), this.spool.store(arrival)).await;
            this.note_stored(&tenant, stored)
        });
        let stored = task.await.unwrap_or(Err(Refusal::unavailable("failed")));
        refusal.map_or(stored, |refusal| stored.and(Err(refusal)))
    }

    fn note_stored(
        &self,
        tenant: &TenantId,
        stored: Result<(Stored, i64), SpoolError>,
    ) -> Result<(), Refusal> {
        match stored {
            Ok((Stored::New, seq)) => {
                tracing::info!(%tenant, seq, "a webhook is stored");
                self.stored.notify_one();
                Ok(())
            }
            Ok((Stored::Duplicate, seq)) => {
                tracing::info!(%tenant, seq, "a webhook is a repetition");
                Ok(())
            }
            Err(error) => {
                tracing::error!(%tenant, %error, "a webhook cannot be stored");
                let reason = match error {
                    SpoolError::ShareFull => return Err(Refusal::unavailable("share_full")),
                    SpoolError::Full => "spool_full",
                    SpoolError::Seal(_) | SpoolError::Db(_) => "spool_failed",
                };
                self.readiness.set(|parts| parts.spool = false);
                Err(Refusal::unavailable(reason))
            }
        }
    }
}

/// The address of the peer. All peers whose address is not known count as one.
fn peer(parts: &Parts) -> IpAddr {
    let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    info.map_or(Ipv6Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip())
}

/// The parts of the path.
#[derive(Deserialize)]
struct Target {
    tenant: String,
    path_secret: Option<String>,
}

async fn webhook(
    State(webhooks): State<Webhooks>,
    path: Result<Path<Target>, PathRejection>,
    request: Request,
) -> Response {
    let result = match path {
        Ok(Path(target)) => {
            let result = webhooks.receive(&target, request).await;
            webhooks.note(&target.tenant, result);
            result
        }
        Err(_) => Err(Refusal::NotFound),
    };
    webhooks.answer(result)
}
