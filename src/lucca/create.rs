//! Creating a user: the one call that must never be repeated blindly.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::Value;

use super::{
    LuccaClient, answer,
    gate::{CallPermit, Heard},
};
use crate::{
    clock::SharedClock,
    domain::{
        attempt::Intent,
        cause::{CallKind, Cause, Failure},
        lucca_id::LuccaId,
        tenant::Tenant,
    },
};

/// The outcome of a creation call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateOutcome {
    /// Lucca answered with the id of the new user, and with the user's address if it has one.
    Created(LuccaId, Option<String>),
    /// The call had no effect and may be repeated later.
    NotExecuted(Failure),
    /// Lucca refuses the key or a right of it: no effect.
    KeyRefused(Failure),
    /// Lucca refused the content.
    Refused(Failure),
    /// The call may have had an effect.
    Unknown(Failure),
}

/// A body that is released once, and not after its deadline. A body that was not released
/// proves that Lucca cannot have acted on it.
struct GuardedBody {
    bytes: Option<Bytes>,
    send_by: Timestamp,
    clock: SharedClock,
    released: Arc<AtomicBool>,
}

/// The last moment to send the body has passed.
#[derive(Debug, thiserror::Error)]
#[error("it was too late to send")]
struct TooLate;

impl Body for GuardedBody {
    type Data = Bytes;
    type Error = TooLate;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TooLate>>> {
        let Some(bytes) = self.bytes.take() else {
            return Poll::Ready(None);
        };
        if self.clock.now() > self.send_by {
            return Poll::Ready(Some(Err(TooLate)));
        }
        self.released.store(true, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl LuccaClient {
    /// Makes the call that an attempt intends, once.
    pub async fn create(
        &self,
        tenant: &Tenant,
        intent: &Intent,
        permit: CallPermit,
        clock: &SharedClock,
    ) -> CreateOutcome {
        let Ok(bytes) = serde_json::to_vec(&intent.body) else {
            permit.end().await;
            return CreateOutcome::Refused(Cause::Unspecified.into());
        };
        let released = Arc::new(AtomicBool::new(false));
        let body = reqwest::Body::wrap(GuardedBody {
            bytes: Some(bytes.into()),
            send_by: intent.send_by,
            clock: Arc::clone(clock),
            released: Arc::clone(&released),
        });
        let answer = self.post(tenant, &intent.url, body, permit).await;
        let released = released.load(Ordering::SeqCst);
        let outcome = match answer {
            Ok(answer) => {
                let (status, text) = (answer.status, answer.text());
                judge(status, &text, answer.json().await.ok(), released)
            }
            Err(cause) if released => CreateOutcome::Unknown(cause.into()),
            Err(cause) => CreateOutcome::NotExecuted(cause.into()),
        };
        let Tenant { id, account, .. } = tenant;
        let (heard, failure) = outcome.heard();
        if heard.is_trouble() {
            let cause = failure.and_then(|failure| failure.cause.word());
            tracing::warn!(%account, tenant = %id, cause = cause.as_deref(), "a creation in Lucca failed");
        }
        self.gate().hear(account, CallKind::Create, "", heard);
        outcome
    }
}

impl CreateOutcome {
    /// What it says of the account, and why it failed. A refusal is an answer all the same.
    fn heard(&self) -> (Heard, Option<&Failure>) {
        match self {
            Self::Created(..) | Self::Refused(_) => (Heard::Good, None),
            Self::KeyRefused(_) => (Heard::Nothing, None),
            Self::Unknown(failure) => (Heard::Bad, Some(failure)),
            Self::NotExecuted(failure) => {
                let heard = match failure.cause {
                    Cause::NoConnection => Heard::Unreachable,
                    Cause::Status { status: 500.. } => Heard::Bad,
                    _ => Heard::Nothing,
                };
                (heard, Some(failure))
            }
        }
    }
}

/// The outcome that an answer proves. 408 and 5xx may come after the user was created
/// (`documentation/limits`); a redirect or an unreadable answer proves nothing.
fn judge(status: StatusCode, text: &str, json: Option<Value>, released: bool) -> CreateOutcome {
    let failure = || Failure::status(status.as_u16(), answer::sentence(text));
    match status.as_u16() {
        200..=299 => {
            let user = answer::unwrapped(json.unwrap_or_default());
            match answer::id(&user) {
                Some(id) => CreateOutcome::Created(id, answer::owned(&user, "url")),
                None => CreateOutcome::Unknown(Cause::NoUserId.into()),
            }
        }
        429 => CreateOutcome::NotExecuted(failure()),
        401 | 403 => CreateOutcome::KeyRefused(failure()),
        408 => CreateOutcome::Unknown(failure()),
        400..=499 => CreateOutcome::Refused(failure()),
        _ if !released => CreateOutcome::NotExecuted(failure()),
        _ => CreateOutcome::Unknown(failure()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_judged_by_what_it_proves() {
        let created = |id| CreateOutcome::Created(LuccaId::try_from(id).unwrap(), None);
        let table = [
            (200, r#"{"data":{"id":7}}"#, created(7)),
            (200, r#"{"Data":{"Id":7}}"#, created(7)),
            (200, r#"{"id":"7"}"#, created(7)),
            (
                200,
                r#"{"data":{"id":7,"url":"https://x.example/7"}}"#,
                CreateOutcome::Created(
                    LuccaId::try_from(7).unwrap(),
                    Some("https://x.example/7".into()),
                ),
            ),
            (
                200,
                r#"{"data":{}}"#,
                CreateOutcome::Unknown(Cause::NoUserId.into()),
            ),
            (
                200,
                r#"{"data":{"id":"#,
                CreateOutcome::Unknown(Cause::NoUserId.into()),
            ),
            (
                200,
                "<html>",
                CreateOutcome::Unknown(Cause::NoUserId.into()),
            ),
            (302, "", CreateOutcome::Unknown(Failure::status(302, None))),
            (
                400,
                r#"{"Status":400,"Message":"no"}"#,
                CreateOutcome::Refused(Failure::status(400, Some("no".into()))),
            ),
            (
                401,
                "",
                CreateOutcome::KeyRefused(Failure::status(401, None)),
            ),
            (
                403,
                "",
                CreateOutcome::KeyRefused(Failure::status(403, None)),
            ),
            (404, "", CreateOutcome::Refused(Failure::status(404, None))),
            (408, "", CreateOutcome::Unknown(Failure::status(408, None))),
            (
                409,
                "taken",
                CreateOutcome::Refused(Failure::status(409, Some("taken".into()))),
            ),
            (
                429,
                "",
                CreateOutcome::NotExecuted(Failure::status(429, None)),
            ),
            (500, "", CreateOutcome::Unknown(Failure::status(500, None))),
            (503, "", CreateOutcome::Unknown(Failure::status(503, None))),
        ];
        for (status, text, expected) in table {
            let status = StatusCode::from_u16(status).unwrap();
            let json = serde_json::from_str(text).ok();
            assert_eq!(judge(status, text, json, true), expected, "{status} {text}");
        }
    }

    #[test]
    fn a_body_that_was_not_released_cannot_have_had_an_effect() {
        assert_eq!(
            judge(StatusCode::BAD_GATEWAY, "", None, false),
            CreateOutcome::NotExecuted(Failure::status(502, None))
        );
    }
}
