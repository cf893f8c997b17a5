//! `AdapterService`: what the webhook adapter needs, and nothing else.

use std::sync::Arc;

use super::{
    ApiError,
    audit::About,
    call::{Call, service},
    shared::{Shared, source_key, subject},
};
use crate::{
    domain::{ids::OnboardingId, tenant::Tenant},
    pb::{
        Fault, Faults,
        collaborator::{self, Source},
        tenant::{deliveries, webhook_with_values},
        v1::{self, adapter_service_server::AdapterService, report_event_request::Kind},
    },
    store::{EventKind, EventReport, HistoryEvent},
};

/// Answers `AdapterService`.
#[derive(Clone)]
pub struct Adapters {
    shared: Shared,
}

impl Adapters {
    /// With what it needs.
    pub fn new(shared: Shared) -> Self {
        Self { shared }
    }

    async fn settings(
        self,
        call: Arc<Call>,
        request: v1::GetWebhookSettingsRequest,
    ) -> Result<v1::GetWebhookSettingsResponse, ApiError> {
        let id = call.caller.tenant("tenant", &request.tenant)?;
        let tenant = self.shared.tenant(&id).await?;
        self.shared.audit().secrets_read(&call, &id).await;
        Ok(v1::GetWebhookSettingsResponse {
            webhook: Some(webhook_with_values(&tenant.webhook)),
            time_zone: tenant.time_zone,
            disabled: tenant.disabled,
        })
    }

    /// Adds an event that is not a hire to the history. If the source has anonymised the person,
    /// erases the person's data.
    async fn report(
        self,
        call: Arc<Call>,
        request: v1::ReportEventRequest,
    ) -> Result<v1::ReportEventResponse, ApiError> {
        let tenant = call.caller.tenant("tenant", &request.tenant)?;
        let report = Report::read(&request)?;
        let tenant = self.shared.tenant(&tenant).await?;
        let left_out = match report.kind {
            EventKind::Acknowledged => self.shared.audit().has_room(&call, &tenant.id),
            _ => Some(0),
        };
        let Some(left_out) = left_out else {
            return Ok(v1::ReportEventResponse {});
        };
        let hire = report.source.as_ref();
        let event = EventReport {
            event_id: request.event_id,
            hire: hire.map(|it| (it.system.clone(), it.external_id.clone())),
            reason: request.reason,
            fields: request.fields,
            left_out,
        };
        let now = self.shared.now();
        let source = report.source.clone();
        let anonymised = source.map(|source| subject(&tenant, source, now));
        let onboardings = match report.source {
            Some(source) => self.onboardings_of(&tenant, source).await?,
            None => Vec::new(),
        };
        let about = About {
            tenant: Some(tenant.id),
            onboarding: onboardings.last().copied(),
        };
        let event = HistoryEvent::Reported(report.kind, event);
        let entry = self.shared.audit().change(&call, about, event);
        self.shared.store().note(entry).await?;
        if let (EventKind::Anonymized, Some(anonymised)) = (report.kind, anonymised) {
            let store = self.shared.store();
            let erased = store.anonymise(anonymised, call.actor(), now).await?;
            for id in erased {
                let by = &*call.caller.name;
                tracing::info!(onboarding = %id, by, did = "anonymized", "onboarding after a call");
            }
        }
        Ok(v1::ReportEventResponse {})
    }

    /// Keeps when webhooks of a tenant last came.
    async fn deliveries(
        self,
        call: Arc<Call>,
        request: v1::ReportDeliveriesRequest,
    ) -> Result<v1::ReportDeliveriesResponse, ApiError> {
        let tenant = call.caller.tenant("tenant", &request.tenant)?;
        let seen = deliveries(request.deliveries.as_ref(), self.shared.now())?;
        let tenant = self.shared.tenant(&tenant).await?;
        let store = self.shared.store();
        store.note_deliveries(&tenant.id, seen).await?;
        Ok(v1::ReportDeliveriesResponse {})
    }

    /// Every onboarding of a hire, and of the person whose id it may be.
    async fn onboardings_of(
        &self,
        tenant: &Tenant,
        source: Source,
    ) -> Result<Vec<OnboardingId>, ApiError> {
        let key = source_key(tenant, source);
        let (store, account) = (self.shared.store(), &tenant.account);
        let mut ids = store.episodes(key.clone(), account.clone()).await?;
        ids.extend(store.onboardings_of_person(key, account.clone()).await?);
        Ok(ids)
    }
}

/// The longest word of a report.
const LONGEST_WORD: usize = 256;

/// The most fields of a report.
const MOST_FIELDS: usize = 50;

/// A report, parsed. Its words must be codes and names, not data.
struct Report {
    kind: EventKind,
    source: Option<Source>,
}

impl Report {
    fn read(request: &v1::ReportEventRequest) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let kind = match request.kind() {
            Kind::Unspecified => {
                faults.add("kind", Fault::NotDefined);
                None
            }
            Kind::Anonymized => Some(EventKind::Anonymized),
            Kind::Unreadable => Some(EventKind::Unreadable),
            Kind::Rejected => Some(EventKind::Rejected),
            Kind::IdReused => Some(EventKind::IdReused),
            Kind::Acknowledged => Some(EventKind::Acknowledged),
        };
        let source = request.source.as_ref();
        let source = source.and_then(|it| collaborator::source(Some(it), "source", &mut faults));
        if source.is_none() && request.kind() == Kind::Anonymized {
            faults.add("source", Fault::Missing);
        }
        check_words(request, &mut faults);
        match kind {
            Some(kind) if faults.is_empty() => Ok(Self { kind, source }),
            _ => Err(faults),
        }
    }
}

fn check_words(request: &v1::ReportEventRequest, faults: &mut Faults) {
    let mut check = |path: &str, text: &str| {
        if text.len() > LONGEST_WORD || !text.chars().all(|c| c.is_ascii_graphic()) {
            faults.add(path, Fault::NotAWord { max: LONGEST_WORD });
        }
    };
    check("event_id", &request.event_id);
    check("reason", &request.reason);
    for (index, field) in request.fields.iter().enumerate().take(MOST_FIELDS) {
        check(&format!("fields[{index}]"), field);
    }
    if request.event_id.is_empty() {
        faults.add("event_id", Fault::Missing);
    }
    if request.fields.len() > MOST_FIELDS {
        faults.add("fields", Fault::TooMany { max: MOST_FIELDS });
    }
}

service! {
    AdapterService for Adapters {
        // An adapter probes the connection with an empty tenant, which gets no entry.
        get_webhook_settings(v1::GetWebhookSettingsRequest) -> v1::GetWebhookSettingsResponse
            => GET_WEBHOOK_SETTINGS, settings,
            |it| (!it.tenant.is_empty()).then(|| About::tenant(&it.tenant));
        report_event(v1::ReportEventRequest) -> v1::ReportEventResponse
            => REPORT_EVENT, report, |it| Some(About::tenant(&it.tenant));
        report_deliveries(v1::ReportDeliveriesRequest) -> v1::ReportDeliveriesResponse
            => REPORT_DELIVERIES, deliveries, |it| Some(About::tenant(&it.tenant));
    }
}
