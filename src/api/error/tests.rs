use super::{details::COME_BACK, *};

#[test]
fn every_error_has_its_code_and_reason() {
    let table = [
        (
            ApiError::RequestReused,
            Code::InvalidArgument,
            "REQUEST_ID_REUSED",
        ),
        (
            ApiError::BadPageToken,
            Code::InvalidArgument,
            "BAD_PAGE_TOKEN",
        ),
        (
            ApiError::NotFound(Resource::Tenant, "acme".into()),
            Code::NotFound,
            "TENANT_NOT_FOUND",
        ),
        (
            ApiError::NotFound(Resource::Onboarding, "x".into()),
            Code::NotFound,
            "ONBOARDING_NOT_FOUND",
        ),
        (
            ApiError::TenantExists("acme".into()),
            Code::AlreadyExists,
            "TENANT_EXISTS",
        ),
        (ApiError::Conflict("changed"), Code::Aborted, "CONFLICT"),
        (
            ApiError::TenantDisabled("acme".into()),
            Code::FailedPrecondition,
            "TENANT_DISABLED",
        ),
        (
            ApiError::OpenAttempts("acme".into()),
            Code::FailedPrecondition,
            "OPEN_ATTEMPTS",
        ),
        (
            ApiError::KeyRefused,
            Code::FailedPrecondition,
            "LUCCA_KEY_REFUSED",
        ),
        (
            ApiError::LuccaUnavailable,
            Code::Unavailable,
            "LUCCA_UNAVAILABLE",
        ),
        (
            ApiError::BudgetExhausted(COME_BACK),
            Code::Unavailable,
            "LUCCA_BUDGET_EXHAUSTED",
        ),
        (
            ApiError::AccountChanged("x".into()),
            Code::FailedPrecondition,
            "ACCOUNT_CHANGED",
        ),
        (
            ApiError::Unauthenticated,
            Code::Unauthenticated,
            "UNAUTHENTICATED",
        ),
        (
            ApiError::Denied,
            Code::PermissionDenied,
            "PERMISSION_DENIED",
        ),
        (
            ApiError::Unimplemented("later"),
            Code::Unimplemented,
            "NOT_IMPLEMENTED",
        ),
        (ApiError::Overloaded, Code::Unavailable, "OVERLOADED"),
        (
            ApiError::TooLarge(1),
            Code::ResourceExhausted,
            "REQUEST_TOO_LARGE",
        ),
        (
            ApiError::TooSlow,
            Code::DeadlineExceeded,
            "REQUEST_TOO_SLOW",
        ),
        (
            ApiError::Unavailable,
            Code::Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            ApiError::DeadlineExceeded,
            Code::DeadlineExceeded,
            "DEADLINE_EXCEEDED",
        ),
        (ApiError::Internal, Code::Internal, "INTERNAL"),
    ];
    for (error, code, reason) in table {
        let status = Status::from(error);
        let info = status.get_details_error_info().unwrap();
        assert_eq!((status.code(), info.reason.as_str()), (code, reason));
        assert_eq!(info.domain, DOMAIN);
    }
}

#[test]
fn a_bad_request_lists_every_bad_field_and_overload_says_when_to_come_back() {
    let mut violations = Violations::default();
    violations.add("a", "must be given");
    violations.add("b.c", "must be short");
    let status = Status::from(ApiError::Invalid(violations));
    let bad = status.get_details_bad_request().unwrap();
    assert_eq!(bad.field_violations.len(), 2);
    assert_eq!(status.message(), "a must be given; b.c must be short");
    let retry = Status::from(ApiError::Overloaded).get_details_retry_info();
    assert_eq!(retry.unwrap().retry_delay, Some(COME_BACK));
    let pause = Duration::from_secs(7);
    let retry = Status::from(ApiError::BudgetExhausted(pause)).get_details_retry_info();
    assert_eq!(retry.unwrap().retry_delay, Some(pause));
}
