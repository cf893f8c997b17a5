//! What every call passes first: authentication, a deadline, a permit, a bounded message; then
//! it is counted.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use tokio::{sync::Semaphore, time::Instant};
use tonic::{Code, Extensions};

use super::{
    ApiError, Authentication,
    body::{Answer, Message},
    language::language,
    permits::RequestPermits,
    rpc::{self, Rpc, Work},
};
use crate::{
    domain::language::Language,
    net::{Connection, Peer},
    telemetry::Metrics,
};

/// How much earlier than the caller's deadline the answer is given, at most: it has to
/// reach the caller in time, and before tonic's own timer answers CANCELLED.
const HEAD_START: Duration = Duration::from_millis(100);

/// The longest a call may take, whatever its deadline.
const LONGEST_CALL: Duration = Duration::from_secs(90);

/// The most streams at the same time that need no token: health watches and reflection.
const MOST_OPEN_STREAMS: usize = 256;

/// When a call must have been answered; in the extensions of every request that passed the
/// guard.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline of a request.
    pub fn of(extensions: &Extensions) -> Self {
        extensions
            .get::<Self>()
            .copied()
            .unwrap_or_else(|| Self(Instant::now() + LONGEST_CALL))
    }

    /// This long before it, or now if that has passed.
    pub fn before(self, span: Duration) -> Instant {
        let now = Instant::now();
        self.0.checked_sub(span).map_or(now, |soon| soon.max(now))
    }
}

/// Limits of request messages.
#[derive(Clone, Copy, Debug)]
pub struct MessageRules {
    /// Largest message of a call, in bytes.
    pub largest: usize,
    /// Largest message of a call that carries a tenant.
    pub largest_tenant: usize,
    /// How long a message may take to arrive.
    pub time: Duration,
}

/// Guards every call.
#[derive(Clone)]
pub struct Guard {
    authentication: Authentication,
    permits: RequestPermits,
    open_streams: Arc<Semaphore>,
    messages: MessageRules,
    metrics: Metrics,
    /// The answer to calls in overload, by language: made once, for it has to cost little.
    overloaded: Arc<[(Language, HeaderMap)]>,
}

impl Guard {
    /// With what it needs.
    pub fn new(
        authentication: Authentication,
        permits: RequestPermits,
        messages: MessageRules,
        metrics: Metrics,
    ) -> Self {
        let overloaded = Language::ALL.iter().map(|language| {
            let response = ApiError::Overloaded.status(*language).into_http::<Body>();
            (*language, response.headers().clone())
        });
        Self {
            authentication,
            permits,
            open_streams: Arc::new(Semaphore::new(MOST_OPEN_STREAMS)),
            messages,
            metrics,
            overloaded: overloaded.collect(),
        }
    }

    fn refusal(&self, error: ApiError, language: Language) -> Response {
        let ready = match error {
            ApiError::Overloaded => self.overloaded.iter().find(|(of, _)| *of == language),
            _ => None,
        };
        let Some((_, headers)) = ready else {
            return error.status(language).into_http::<Body>();
        };
        let mut response = Response::new(Body::empty());
        response.headers_mut().clone_from(headers);
        response
    }
}

/// Lets a call through, or refuses it.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let rpc = Rpc::at(request.uri().path());
    let language = language(request.headers());
    let admitted = match rpc.filter(|rpc| rpc.is_open()) {
        Some(rpc) => admit_open(&guard, rpc, request, next).await,
        None => admit(&guard, rpc, language, request, next).await,
    };
    let response = admitted.unwrap_or_else(|error| guard.refusal(error, language));
    let method = label(rpc);
    guard.metrics.grpc_request(method, code(&response));
    response
}

/// The method's name in metrics: one of ours, for a label must not be what callers make up.
fn label(rpc: Option<&'static Rpc>) -> &'static str {
    rpc.filter(|rpc| !rpc.is_open())
        .map_or("other", |rpc| rpc.name)
}

/// Lets health checks and reflection through: they have to work when nothing else does, and
/// cost little. Only their streams are limited.
async fn admit_open(
    guard: &Guard,
    rpc: &Rpc,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if rpc.work != Work::Stream {
        return Ok(next.run(request).await);
    }
    let permit = Arc::clone(&guard.open_streams).try_acquire_owned();
    let permit = permit.map_err(|_| ApiError::Overloaded)?;
    let response = next.run(request).await;
    Ok(response.map(|body| Body::new(Answer::new(body, permit, None, LONGEST_CALL))))
}

/// What a call passes, in this order and for this reason:
///
/// 1. Authentication, by headers and connection alone: an unknown caller costs a hash and
///    takes nothing that others need.
/// 2. The time left: a call whose deadline has passed is not begun.
/// 3. A permit, the last step that costs nothing: without one, the call is refused before its
///    message is read.
/// 4. The message, bounded in size and time, read by the method itself.
/// 5. The method, up to the deadline; then its answer, which keeps the permit until it has
///    been handed over.
async fn admit(
    guard: &Guard,
    rpc: Option<&'static Rpc>,
    language: Language,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let connection = request.extensions().get::<Connection>().cloned();
    let peer = request.extensions().get::<Peer>();
    let caller = guard.authentication.caller(request.headers(), peer)?;
    if let Some(connection) = &connection {
        connection.prove();
    }
    let time = time_left(request.headers());
    if time.is_zero() {
        return Err(ApiError::DeadlineExceeded);
    }
    let deadline = Instant::now() + time;
    let largest = match rpc.map(|rpc| rpc.message) {
        Some(rpc::Message::Tenant) => guard.messages.largest_tenant,
        Some(rpc::Message::Small) | None => guard.messages.largest,
    };
    let is_for_operators =
        rpc.is_some_and(|rpc| rpc.is_for_operators() && caller.has(rpc.scopes).is_ok());
    let work = async {
        let permit = match rpc.map(|rpc| rpc.work) {
            Some(Work::AsksLucca) => guard.permits.waiting()?,
            _ => guard.permits.working(label(rpc), is_for_operators).await?,
        };
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(permit.clone());
        request.extensions_mut().insert(Deadline(deadline));
        let request = request
            .map(|body| Body::new(Message::new(body, largest, guard.messages.time, language)));
        let response = next.run(request).await;
        Ok(response.map(|body| Body::new(Answer::new(body, permit, connection, LONGEST_CALL))))
    };
    tokio::time::timeout_at(deadline, work)
        .await
        .unwrap_or(Err(ApiError::DeadlineExceeded))
}

/// How long a call with these headers may take.
fn time_left(headers: &HeaderMap) -> Duration {
    let asked = timeout(headers).map(|asked| asked.saturating_sub((asked / 5).min(HEAD_START)));
    asked.map_or(LONGEST_CALL, |asked| asked.min(LONGEST_CALL))
}

/// Reads `grpc-timeout`: up to eight digits and a unit
/// (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// The status of an answer that has no body; OK for all others.
fn code(response: &Response) -> &'static str {
    let code = response
        .headers()
        .get("grpc-status")
        .map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()));
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_read_in_every_unit() {
        let table = [
            ("1H", Some(Duration::from_secs(3600))),
            ("2M", Some(Duration::from_secs(120))),
            ("3S", Some(Duration::from_secs(3))),
            ("250m", Some(Duration::from_millis(250))),
            ("0n", Some(Duration::ZERO)),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
            ("999999999S", None),
            ("S", None),
            ("3", None),
            ("3é", None),
        ];
        for (text, expected) in table {
            let mut map = HeaderMap::new();
            if let Ok(value) = text.parse() {
                map.insert("grpc-timeout", value);
            }
            assert_eq!(timeout(&map), expected, "{text}");
        }
    }

    #[test]
    fn a_method_that_callers_make_up_is_no_label() {
        let of = |path| label(Rpc::at(path));
        assert_eq!(
            of("/hr.onboarding.v1.OnboardingService/GetStatus"),
            "OnboardingService/GetStatus"
        );
        assert_eq!(of("/hr.onboarding.v1.X/Y"), "other");
        assert_eq!(of("/grpc.health.v1.Health/Check"), "other");
    }
}
