//! Hands one event over to the service.

mod reports;

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{
    message, reading,
    retry::{Next, after_hand_over},
    service::Service,
    settings_cache::{Asker, Missing, SettingsCache},
    spool::{End, Spool, Waiting},
};
use crate::{
    domain::ids::TenantId,
    intake::{
        decide::{Acknowledged, Hire, Intent, Source, decide, source},
        fields::Field,
    },
    pb::v1::{
        GetStatusRequest, Onboarding, SourceKey, State, WithdrawHireRequest,
        get_status_request::Key, report_event_request::Kind,
    },
    telemetry::Metrics,
};

/// Why an event cannot be handed over now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Later {
    /// Nobody else's can either.
    pub(super) pause: bool,
    /// The service asks for at least this wait.
    pub(super) at_least: Duration,
}

impl Later {
    const ALONE: Self = Self {
        pause: false,
        at_least: Duration::ZERO,
    };
}

/// Hands events over. Clones share the connection.
#[derive(Clone)]
pub(super) struct HandOver {
    pub(super) service: Service,
    pub(super) settings: SettingsCache,
    pub(super) spool: Spool,
    pub(super) metrics: Metrics,
}

impl HandOver {
    /// Does what the event asks for, with the tenant's settings of now.
    pub(super) async fn run(&self, event: &Waiting) -> Result<End, Later> {
        let Ok(tenant) = TenantId::parse(&event.tenant) else {
            tracing::error!(seq = event.seq, "the spool holds an event of no tenant");
            return Err(Later::ALONE);
        };
        let settings = match self.settings.get(&tenant, Asker::Event).await {
            Ok(known) => known.settings,
            Err(Missing::Away | Missing::TooManyQuestions(_)) => {
                return Err(Later {
                    pause: true,
                    ..Later::ALONE
                });
            }
            Err(Missing::Unknown) => {
                tracing::error!(%tenant, seq = event.seq, "the tenant of an event is gone");
                return Err(Later::ALONE);
            }
        };
        if settings.disabled || settings.mapping.is_none() {
            tracing::warn!(%tenant, seq = event.seq, "an event waits for its tenant's settings");
            return Err(Later::ALONE);
        }
        let Ok(body) = self.spool.body(event) else {
            tracing::error!(%tenant, seq = event.seq, "an event in the spool cannot be opened");
            return self
                .report(event, Kind::Unreadable, None, "SPOOL_UNREADABLE", vec![])
                .await;
        };
        let read = match reading::read(&body, &settings, event.received) {
            Ok(read) => read,
            Err(error) => {
                return self
                    .report(event, Kind::Unreadable, None, error.reason(), vec![])
                    .await;
            }
        };
        let about = source(&read);
        let intent = decide(read);
        let wants = word(&intent);
        let end = self.follow(event, intent, about.as_ref()).await?;
        if matches!(end, End::Done | End::Erased) {
            tracing::info!(%tenant, seq = event.seq, intent = wants, "an event was handed over");
        }
        if !event.id_is_reused {
            return Ok(end);
        }
        tracing::warn!(%tenant, seq = event.seq, "another event came before under the same id");
        let (kind, reason) = (Kind::IdReused, "ID_REUSED");
        let told = self.report(event, kind, about.as_ref(), reason, vec![]);
        let told = told.await?;
        Ok(if end == End::Done { told } else { end })
    }

    async fn follow(
        &self,
        event: &Waiting,
        intent: Intent,
        about: Option<&Source>,
    ) -> Result<End, Later> {
        match intent {
            // About nobody, and perhaps sent every minute.
            Intent::Acknowledge(Acknowledged::Test) => Ok(End::Done),
            Intent::Acknowledge(Acknowledged::NotConfirmed) => {
                self.acknowledge(event, about, "NOT_CONFIRMED").await
            }
            Intent::Acknowledge(Acknowledged::NotForLucca) => {
                self.acknowledge(event, about, NOT_FOR_LUCCA).await
            }
            Intent::Create(hire) => self.create(event, *hire).await,
            Intent::Amend(hire) => self.amend(event, *hire).await,
            Intent::Retract(source) => self.retract(event, source).await,
            Intent::Withdraw(source) => self.withdraw(event, source).await,
            Intent::Erase(source) => {
                let (kind, reason) = (Kind::Anonymized, "ANONYMIZED");
                let end = self
                    .report(event, kind, Some(&source), reason, vec![])
                    .await?;
                Ok(match end {
                    End::Unreported(_) => end,
                    _ => End::Erased,
                })
            }
            Intent::Report {
                source,
                reason,
                fields,
            } => {
                let (kind, fields) = (Kind::Unreadable, names(&fields));
                self.report(event, kind, source.as_ref(), reason, fields)
                    .await
            }
        }
    }

    async fn create(&self, event: &Waiting, hire: Hire) -> Result<End, Later> {
        let remarks = message::remarks(&hire.warnings);
        let (source, unreadable) = (hire.source.clone(), names(&hire.unreadable));
        let request = message::create(&event.tenant, hire);
        match self.service.create(request, remarks).await {
            Ok(onboarding) => taken(event, onboarding.as_ref()),
            Err(status) => match self.next(event, &status, after_hand_over)? {
                Refused::No => {}
                Refused::Yes => return self.reject(event, &source, &status).await,
            },
        }
        self.tell_unreadable(event, &source, unreadable).await
    }

    /// Hands over what an update says anew. An update of a hire that is not known, or was
    /// taken back, is no confirmation.
    async fn amend(&self, event: &Waiting, hire: Hire) -> Result<End, Later> {
        let unreadable = names(&hire.unreadable);
        let source = hire.source.clone();
        let remarks = message::remarks(&hire.warnings);
        let request = message::amend(&event.tenant, hire);
        if request
            .update_mask
            .as_ref()
            .is_some_and(|it| it.paths.is_empty())
        {
            if unreadable.is_empty() {
                return self.acknowledge(event, Some(&source), "NOTHING_SAID").await;
            }
            return self.tell_unreadable(event, &source, unreadable).await;
        }
        match self.service.create(request, remarks).await {
            Ok(onboarding) => taken(event, onboarding.as_ref()),
            Err(status) if status.code() == Code::NotFound && names_onboarding(&status) => {
                return self.acknowledge(event, Some(&source), "HIRE_UNKNOWN").await;
            }
            Err(status) => match self.next(event, &status, after_hand_over)? {
                Refused::No => {}
                Refused::Yes => return self.reject(event, &source, &status).await,
            },
        }
        self.tell_unreadable(event, &source, unreadable).await
    }

    /// Takes a hire back that is under way; what has ended stays as it is.
    async fn retract(&self, event: &Waiting, source: Source) -> Result<End, Later> {
        let question = GetStatusRequest {
            key: Some(Key::SourceKey(SourceKey {
                tenant: event.tenant.clone(),
                source: Some(message::source(&source)),
            })),
            refresh: false,
        };
        let known: Option<Onboarding> = match self.service.status(question).await {
            Ok(known) => known,
            Err(status) if status.code() == Code::NotFound => None,
            Err(status) => match self.next(event, &status, after_hand_over)? {
                Refused::No => None,
                Refused::Yes => return self.reject(event, &source, &status).await,
            },
        };
        match known.map(|known| known.state()) {
            None | Some(State::Cancelled | State::Created) => {
                self.acknowledge(event, Some(&source), NOT_FOR_LUCCA).await
            }
            Some(_) => self.withdraw(event, source).await,
        }
    }

    async fn withdraw(&self, event: &Waiting, source: Source) -> Result<End, Later> {
        let request = WithdrawHireRequest {
            tenant: event.tenant.clone(),
            source: Some(message::source(&source)),
        };
        match self.service.withdraw(request).await {
            Ok(onboarding) => {
                taken(event, onboarding.as_ref());
                Ok(End::Done)
            }
            Err(status) => match self.next(event, &status, after_hand_over)? {
                Refused::No => Ok(End::Done),
                Refused::Yes => self.reject(event, &source, &status).await,
            },
        }
    }

    /// What a failed call means; `Err` if it must be made again.
    fn next(
        &self,
        event: &Waiting,
        status: &Status,
        decide: fn(Code, &str) -> Next,
    ) -> Result<Refused, Later> {
        let code = status.code();
        let next = decide(code, &message::rejection_reason(status));
        let asked = status.get_details_retry_info();
        let later = Later {
            pause: next == Next::Pause,
            at_least: asked.and_then(|info| info.retry_delay).unwrap_or_default(),
        };
        match next {
            Next::Done => Ok(Refused::No),
            Next::Reject => Ok(Refused::Yes),
            Next::Later | Next::Pause => {
                let (tenant, seq) = (&event.tenant, event.seq);
                match code {
                    Code::Unauthenticated | Code::PermissionDenied | Code::Unimplemented => {
                        tracing::error!(tenant, seq, ?code, "adapter.token or endpoint is wrong");
                    }
                    _ => tracing::warn!(tenant, seq, ?code, "the service does not take an event"),
                }
                Err(later)
            }
        }
    }
}

/// Leaves the thread from an event to its onboarding. The source's own ids stay out: callers
/// make them, and may make them of anything.
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

/// The recruiter chose not to send the hire to Lucca, and there is nothing to take back.
const NOT_FOR_LUCCA: &str = "NOT_FOR_LUCCA";

/// Whether the service refuses something for good.
enum Refused {
    Yes,
    No,
}

/// Whether what is not there is the hire, not its tenant.
fn names_onboarding(status: &Status) -> bool {
    message::rejection_reason(status) == "ONBOARDING_NOT_FOUND"
}

fn names(fields: &[Field]) -> Vec<String> {
    let names = fields.iter().map(|field| field.canonical().to_owned());
    names.collect()
}

fn word(intent: &Intent) -> &'static str {
    match intent {
        Intent::Acknowledge(_) => "nothing",
        Intent::Create(_) => "create",
        Intent::Amend(_) => "amend",
        Intent::Retract(_) => "retract",
        Intent::Withdraw(_) => "withdraw",
        Intent::Erase(_) => "erase",
        Intent::Report { .. } => "report",
    }
}
