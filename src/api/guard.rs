//! What every call passes first: a place, a deadline, a caller, a count.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::{sync::Semaphore, time::Instant};
use tonic::{Code, Extensions, Status, metadata::MetadataMap};

use super::{ApiError, Authentication};
use crate::telemetry::Metrics;

/// How much earlier than the caller's deadline the answer is given, at most: it has to
/// reach the caller in time, and before tonic's own timer answers CANCELLED.
const HEAD_START: Duration = Duration::from_millis(100);

/// The longest a call may take, whatever its deadline.
const LONGEST_CALL: Duration = Duration::from_secs(90);

/// Services that need no token: health checks and the description of the API.
const OPEN: [&str; 2] = ["/grpc.health.", "/grpc.reflection."];

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

/// Guards every call.
#[derive(Clone)]
pub struct Guard {
    authentication: Authentication,
    places: Arc<Semaphore>,
    metrics: Metrics,
}

impl Guard {
    /// With so many places for calls at the same time.
    pub fn new(authentication: Authentication, places: u32, metrics: Metrics) -> Self {
        let places = usize::try_from(places).unwrap_or(usize::MAX);
        Self {
            authentication,
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            metrics,
        }
    }
}

/// Lets a call through, or answers it.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let method = known_method(request.uri().path());
    let response = match admit(&guard, request, next).await {
        Ok(response) => response,
        Err(error) => Status::from(error).into_http::<Body>(),
    };
    guard.metrics.grpc_request(method, code(&response));
    response
}

async fn admit(guard: &Guard, mut request: Request, next: Next) -> Result<Response, ApiError> {
    let path = request.uri().path();
    if OPEN.iter().any(|open| path.starts_with(open)) {
        return Ok(next.run(request).await);
    }
    let _place = guard
        .places
        .try_acquire()
        .map_err(|_| ApiError::Overloaded)?;
    let metadata = MetadataMap::from_headers(request.headers().clone());
    let caller = guard.authentication.caller(&metadata)?;
    request.extensions_mut().insert(caller);
    let deadline = deadline(&metadata)
        .map_or(LONGEST_CALL, |deadline| {
            deadline.saturating_sub((deadline / 5).min(HEAD_START))
        })
        .min(LONGEST_CALL);
    if deadline.is_zero() {
        return Err(ApiError::DeadlineExceeded);
    }
    let deadline = Instant::now() + deadline;
    request.extensions_mut().insert(Deadline(deadline));
    tokio::time::timeout_at(deadline, next.run(request))
        .await
        .map_err(|_| ApiError::DeadlineExceeded)
}

/// Reads `grpc-timeout`: up to eight digits and a unit
/// (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
fn deadline(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
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
            let mut map = MetadataMap::new();
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
