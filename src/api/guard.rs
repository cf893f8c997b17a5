//! What every call passes first: authentication, scope, a deadline and a bounded message. Then it
//! is counted.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tonic::Code;

use super::{
    ApiError, Authentication, Caller,
    audit::{About, Audit},
    body::{Answer, Message, Stream},
    call::Call,
    language::language,
    permits::{RequestPermit, RequestPermits, Who},
    rpc::{self, Rpc, Work},
};
use crate::{
    config::{self, Scope},
    net::{Connection, Peer, size},
    telemetry::Metrics,
};

/// How much earlier than the caller's deadline the answer is given, at most. It has to reach the
/// caller in time, and before tonic's own timer answers CANCELLED.
const HEAD_START: Duration = Duration::from_millis(100);

/// The longest a call may take, whatever its deadline.
const LONGEST_CALL: Duration = Duration::from_secs(90);

/// The longest a stream may last: of callers, and of health watches and reflection, which need no
/// token.
const LONGEST_WATCH: Duration = Duration::from_mins(30);
const LONGEST_OPEN_STREAM: Duration = Duration::from_mins(5);

/// When a call must have been answered.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(pub(super) Instant);

impl Deadline {
    /// The time `span` before the deadline, or now if that has passed.
    pub fn before(self, span: Duration) -> Instant {
        let now = Instant::now();
        self.0.checked_sub(span).map_or(now, |soon| soon.max(now))
    }
}

/// What the guard found out about a call; in the extensions of its request.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    pub(super) caller: Caller,
    pub(super) deadline: Deadline,
    /// What the call holds; absent in tests of handlers.
    pub(super) permit: Option<RequestPermit>,
}

/// Guards every call.
#[derive(Clone)]
pub struct Guard {
    authentication: Authentication,
    permits: RequestPermits,
    audit: Audit,
    /// The largest message of a call, of one that carries a tenant, and how long either may take
    /// to arrive.
    largest: usize,
    largest_tenant: usize,
    body_timeout: Duration,
    /// Is cancelled when the service stops: streams end.
    stop: CancellationToken,
    metrics: Metrics,
}

impl Guard {
    /// With the limits of these settings.
    pub fn new(
        authentication: Authentication,
        server: &config::Server,
        audit: Audit,
        stop: CancellationToken,
        metrics: Metrics,
    ) -> Self {
        Self {
            stop,
            authentication,
            permits: RequestPermits::new(server, &metrics),
            audit,
            largest: size(server.max_request_bytes),
            largest_tenant: size(server.max_tenant_bytes),
            body_timeout: server.body_timeout,
            metrics,
        }
    }
}

/// Lets a call through, or refuses it.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let rpc = Rpc::at(request.uri().path());
    let language = language(request.headers());
    let admitted = match rpc.filter(|rpc| rpc.is_open()) {
        Some(rpc) => admit_open(&guard, rpc, request, next).await,
        None => admit(&guard, rpc, request, next).await,
    };
    let response = admitted.unwrap_or_else(|error| error.status(language).into_http::<Body>());
    guard.metrics.grpc_request(label(rpc), code(&response));
    response
}

/// The method's name in metrics. Labels come from the table only, never from callers.
fn label(rpc: Option<&'static Rpc>) -> &'static str {
    rpc.filter(|rpc| !rpc.is_open())
        .map_or("other", |rpc| rpc.name)
}

/// Admits health checks and reflection. They must work when nothing else does, and they cost
/// little. Only their streams are limited, for each address and method.
async fn admit_open(
    guard: &Guard,
    rpc: &Rpc,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if rpc.work != Work::Watch {
        return Ok(next.run(request).await);
    }
    let peer = request.extensions().get::<Peer>();
    let address = peer.map(|peer| peer.address().ip().to_string());
    let share = format!("{} {}", address.unwrap_or_default(), rpc.name);
    let grant = guard.permits.open_stream(&share).await?;
    let (stop, language) = (guard.stop.clone(), language(request.headers()));
    let response = next.run(request).await;
    Ok(response.map(|body| {
        let stream = Body::new(Stream::new(body, LONGEST_OPEN_STREAM, stop, language));
        Body::new(Answer::new(stream, grant, None, LONGEST_CALL))
    }))
}

/// Admits a call in these steps:
///
/// 1. Authentication and scope, by headers and connection alone. A caller that may not call the
///    method costs a hash and takes nothing that others need.
/// 2. The deadline. A call whose deadline has passed is not begun.
/// 3. The message, bounded in size and time, and read once its memory is free.
/// 4. The tenant of the message, a permit, and the handler (`call`), up to the deadline.
/// 5. The answer, which keeps the permit until the connection has taken it over.
async fn admit(
    guard: &Guard,
    rpc: Option<&'static Rpc>,
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
    let Some(rpc) = rpc else {
        // The answer is UNIMPLEMENTED, and the message is not read.
        return Ok(next.run(request).await);
    };
    let deadline = Instant::now() + time;
    let permit = guard.permits.of(who(&caller, rpc));
    let admission = Admission {
        caller,
        deadline: Deadline(deadline),
        permit: Some(permit.clone()),
    };
    let work = async {
        if let Err(denied) = admission.caller.has(rpc.scopes) {
            let call = Call::new(rpc, admission, request.headers().clone());
            let about = About::default();
            guard.audit.ended(&call, about, Some(&denied)).await;
            return Err(denied);
        }
        request.extensions_mut().insert(admission);
        let language = language(request.headers());
        let largest = match rpc.message {
            rpc::Message::Tenant => guard.largest_tenant,
            rpc::Message::Small => guard.largest,
        };
        let request = request.map(|body| {
            let time = guard.body_timeout;
            Body::new(Message::new(body, permit.clone(), largest, time, language))
        });
        let response = next.run(request).await;
        Ok(response.map(|body| {
            let body = match rpc.work {
                Work::Watch => {
                    let stop = guard.stop.clone();
                    Body::new(Stream::new(body, LONGEST_WATCH, stop, language))
                }
                _ => body,
            };
            Body::new(Answer::new(body, permit, connection, LONGEST_CALL))
        }))
    };
    timeout_at(deadline, work)
        .await
        .unwrap_or(Err(ApiError::DeadlineExceeded))
}

/// Whose share a call is taken from. A call is an operator's if only operators may call the method,
/// or if the caller is nothing but an operator.
fn who(caller: &Caller, rpc: &Rpc) -> Who {
    let has = |scopes: &[Scope]| caller.has(scopes).is_ok();
    let is_operator = has(&[Scope::Operator, Scope::Admin]);
    Who {
        caller: Arc::clone(&caller.name),
        is_operator: is_operator
            && (rpc.is_for_operators() || !has(&[Scope::Caller, Scope::Adapter])),
    }
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

/// The status in the head of an answer, which is there if the answer has no body; else OK.
fn code(response: &Response) -> &'static str {
    let code = response
        .headers()
        .get("grpc-status")
        .map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()));
    word(code)
}

/// The code as the documents of gRPC write it.
pub(super) fn word(code: Code) -> &'static str {
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
    fn metrics_have_no_label_for_unknown_methods() {
        let of = |path| label(Rpc::at(path));
        assert_eq!(
            of("/hr.onboarding.v1.OnboardingService/GetStatus"),
            "OnboardingService/GetStatus"
        );
        assert_eq!(of("/hr.onboarding.v1.X/Y"), "other");
        assert_eq!(of("/grpc.health.v1.Health/Check"), "other");
    }
}
