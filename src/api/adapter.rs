//! `AdapterService`: what the webhook adapter needs, and nothing else.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{
    ApiError, Caller, Resource, Violations,
    audit::{About, Audit, left},
};
use crate::{
    clock::SharedClock,
    config::Scope,
    domain::onboarding::decision::Decision,
    pb::{
        collaborator,
        tenant::webhook_with_values,
        v1::{self, adapter_service_server::AdapterService},
    },
    store::{Actor, EventKind, EventReport, HistoryEvent, NewHistoryEntry, SourceKey, Store},
};

const SETTINGS: &str = "AdapterService/GetWebhookSettings";
const REPORT: &str = "AdapterService/ReportEvent";

/// Answers `AdapterService`.
pub struct Adapters {
    store: Arc<dyn Store>,
    clock: SharedClock,
    audit: Audit,
}

impl Adapters {
    /// With what it needs.
    pub fn new(store: Arc<dyn Store>, clock: SharedClock) -> Self {
        Self {
            audit: Audit::new(Arc::clone(&store), Arc::clone(&clock)),
            store,
            clock,
        }
    }

    async fn settings(
        &self,
        caller: &Caller,
        tenant: &str,
    ) -> Result<v1::GetWebhookSettingsResponse, ApiError> {
        let id = caller.tenant(&[Scope::Adapter], "tenant", tenant)?;
        let tenant = self.store.tenant(&id).await?;
        let tenant = tenant.ok_or_else(|| ApiError::NotFound(Resource::Tenant, id.to_string()))?;
        self.audit.secrets_read(caller, SETTINGS, &id).await;
        Ok(v1::GetWebhookSettingsResponse {
            webhook: Some(webhook_with_values(&tenant.webhook)),
            time_zone: tenant.time_zone,
            disabled: tenant.disabled,
        })
    }

    /// Keeps an event that is no hire in the history; erases what an anonymisation names.
    async fn report(
        &self,
        caller: &Caller,
        request: v1::ReportEventRequest,
    ) -> Result<(), ApiError> {
        use v1::report_event_request::Kind;
        let mut bad = Violations::default();
        let tenant = caller.tenant(&[Scope::Adapter], "tenant", &request.tenant)?;
        let kind = match request.kind() {
            Kind::Unspecified => {
                bad.add("kind", "must be one of the defined values");
                None
            }
            Kind::Anonymized => Some(EventKind::Anonymized),
            Kind::Unreadable => Some(EventKind::Unreadable),
            Kind::Rejected => Some(EventKind::Rejected),
            Kind::IdReused => Some(EventKind::IdReused),
            Kind::Acknowledged => Some(EventKind::Acknowledged),
        };
        let source = request.source.as_ref().and_then(|source| {
            let mut violations = Vec::new();
            let source = collaborator::source(Some(source), "source", &mut violations);
            for (path, description) in violations {
                bad.add(path, description);
            }
            source
        });
        if source.is_none() && request.kind() == Kind::Anonymized {
            bad.add("source", "must be given for an anonymisation");
        }
        check_words(&request, &mut bad);
        let (Some(kind), true) = (kind, bad.is_empty()) else {
            return Err(bad.into());
        };
        let found = self.store.tenant(&tenant).await?;
        let found =
            found.ok_or_else(|| ApiError::NotFound(Resource::Tenant, tenant.to_string()))?;
        let mut left_out = 0;
        if kind == EventKind::Acknowledged {
            match self.audit.has_room(caller, &tenant) {
                None => return Ok(()),
                Some(count) => left_out = count,
            }
        }
        let hire = source.as_ref();
        let report = EventReport {
            event_id: request.event_id,
            hire: hire.map(|it| (it.system.clone(), it.external_id.clone())),
            reason: request.reason,
            fields: request.fields,
            left_out,
        };
        let onboardings = match source {
            Some(source) => {
                let key = SourceKey {
                    tenant: tenant.clone(),
                    system: source.system,
                    external_id: source.external_id,
                };
                let episodes = self.store.episodes(key.clone(), found.account.clone());
                let mut ids = episodes.await?;
                let person = self.store.onboardings_of_person(key, found.account);
                ids.extend(person.await?);
                ids
            }
            None => Vec::new(),
        };
        let now = self.clock.now();
        self.store
            .note(NewHistoryEntry {
                time: now,
                tenant: Some(tenant),
                onboarding: onboardings.last().copied(),
                actor: Actor::calling(&caller.name, REPORT),
                event: HistoryEvent::Reported(kind, report),
                outcome: "OK",
            })
            .await?;
        if kind == EventKind::Anonymized {
            for id in onboardings {
                // A refusal cannot come: erasing fits every state.
                let erase = self.store.decide(id, &caller.name, Decision::Erase, now);
                if let Some(Ok(after)) = erase.await? {
                    left(&caller.name, "anonymized", &after);
                }
            }
        }
        Ok(())
    }
}

/// The longest word of a report.
const LONGEST_WORD: usize = 256;

/// The most fields of a report.
const MOST_FIELDS: usize = 50;

/// The words of a report must be codes and names, not data.
fn check_words(request: &v1::ReportEventRequest, bad: &mut Violations) {
    let mut word = |path: String, text: &str| {
        let plain = |char: char| char.is_ascii_graphic();
        if text.len() > LONGEST_WORD || !text.chars().all(plain) {
            bad.add(
                path,
                "must be a word of at most 256 printable ASCII characters",
            );
        }
    };
    word("event_id".to_owned(), &request.event_id);
    word("reason".to_owned(), &request.reason);
    for (index, field) in request.fields.iter().enumerate().take(MOST_FIELDS) {
        word(format!("fields[{index}]"), field);
    }
    if request.event_id.is_empty() {
        bad.add("event_id", "must not be empty");
    }
    if request.fields.len() > MOST_FIELDS {
        bad.add("fields", format!("must have at most {MOST_FIELDS} entries"));
    }
}

#[tonic::async_trait]
impl AdapterService for Adapters {
    async fn get_webhook_settings(
        &self,
        request: Request<v1::GetWebhookSettingsRequest>,
    ) -> Result<Response<v1::GetWebhookSettingsResponse>, Status> {
        let caller = Caller::of(request.extensions())?;
        let tenant = &request.get_ref().tenant;
        let settings = self.settings(caller, tenant).await;
        // So an adapter finds out whether it would be answered.
        if !tenant.is_empty() {
            let about = About::tenant(tenant);
            self.audit
                .ended(caller, SETTINGS, about, &settings, None)
                .await;
        }
        Ok(Response::new(settings?))
    }

    async fn report_event(
        &self,
        request: Request<v1::ReportEventRequest>,
    ) -> Result<Response<v1::ReportEventResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let request = request.into_inner();
        let about = About::tenant(&request.tenant);
        let reported = self.report(&caller, request).await;
        self.audit
            .ended(&caller, REPORT, about, &reported, None)
            .await;
        reported?;
        Ok(Response::new(v1::ReportEventResponse {}))
    }
}
