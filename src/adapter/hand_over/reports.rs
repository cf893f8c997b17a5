//! Reports of events that became no hire, or not a whole one, so that nothing goes unseen.

use std::borrow::Cow;

use tonic::Status;

use super::{HandOver, Later, names};
use crate::{
    adapter::{
        message,
        retry::after_report,
        spool::{End, Waiting},
    },
    intake::decide::{Statement, Subject},
    pb::{
        v1::{ReportEventRequest, report_event_request::Kind},
        values::timestamp,
    },
};

/// Why an event is dropped.
const DROPPED: &str = "TENANT_DELETED";

impl HandOver {
    /// Reports that nothing follows from an event. The event is done even if the service refuses
    /// the report.
    pub(super) async fn acknowledge(
        &self,
        event: &Waiting,
        about: Option<&Subject>,
        reason: &'static str,
    ) -> Result<End, Later> {
        let (kind, fields) = (Kind::Acknowledged, vec![]);
        self.report(event, kind, about, reason, fields).await?;
        Ok(End::Done)
    }

    /// Drops an event of a deleted tenant. Its report is refused if the history has gone with the
    /// tenant; it is then seen in the log and the metrics alone.
    pub(super) async fn drop_event(&self, event: &Waiting) -> Result<End, Later> {
        let (tenant, seq) = (&event.tenant, event.seq);
        tracing::error!(tenant, seq, "an event of a deleted tenant is dropped");
        self.report(event, Kind::Rejected, None, DROPPED, vec![])
            .await?;
        Ok(End::Dropped(DROPPED))
    }

    /// Reports the fields of a hire that could not be read, if there are any.
    pub(super) async fn report_unreadable(
        &self,
        event: &Waiting,
        statement: &Statement,
    ) -> Result<End, Later> {
        if statement.unreadable.is_empty() {
            return Ok(End::Done);
        }
        let (kind, about) = (Kind::Unreadable, Some(&statement.subject));
        let fields = names(&statement.unreadable);
        let report = self.report(event, kind, about, "UNREADABLE_FIELDS", fields);
        report.await
    }

    pub(super) async fn reject(
        &self,
        event: &Waiting,
        subject: &Subject,
        status: &Status,
    ) -> Result<End, Later> {
        let reason = message::rejection_reason(status);
        let fields = message::rejected_fields(status);
        let (tenant, seq) = (&event.tenant, event.seq);
        tracing::error!(tenant, seq, reason, ?fields, "the service refuses an event");
        self.report(event, Kind::Rejected, Some(subject), reason, fields)
            .await
    }

    /// Reports an event. The spool and the metrics get only reasons of our own: one that the
    /// service gave is `REJECTED` there.
    pub(super) async fn report(
        &self,
        event: &Waiting,
        kind: Kind,
        subject: Option<&Subject>,
        reason: impl Into<Cow<'static, str>>,
        fields: Vec<String>,
    ) -> Result<End, Later> {
        let reason = reason.into();
        let kept_as = match reason {
            Cow::Borrowed(own) => own,
            Cow::Owned(_) => "REJECTED",
        };
        let report = ReportEventRequest {
            tenant: event.tenant.clone(),
            kind: kind.into(),
            source: subject.map(message::source),
            event_id: event.event_id.clone(),
            receive_time: Some(timestamp(event.received)),
            reason: reason.into_owned(),
            fields,
        };
        let ended = |end| {
            let word = kind.as_str_name();
            let word = word.strip_prefix("KIND_").unwrap_or(word);
            self.metrics.reported(word, kept_as);
            Ok(end)
        };
        match self.service.report(report).await {
            Ok(()) => {
                let (tenant, seq) = (&event.tenant, event.seq);
                tracing::info!(tenant, seq, reason = kept_as, "an event is reported");
                ended(End::Reported(kept_as))
            }
            Err(status) if self.is_refused(event, &status, after_report)? => {
                let (tenant, seq, code) = (&event.tenant, event.seq, status.code());
                tracing::warn!(tenant, seq, ?code, kept_as, "a report is refused");
                ended(End::Unreported(kept_as))
            }
            Err(_) => ended(End::Reported(kept_as)),
        }
    }
}
