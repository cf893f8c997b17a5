//! The details of a status, for programs (AIP-193).

use std::{collections::HashMap, time::Duration};

use tonic_types::ErrorDetails;

use super::{ApiError, DOMAIN, bounds};
use crate::domain::language::Language;

/// The retry delay after an overload.
pub(super) const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The details of an error. Sentences are in this language.
pub(super) fn details(error: ApiError, language: Language) -> ErrorDetails {
    let (reason, message) = (error.reason(), error.sentence(language));
    let mut details = ErrorDetails::new();
    let mut metadata = HashMap::new();
    let resource = match error {
        ApiError::TenantNotFound(_) | ApiError::TenantExists(_) => "hr.onboarding.v1/Tenant",
        _ => "hr.onboarding.v1/Onboarding",
    };
    match error {
        ApiError::InvalidFields(faults) => {
            let (told, left_out) = bounds::fitting(faults, language);
            details.set_bad_request(told);
            if left_out > 0 {
                metadata.insert("violations_left_out".to_owned(), left_out.to_string());
            }
        }
        ApiError::TenantNotFound(name) | ApiError::OnboardingNotFound(name) => {
            let name = bounds::short(name);
            details.set_resource_info(resource, name.clone(), "", "");
            metadata.insert("name".to_owned(), name);
        }
        ApiError::TenantExists(name) => {
            details.set_resource_info(resource, name, "", "");
        }
        ApiError::EmployeeExists {
            onboarding,
            user,
            fields,
        } => {
            details.set_resource_info(resource, onboarding.clone(), "", "");
            let fields: Vec<&str> = fields.iter().map(|field| field.name()).collect();
            metadata.insert("onboarding_id".to_owned(), onboarding);
            metadata.insert("different_fields".to_owned(), fields.join(","));
            if let Some(user) = user {
                metadata.insert("lucca_user_id".to_owned(), user.to_string());
            }
        }
        ApiError::LinkUnconfirmed {
            onboarding, fields, ..
        } => {
            let fields: Vec<&str> = fields.iter().map(|field| field.name()).collect();
            metadata.insert("different_fields".to_owned(), fields.join(","));
            details.add_precondition_failure_violation(reason, onboarding, message.as_str());
        }
        ApiError::TenantDisabled(name)
        | ApiError::OpenAttempts(name)
        | ApiError::OpenOnboardings(name, _)
        | ApiError::NotWaiting(name)
        | ApiError::Ended(name)
        | ApiError::Quarantined(name)
        | ApiError::AccountChanged(name)
        | ApiError::NothingToOverride(name)
        | ApiError::NothingToLink(name)
        | ApiError::NotLinked(name)
        | ApiError::LoginTaken(name)
        | ApiError::LoginReserved(name)
        | ApiError::PersonHasSeveralHires(name) => {
            details.add_precondition_failure_violation(reason, name, message.as_str());
        }
        ApiError::Overloaded
        | ApiError::StreamTooOld
        | ApiError::ServiceStopping
        | ApiError::StoreUnavailable
        | ApiError::LuccaUnavailable => {
            details.set_retry_info(Some(RETRY_DELAY));
        }
        ApiError::LuccaBudgetExhausted(pause) => {
            details.set_retry_info(Some(pause.max(RETRY_DELAY)));
        }
        _ => {}
    }
    details.set_error_info(reason, DOMAIN, metadata);
    details.set_localized_message(language.tag(), message);
    details
}
