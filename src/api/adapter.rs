//! `AdapterService`: what the webhook adapter needs, and nothing else.

use std::sync::Arc;

use super::{
    ApiError,
    audit::{About, Did},
    call::{Call, service},
    shared::Shared,
};
use crate::{
    domain::{ids::OnboardingId, onboarding::decision::Decision, tenant::Tenant},
    pb::{
        Fault, Faults,
        collaborator::{self, Source},
        tenant::webhook_with_values,
        v1::{self, adapter_service_server::AdapterService, report_event_request::Kind},
    },
    store::SourceKey,
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

    /// Keeps an event that is not a hire in the history; erases the person that an
    /// anonymisation names.
    async fn report(
        self,
        call: Arc<Call>,
        request: v1::ReportEventRequest,
    ) -> Result<v1::ReportEventResponse, ApiError> {
        let tenant = call.caller.tenant("tenant", &request.tenant)?;
        let report = Report::read(&request)?;
        let tenant = self.shared.tenant(&tenant).await?;
        let mut detail = report.detail;
        if request.kind() == Kind::Acknowledged {
            match self.shared.audit().has_room(&call, &tenant.id) {
                None => return Ok(v1::ReportEventResponse {}),
                Some(0) => {}
                Some(left_out) => {
                    detail.push_str(&format!("; {left_out} like it before have no entry"));
                }
            }
        }
        let onboardings = match report.source {
            Some(source) => self.onboardings_of(&tenant, source).await?,
            None => Vec::new(),
        };
        let about = About {
            tenant: Some(tenant.id),
            onboarding: onboardings.last().copied(),
        };
        let event = report.event;
        let entry = self
            .shared
            .audit()
            .change(&call, about, Did { event, detail });
        self.shared.store().note(entry).await?;
        if request.kind() == Kind::Anonymized {
            for id in onboardings {
                let erased = self.shared.decide(&call, id, Decision::Erase, "anonymized");
                erased.await?;
            }
        }
        Ok(v1::ReportEventResponse {})
    }

    /// Every onboarding of a hire, and of the person whose id it may be.
    async fn onboardings_of(
        &self,
        tenant: &Tenant,
        source: Source,
    ) -> Result<Vec<OnboardingId>, ApiError> {
        let key = SourceKey {
            tenant: tenant.id.clone(),
            system: source.system,
            external_id: source.external_id,
        };
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

/// A report, parsed.
struct Report {
    event: &'static str,
    source: Option<Source>,
    /// Its words, which must be codes and names, not data.
    detail: String,
}

impl Report {
    fn read(request: &v1::ReportEventRequest) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let event = match request.kind() {
            Kind::Unspecified => {
                faults.add("kind", Fault::NotDefined);
                ""
            }
            Kind::Anonymized => "EVENT_ANONYMIZED",
            Kind::Unreadable => "EVENT_UNREADABLE",
            Kind::Rejected => "EVENT_REJECTED",
            Kind::IdReused => "EVENT_ID_REUSED",
            Kind::Acknowledged => "EVENT_ACKNOWLEDGED",
        };
        let source = request.source.as_ref();
        let source = source.and_then(|it| collaborator::source(Some(it), "source", &mut faults));
        if source.is_none() && request.kind() == Kind::Anonymized {
            faults.add("source", Fault::Missing);
        }
        check_words(request, &mut faults);
        faults.check()?;
        let detail = detail(request, source.as_ref());
        Ok(Self {
            event,
            source,
            detail,
        })
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

fn detail(request: &v1::ReportEventRequest, source: Option<&Source>) -> String {
    let mut parts = vec![format!("event {}", request.event_id)];
    if let Some(source) = source {
        let (system, id) = (&source.system, source.external_id.as_str());
        parts.push(format!("hire {system}/{id}"));
    }
    if !request.reason.is_empty() {
        parts.push(request.reason.clone());
    }
    if !request.fields.is_empty() {
        parts.push(format!("fields {}", request.fields.join(", ")));
    }
    parts.join("; ")
}

service! {
    AdapterService for Adapters {
        // With an empty tenant, an adapter finds out whether it would be answered.
        get_webhook_settings(v1::GetWebhookSettingsRequest) -> v1::GetWebhookSettingsResponse
            => GET_WEBHOOK_SETTINGS, settings,
            |it| (!it.tenant.is_empty()).then(|| About::tenant(&it.tenant));
        report_event(v1::ReportEventRequest) -> v1::ReportEventResponse
            => REPORT_EVENT, report, |it| Some(About::tenant(&it.tenant));
    }
}
