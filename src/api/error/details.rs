//! What a status tells programs beside its code (AIP-193).

use std::{collections::HashMap, time::Duration};

use tonic_types::ErrorDetails;

use super::{ApiError, DOMAIN, Resource, bounds};

/// When to come back after an overload.
pub(super) const COME_BACK: Duration = Duration::from_secs(1);

/// The details of an error with this reason and sentence.
pub(super) fn details(error: ApiError, reason: &'static str, message: &str) -> ErrorDetails {
    let mut details = ErrorDetails::new();
    let mut metadata = HashMap::new();
    match error {
        ApiError::Invalid(violations) => {
            let (told, left_out) = bounds::fitting(violations.0);
            details.set_bad_request(told);
            if left_out > 0 {
                metadata.insert("violations_left_out".to_owned(), left_out.to_string());
            }
        }
        ApiError::NotFound(resource, name) => {
            let name = bounds::short(name);
            details.set_resource_info(resource.kind(), name.clone(), "", "");
            metadata.insert("name".to_owned(), name);
        }
        ApiError::TenantExists(name) => {
            details.set_resource_info(Resource::Tenant.kind(), name, "", "");
        }
        ApiError::Exists {
            onboarding,
            user,
            fields,
        } => {
            details.set_resource_info(Resource::Onboarding.kind(), onboarding.clone(), "", "");
            let fields: Vec<&str> = fields.iter().map(|field| field.name()).collect();
            metadata.insert("onboarding_id".to_owned(), onboarding);
            metadata.insert("different_fields".to_owned(), fields.join(","));
            if let Some(user) = user {
                metadata.insert("lucca_user_id".to_owned(), user.to_string());
            }
        }
        ApiError::TenantDisabled(name)
        | ApiError::OpenAttempts(name)
        | ApiError::OpenOnboardings(name, _)
        | ApiError::NotWaiting(name)
        | ApiError::Ended(name)
        | ApiError::AccountChanged(name)
        | ApiError::NothingToOverride(name)
        | ApiError::LoginTaken(name)
        | ApiError::SeveralHires(name) => {
            details.add_precondition_failure_violation(reason, name, message);
        }
        ApiError::Overloaded | ApiError::Unavailable | ApiError::LuccaUnavailable => {
            details.set_retry_info(Some(COME_BACK));
        }
        ApiError::BudgetExhausted(pause) => {
            details.set_retry_info(Some(pause.max(COME_BACK)));
        }
        ApiError::RequestReused
        | ApiError::BadPageToken
        | ApiError::Conflict(_)
        | ApiError::KeyRefused
        | ApiError::LuccaNotAllowed
        | ApiError::Unauthenticated
        | ApiError::Denied
        | ApiError::Unimplemented(_)
        | ApiError::TooLarge(_)
        | ApiError::TooSlow
        | ApiError::DeadlineExceeded
        | ApiError::Internal => {}
    }
    details.set_error_info(reason, DOMAIN, metadata);
    details
}
