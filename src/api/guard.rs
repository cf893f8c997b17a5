//! What every call passes first: a caller, a deadline, a place, a bounded message, a count.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use tokio::{sync::Semaphore, time::Instant};
use tonic::{Code, Extensions, Status};

use super::{
    ApiError, Authentication,
    body::{Answer, Message},
    places::Places,
};
use crate::{
    net::{Connection, Peer},
    telemetry::Metrics,
};

/// How much earlier than the caller's deadline the answer is given, at most: it has to
/// reach the caller in time, and before tonic's own timer answers CANCELLED.
const HEAD_START: Duration = Duration::from_millis(100);

/// The longest a call may take, whatever its deadline.
const LONGEST_CALL: Duration = Duration::from_secs(90);

/// Methods that may ask Lucca, and then mostly wait for its answer and for their turn.
const ASKING: [&str; 4] = [
    "/hr.onboarding.v1.OnboardingService/CheckDefaults",
    "/hr.onboarding.v1.OperationsService/ResolveOnboarding",
    "/hr.onboarding.v1.TenantService/CreateTenant",
    "/hr.onboarding.v1.TenantService/UpdateTenant",
];

/// Calls of these services put right what is wrong: there are places for them that no other
/// call takes.
const LOOKING_AFTER: [&str; 2] = ["/hr.onboarding.v1.OperationsService/", TENANT_SERVICE];

/// Calls of this service carry tenants, with their labels.
const TENANT_SERVICE: &str = "/hr.onboarding.v1.TenantService/";

/// Services that need no token: health checks and the description of the API.
const OPEN: [&str; 2] = ["/grpc.health.", "/grpc.reflection."];

/// Of these, the methods that answer with a stream, for as long as the caller likes.
const OPEN_STREAMS: [&str; 2] = ["/grpc.health.v1.Health/Watch", "/grpc.reflection."];

/// How many of those streams there may be.
const MOST_OPEN_STREAMS: usize = 256;

/// When a call must have been answered; known to every call that passed the guard.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// The one of a request.
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

/// Limits of messages.
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
    places: Places,
    open_streams: Arc<Semaphore>,
    messages: MessageRules,
    metrics: Metrics,
    /// What those hear who find no place: made once, for it has to cost little.
    sent_away: Arc<HeaderMap>,
}

impl Guard {
    /// With what it needs.
    pub fn new(
        authentication: Authentication,
        places: Places,
        messages: MessageRules,
        metrics: Metrics,
    ) -> Self {
        let sent_away = Status::from(ApiError::Overloaded).into_http::<Body>();
        Self {
            authentication,
            places,
            open_streams: Arc::new(Semaphore::new(MOST_OPEN_STREAMS)),
            messages,
            metrics,
            sent_away: Arc::new(sent_away.headers().clone()),
        }
    }
}

/// Lets a call through, or answers it.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let method = known_method(request.uri().path());
    let response = match admit(&guard, method, request, next).await {
        Ok(response) => response,
        Err(ApiError::Overloaded) => {
            let mut response = Response::new(Body::empty());
            response.headers_mut().clone_from(guard.sent_away.as_ref());
            response
        }
        Err(error) => Status::from(error).into_http::<Body>(),
    };
    guard.metrics.grpc_request(method, code(&response));
    response
}

/// What a call passes, in this order and for this reason:
///
/// 1. Health checks and the description of the API are let through: they have to work
///    when nothing else does, and cost little.
/// 2. Who calls, told by head and connection alone: a stranger costs a hash and gets
///    nothing that others want.
/// 3. Whether there is time left: what nobody waits for any more is not begun.
/// 4. A place: the last thing that costs nothing. What finds none is answered here, before
///    its message is read.
/// 5. The message, bounded in size and time, read by the method itself.
/// 6. The method, up to the deadline; then its answer, which keeps the place until it has
///    been handed over.
async fn admit(
    guard: &Guard,
    method: &'static str,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let connection = request.extensions().get::<Connection>().cloned();
    let path = request.uri().path();
    if OPEN.iter().any(|open| path.starts_with(open)) {
        let is_stream = OPEN_STREAMS.iter().any(|open| path.starts_with(open));
        if !is_stream {
            return Ok(next.run(request).await);
        }
        let permit = Arc::clone(&guard.open_streams).try_acquire_owned();
        let permit = permit.map_err(|_| ApiError::Overloaded)?;
        let response = next.run(request).await;
        return Ok(response.map(|body| Body::new(Answer::new(body, permit, None, LONGEST_CALL))));
    }
    let peer = request.extensions().get::<Peer>();
    let caller = guard.authentication.caller(request.headers(), peer)?;
    if let Some(connection) = &connection {
        connection.prove();
    }
    let deadline = deadline(request.headers())
        .map_or(LONGEST_CALL, |deadline| {
            deadline.saturating_sub((deadline / 5).min(HEAD_START))
        })
        .min(LONGEST_CALL);
    if deadline.is_zero() {
        return Err(ApiError::DeadlineExceeded);
    }
    let limit = match path.starts_with(TENANT_SERVICE) {
        true => guard.messages.largest_tenant,
        false => guard.messages.largest,
    };
    let asks = ASKING.contains(&path);
    let looks_after = caller.looks_after()
        && LOOKING_AFTER
            .iter()
            .any(|service| path.starts_with(service));
    let deadline = Instant::now() + deadline;
    let work = async {
        let place = match asks {
            true => guard.places.waiting()?,
            false => guard.places.place(method, looks_after).await?,
        };
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(place.clone());
        request.extensions_mut().insert(Deadline(deadline));
        let request = request.map(|body| Body::new(Message::new(body, limit, guard.messages.time)));
        let response = next.run(request).await;
        Ok(response.map(|body| Body::new(Answer::new(body, place, connection, LONGEST_CALL))))
    };
    tokio::time::timeout_at(deadline, work)
        .await
        .unwrap_or(Err(ApiError::DeadlineExceeded))
}

/// Reads `grpc-timeout`: up to eight digits and a unit
/// (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
fn deadline(headers: &HeaderMap) -> Option<Duration> {
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

/// The method's name if it is one of ours: a metric label must not be what callers make up.
fn known_method(path: &str) -> &'static str {
    const METHODS: [&str; 19] = [
        "OnboardingService/CreateCollaborator",
        "OnboardingService/CheckDefaults",
        "OnboardingService/GetStatus",
        "OnboardingService/WatchStatus",
        "OnboardingService/WithdrawHire",
        "OperationsService/ListOnboardings",
        "OperationsService/RetryOnboardings",
        "OperationsService/ResolveOnboarding",
        "OperationsService/CancelOnboarding",
        "OperationsService/ErasePersonalData",
        "OperationsService/ListHistory",
        "TenantService/CreateTenant",
        "TenantService/GetTenant",
        "TenantService/ListTenants",
        "TenantService/UpdateTenant",
        "TenantService/DeleteTenant",
        "TenantService/RotateEncryptionKeys",
        "AdapterService/GetWebhookSettings",
        "AdapterService/ReportEvent",
    ];
    let name = path.strip_prefix("/hr.onboarding.v1.").unwrap_or(path);
    METHODS
        .into_iter()
        .find(|method| *method == name)
        .unwrap_or("other")
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
            assert_eq!(deadline(&map), expected, "{text}");
        }
    }

    #[test]
    fn a_method_that_callers_make_up_is_no_label() {
        assert_eq!(
            known_method("/hr.onboarding.v1.OnboardingService/GetStatus"),
            "OnboardingService/GetStatus"
        );
        assert_eq!(known_method("/hr.onboarding.v1.X/Y"), "other");
    }
}
