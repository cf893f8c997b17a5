use super::{details::RETRY_DELAY, *};
use crate::{domain::text::ValueError, pb::Fault};

const CODES: &str = include_str!("../../../docs/CODES.md");

#[test]
fn every_error_has_its_code_and_reason() {
    let table = [
        (
            ApiError::RequestIdReused,
            Code::InvalidArgument,
            "REQUEST_ID_REUSED",
        ),
        (
            ApiError::BadPageToken,
            Code::InvalidArgument,
            "BAD_PAGE_TOKEN",
        ),
        (
            ApiError::TenantNotFound("acme".into()),
            Code::NotFound,
            "TENANT_NOT_FOUND",
        ),
        (
            ApiError::OnboardingNotFound("x".into()),
            Code::NotFound,
            "ONBOARDING_NOT_FOUND",
        ),
        (
            ApiError::TenantExists("acme".into()),
            Code::AlreadyExists,
            "TENANT_EXISTS",
        ),
        (
            ApiError::Conflict(Conflict::Revision),
            Code::Aborted,
            "CONFLICT",
        ),
        (
            ApiError::Conflict(Conflict::Tenant),
            Code::Aborted,
            "CONFLICT",
        ),
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
            ApiError::LuccaKeyRefused,
            Code::FailedPrecondition,
            "LUCCA_KEY_REFUSED",
        ),
        (
            ApiError::LuccaUnavailable,
            Code::Unavailable,
            "LUCCA_UNAVAILABLE",
        ),
        (
            ApiError::LuccaNotAllowed,
            Code::FailedPrecondition,
            "LUCCA_NOT_ALLOWED",
        ),
        (
            ApiError::LuccaBudgetExhausted(RETRY_DELAY),
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
            ApiError::PermissionDenied,
            Code::PermissionDenied,
            "PERMISSION_DENIED",
        ),
        (
            ApiError::LoginTaken("x".into()),
            Code::FailedPrecondition,
            "LOGIN_TAKEN",
        ),
        (ApiError::Overloaded, Code::Unavailable, "OVERLOADED"),
        (
            ApiError::RequestTooLarge(1),
            Code::ResourceExhausted,
            "REQUEST_TOO_LARGE",
        ),
        (
            ApiError::RequestTooSlow,
            Code::DeadlineExceeded,
            "REQUEST_TOO_SLOW",
        ),
        (
            ApiError::StoreUnavailable,
            Code::Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            ApiError::DeadlineExceeded,
            Code::DeadlineExceeded,
            "DEADLINE_EXCEEDED",
        ),
        (
            ApiError::InvalidFields(Faults::default()),
            Code::InvalidArgument,
            "INVALID_FIELDS",
        ),
        (
            ApiError::EmployeeExists {
                onboarding: "x".into(),
                user: None,
                fields: vec![],
            },
            Code::AlreadyExists,
            "EMPLOYEE_EXISTS",
        ),
        (
            ApiError::OpenOnboardings("acme".into(), 1),
            Code::FailedPrecondition,
            "OPEN_ONBOARDINGS",
        ),
        (
            ApiError::NotWaiting("x".into()),
            Code::FailedPrecondition,
            "NOT_WAITING",
        ),
        (
            ApiError::Ended("x".into()),
            Code::FailedPrecondition,
            "ENDED",
        ),
        (
            ApiError::NothingToOverride("x".into()),
            Code::FailedPrecondition,
            "NOTHING_TO_OVERRIDE",
        ),
        (
            ApiError::NothingToLink("x".into()),
            Code::FailedPrecondition,
            "NOTHING_TO_LINK",
        ),
        (
            ApiError::LinkUnconfirmed {
                onboarding: "x".into(),
                fields: vec![Field::FamilyName],
                held: true,
            },
            Code::FailedPrecondition,
            "LINK_UNCONFIRMED",
        ),
        (
            ApiError::NotLinked("x".into()),
            Code::FailedPrecondition,
            "NOT_LINKED",
        ),
        (
            ApiError::LoginReserved("x".into()),
            Code::FailedPrecondition,
            "LOGIN_RESERVED",
        ),
        (
            ApiError::PersonHasSeveralHires("x".into()),
            Code::FailedPrecondition,
            "PERSON_HAS_SEVERAL_HIRES",
        ),
        (ApiError::Internal, Code::Internal, "INTERNAL"),
    ];
    for (error, code, reason) in table {
        let languages = Language::ALL.iter();
        let said: Vec<String> = languages.map(|it| error.sentence(*it)).collect();
        let status = error.status(Language::French);
        // English for developers, the caller's language for people.
        assert_eq!(status.message(), said[0]);
        let localized = status.get_details_localized_message().unwrap();
        assert_eq!(
            (localized.locale.as_str(), &localized.message),
            ("fr", &said[1])
        );
        if reason != "INVALID_FIELDS" {
            assert_ne!(said[0], said[1], "{reason}");
            for sentence in &said {
                assert!(
                    sentence.contains(' ') && !sentence.contains('$'),
                    "{sentence}"
                );
            }
        }
        let info = status.get_details_error_info().unwrap();
        assert_eq!((status.code(), info.reason.as_str()), (code, reason));
        let row = format!("| `{reason}` | `{}` |", crate::api::guard::word(code));
        assert!(CODES.contains(&row), "docs/CODES.md lacks {row}");
        assert_eq!(info.domain, DOMAIN);
    }
}

#[test]
fn a_bad_request_lists_every_bad_field_and_overload_says_when_to_come_back() {
    let mut faults = Faults::default();
    faults.add("a", Fault::Missing);
    faults.add("b.c", ValueError::TooLong { max: 7 });
    let status = ApiError::InvalidFields(faults).status(Language::English);
    let bad = status.get_details_bad_request().unwrap();
    assert_eq!(bad.field_violations.len(), 2);
    assert_eq!(
        status.message(),
        "a must be given; b.c must have at most 7 characters"
    );
    let retry = ApiError::Overloaded
        .status(Language::English)
        .get_details_retry_info();
    assert_eq!(retry.unwrap().retry_delay, Some(RETRY_DELAY));
    let pause = Duration::from_secs(7);
    let retry = ApiError::LuccaBudgetExhausted(pause)
        .status(Language::English)
        .get_details_retry_info();
    assert_eq!(retry.unwrap().retry_delay, Some(pause));
}
