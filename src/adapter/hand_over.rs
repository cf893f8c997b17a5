//! Hands one event over to the service.

mod reports;

use std::{error::Error as _, sync::Arc, time::Duration};

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{
    message, parsing,
    retry::{Next, Scope, after_hand_over},
    service::Service,
    settings_cache::{Missing, Requester, SettingsCache},
    spool::{End, Spool, UNREADABLE, Waiting},
    tenant_settings::TenantSettings,
};
use crate::{
    domain::{event_field::EventField, finding::WarningKind, ids::TenantId},
    intake::decide::{Acknowledged, Intent, Statement, Subject, decide, subject},
    pb::v1::{
        CreateCollaboratorRequest, Onboarding, WithdrawHireRequest, report_event_request::Kind,
    },
    telemetry::Metrics,
};

/// Why an event cannot be handed over now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Later {
    /// What waits with it.
    pub(super) scope: Scope,
    /// The service asks to wait at least this long.
    pub(super) at_least: Duration,
}

impl From<Scope> for Later {
    fn from(scope: Scope) -> Self {
        let at_least = Duration::ZERO;
        Self { scope, at_least }
    }
}

/// What the events of a tenant are handed over by.
enum Terms {
    Settings(Arc<TenantSettings>),
    /// The tenant has been deleted.
    Deleted,
}

/// Hands events over. Clones share the connection to the service.
#[derive(Clone)]
pub(super) struct HandOver {
    pub(super) service: Service,
    pub(super) settings: SettingsCache,
    pub(super) spool: Spool,
    pub(super) metrics: Metrics,
}

impl HandOver {
    /// Hands over an event by the tenant's current settings.
    pub(super) async fn run(&self, event: &Waiting) -> Result<End, Later> {
        let (tenant, seq) = (&event.tenant, event.seq);
        let settings = match self.terms_of(event).await? {
            Terms::Settings(settings) => settings,
            Terms::Deleted => return self.drop_event(event).await,
        };
        let unreadable = |reason| self.report(event, Kind::Unreadable, None, reason, vec![]);
        let Ok(body) = self.spool.body(event) else {
            tracing::error!(tenant, seq, "an event in the spool cannot be opened");
            return unreadable(UNREADABLE).await;
        };
        let read = match parsing::parse(&body, &settings, event.received) {
            Ok(read) => read,
            Err(error) => return unreadable(error.reason()).await,
        };
        let about = subject(&read);
        let is_untimed = read.remarks.contains(&WarningKind::EventTimeUnlikely);
        let intent = decide(read);
        let wants: &str = (&intent).into();
        let takes_back = matches!(
            intent,
            Intent::Retract(_) | Intent::Withdraw(_) | Intent::Erase(_)
        );
        let end = self.follow(event, intent, about.as_ref()).await?;
        // A hire carries the remark itself.
        if is_untimed && takes_back {
            let (about, fields) = (about.as_ref(), names(&[EventField::Timestamp]));
            let kind = Kind::Unreadable;
            self.report(event, kind, about, "UNREADABLE_FIELDS", fields)
                .await?;
        }
        if matches!(end, End::Done | End::Erased) {
            tracing::info!(tenant, seq, intent = wants, "an event was handed over");
        }
        if !event.id_is_reused {
            return Ok(end);
        }
        tracing::warn!(tenant, seq, "another event came before under the same id");
        let (kind, about) = (Kind::IdReused, about.as_ref());
        let reported = self.report(event, kind, about, "ID_REUSED", vec![]);
        let reported = reported.await?;
        Ok(if end == End::Done { reported } else { end })
    }

    /// The settings of the event's tenant, if its events can be handed over by them.
    async fn terms_of(&self, event: &Waiting) -> Result<Terms, Later> {
        let seq = event.seq;
        let Ok(tenant) = TenantId::parse(&event.tenant) else {
            tracing::error!(seq, "an event in the spool has an invalid tenant");
            return Err(Scope::ApartTenant.into());
        };
        let settings = match self.settings.get(&tenant, Requester::Event).await {
            Ok(known) => known.settings,
            Err(Missing::Away | Missing::Denied | Missing::TooManyFetches(_)) => {
                return Err(Scope::Tenant.into());
            }
            Err(Missing::Unknown) if self.settings.is_deleted(&tenant) => {
                return Ok(Terms::Deleted);
            }
            Err(Missing::Unknown) => {
                tracing::error!(%tenant, seq, "the tenant of an event no longer exists");
                return Err(Scope::ApartTenant.into());
            }
        };
        if settings.disabled {
            tracing::warn!(%tenant, seq, "an event waits until its tenant is enabled");
            return Err(Scope::ApartTenant.into());
        }
        if settings.mapping.is_none() {
            tracing::warn!(%tenant, seq, "an event waits for its tenant's settings");
            return Err(Scope::Tenant.into());
        }
        Ok(Terms::Settings(settings))
    }

    async fn follow(
        &self,
        event: &Waiting,
        intent: Intent,
        about: Option<&Subject>,
    ) -> Result<End, Later> {
        match intent {
            // Tests name nobody and may be sent every minute, so they are not reported.
            Intent::Acknowledge(Acknowledged::Test) => Ok(End::Done),
            Intent::Acknowledge(why) => self.acknowledge(event, about, why.into()).await,
            Intent::Create(statement) => {
                let request = message::create(&event.tenant, &statement);
                self.submit(event, request, &statement).await
            }
            Intent::Amend(statement) => self.amend(event, &statement).await,
            Intent::Retract(subject) => self.retract(event, &subject).await,
            Intent::Withdraw(subject) => Ok(self.withdraw(event, &subject).await?.0),
            Intent::Erase(subject) => self.erase(event, &subject).await,
            Intent::Report {
                subject,
                reason,
                fields,
            } => {
                let (kind, fields) = (Kind::Unreadable, names(&fields));
                self.report(event, kind, subject.as_ref(), reason, fields)
                    .await
            }
        }
    }

    /// Hands over the fields that an update sets.
    async fn amend(&self, event: &Waiting, statement: &Statement) -> Result<End, Later> {
        let request = message::amend(&event.tenant, statement);
        let mask = request.update_mask.as_ref();
        let says_something = mask.is_none_or(|mask| !mask.paths.is_empty());
        // What could not be read of a hire is seen as a warning, if it is known.
        if says_something || statement.remarks.iter().any(WarningKind::is_left_out) {
            return self.submit(event, request, statement).await;
        }
        let subject = &statement.subject;
        if statement.unreadable.is_empty() {
            return self.acknowledge(event, Some(subject), "NOTHING_SAID").await;
        }
        self.report_unreadable(event, statement).await
    }

    async fn submit(
        &self,
        event: &Waiting,
        request: CreateCollaboratorRequest,
        statement: &Statement,
    ) -> Result<End, Later> {
        let subject = &statement.subject;
        let is_update = request.update_mask.is_some();
        match self.service.create(request, &statement.remarks).await {
            Ok(onboarding) => taken(event, onboarding.as_ref()),
            // An update of a hire that is not known, or was withdrawn, is no confirmation.
            Err(status) if is_update && is_hire_unknown(&status) => {
                let end = self
                    .acknowledge(event, Some(subject), "HIRE_UNKNOWN")
                    .await?;
                if statement.unreadable.is_empty() {
                    return Ok(end);
                }
            }
            Err(status) if self.is_refused(event, &status, after_hand_over)? => {
                return self.reject(event, subject, &status).await;
            }
            Err(_) => {}
        }
        self.report_unreadable(event, statement).await
    }

    /// Withdraws a hire that is not meant for Lucca. Most such hires were never known.
    async fn retract(&self, event: &Waiting, subject: &Subject) -> Result<End, Later> {
        match self.withdraw(event, subject).await? {
            (End::Done, None) => {
                let why = Acknowledged::NotForLucca.into();
                self.acknowledge(event, Some(subject), why).await
            }
            (end, _) => Ok(end),
        }
    }

    /// Withdraws a hire; gives it back if it is known.
    async fn withdraw(
        &self,
        event: &Waiting,
        subject: &Subject,
    ) -> Result<(End, Option<Onboarding>), Later> {
        let request = WithdrawHireRequest {
            tenant: event.tenant.clone(),
            source: Some(message::source(subject)),
        };
        match self.service.withdraw(request).await {
            Ok(onboarding) => {
                taken(event, onboarding.as_ref());
                Ok((End::Done, onboarding))
            }
            Err(status) if self.is_refused(event, &status, after_hand_over)? => {
                Ok((self.reject(event, subject, &status).await?, None))
            }
            Err(_) => Ok((End::Done, None)),
        }
    }

    async fn erase(&self, event: &Waiting, subject: &Subject) -> Result<End, Later> {
        let (kind, about) = (Kind::Anonymized, Some(subject));
        let end = self.report(event, kind, about, "ANONYMIZED", vec![]);
        if let end @ End::Unreported(_) = end.await? {
            return Ok(end);
        }
        let ids = [Some(&subject.external_id), subject.person.as_ref()];
        let ids = ids.into_iter().flatten().map(ToString::to_string);
        let erased = self.spool.erase_mentions(&event.tenant, ids.collect());
        erased.await.map_err(|error| {
            tracing::error!(%error, seq = event.seq, "bodies in the spool cannot be deleted");
            Scope::Event
        })?;
        Ok(End::Erased)
    }

    /// Whether the service refuses an event for good; if not, the event has been handed over.
    ///
    /// # Errors
    /// The call has to be made again.
    fn is_refused(
        &self,
        event: &Waiting,
        status: &Status,
        decide: fn(Code, &str) -> Next,
    ) -> Result<bool, Later> {
        let code = status.code();
        let scope = match decide(code, &message::rejection_reason(status)) {
            Next::Done => return Ok(false),
            Next::Reject => return Ok(true),
            // Only a status that was made on this side has a source.
            Next::Later(_) if status.source().is_some() => Scope::All,
            Next::Later(scope) => scope,
        };
        let (tenant, seq) = (&event.tenant, event.seq);
        match code {
            Code::Unauthenticated | Code::PermissionDenied => {
                tracing::error!(
                    tenant,
                    seq,
                    ?code,
                    "adapter.token needs the scope `adapter` and the tenant in auth.tokens"
                );
            }
            Code::Unimplemented => {
                tracing::error!(tenant, seq, ?code, "adapter.onboarding_endpoint is wrong");
            }
            _ => tracing::warn!(tenant, seq, ?code, "the service does not accept an event"),
        }
        let info = status.get_details_retry_info();
        Err(Later {
            scope,
            at_least: info.and_then(|info| info.retry_delay).unwrap_or_default(),
        })
    }
}

/// Logs the way from an event to its onboarding. The source's own ids stay out, because senders
/// may put anything into them.
fn taken(event: &Waiting, onboarding: Option<&Onboarding>) {
    let onboarding = onboarding.map(|it| it.id.as_str());
    let (tenant, seq) = (&event.tenant, event.seq);
    tracing::info!(
        tenant,
        seq,
        onboarding,
        "the service has what an event says"
    );
}

/// Whether the hire is unknown, and not its tenant.
fn is_hire_unknown(status: &Status) -> bool {
    status.code() == Code::NotFound && message::rejection_reason(status) == "ONBOARDING_NOT_FOUND"
}

fn names(fields: &[EventField]) -> Vec<String> {
    let names = fields.iter().map(|field| field.canonical().to_owned());
    names.collect()
}
